"""Limits by API: what a workspace may set, and who uses what."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations import admission, refusals
from dashboard.conversations.models import Conversation, LiveServer
from dashboard.workspaces.models import AuditEntry, Workspace

from .conftest import Caller
from .test_settings import DEFAULTS, PATH, places

pytestmark = pytest.mark.both_profiles


def set_to(ask: Caller, limits: Any) -> Any:
    answer = ask.patch(PATH, {"limits": limits})
    assert answer.status_code == 200, answer.content
    return answer.json()["limits"]


def test_the_plan_brings_its_numbers(ask: Caller, workspace: Workspace) -> None:
    told = set_to(ask, {"plan": "pro", "refusal_message": "Please ring us."})

    assert told == DEFAULTS["limits"] | {
        "plan": "pro",
        "voice_limit": 20,
        "chat_limit": 500,
        "total_limit": 520,
        "refusal_message": "Please ring us.",
    }
    workspace.refresh_from_db()
    assert (workspace.plan, workspace.refusal_text) == ("pro", "Please ring us.")
    assert "limits" not in workspace.settings


def test_an_enterprise_sets_its_own_number_and_chats_follow(ask: Caller) -> None:
    told = set_to(ask, {"plan": "enterprise", "own_voice_limit": 40})
    assert (told["voice_limit"], told["chat_limit"], told["total_limit"]) == (40, 1000, 1040)

    told = set_to(ask, {"plan": "free"})

    assert (told["own_voice_limit"], told["chat_limit"]) == (None, 100)


def test_who_sends_back_what_they_read_changes_nothing(ask: Caller) -> None:
    set_to(ask, {"plan": "enterprise", "own_voice_limit": 7, "messages_per_minute": 0})
    before = ask.get(PATH).json()

    assert ask.patch(PATH, before).json() == before
    entries = AuditEntry.objects.filter(action="settings.changed").order_by("at")
    touched = [any(one["path"].startswith("limits") for one in entry.changes) for entry in entries]
    assert touched[0]
    assert not any(touched[1:])


def test_null_resets_one_or_all(ask: Caller) -> None:
    set_to(ask, {"plan": "pro", "messages_per_minute": 5, "refusal_message": "No."})

    assert set_to(ask, {"messages_per_minute": None})["messages_per_minute"] == 60
    assert set_to(ask, None) == DEFAULTS["limits"]


@pytest.mark.parametrize(
    ("limits", "place"),
    [
        ({"plan": "gold"}, "plan"),
        ({"own_voice_limit": 5}, "own_voice_limit"),
        ({"plan": "enterprise", "own_voice_limit": 0}, "own_voice_limit"),
        ({"refusal_message": "x" * 121}, "refusal_message"),
        ({"refusal_message": "☕" * 42}, "refusal_message"),
        ({"messages_per_minute": -1}, "messages_per_minute"),
        ({"messages_per_minute": 10_001}, "messages_per_minute"),
        ({"chat_limit": 5000}, "chat_limit"),
        ({"tea": 1}, "tea"),
    ],
)
def test_what_cannot_be_is_refused_by_its_path(ask: Caller, limits: Any, place: str) -> None:
    answer = ask.patch(PATH, {"limits": limits, "can_use_mcp_servers": True})

    assert places(answer) == [f"body.limits.{place}"]
    assert ask.get(PATH).json() == DEFAULTS


def test_a_change_is_in_the_audit_log(ask: Caller, workspace: Workspace) -> None:
    set_to(ask, {"plan": "starter"})

    entry = workspace.audit.get(action="settings.changed")
    changes = {one["path"]: (one["before"], one["after"]) for one in entry.changes}
    assert changes["limits.plan"] == ("free", "starter")
    assert changes["limits.chat_limit"] == (100, 150)


def test_who_uses_what(ask: Caller, cleo_asks: Caller, agent: Agent) -> None:
    facts = {"workspace": agent.workspace, "agent": agent, "version": agent.told}
    server = LiveServer.objects.create()
    Conversation.objects.create(server=server, **facts)
    Conversation.objects.create(server=server, is_burst=True, **facts)
    refusals.count(agent.pk, admission.WRONG_HOST, "https://evil.example")

    told = ask.get("/convai/limits").json()

    pool = {"burst_ceiling": 300, "in_use": 2, "burst_in_use": 1, "handshakes": 0}
    assert (told["plan"], told["time_zone"]) == ("free", "UTC")
    assert told["chat"] == {"limit": 100, **pool}
    assert told["total"] == {"limit": 104, **pool}
    [line] = told["agents"]
    assert (line["agent_id"], line["in_use"], line["today"]) == (agent.pk, 2, 2)
    assert (line["limit"], line["daily_limit"], line["bursting_enabled"]) == (None, 100_000, True)
    [refused] = told["refusals_last_7_days"]
    assert (refused["reason"], refused["count"]) == ("allowlist", 1)
    assert refused["last_origin"] == "https://evil.example"
    assert ask.get("/convai/analytics/live-count").json() == {"count": 2}

    theirs = cleo_asks.get("/convai/limits").json()
    assert (theirs["chat"]["in_use"], theirs["agents"]) == (0, [])
    assert theirs["refusals_last_7_days"] == []
