"""Webhooks of a workspace through REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.webhooks import endpoints, headers
from dashboard.webhooks.models import WebhookEndpoint
from dashboard.webhooks.sign import signing_secret
from dashboard.workspaces.models import AuditEntry, Secret, User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles

PATH = "/workspace/webhooks"


def wish(**settings: Any) -> dict[str, Any]:
    usual = {"auth_type": "hmac", "name": "Desk", "webhook_url": "https://desk.example/hook"}
    return {"settings": usual | settings}


def add(ask: Caller, **settings: Any) -> str:
    answer = ask.post(PATH, wish(**settings))
    assert answer.status_code == 200, answer.content
    return str(answer.json()["webhook_id"])


def only(ask: Caller, query: str = "") -> dict[str, Any]:
    (one,) = ask.get(PATH + query).json()["webhooks"]
    return dict(one)


def test_a_webhook_is_made_and_its_secret_told_once(ask: Caller, workspace: Workspace) -> None:
    made = ask.post(PATH, wish()).json()

    told = only(ask)
    row = workspace.webhooks.get()
    assert made["webhook_secret"] == signing_secret(row)
    assert made["webhook_secret"] not in str(told)
    assert told["webhook_id"] == made["webhook_id"] == row.pk
    assert (told["name"], told["webhook_url"]) == ("Desk", "https://desk.example/hook")
    assert (told["is_disabled"], told["is_auto_disabled"], told["auth_type"]) == (
        False,
        False,
        "hmac",
    )
    assert told["created_at_unix"] == int(row.created_at.timestamp())
    assert "usage" not in told
    assert "events" not in told


def test_headers_are_sealed_and_never_told_again(ask: Caller, workspace: Workspace) -> None:
    webhook_id = add(ask, request_headers={"Authorization": "Bearer hush", "X-A": "1", "X-B": None})

    row = workspace.webhooks.get()
    assert headers.kept(row) == {"Authorization": "Bearer hush", "X-A": "1"}
    assert only(ask)["request_header_names"] == ["Authorization", "X-A"]
    assert "hush" not in ask.get(f"{PATH}?include_usages=true").content.decode()
    assert "hush" not in str(AuditEntry.objects.get(action="webhook.created").changes)

    merged = {"x-a": "2", "Authorization": None, "X-C": {"secret_id": "secret_1"}}
    ask.patch(
        f"{PATH}/{webhook_id}", {"is_disabled": False, "name": "Desk", "request_headers": merged}
    )

    row.refresh_from_db()
    assert headers.kept(row) == {"x-a": "2", "X-C": {"secret_id": "secret_1"}}


def test_a_change_is_stored_and_audited(ask: Caller, ada: User) -> None:
    webhook_id = add(ask)
    change = {
        "is_disabled": True,
        "name": "Front desk",
        "retry_enabled": False,
        "events": ["agent_qa"],
    }

    answer = ask.patch(f"{PATH}/{webhook_id}", change)

    assert answer.json() == {"status": "ok"}
    told = only(ask, "?include_usages=true")
    assert (told["name"], told["is_disabled"], told["retry_enabled"]) == ("Front desk", True, False)
    assert (told["events"], told["usage"]) == (["agent_qa"], [])
    entry = AuditEntry.objects.get(action="webhook.changed")
    assert entry.user == ada
    assert {one["path"] for one in entry.changes} == {
        *("name", "is_disabled", "retry_enabled", "events")
    }


def test_switching_on_forgets_that_it_was_switched_off_for_failing(ask: Caller) -> None:
    webhook_id = add(ask)
    WebhookEndpoint.objects.update(is_auto_disabled=True)

    ask.patch(f"{PATH}/{webhook_id}", {"is_disabled": False, "name": "Desk"})

    assert not only(ask)["is_auto_disabled"]


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"webhook_url": "desk.example"}, "webhook_url"),
        ({"webhook_url": "file:///etc/passwd"}, "webhook_url"),
        ({"webhook_url": "https://ada:hush@desk.example"}, "webhook_url"),
        ({"webhook_url": "http://localhost:8000/"}, "webhook_url"),
        ({"webhook_url": "http://169.254.169.254/"}, "webhook_url"),
        ({"webhook_url": "http://[::ffff:10.0.0.1]/"}, "webhook_url"),
        ({"webhook_url": "http://0x7f000001/"}, "webhook_url"),
        ({"webhook_url": "https://desk.example/" + "x" * 500}, "webhook_url"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"auth_type": "oauth2"}, "auth_type"),
        ({"request_headers": {"Host": "x"}}, "request_headers"),
        ({"request_headers": {"ElevenLabs-Signature": "x"}}, "request_headers"),
        ({"request_headers": {"X Y": "x"}}, "request_headers"),
        ({"request_headers": {"X": "a\r\nY: b"}}, "request_headers"),
        ({"request_headers": {"X": 5}}, "request_headers"),
        ({"request_headers": {"X": {"env_var_label": "KEY"}}}, "request_headers"),
        ({"request_headers": {f"X-{n}": "x" for n in range(21)}}, "request_headers"),
    ],
)
def test_what_could_never_be_told_is_refused(
    ask: Caller, settings: dict[str, Any], place: str
) -> None:
    answer = ask.post(PATH, wish(**settings))

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:3] == ["body", "settings", place]
    assert "hush" not in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_what_the_operator_opened_can_be_told(ask: Caller, settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:9000", "crm"]

    assert add(ask, webhook_url="http://127.0.0.1:9000/hook")
    assert add(ask, webhook_url="http://crm/hook")
    assert ask.post(PATH, wish(webhook_url="http://127.0.0.1:9001/hook")).status_code == 422


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": "Desk"}, "is_disabled"),
        ({"is_disabled": False}, "name"),
        ({"is_disabled": False, "name": "D", "events": [""]}, "events"),
        (
            {"is_disabled": False, "name": "D", "request_headers": {"Y": "1", "Z": "1"}},
            "request_headers",
        ),
    ],
)
def test_a_change_that_does_not_fit_is_refused(
    ask: Caller, change: dict[str, Any], place: str
) -> None:
    webhook_id = add(ask, request_headers={f"X-{n}": "x" for n in range(19)})

    answer = ask.patch(f"{PATH}/{webhook_id}", change)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", place]
    assert only(ask)["name"] == "Desk"


def test_a_deleted_webhook_leaves_no_secret_behind(ask: Caller) -> None:
    webhook_id = add(ask, request_headers={"X": "1"})

    answer = ask.delete(f"{PATH}/{webhook_id}")

    assert answer.json() == {"status": "ok"}
    assert not WebhookEndpoint.objects.exists()
    assert not Secret.objects.exists()
    assert AuditEntry.objects.get(action="webhook.deleted").thing_id == webhook_id
    assert ask.delete(f"{PATH}/{webhook_id}").status_code == 404


def test_one_that_is_in_use_stays_unless_forced(
    ask: Caller, make_agent: Callable[..., Agent]
) -> None:
    webhook_id = add(ask)
    wishes = {"webhooks": {"post_call_webhook_id": webhook_id}}
    ask.patch("/convai/settings", wishes)
    make_agent(platform_settings={"workspace_overrides": wishes})
    told = only(ask, "?include_usages=true")
    assert told["usage"] == [
        {"usage_type": "ConvAI Settings"},
        {"usage_type": "ConvAI Agent Settings"},
    ]

    refused = ask.delete(f"{PATH}/{webhook_id}")
    assert refused.status_code == 400
    assert refused.json()["detail"]["status"] == "webhook_in_use"
    assert "1 agent" in refused.json()["detail"]["message"]

    assert ask.delete(f"{PATH}/{webhook_id}?force=true").status_code == 200
    assert ask.get("/convai/settings").json()["webhooks"]["post_call_webhook_id"] is None
    assert ask.get(PATH).json() == {"webhooks": []}


def test_a_workspace_has_only_so_many(ask: Caller, workspace: Workspace) -> None:
    for number in range(endpoints.MOST):
        endpoints.add(workspace, None, f"{number}", "https://desk.example")

    answer = ask.post(PATH, wish())

    assert answer.status_code == 400
    assert answer.json()["detail"]["status"] == "too_many_webhooks"


def test_cleo_sees_and_changes_nothing(ask: Caller, cleo_asks: Caller) -> None:
    webhook_id = add(ask)
    change = {"is_disabled": True, "name": "Cleo's"}

    assert cleo_asks.get(PATH).json() == {"webhooks": []}
    assert cleo_asks.patch(f"{PATH}/{webhook_id}", change).status_code == 404
    assert cleo_asks.delete(f"{PATH}/{webhook_id}?force=true").status_code == 404
    assert only(ask)["name"] == "Desk"


def test_strangers_are_refused(stranger: Caller) -> None:
    assert stranger.get(PATH).status_code == 401
    assert stranger.post(PATH, wish()).status_code == 401
