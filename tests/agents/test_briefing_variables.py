"""Dynamic variables: fallbacks, reserved ones, secrets, missing ones (contract rest.md §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from dashboard.agents.briefing import Occasion, Wishes, wishes_of
from dashboard.agents.models import AgentVersion
from dashboard.agents.secret_variables import opened, sealed
from dashboard.agents.speaker import Casting, speaker_for
from dashboard.agents.toolbox import CALLED
from dashboard.engine.turns import ToolResult
from dashboard.engine.variables import LONGEST_VALUE, MOST, MissingVariable, UnfitVariable
from dashboard.workspaces.models import Workspace
from tests.stand_ins.service import Asked, Reply, service

from .told import ORDER, order, version

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 12, 12, 11, 33, tzinfo=UTC)


def said(**variables: Any) -> Wishes:
    return wishes_of({"dynamic_variables": variables})


def prompt(workspace: Workspace, text: str, first: str = "", **more: Any) -> AgentVersion:
    told = version(workspace, prompt=text)
    agent = {"first_message": first, **told.conversation_config["agent"], **more}
    told.conversation_config = {"agent": agent}
    return told


class Watch:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_placeholder_stands_in_where_the_client_says_nothing(workspace: Workspace) -> None:
    fallbacks = {"dynamic_variable_placeholders": {"name": "friend", "odd": ["no", "text"]}}
    told = prompt(workspace, "Greet {{name}}.", dynamic_variables=fallbacks)

    silent, null = speaker_for(told), speaker_for(told, said(name=None))
    named = speaker_for(told, said(name="Ada"))

    assert silent.speaker.brief.instructions == "Greet friend."
    assert null.speaker.brief.instructions == "Greet friend."
    assert named.speaker.brief.instructions == "Greet Ada."


def test_the_server_alone_says_what_is_reserved(workspace: Workspace) -> None:
    text = "{{system__conversation_id}} {{system__agent_id}} {{system__call_duration_secs}}"
    told = prompt(workspace, text)
    forged = said(system__conversation_id="conv_0", system__agent_id="agent_0")

    brief = speaker_for(told, forged, occasion=Occasion("conv_1", NOON)).speaker.brief

    assert brief.instructions == f"conv_1 {told.agent_id} 0"


def test_the_time_is_the_one_where_the_agent_is(workspace: Workspace) -> None:
    told = version(workspace, prompt="Now: {{system__time}}.", timezone="Asia/Kolkata")

    brief = speaker_for(told, occasion=Occasion("conv_1", NOON)).speaker.brief

    assert brief.instructions.startswith("Now: Friday, 17:03 12 December 2025.")
    assert brief.instructions.endswith("(Asia/Kolkata).")


@pytest.mark.parametrize("zone", ["Nowhere/Else", "../etc", "America", "\0"])
def test_an_unknown_time_zone_is_utc(workspace: Workspace, zone: str) -> None:
    told = version(workspace, prompt="{{system__timezone}}", timezone=zone)

    assert speaker_for(told).speaker.brief.instructions.startswith("UTC")


def test_what_only_a_phone_has_is_empty_in_a_text(workspace: Workspace) -> None:
    brief = speaker_for(prompt(workspace, "From <{{system__caller_id}}>")).speaker.brief

    assert brief.instructions == "From <>"


def _called(
    workspace: Workspace, settings: Any, tool: Mapping[str, Any], wishes: Wishes, watch: Watch
) -> tuple[Asked, ToolResult]:
    """The tool's request, 75 seconds into the conversation."""

    async def call() -> tuple[Asked, ToolResult]:
        async with service(lambda asked: Reply(200, b"ok")) as there:
            settings.EGRESS_ALLOW = [there.where]
            told = await sync_to_async(version)(workspace, order(url=there.url, **tool))
            casting: Casting = await sync_to_async(speaker_for)(
                told, wishes, occasion=Occasion("conv_1", NOON, watch)
            )
            watch.now = NOON + timedelta(seconds=75)
            result = await casting.speaker.toolbox.run(ORDER)
            return there.asked[0], result

    return async_to_sync(call)()


def test_a_tool_hears_the_seconds_so_far_and_the_time_now(
    workspace: Workspace, settings: Any
) -> None:
    fields = {
        name: {"type": "string", "dynamic_variable": f"system__{name}"}
        for name in ("call_duration_secs", "time_utc", "conversation_id")
    }
    api = {"query_params_schema": {"properties": fields}}

    asked, _ = _called(workspace, settings, {"api": api}, Wishes(), Watch())

    assert asked.query == {
        "call_duration_secs": ["75"],
        "time_utc": ["2025-12-12T11:34:15+00:00"],
        "conversation_id": ["conv_1"],
    }


