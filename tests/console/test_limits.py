"""Call limits and behaviour of an agent, as its pages keep them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.agents.revising import revise
from dashboard.workspaces.models import User

LIMITS = {
    "whose": "own",
    "at_once": "40",
    "a_day": "500",
    "bursting": "on",
    "refusal": "Write to help@harbour.example.",
    "a_minute": "20",
}
TIMES = {"longest": "900", "goodbye": "Time is over.", "nudge": "12.5", "silence": "60"}
PLAN = {"plan": "pro", "own": "", "words": "We are busy.", "pace": "30"}


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def _stamp(page: str, card: str = "") -> str:
    before = rf'name="card" value="{card}"><input[^>]+' if card else ""
    found = re.search(rf'{before}name="seen" value="(\w+)"', page)
    assert found, page
    return found[1]


def _save(client: Client, agent: Agent, tab: str, card: str, **typed: Any) -> Any:
    path = f"/agents/{agent.pk}/{tab}/"
    seen = _stamp(client.get(path).content.decode(), card)
    return client.post(path, {"card": card, "seen": seen, **typed})


def _error(answer: Any, field: str) -> str:
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    found = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', page, re.S)
    assert found, page
    return found[1]


def _config(agent: Agent) -> dict[str, Any]:
    config: dict[str, Any] = Agent.objects.get(pk=agent.pk).told.conversation_config
    return config


@pytest.mark.parametrize("tab", ["limits", "advanced"])
def test_cleo_finds_no_limits_of_others(cleos: Client, agent: Agent, tab: str):
    assert cleos.get(f"/agents/{agent.pk}/{tab}/").status_code == 404
    assert cleos.post(f"/agents/{agent.pk}/{tab}/", {"card": tab}).status_code == 404


@pytest.mark.parametrize("path", ["/agents/{}/limits/", "/agents/{}/advanced/", "/settings/plan/"])
def test_a_viewer_reads_limits_and_may_not_save_them(viewers: Client, agent: Agent, path: str):
    path = path.format(agent.pk)

    page = _page(viewers, path)

    assert "You are a viewer here" in page
    assert "Save. Takes effect at once" not in page
    assert viewers.post(path, {"card": "limits", **PLAN}).status_code == 403
    assert agent.versions.count() == 1


def test_an_agents_limits_hold_at_once(adas: Client, agent: Agent):
    answer = _save(adas, agent, "limits", "limits", **LIMITS)

    agent.limits.refresh_from_db()
    limits = agent.limits
    assert answer.status_code == 302
    assert (limits.at_once, limits.a_day, limits.bursting) == (40, 500, True)
    assert limits.refusal_text == "Write to help@harbour.example."
    assert limits.messages_a_minute == 20
    page = _page(adas, f"/agents/{agent.pk}/limits/")
    for value in ("40", "500", "20", "Write to help@harbour.example."):
        assert f'value="{value}"' in page


def test_empty_fields_mean_the_workspaces_limits_and_none_a_day(adas: Client, agent: Agent):
    _save(adas, agent, "limits", "limits", **LIMITS)

    _save(adas, agent, "limits", "limits", whose="workspace", at_once="40")

    agent.limits.refresh_from_db()
    limits = agent.limits
    assert (limits.at_once, limits.a_day, limits.messages_a_minute) == (-1, -1, -1)
    assert not limits.bursting
    assert limits.refusal_text == ""


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("at_once", "many"),
        ("at_once", ""),
        ("at_once", "-5"),
        ("a_day", "1.5"),
        ("a_day", "99999999999"),
        ("refusal", "x" * 121),
        ("refusal", "ü" * 70),
        ("a_minute", "10001"),
        ("whose", "nobody"),
    ],
)
def test_a_limit_that_is_none_is_said_beside_its_field_and_the_rest_stays(
    adas: Client, agent: Agent, field: str, typed: str
):
    kept = {name: value for name, value in LIMITS.items() if name not in (field, "bursting")}

    answer = _save(adas, agent, "limits", "limits", **LIMITS | {field: typed})

    assert _error(answer, field)
    page = html.unescape(answer.content.decode())
    for name in kept.keys() - {"whose"}:
        assert f'value="{kept[name]}"' in page, name
    assert agent.versions.count() == 1


def test_limits_that_somebody_else_saved_meanwhile_are_not_overwritten(
    adas: Client, bens: Client, agent: Agent
):
    path = f"/agents/{agent.pk}/limits/"
    seen = _stamp(adas.get(path).content.decode(), "limits")
    _save(bens, agent, "limits", "limits", **LIMITS | {"a_day": "7"})

    answer = adas.post(path, {"card": "limits", "seen": seen, **LIMITS})

    agent.limits.refresh_from_db()
    assert answer.status_code == 409
    assert "changed these fields since you opened this page" in answer.content.decode()
    assert agent.limits.a_day == 7


def test_how_long_a_conversation_goes_on(adas: Client, agent: Agent):
    _save(adas, agent, "advanced", "times", **TIMES)

    config = _config(agent)
    assert config["conversation"]["max_duration_seconds"] == 900
    assert config["agent"]["max_conversation_duration_message"] == "Time is over."
    assert config["turn"] == {"turn_timeout": 12.5, "silence_end_call_timeout": 60}
    assert config["agent"]["prompt"]["prompt"] == "Be kind."

    _save(adas, agent, "advanced", "times", longest="900")

    assert _config(agent)["turn"] == {"turn_timeout": -1, "silence_end_call_timeout": -1}


@pytest.mark.parametrize(
    ("card", "field", "typed"),
    [
        ("times", "longest", "0"),
        ("times", "longest", ""),
        ("times", "nudge", "soon"),
        ("times", "nudge", "nan"),
        ("times", "silence", "-2"),
        ("times", "goodbye", "x" * 1001),
        ("files", "most_files", "-1"),
        ("files", "in_memory", "31"),
    ],
)
def test_a_wrong_time_or_number_is_said_beside_its_field(
    adas: Client, agent: Agent, card: str, field: str, typed: str
):
    fine = TIMES if card == "times" else {"most_files": "3", "in_memory": "2"}

    answer = _save(adas, agent, "advanced", card, **fine | {field: typed})

    assert _error(answer, field)
    assert f'value="{typed}"' in html.unescape(answer.content.decode())
    assert agent.versions.count() == 1


def test_files_can_be_refused_and_counted(adas: Client, agent: Agent):
    _save(adas, agent, "advanced", "files", most_files="3", in_memory="2")

    assert _config(agent)["conversation"]["file_input"] == {
        "enabled": False,
        "max_files_per_conversation": 3,
        "max_files_in_memory": 2,
    }


def test_a_list_of_events_without_answers_is_pointed_out_and_mended(
    adas: Client, agent: Agent, ada: User
):
    events = {"conversation": {"client_events": ["audio", "interruption"]}}
    revise(agent, {"conversation_config": events}, ada)
    path = f"/agents/{agent.pk}/advanced/"
    assert "Answers are not in the list." in _page(adas, path)

    _save(adas, agent, "advanced", "events", events=["context_usage", "agent_response"])

    listed = _config(agent)["conversation"]["client_events"]
    assert listed == ["audio", "interruption", "agent_response", "context_usage"]
    assert "Answers are not in the list." not in _page(adas, path)


def test_an_event_that_there_is_not_is_refused(adas: Client, agent: Agent):
    answer = _save(adas, agent, "advanced", "events", events=["agent_response", "sorcery"])

    assert _error(answer, "events")
    assert agent.versions.count() == 1
