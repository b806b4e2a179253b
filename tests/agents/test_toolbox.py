"""An agent's toolbox: secrets, variables, the page, mocks, and an engine that uses them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection

from dashboard.agents.toolbox import AgentToolbox, toolbox_for
from dashboard.engine.brief import Brief
from dashboard.engine.events import TurnTaken
from dashboard.engine.ports import Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, ToolKind, ToolResult, Turn, visitor
from dashboard.providers.llms.scripted import ScriptedLLM
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace
from tests.stand_ins.service import Reply, service

from .told import ORDER, order, run, version


async def _spoken(speaker: Speaker) -> list[Turn]:
    events = [event async for event in reply(speaker, [visitor("Where is order 4417?")])]
    return [event.turn for event in events if isinstance(event, TurnTaken)]


def test_an_answer_with_a_webhook_from_end_to_end(workspace: Workspace, settings: Any) -> None:
    secret = vault.keep(workspace, "Shop", "Bearer shop_key_77")
    llm = ScriptedLLM(ORDER, "It left on Monday.")

    async def talk() -> list[Turn]:
        async with service(lambda asked: Reply(200, {"state": "sent", **asked.headers})) as there:
            settings.EGRESS_ALLOW = [there.where]
            box = await _made(workspace, order(secret.pk, there.url))
            turns = await _spoken(Speaker(Brief("Be kind."), llm, box))
            asked.extend(there.asked)
            return turns

    asked: list[Any] = []
    turns = async_to_sync(talk)()

    assert asked[0].target == "/orders/4417"
    assert asked[0].headers["authorization"] == "Bearer shop_key_77"
    result = turns[1].tool_results[0]
    assert result.kind is ToolKind.WEBHOOK
    assert '"state": "sent"' in result.output
    assert turns[-1].message == "It left on Monday."
    assert "shop_key_77" not in repr(llm.asked) + repr(turns)


async def _made(workspace: Workspace, *tools: Any, **more: Any) -> AgentToolbox:
    return await sync_to_async(lambda: toolbox_for(version(workspace, *tools), **more))()


@pytest.mark.parametrize(
    ("mode", "heard"),
    [
        ("auto", "HTTP 500: stack trace"),
        ("summarized", "The tool failed. (HTTP 500)"),
        ("hide", "The tool failed."),
    ],
)
def test_the_owner_says_how_much_of_a_failure_the_model_hears(
    workspace: Workspace, settings: Any, mode: str, heard: str
) -> None:
    async def fail() -> ToolResult:
        async with service(lambda asked: Reply(500, b"stack trace")) as there:
            settings.EGRESS_ALLOW = [there.where]
            tool = order(url=there.url, tool_error_handling_mode=mode)
            return await (await _made(workspace, tool)).run(ORDER)

    result = async_to_sync(fail)()

    assert (result.output, result.is_error) == (heard, True)


def test_a_tool_has_as_long_as_its_document_says(workspace: Workspace, settings: Any) -> None:
    async def wait() -> ToolResult:
        async with service(lambda asked: Reply(after=9)) as there:
            settings.EGRESS_ALLOW = [there.where]
            box = await _made(workspace, order(url=there.url, response_timeout_secs=1))
            async with asyncio.timeout(4):
                return await box.run(ORDER)

    result = async_to_sync(wait)()

    assert result.is_error
    assert "within 1 seconds" in result.output


def test_what_the_operator_has_not_opened_stays_closed(workspace: Workspace) -> None:
    async def knock() -> tuple[ToolResult, int]:
        async with service() as there:
            return await (await _made(workspace, order(url=there.url))).run(ORDER), len(there.asked)

    result, reached = async_to_sync(knock)()

    assert result.is_error
    assert reached == 0


def test_variables_fill_headers_and_the_tools_own_placeholders_stand_in(
    workspace: Workspace, settings: Any
) -> None:
    headers = {
        "X-Shop": "{{shop}}/{{secret__pin}}",
        "X-User": {"variable_name": "user"},
    }
    placeholders = {"dynamic_variable_placeholders": {"shop": "harbour", "user": "nobody"}}

    async def call() -> tuple[dict[str, str], ToolResult]:
        async with service(lambda asked: Reply(200, asked.headers["x-shop"].encode())) as there:
            settings.EGRESS_ALLOW = [there.where]
            tool = order(
                url=there.url, api={"request_headers": headers}, dynamic_variables=placeholders
            )
            values = {"user": "ada", "secret__pin": "pin-123456"}
            result = await (await _made(workspace, tool, variables=values)).run(ORDER)
            return there.asked[0].headers, result

    sent, result = async_to_sync(call)()

    assert sent["x-shop"] == "harbour/pin-123456"
    assert sent["x-user"] == "ada"
    assert result.output == "harbour/[secret]"


def test_a_header_without_its_variable_is_said_in_words(workspace: Workspace) -> None:
    tool = order(api={"request_headers": {"X-User": "{{user}}"}})

    result = run(toolbox_for(version(workspace, tool)))

    assert result.output == "Not called: the variable user has no value."
    assert result.is_error


@pytest.mark.parametrize("secret_id", ["YOUR SECRET", "secret_unknown"])
def test_an_unknown_secret_is_reported_and_fails_in_words(
    workspace: Workspace, secret_id: str
) -> None:
    box = toolbox_for(version(workspace, order(secret_id)))

    (unresolved,) = box.unresolved()
    result = run(box)

    assert unresolved.startswith("The tool order cannot be used: its header Authorization names")
    assert secret_id in unresolved
    assert result.is_error
    assert "which this workspace does not have" in result.output


def test_another_workspaces_secret_is_not_there(workspace: Workspace, cleo: User) -> None:
    elsewhere = cleo.memberships.get().workspace
    adas = vault.keep(workspace, "Shop", "Bearer shop_key_77")

    box = toolbox_for(version(elsewhere, order(adas.pk)))

    assert len(box.unresolved()) == 1
    result = run(box)
    assert result.is_error
    assert "does not have" in result.output
    assert "shop_key_77" not in result.output
    assert toolbox_for(version(workspace, order(adas.pk))).unresolved() == []


def test_a_secret_that_was_taken_away_is_no_longer_sent(workspace: Workspace) -> None:
    secret = vault.keep(workspace, "Shop", "Bearer shop_key_77")
    box = toolbox_for(version(workspace, order(secret.pk)))
    secret.delete()

    assert "does not have" in run(box).output


def test_a_secret_that_no_key_opens_is_said_in_words(workspace: Workspace, settings: Any) -> None:
    secret = vault.keep(workspace, "Shop", "Bearer shop_key_77")
    box = toolbox_for(version(workspace, order(secret.pk)))
    settings.SECRET_KEYS = ["another key"]

    assert (
        run(box).output == f"Not called: the secret {secret.pk} cannot be opened; store it again."
    )


def test_an_unknown_tool_is_an_answer(workspace: Workspace) -> None:
    result = run(toolbox_for(version(workspace)))

    assert (result.output, result.is_error) == ("There is no tool named order.", True)


def test_what_cannot_be_run_is_reported(workspace: Workspace) -> None:
    box = toolbox_for(version(workspace, {"type": "mcp", "name": "files"}, tool_ids=["tool_1"]))

    assert list(box.specs) == []
    assert [line.split(" ")[2] for line in box.unresolved()] == ["files", "tool_1"]


def test_a_built_in_tool_ends_the_conversation(workspace: Workspace) -> None:
    told = version(workspace, built_in_tools={"end_call": {"name": "end_call"}})
    llm = ScriptedLLM(ToolCall("c1", "end_call", {"reason": "done", "message": "Bye!"}))

    async def talk() -> list[Any]:
        box = await sync_to_async(toolbox_for)(told)
        return [e async for e in reply(Speaker(Brief(), llm, box), [visitor("Bye")])]

    events = async_to_sync(talk)()

    assert type(events[-1]).__name__ == "Ended"


@pytest.mark.django_db(transaction=True)
async def test_a_running_event_loop_opens_secrets_and_keeps_no_connection(settings: Any) -> None:
    workspace = await Workspace.objects.acreate(name="Harbour Coffee")
    secret = await sync_to_async(vault.keep)(workspace, "Shop", "Bearer shop_key_77")

    async with service(lambda asked: Reply(200, b"sent")) as there:
        settings.EGRESS_ALLOW = [there.where]
        box = await _made(workspace, order(secret.pk, there.url))
        result = await box.run(ORDER)

    assert result.output == "sent"
    assert there.asked[0].headers["authorization"] == "Bearer shop_key_77"
    assert await sync_to_async(lambda: connection.connection is None)()
