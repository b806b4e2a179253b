"""Settings, Webhooks: add one, choose it, see what was delivered, send again, take it away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.agents.workspace_settings import settings_of
from dashboard.conversations.models import Conversation, Outcome
from dashboard.webhooks import deliver, endpoints, headers
from dashboard.webhooks.models import Delivery, WebhookEndpoint
from dashboard.webhooks.sign import signing_secret
from dashboard.workspaces.models import AuditEntry, Door, User, Workspace
from tests.stand_ins.beside import beside
from tests.stand_ins.service import Service, service

from .conftest import judged, talk

LIST = "/settings/webhooks/"
NEW = {"name": "Desk", "url": "https://desk.example/hook", "headers": "X-Key: hush\nX-B: 2\n"}


@pytest.fixture
def hook(workspace: Workspace) -> WebhookEndpoint:
    return endpoints.add(workspace, None, "Desk", "https://desk.example/hook")[0]


@pytest.fixture
def told(agent: Agent) -> Conversation:
    return judged(talk(agent), Outcome.SUCCESS, "A sale")


@pytest.fixture
def receiver(hook: WebhookEndpoint, settings: Any) -> Iterator[Service]:
    with beside(service()) as there:
        settings.EGRESS_ALLOW = [there.where]
        WebhookEndpoint.objects.update(url=there.url)
        yield there


def page(client: Client, path: str = LIST) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def chosen(workspace: Workspace) -> str | None:
    workspace.refresh_from_db()
    return settings_of(workspace).webhooks.post_call_webhook_id


def test_the_empty_list_says_what_to_do(adas: Client) -> None:
    assert "None yet." in page(adas)
    assert "Add webhook" in page(adas)


def test_the_secret_is_shown_once(adas: Client, workspace: Workspace, ada: User) -> None:
    answer = adas.post(LIST, NEW).content.decode()

    row = workspace.webhooks.get()
    secret = signing_secret(row)
    assert secret in answer
    assert headers.kept(row) == {"X-Key": "hush", "X-B": "2"}
    later = page(adas) + page(adas, f"{LIST}{row.pk}/")
    assert secret not in later
    assert "hush" not in later
    entry = AuditEntry.objects.get(action="webhook.created")
    assert (entry.user, entry.door) == (ada, Door.DASHBOARD)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Write a name"),
        ({"url": ""}, "Write the address"),
        ({"url": "desk.example"}, "Use https://"),
        ({"url": "http://127.0.0.1:8000/"}, "inside a private network"),
        ({"headers": "nonsense"}, "Line 1 has no colon"),
        ({"headers": "X-Key: "}, "Write the value of X-Key"),
        ({"headers": "Host: x"}, "Host is set by the server itself"),
    ],
)
def test_what_is_wrong_stands_beside_what_was_typed(
    adas: Client, workspace: Workspace, change: dict[str, str], words: str
) -> None:
    answer = adas.post(LIST, NEW | change)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    typed = NEW | change
    assert all(value in text for value in (typed["name"], typed["url"]) if value)
    assert "X-Key: \nX-B: </textarea>" in text or "headers" in change
    assert not workspace.webhooks.exists()


def test_one_is_chosen_for_the_workspace(
    adas: Client, workspace: Workspace, hook: WebhookEndpoint
) -> None:
    adas.post(f"{LIST}choose/", {"webhook": hook.pk})
    assert chosen(workspace) == hook.pk
    assert "Gets the reports" in page(adas)

    adas.post(f"{LIST}choose/", {"webhook": "wh_gone"})
    assert chosen(workspace) == hook.pk

    adas.post(f"{LIST}choose/", {"webhook": ""})
    assert chosen(workspace) is None


def test_deliveries_are_listed_with_what_became_of_them(
    adas: Client, hook: WebhookEndpoint, told: Conversation
) -> None:
    rows = hook.deliveries
    rows.create(kind="post_call_transcription", about=told.pk, status=200, due_at=None)
    rows.create(kind="post_call_transcription", about="conv_x", trouble="No host.", due_at=None)
    deliver.announce(hook, "post_call_transcription", "conv_y")

    text = page(adas, f"{LIST}{hook.pk}/")

    assert "Delivered, 200" in text
    assert "No host." in text
    assert "Waiting" in text
    assert f"/conversations/{told.pk}/" in text
    assert text.count("Send again") == 1


def test_send_again_sends_at_once(
    adas: Client, hook: WebhookEndpoint, told: Conversation, receiver: Service
) -> None:
    first = hook.deliveries.create(
        kind="post_call_transcription", about=told.pk, status=500, due_at=None
    )

    answer = adas.post(f"{LIST}{hook.pk}/deliveries/{first.pk}/again/", follow=True)

    assert "Sent. It answered with 200." in answer.content.decode()
    assert receiver.asked[0].json["data"]["conversation_id"] == told.pk
    assert [one.attempt for one in hook.deliveries.all()] == [2, 1]


def test_what_cannot_be_sent_again_says_so(
    adas: Client, hook: WebhookEndpoint, told: Conversation, receiver: Service
) -> None:
    first = deliver.announce(hook, "post_call_transcription", told.pk)
    endpoints.change(hook.pk, None, is_disabled=True)

    answer = adas.post(f"{LIST}{hook.pk}/deliveries/{first.pk}/again/", follow=True)

    assert "Not sent" in answer.content.decode()
    assert receiver.asked == []


def test_switching(adas: Client, hook: WebhookEndpoint) -> None:
    adas.post(f"{LIST}{hook.pk}/switch/", {"on": "0"})
    adas.post(f"{LIST}{hook.pk}/switch/", {"retries": "0"})

    hook.refresh_from_db()
    assert (hook.is_disabled, hook.retry_enabled) == (True, False)
    assert "Switch on" in page(adas, f"{LIST}{hook.pk}/")


def test_one_that_was_switched_off_for_failing_is_switched_on_again(
    adas: Client, hook: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.update(is_auto_disabled=True)
    assert "Switched off after failing" in page(adas)

    adas.post(f"{LIST}{hook.pk}/switch/", {"on": "1"})

    hook.refresh_from_db()
    assert hook.is_on


def test_a_deleted_one_is_forgotten_by_the_settings(
    adas: Client, workspace: Workspace, hook: WebhookEndpoint
) -> None:
    adas.post(f"{LIST}choose/", {"webhook": hook.pk})

    adas.post(f"{LIST}{hook.pk}/remove/")

    assert not workspace.webhooks.exists()
    assert chosen(workspace) is None
    assert adas.post(f"{LIST}{hook.pk}/remove/").status_code == 404


def deeds(hook: WebhookEndpoint, delivery: Delivery) -> list[str]:
    return [
        *(f"{LIST}{hook.pk}/switch/", f"{LIST}{hook.pk}/remove/"),
        f"{LIST}{hook.pk}/deliveries/{delivery.pk}/again/",
    ]


def test_cleo_reaches_nothing_of_ours(
    cleos: Client, hook: WebhookEndpoint, workspace: Workspace
) -> None:
    delivery = deliver.announce(hook, "post_call_transcription", "conv_1")

    assert "desk.example" not in page(cleos).replace("https://desk.example/parley", "")
    assert cleos.get(f"{LIST}{hook.pk}/").status_code == 404
    for deed in deeds(hook, delivery):
        assert cleos.post(deed, {"on": "0"}).status_code == 404
    cleos.post(f"{LIST}choose/", {"webhook": hook.pk})
    hook.refresh_from_db()
    assert hook.is_on
    assert AuditEntry.objects.filter(action="settings.changed").count() == 0


def test_a_viewer_looks_and_changes_nothing(viewers: Client, hook: WebhookEndpoint) -> None:
    delivery = deliver.announce(hook, "post_call_transcription", "conv_1")

    assert "Add webhook" not in page(viewers)
    assert "Delete" not in page(viewers, f"{LIST}{hook.pk}/")
    for deed in (LIST, f"{LIST}choose/", *deeds(hook, delivery)):
        assert viewers.post(deed, NEW).status_code == 403
    hook.refresh_from_db()
    assert hook.is_on
