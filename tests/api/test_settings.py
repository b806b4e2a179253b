"""What holds for all agents of a workspace, and which charts its dashboard shows."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.webhooks import endpoints
from dashboard.workspaces.models import AuditEntry, User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles

PATH = "/convai/settings"
START = "conversation_initiation_client_data_webhook"
DEFAULTS = {
    START: None,
    "webhooks": {
        "post_call_webhook_id": None,
        "events": ["transcript"],
        "transcript_format": "json",
        "exclude_transcript": None,
        "send_audio": None,
    },
    "can_use_mcp_servers": False,
    "rag_retention_period_days": 10,
    "conversation_embedding_retention_days": None,
    "default_livekit_stack": "standard",
    "limits": {
        "plan": "free",
        "voice_limit": 4,
        "chat_limit": 100,
        "total_limit": 104,
        "own_voice_limit": None,
        "refusal_message": "",
        "messages_per_minute": 60,
    },
}


def places(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [".".join(str(part) for part in one["loc"]) for one in answer.json()["detail"]]


def test_nothing_set_reads_as_every_default(ask: Caller) -> None:
    assert ask.get(PATH).json() == DEFAULTS


def test_a_change_is_merged_and_unknown_fields_are_kept(ask: Caller) -> None:
    ask.patch(PATH, {"webhooks": {"events": ["transcript", "audio"]}, "mood": {"a": 1}})

    answer = ask.patch(PATH, {"webhooks": {"send_audio": False}, "rag_retention_period_days": 30})

    assert answer.status_code == 200
    assert answer.json() == ask.get(PATH).json()
    told = answer.json()
    assert told["webhooks"] == DEFAULTS["webhooks"] | {
        "events": ["transcript", "audio"],
        "send_audio": False,
    }
    assert (told["rag_retention_period_days"], told["mood"]) == (30, {"a": 1})


def test_null_resets(ask: Caller) -> None:
    ask.patch(PATH, {"webhooks": {"events": []}, "can_use_mcp_servers": True})

    told = ask.patch(PATH, {"webhooks": None, "can_use_mcp_servers": None}).json()

    assert told == DEFAULTS


def test_another_address_does_not_get_the_headers_of_the_first(ask: Caller) -> None:
    first = {"url": "https://one.example/", "request_headers": {"X-Key": {"secret_id": "secret_1"}}}
    assert ask.patch(PATH, {START: first}).json()[START] == first

    told = ask.patch(PATH, {START: {"url": "https://two.example/"}}).json()

    assert told[START] == {"url": "https://two.example/", "request_headers": {}}
    assert ask.patch(PATH, {START: None}).json()[START] is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"rag_retention_period_days": 31}, "rag_retention_period_days"),
        ({"rag_retention_period_days": 0}, "rag_retention_period_days"),
        ({"default_livekit_stack": "other"}, "default_livekit_stack"),
        ({"webhooks": {"events": ["party"]}}, "webhooks.events"),
        ({"webhooks": {"transcript_format": "xml"}}, "webhooks.transcript_format"),
        ({"webhooks": {"post_call_webhook_id": "wh_1"}}, "webhooks.post_call_webhook_id"),
        ({"webhooks": {"post_call_webhook_id": "x\u00e9 /"}}, "webhooks.post_call_webhook_id"),
        ({START: {"request_headers": {}}}, f"{START}.url"),
        ({START: {"url": "ftp://x.example"}}, f"{START}.url"),
        ({START: {"url": "http://127.1/"}}, f"{START}.url"),
        ({START: {"url": "https://a:b@x.example"}}, f"{START}.url"),
        (
            {START: {"url": "https://x.example", "request_headers": {"Host": "y"}}},
            f"{START}.request_headers",
        ),
        ({"blob": "x" * 250_000}, ""),
    ],
)
def test_what_cannot_be_is_refused_by_its_path(
    ask: Caller, change: dict[str, Any], place: str
) -> None:
    answer = ask.patch(PATH, change)

    assert places(answer) == [f"body.{place}".rstrip(".")]
    assert ask.get(PATH).json() == DEFAULTS


def test_what_the_operator_closes_later_can_still_be_read_and_changed(
    ask: Caller, settings: Any
) -> None:
    settings.EGRESS_ALLOW = ["10.0.0.5"]
    assert ask.patch(PATH, {START: {"url": "http://10.0.0.5/"}}).status_code == 200
    settings.EGRESS_ALLOW = []

    assert ask.patch(PATH, {"can_use_mcp_servers": True}).status_code == 200

    assert ask.get(PATH).json()[START]["url"] == "http://10.0.0.5/"


def test_only_a_webhook_of_the_workspace_can_be_named(
    ask: Caller, cleo_asks: Caller, workspace: Workspace, cleo: User
) -> None:
    ours, _ = endpoints.add(workspace, None, "Ours", "https://ours.example")
    named = {"webhooks": {"post_call_webhook_id": ours.pk}}

    assert places(cleo_asks.patch(PATH, named)) == ["body.webhooks.post_call_webhook_id"]
    assert ask.patch(PATH, named).json()["webhooks"]["post_call_webhook_id"] == ours.pk
    assert ours.pk not in cleo_asks.get(PATH).content.decode()


def test_changes_are_in_the_audit_log_without_the_headers_values(ask: Caller, ada: User) -> None:
    start = {"url": "https://one.example/", "request_headers": {"X-Key": "hush-hush"}}

    ask.patch(PATH, {START: start})
    ask.patch(PATH, {START: start})  # changes nothing

    (entry,) = AuditEntry.objects.filter(action="settings.changed")
    assert entry.user == ada
    assert "one.example" in str(entry.changes)
    assert "hush-hush" not in str(entry.changes)


CHARTS = [
    {"type": "call_success", "name": "Success"},
    {"type": "criteria", "name": "Polite", "criteria_id": "polite", "colour": "red"},
    {"type": "data_collection", "name": "Mood", "data_collection_id": "mood"},
]


def test_charts_are_kept_and_replaced_whole(ask: Caller, cleo_asks: Caller) -> None:
    assert ask.get(f"{PATH}/dashboard").json() == {"charts": []}

    assert ask.patch(f"{PATH}/dashboard", {"charts": CHARTS}).json() == {"charts": CHARTS}
    assert ask.patch(f"{PATH}/dashboard", {"x": 1}).json() == {"charts": CHARTS, "x": 1}
    told = ask.patch(f"{PATH}/dashboard", {"charts": CHARTS[:1]}).json()

    assert told == ask.get(f"{PATH}/dashboard").json() == {"charts": CHARTS[:1], "x": 1}
    assert cleo_asks.get(f"{PATH}/dashboard").json() == {"charts": []}
    assert AuditEntry.objects.filter(action="settings.changed").count() == 3


@pytest.mark.parametrize(
    "charts",
    [
        CHARTS + CHARTS[:2],
        [{"type": "pie", "name": "Pie"}],
        [{"name": "Nameless kind"}],
        [{"type": "criteria", "name": "Without its id"}],
        [{"type": "call_success", "name": ""}],
        ["call_success"],
        "none",
    ],
)
def test_charts_that_cannot_be_drawn_are_refused(ask: Caller, charts: Any) -> None:
    answer = ask.patch(f"{PATH}/dashboard", {"charts": charts})

    assert all(place.startswith("body.charts") for place in places(answer))
    assert ask.get(f"{PATH}/dashboard").json() == {"charts": []}


@pytest.mark.parametrize("path", [PATH, f"{PATH}/dashboard"])
def test_strangers_read_and_change_nothing(stranger: Caller, path: str) -> None:
    assert stranger.get(path).status_code == 401
    assert stranger.patch(path, {}).status_code == 401
