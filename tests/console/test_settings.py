"""Settings: models whose keys never come back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from dashboard.workspaces import vault
from dashboard.workspaces.models import ModelBackend, Workspace
from tests.stand_ins.model_stub import model_stub

HUSH = "sk-live-hush-hush"


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def _add(client: Client, **typed: str) -> Any:
    return client.post("/settings/models/", {"kind": "openai", "model": "gpt-4o-mini", **typed})


# --- Models ----------------------------------------------------------------------------------


def test_a_models_key_is_sealed_and_never_comes_back(adas: Client, workspace: Workspace):
    assert _add(adas, key=HUSH)["Location"] == "/settings/models/"

    row = workspace.model_backends.get()
    assert row.secret is not None
    assert vault.reveal(row.secret) == HUSH
    for path in ("/settings/models/", f"/settings/models/{row.pk}/"):
        page = _page(adas, path)
        assert HUSH not in page
        assert "key" in page


def test_the_first_model_is_the_default_and_another_can_take_over(
    adas: Client, workspace: Workspace
):
    _add(adas)
    _add(adas, model="gpt-4.1", is_default="on")

    chosen = dict(workspace.model_backends.values_list("model", "is_default"))
    assert chosen == {"gpt-4o-mini": False, "gpt-4.1": True}


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"model": ""}, "Write the name that the provider uses."),
        ({"url": "models.example"}, "Use https://"),
        ({"url": "ftp://models.example"}, "Use https://"),
        ({"url": "javascript:alert(1)"}, "Use https://"),
        ({"kind": "ollama"}, "Write where it runs"),
        ({"kind": "moon"}, ""),
    ],
)
def test_a_wrong_model_says_what_to_write_and_forgets_the_key(
    adas: Client, workspace: Workspace, typed: dict[str, str], complaint: str
):
    answer = _add(adas, key=HUSH, **typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert HUSH not in page
    assert not workspace.model_backends.exists()
    assert not workspace.secrets.exists()


def test_an_empty_key_leaves_the_old_one_and_a_new_one_replaces_it(
    adas: Client, workspace: Workspace
):
    _add(adas, key=HUSH)
    row = workspace.model_backends.select_related("secret").get()
    path = f"/settings/models/{row.pk}/"

    adas.post(path, {"kind": "openai", "model": "gpt-4.1"})
    row.refresh_from_db()
    assert (row.model, vault.reveal(row.secret)) == ("gpt-4.1", HUSH)

    adas.post(path, {"kind": "openai", "model": "gpt-4.1", "key": "sk-new"})
    row = workspace.model_backends.select_related("secret").get()
    assert vault.reveal(row.secret) == "sk-new"
    assert workspace.secrets.count() == 1


def test_a_key_does_not_travel_to_another_address(adas: Client, workspace: Workspace):
    _add(adas, key=HUSH)
    row = workspace.model_backends.get()

    moved = {"kind": "openai", "model": "gpt-4o-mini", "url": "https://elsewhere.example/v1"}
    adas.post(f"/settings/models/{row.pk}/", moved)

    row = workspace.model_backends.get()
    assert row.url == "https://elsewhere.example/v1"
    assert row.secret is None
    assert not workspace.secrets.exists()


def test_how_many_requests_a_model_takes_can_be_set_changed_and_lifted(
    adas: Client, workspace: Workspace
):
    _add(adas, at_once="8")
    row = workspace.model_backends.get()
    path = f"/settings/models/{row.pk}/"
    assert row.at_once == 8
    assert "8 at the same time" in _page(adas, "/settings/models/")
    assert 'value="8"' in _page(adas, path)

    adas.post(path, {"kind": "openai", "model": "gpt-4o-mini", "at_once": ""})

    assert workspace.model_backends.get().at_once is None
    changes = workspace.audit.order_by("-id")[0].changes
    assert {"path": "at_once", "before": 8, "after": None} in changes


@pytest.mark.parametrize("typed", ["0", "-1", "many", "1.5", "100001"])
def test_a_number_of_requests_that_makes_no_sense_is_not_kept(
    adas: Client, workspace: Workspace, typed: str
):
    answer = _add(adas, at_once=typed)

    assert answer.status_code == 422
    assert "Write a whole number from 1 to 100,000" in answer.content.decode()
    assert not workspace.model_backends.exists()


def test_a_removed_model_takes_its_key_along(adas: Client, workspace: Workspace):
    _add(adas, key=HUSH)

    adas.post(f"/settings/models/{workspace.model_backends.get().pk}/remove/")

    assert not workspace.model_backends.exists()
    assert not workspace.secrets.exists()


@pytest.fixture
def stub() -> Iterator[str]:
    """A model that answers on loopback, in a thread with a loop of its own."""
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[str] = []

    async def serve() -> None:
        async with model_stub() as url:
            found.append(url)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(10)
    loop.close()


def test_check_says_that_a_model_works(adas: Client, workspace: Workspace, stub: str):
    with override_settings(EGRESS_ALLOW=["127.0.0.1"]):
        _add(adas, url=stub)
        row = workspace.model_backends.get()

        page = adas.post(f"/settings/models/{row.pk}/check/").content.decode()

    assert "Works: first word in" in page


def test_check_says_why_a_model_does_not_work_without_its_key(
    adas: Client, workspace: Workspace, stub: str
):
    with override_settings(EGRESS_ALLOW=["127.0.0.1"]):
        _add(adas, url=stub, model="error-401", key=HUSH)
        row = workspace.model_backends.get()

        page = adas.post(f"/settings/models/{row.pk}/check/").content.decode()

    assert "p-note--bad" in page
    assert "Works" not in page
    assert HUSH not in page


def test_a_private_address_is_refused_when_the_operator_has_not_opened_it(
    adas: Client, workspace: Workspace, stub: str
):
    _add(adas, url=stub)

    row = workspace.model_backends.get()
    page = adas.post(f"/settings/models/{row.pk}/check/").content.decode()

    assert "p-note--bad" in page


def test_a_key_that_no_longer_opens_asks_for_a_new_one(adas: Client, workspace: Workspace):
    _add(adas, key=HUSH)
    row = workspace.model_backends.get()

    with override_settings(SECRET_KEYS=["another"]):
        page = adas.post(f"/settings/models/{row.pk}/check/").content.decode()

    assert "can no longer be opened" in page


def test_what_the_operator_set_up_is_listed_without_its_key(adas: Client):
    with override_settings(OPENAI_API_KEY=HUSH):
        page = _page(adas, "/settings/models/")

    assert "gpt-4o-mini</b>" in page
    assert HUSH not in page
    assert settings.OPENAI_API_KEY == ""


def test_cleo_reaches_no_model_of_ours(cleos: Client, workspace: Workspace):
    row = ModelBackend.objects.create(workspace=workspace, kind="openai", model="our-own-model")

    assert "our-own-model" not in _page(cleos, "/settings/models/")
    assert cleos.get(f"/settings/models/{row.pk}/").status_code == 404
    for deed in ("", "check/", "remove/"):
        assert cleos.post(f"/settings/models/{row.pk}/{deed}", {}).status_code == 404
    assert workspace.model_backends.exists()


def test_a_viewer_changes_no_model(viewers: Client, workspace: Workspace):
    row = ModelBackend.objects.create(workspace=workspace, kind="openai", model="our-own-model")

    assert "our-own-model" in _page(viewers, "/settings/models/")
    assert _add(viewers).status_code == 403
    for deed in ("", "check/", "remove/"):
        assert viewers.post(f"/settings/models/{row.pk}/{deed}", {}).status_code == 403
    assert workspace.model_backends.count() == 1
