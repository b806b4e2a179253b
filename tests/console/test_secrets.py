"""Settings, Secrets: values built, kept, replaced, erased, and never shown."""

from __future__ import annotations

import base64

import pytest
from django.test import Client

from dashboard.agents import tools
from dashboard.workspaces import vault
from dashboard.workspaces.models import Secret, User, Workspace

SECRETS = "/settings/secrets/"
KEY = "pat-na1-4417"


@pytest.fixture
def secret(workspace: Workspace) -> Secret:
    return vault.keep(workspace, "HubSpot", f"Bearer {KEY}")


@pytest.mark.parametrize(
    ("shape", "login", "kept"),
    [
        ("bearer", "", f"Bearer {KEY}"),
        ("plain", "", KEY),
        ("basic", "ada@x.example/token", f"ada@x.example/token:{KEY}"),
    ],
)
def test_the_value_is_built_as_the_service_expects_it(
    adas: Client, shape: str, login: str, kept: str
) -> None:
    adas.post(SECRETS, {"name": "Shop", "shape": shape, "login": login, "value": KEY})

    if shape == "basic":
        kept = f"Basic {base64.b64encode(kept.encode()).decode()}"
    assert vault.reveal(Secret.objects.get()) == kept


BAD = [
    ({"name": ""}, "Write a name"),
    ({"name": "HubSpot"}, "There is a secret with this name"),
    ({"value": ""}, "Write the value"),
    ({"shape": "basic"}, "Write the login"),
    ({"value": f"{KEY}\nX: y"}, "one line"),
]


@pytest.mark.parametrize(("typed", "why"), BAD)
def test_an_error_stands_beside_its_field_without_the_value(
    adas: Client, secret: Secret, typed: dict[str, str], why: str
) -> None:
    sent = {"name": "Shop", "shape": "bearer", "login": "", "value": KEY, **typed}

    response = adas.post(SECRETS, sent)

    shown = response.content.decode()
    assert response.status_code == 422
    assert why in shown
    assert KEY not in shown
    assert Secret.objects.count() == 1


def test_a_secret_is_replaced_or_only_renamed(adas: Client, secret: Secret) -> None:
    path = f"{SECRETS}{secret.pk}/"

    adas.post(path, {"name": "CRM", "shape": "bearer", "value": ""})
    renamed = vault.reveal(Secret.objects.get())
    adas.post(path, {"name": "CRM", "shape": "plain", "value": "Token 2"})

    assert renamed == f"Bearer {KEY}"
    assert (Secret.objects.get().name, vault.reveal(Secret.objects.get())) == ("CRM", "Token 2")


def test_pages_say_who_uses_it_and_never_the_value(
    adas: Client, secret: Secret, workspace: Workspace, ada: User
) -> None:
    headers = {"Authorization": {"secret_id": secret.pk}}
    api = {"url": "https://hub.example", "request_headers": headers}
    config = {"type": "webhook", "name": "search", "description": "x", "api_schema": api}
    tools.create(workspace, ada, config)

    listed = adas.get(SECRETS).content.decode()
    one = adas.get(f"{SECRETS}{secret.pk}/").content.decode()
    refused = adas.post(f"{SECRETS}{secret.pk}/delete/", follow=True).content.decode()

    assert "1 tool uses it" in listed
    assert "search" in one
    assert "Not erased: 1 tool uses it" in refused
    assert KEY not in listed + one + refused


def test_a_secret_is_erased(adas: Client, secret: Secret) -> None:
    adas.post(f"{SECRETS}{secret.pk}/delete/")

    assert not Secret.objects.exists()


def test_a_viewer_sees_names_only(viewers: Client, secret: Secret) -> None:
    assert "HubSpot" in viewers.get(SECRETS).content.decode()
    answers = [
        viewers.get(f"{SECRETS}{secret.pk}/"),
        viewers.post(SECRETS, {"name": "a", "shape": "plain", "value": "b"}),
        viewers.post(f"{SECRETS}{secret.pk}/delete/"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3


def test_cleo_finds_none_of_it(cleos: Client, secret: Secret) -> None:
    path = f"{SECRETS}{secret.pk}/"
    answers = [
        cleos.get(path),
        cleos.post(path, {"name": "x", "shape": "plain", "value": "y"}),
        cleos.post(f"{path}delete/", {"force": "on"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert "HubSpot" not in cleos.get(SECRETS).content.decode()
    assert vault.reveal(Secret.objects.get()) == f"Bearer {KEY}"