def test_a_secret_goes_out_in_a_header_and_nowhere_else(
    workspace: Workspace, settings: Any
) -> None:
    api = {
        "request_headers": {"Authorization": "Bearer {{secret__token}}"},
        "query_params_schema": {
            "properties": {"t": {"type": "string", "dynamic_variable": "secret__token"}}
        },
    }

    asked, _ = _called(workspace, settings, {"api": api}, said(secret__token="t0ken77"), Watch())

    assert asked.headers["authorization"] == "Bearer t0ken77"
    assert "t0ken77" not in asked.target


@pytest.mark.parametrize("place", ["prompt", "first message", "address", "body"])
def test_a_secret_in_any_other_place_counts_as_missing(workspace: Workspace, place: str) -> None:
    secret = {"type": "string", "dynamic_variable": "secret__token"}
    body = {"type": "object", "properties": {"t": secret}, "required": ["t"]}
    told = {
        "prompt": lambda: prompt(workspace, "Say {{secret__token}}."),
        "first message": lambda: prompt(workspace, "", "It is {{secret__token}}."),
        "address": lambda: version(workspace, order(url="http://x.example/{{secret__token}}")),
        "body": lambda: version(
            workspace, order(api={"method": "POST", "request_body_schema": body})
        ),
    }[place]()

    with pytest.raises(MissingVariable) as missing:
        speaker_for(told, said(secret__token="t0ken77"))

    assert str(missing.value) == "Missing required dynamic variable: secret__token"


NEEDS = {
    "address": order(url="http://{{shop}}.example"),
    "header": order(api={"request_headers": {"X-Shop": "Shop {{shop}}"}}),
    "header by name": order(api={"request_headers": {"X-Shop": {"variable_name": "shop"}}}),
    "path": order(
        api={"path_params_schema": {"id": {"type": "string", "dynamic_variable": "shop"}}}
    ),
    "query": order(
        api={
            "query_params_schema": {
                "properties": {"s": {"type": "string", "dynamic_variable": "shop"}},
                "required": ["s"],
            }
        }
    ),
    "page": {
        "type": "client",
        "name": "order",
        "description": "Shows it.",
        "parameters": {
            "type": "object",
            "properties": {"s": {"type": "string", "dynamic_variable": "shop"}},
            "required": ["s"],
        },
    },
}


@pytest.mark.parametrize("place", NEEDS)
def test_a_variable_that_a_tool_cannot_do_without_is_asked_for_at_the_start(
    workspace: Workspace, place: str
) -> None:
    told = version(workspace, NEEDS[place])

    with pytest.raises(MissingVariable) as missing:
        speaker_for(told)

    assert str(missing.value) == "Missing required dynamic variable: shop"
    assert isinstance(speaker_for(told, said(shop="harbour")), Casting)


def test_nobody_misses_what_a_tool_has_itself_may_leave_out_or_gets_later(
    workspace: Workspace,
) -> None:
    field = {"type": "string", "dynamic_variable": "shop"}
    optional = order(api={"query_params_schema": {"properties": {"s": field}}})
    own = {**NEEDS["header"], "dynamic_variables": {"dynamic_variable_placeholders": {"shop": "a"}}}
    setter = {**optional, "name": "set", "assignments": [{"dynamic_variable": "shop"}]}

    for tools in ([optional], [own], [NEEDS["header"], setter]):
        assert isinstance(speaker_for(version(workspace, *tools)), Casting)
    assert isinstance(
        speaker_for(version(workspace, NEEDS["header"]), mocks={"order": CALLED}), Casting
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cart", ["tea"]),
        ("cart", {"tea": 1}),
        ("cart", 2**70),
        ("cart", float("inf")),
        ("cart", "x" * (LONGEST_VALUE + 1)),
        ("x" * 201, "short"),
    ],
)
def test_a_value_that_fits_no_text_is_refused_by_its_name(
    workspace: Workspace, name: str, value: Any
) -> None:
    with pytest.raises(UnfitVariable) as unfit:
        speaker_for(version(workspace), said(**{name: value}))

    assert unfit.value.name == name
    assert f"'{name[:60]}'" in str(unfit.value)
    assert len(str(unfit.value)) <= 123  # a close frame carries no more


def test_there_is_an_end_to_how_many_variables_a_client_sends(workspace: Workspace) -> None:
    with pytest.raises(UnfitVariable, match="one too many"):
        speaker_for(version(workspace), said(**{f"v{n}": n for n in range(MOST + 1)}))


def test_secrets_are_sealed_as_one_text_and_opened_again(settings: Any) -> None:
    wishes = said(secret__token="t0ken77", name="Ada")

    text = sealed(wishes)

    assert "t0ken77" not in text
    assert opened(text) == {"secret__token": "t0ken77"}
    assert (sealed(said(name="Ada")), opened("")) == ("", {})
    settings.SECRET_KEYS = ["another"]
    assert opened(text) == {}
