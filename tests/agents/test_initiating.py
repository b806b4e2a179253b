"""The owner's server is asked before a conversation starts (contract rest.md §15, §19)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from dashboard.agents import initiating
from dashboard.agents.briefing import OverrideRefused, Wishes, wishes_of
from dashboard.agents.initiating import Facts, Fetched, FetchFailed, Initiating, fetch, merged
from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.speaker import speaker_for
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace
from tests.stand_ins.service import Answerer, Asked, Reply, service

HOOK = "conversation_initiation_client_data_webhook"
SWITCH = "enable_conversation_initiation_client_data_from_webhook"
DOCS = Path(__file__).parent.parent.parent / "docs" / "variables.md"
REQUEST, ANSWER = (
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
)
FACTS = Facts("agent_1", "conv_1", "visitor-7", "widget", "0.5.4", {"page": "/orders"})


def agent(
    workspace: Workspace, hook: Mapping[str, Any] | None = None, *, on: bool = True, **config: Any
) -> AgentVersion:
    return AgentVersion.objects.create(
        agent=Agent.objects.create(workspace=workspace, name="Harbour Helper"),
        number=1,
        conversation_config={"conversation": {"text_only": True}, **config},
        platform_settings={
            "overrides": {SWITCH: on},
            "workspace_overrides": {HOOK: hook} if hook else {},
        },
    )


def hook(url: str = "https://shop.example/start", **headers: Any) -> dict[str, Any]:
    return {"url": url, "request_headers": headers}


def ask(answer: Answerer, facts: Facts = FACTS, **headers: str) -> tuple[Any, list[Asked]]:
    async def talk() -> tuple[Fetched | FetchFailed, list[Asked]]:
        async with service(answer) as there:
            wanted = Initiating(
                f"{there.url}/start", headers, tuple(headers.values()), allow=(there.where,)
            )
            return await fetch(wanted, facts), there.asked

    return async_to_sync(talk)()


# --- Whom to ask -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_nobody_is_asked_until_the_agent_says_so(workspace: Workspace) -> None:
    workspace.settings = {HOOK: hook()}

    assert initiating.wanted(agent(workspace, hook(), on=False)) is None
    assert initiating.wanted(agent(workspace)) is not None


@pytest.mark.django_db
def test_an_agents_own_address_stands_above_the_workspaces(workspace: Workspace) -> None:
    workspace.settings = {HOOK: hook("https://all.example/")}

    own = initiating.wanted(agent(workspace, hook("https://own.example/")))
    shared = initiating.wanted(agent(workspace))

    assert own is not None
    assert shared is not None
    assert (own.url, shared.url) == ("https://own.example/", "https://all.example/")


@pytest.mark.django_db
def test_where_there_is_no_address_nobody_is_asked(workspace: Workspace) -> None:
    assert initiating.wanted(agent(workspace)) is None


@pytest.mark.django_db
def test_headers_carry_secrets_that_nobody_else_sees(workspace: Workspace) -> None:
    key = vault.keep(workspace, "Shop", "Bearer shop_key_77")
    told = agent(workspace, hook(**{"Authorization": {"secret_id": key.pk}, "X-Shop": "harbour"}))

    wanted = initiating.wanted(told)

    assert wanted is not None
    assert wanted.headers == {"Authorization": "Bearer shop_key_77", "X-Shop": "harbour"}
    assert "shop_key_77" not in repr(wanted)


@pytest.mark.django_db
def test_without_its_secret_nothing_is_sent_and_the_owner_reads_why(
    workspace: Workspace, cleo: User
) -> None:
    foreign = vault.keep(cleo.memberships.get().workspace, "Shop", "Bearer theirs")
    told = agent(workspace, hook(Authorization={"secret_id": foreign.pk}))

    wanted = initiating.wanted(told)
    assert wanted is not None
    heard = async_to_sync(fetch)(wanted, FACTS)

    assert heard == FetchFailed(
        "The initiation webhook's header Authorization has no secret to send."
    )


# --- Asking ----------------------------------------------------------------------------------


def test_the_documented_question_and_answer_are_the_real_ones() -> None:
    facts = Facts("agent_01k9", "conv_01k9", "visitor-7", "widget", "0.5.4", {"page": "/orders"})

    heard, asked = ask(lambda asked: Reply(200, ANSWER), facts)

    assert (asked[0].method, asked[0].path, asked[0].json) == ("POST", "/start", REQUEST)
    assert asked[0].headers["content-type"] == "application/json"
    assert heard.visitor_id == "customer-4417"
    assert heard.wishes == wishes_of(ANSWER)
    assert heard.wishes.overrides["agent.first_message"] == "Welcome back, {{name}}!"


def test_the_pages_secrets_and_false_ids_are_not_passed_on() -> None:
    page = {"secret__token": "t0ken77", "system__agent_id": "x", "cart": ["tea"], "name": "Ada"}

    _, asked = ask(lambda asked: Reply(), Facts("a", "c", variables=page))

    assert asked[0].json["dynamic_variables"] == {"name": "Ada"}


@pytest.mark.parametrize(
    "reply", [Reply(204), Reply(200, {}), Reply(200, {"type": ANSWER["type"]})]
)
def test_an_answer_may_add_nothing(reply: Reply) -> None:
    heard, _ = ask(lambda asked: reply)

    assert heard == Fetched(Wishes())


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(500, b"stack trace"), "answered with HTTP 500."),
        (Reply(302, headers={"Location": "http://elsewhere.example"}), "answered with HTTP 302."),
        (Reply(200, b"<html>"), "answer is not JSON."),
        (Reply(200, [1]), "answer is not a plain JSON object."),
        (Reply(200, b'{"a":' * 70 + b"1" + b"}" * 70), "answer is not a plain JSON object."),
        (Reply(200, {"type": "pong"}), f"answer is not of the type {ANSWER['type']}."),
        (Reply(200, b" " * 300_000), "answer is too long."),
        (
            Reply(200, {"conversation_config_override": {"agent": {"language": 5}}}),
            "agent.language is not valid: Input should be a valid string.",
        ),
        (
            Reply(200, {"dynamic_variables": {"cart": ["tea"]}}),
            "Dynamic variable 'cart' must be a text, a number or true or false.",
        ),
    ],
)
def test_what_is_no_answer_stops_the_start_and_says_why(reply: Reply, why: str) -> None:
    heard, _ = ask(lambda asked: reply)

    assert isinstance(heard, FetchFailed)
    assert heard.reason.startswith("The initiation webhook")
    assert heard.reason.endswith(why)
    assert heard.message == initiating.NOT_READY


def test_a_server_that_never_answers_does_not_keep_the_visitor() -> None:
    async def wait() -> Fetched | FetchFailed:
        async with service(lambda asked: Reply(after=60)) as there, asyncio.timeout(10):
            return await fetch(Initiating(there.url, allow=(there.where,), seconds=0.2), FACTS)

    heard = async_to_sync(wait)()

    assert isinstance(heard, FetchFailed)
    assert "did not answer within" in heard.reason


def test_an_address_inside_is_not_asked_unless_the_operator_opened_it() -> None:
    async def knock() -> tuple[Fetched | FetchFailed, list[Asked]]:
        async with service() as there:
            return await fetch(Initiating(there.url), FACTS), there.asked

    heard, asked = async_to_sync(knock)()

    assert isinstance(heard, FetchFailed)
    assert asked == []


def test_a_page_that_sends_half_characters_is_turned_away() -> None:
    heard, asked = ask(lambda asked: Reply(), Facts("a", "c", "\ud800"))

    assert isinstance(heard, FetchFailed)
    assert asked == []


def test_a_server_that_sends_its_headers_back_gives_no_secret_away() -> None:
    key = "Bearer shop_key_77"

    def echo(asked: Asked) -> Reply:
        sent = asked.headers["authorization"]
        return Reply(
            200,
            {
                "dynamic_variables": {"sent": sent, "shop_key_77": "name", "n": 5, "ok": True},
                "conversation_config_override": {"agent": {"first_message": f"Hi\0 {sent}!"}},
                "custom_llm_extra_body": {"deep": [{"sent": sent}]},
                "user_id": "shop_key_77",
            },
        )

    heard, _ = ask(echo, Authorization=key)

    assert "shop_key_77" not in repr(heard)
    assert heard.visitor_id == "[secret]"
    assert heard.wishes.variables == {"sent": "[secret]", "[secret]": "name", "n": 5, "ok": True}
    assert heard.wishes.overrides["agent.first_message"] == "Hi\0 [secret]!"


def test_a_secret_of_digits_does_not_come_back_as_a_number() -> None:
    heard, _ = ask(lambda asked: Reply(200, {"dynamic_variables": {"n": 77123456}}), K="77123456")

    assert heard.wishes.variables == {"n": "[secret]"}


# --- What comes of it ------------------------------------------------------------------------


def test_the_owners_server_stands_above_the_page() -> None:
    page = Wishes({"agent.language": "nl"}, {"name": "Mallory", "page": "/orders"})
    server = Fetched(Wishes({"agent.language": "en"}, {"name": "Ada"}))

    both = merged(page, server)

    assert both == Wishes({"agent.language": "en"}, {"name": "Ada", "page": "/orders"})


@pytest.mark.django_db
def test_the_owners_overrides_need_no_leave_and_the_pages_still_do(workspace: Workspace) -> None:
    told = agent(workspace, agent={"first_message": "Hello."})
    server = Fetched(wishes_of(ANSWER))

    casting = speaker_for(told, merged(Wishes(), server))

    assert casting.speaker.brief.first_message == "Welcome back, Ada!"
    with pytest.raises(OverrideRefused, match=r"'agent\.prompt\.prompt'"):
        speaker_for(told, merged(Wishes({"agent.prompt.prompt": "Be rude."}), server))
