"""Making agents and telling them something else."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents import revising
from dashboard.agents.documents import DEFAULT_CLIENT_EVENTS, Unfit, agent_document
from dashboard.agents.models import Agent, AgentVersion, AllowedHost, CallLimits
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    return revising.create(workspace, ada, name="Barista")


def events(agent: Agent) -> Any:
    return agent.told.part("conversation", "client_events")


def hosts(agent: Agent) -> list[str]:
    return list(agent.allowed_hosts.order_by("id").values_list("hostname", flat=True))


def test_an_agent_made_without_events_gets_those_that_chat_needs(workspace: Workspace) -> None:
    silent = revising.create(workspace, None, conversation_config={"conversation": {}})
    nulled = revising.create(workspace, None, conversation_config={"conversation": None})

    assert events(silent) == events(nulled) == DEFAULT_CLIENT_EVENTS


@pytest.mark.parametrize("named", [[], ["audio", "interruption"]])
def test_events_that_were_named_stay_as_they_are(workspace: Workspace, named: list[str]) -> None:
    agent = revising.create(
        workspace, None, conversation_config={"conversation": {"client_events": named}}
    )

    assert events(agent) == named


def test_a_change_is_a_new_version_and_the_old_one_stays(agent: Agent, ben: User) -> None:
    first = agent.told

    second = revising.revise(
        agent, {"conversation_config": {"agent": {"first_message": "Hi"}}}, ben, note="Greets"
    )

    assert (second.number, second.made_by, second.note) == (2, ben, "Greets")
    assert agent.told == second
    assert Agent.objects.get(pk=agent.pk).told == second
    assert AgentVersion.objects.get(pk=first.pk).part("agent", "first_message") is None


def test_a_change_that_changes_nothing_makes_no_version(agent: Agent, ada: User) -> None:
    before = agent.told

    after = revising.revise(agent, {"conversation_config": {}, "tags": ["new"]}, ada)

    assert after == before
    assert Agent.objects.get(pk=agent.pk).tags == ["new"]


def test_a_change_from_an_old_copy_keeps_what_others_did(agent: Agent, ada: User) -> None:
    mine, yours = Agent.objects.get(pk=agent.pk), Agent.objects.get(pk=agent.pk)

    revising.revise(mine, {"conversation_config": {"agent": {"language": "de"}}, "name": "M"}, ada)
    revising.revise(yours, {"conversation_config": {"agent": {"first_message": "Hi"}}}, ada)

    told = Agent.objects.get(pk=agent.pk)
    assert told.name == yours.name == "M"
    assert told.told.part("agent") == {"language": "de", "first_message": "Hi"}


def test_who_may_start_is_written_where_it_is_enforced(agent: Agent, ada: User) -> None:
    allowlist = [{"hostname": "Shop.Example", "note": "main"}, {"hostname": "localhost:3000"}]
    settings = {
        "auth": {
            "enable_auth": True,
            "allowlist": allowlist,
            "require_origin_header": True,
            "shareable_token": "a-token-to-share",
        },
        "call_limits": {
            "agent_concurrency_limit": 3,
            "daily_limit": 9,
            "bursting_enabled": False,
            "refusal_message": "Please ring us.",
            "messages_per_minute": 12,
        },
    }

    revising.revise(agent, {"platform_settings": settings}, ada)

    limits = CallLimits.objects.get(agent=agent)
    assert (limits.at_once, limits.a_day, limits.bursting) == (3, 9, False)
    assert (limits.needs_signature, limits.needs_origin) == (True, True)
    assert limits.shareable_token == "a-token-to-share"
    assert (limits.refusal_text, limits.messages_a_minute) == ("Please ring us.", 12)
    assert hosts(agent) == ["shop.example", "localhost:3000"]
    told = agent_document(agent)["platform_settings"]
    assert (told["auth"], told["call_limits"]) == (settings["auth"], settings["call_limits"])


def test_a_host_that_is_no_longer_listed_loses_its_row(agent: Agent, ada: User) -> None:
    for names in (["a.example", "b.example"], ["b.example", "b.example"]):
        auth = {"allowlist": [{"hostname": name} for name in names]}
        revising.revise(agent, {"platform_settings": {"auth": auth}}, ada)

    assert hosts(agent) == ["b.example"]


def test_limits_go_back_to_their_defaults_with_null(agent: Agent, ada: User) -> None:
    revising.revise(agent, {"platform_settings": {"call_limits": {"daily_limit": 1}}}, ada)

    revising.revise(agent, {"platform_settings": {"call_limits": None}}, ada)

    assert CallLimits.objects.get(agent=agent).a_day == 100_000


def test_the_document_tells_what_the_rows_enforce(agent: Agent) -> None:
    CallLimits.objects.filter(agent=agent).update(a_day=5, needs_signature=True)
    AllowedHost.objects.create(agent=agent, hostname="new.example")

    told = agent_document(Agent.objects.get(pk=agent.pk))["platform_settings"]

    assert told["call_limits"]["daily_limit"] == 5
    assert told["auth"]["enable_auth"] is True
    assert told["auth"]["allowlist"] == [{"hostname": "new.example"}]


def test_a_change_that_does_not_fit_leaves_no_trace(agent: Agent, ada: User) -> None:
    with pytest.raises(Unfit):
        revising.revise(
            agent, {"name": "New", "conversation_config": {"agent": {"language": 1}}}, ada
        )

    assert agent.name == Agent.objects.get(pk=agent.pk).name == "Barista"
    assert agent.versions.count() == 1


def test_a_name_has_its_limits(workspace: Workspace, agent: Agent, ada: User) -> None:
    assert revising.create(workspace, ada, name="   ").name == revising.NAMELESS
    with pytest.raises(Unfit) as caught:
        revising.revise(agent, {"name": "x" * 201}, ada)
    assert caught.value.errors[0]["loc"] == ["name"]


def test_a_workflow_is_replaced_whole(agent: Agent, ada: User) -> None:
    revising.revise(agent, {"workflow": {"nodes": {"a": {"type": "start"}}}}, ada)
    revising.revise(agent, {"workflow": {"nodes": {"b": {"type": "end"}}}}, ada)
    assert list(agent.told.workflow["nodes"]) == ["b"]

    revising.revise(agent, {"workflow": None}, ada)

    assert agent.told.workflow is None


def test_an_agent_taken_away_cannot_be_changed(agent: Agent, ada: User) -> None:
    copy = Agent.objects.get(pk=agent.pk)
    revising.retire(agent)

    with pytest.raises(Agent.DoesNotExist):
        revising.revise(copy, {"name": "Back"}, ada)

    assert not Agent.objects.filter(pk=agent.pk).exists()
    assert Agent.all_objects.get(pk=agent.pk).versions.count() == 1
