"""The Cal.com agent: exactly the requests that Cal.com's API wants."""

from __future__ import annotations

from typing import Any

from dashboard.engine.turns import ToolCall
from dashboard.integrations.catalog import starting_point
from dashboard.integrations.starting_point import StartingPoint
from dashboard.workspaces.models import Workspace
from tests.stand_ins.service import Asked, Reply

from .acting import act, agent_from

TYPED = {
    "calcom_key": " cal_live_5f0d ",
    "calcom_event_types": "15 minutes: 1351800\n30 minutes: 1351801",
}
SLOTS = ToolCall(
    "c1",
    "get_available_slots",
    {"start": "2026-08-13T09:00:00Z", "end": "2026-08-13T17:00:00Z", "eventTypeId": "1351801"},
)
ATTENDEE = {"name": "Ada Larsen", "email": "ada@harbour.example", "timeZone": "Europe/Oslo"}
BOOK = ToolCall(
    "c2",
    "book_meeting",
    {"start": "2026-08-13T09:30:00Z", "eventTypeId": "1351801", "attendee": ATTENDEE},
)


def calcom() -> StartingPoint:
    point = starting_point("calcom")
    assert point is not None
    return point


def cal(asked: Asked) -> Reply:
    """What Cal.com answers, to a caller with the right key and the right version of the API."""
    if asked.headers.get("authorization") != "Bearer cal_live_5f0d":
        return Reply(401, {"status": "error", "error": {"code": "UnauthorizedException"}})
    match asked.method, asked.path, asked.headers.get("cal-api-version"):
        case "GET", "/v2/slots", "2024-09-04":
            day = {"2026-08-13": [{"start": "2026-08-13T09:30:00.000Z"}]}
            return Reply(200, {"status": "success", "data": day})
        case "POST", "/v2/bookings", "2024-08-13":
            return Reply(201, {"status": "success", "data": {"uid": "bk_1", "status": "accepted"}})
    return Reply(404, {"status": "error", "error": {"code": "NotFoundException"}})


def test_a_meeting_is_found_and_booked(workspace: Workspace, settings: Any) -> None:
    agent = agent_from(calcom(), workspace, TYPED)

    asked, turns = act(agent, settings, "https://api.cal.com", cal, [SLOTS, BOOK])

    slots, booking = asked
    assert slots.method == "GET"
    assert slots.target == (
        "/v2/slots?start=2026-08-13T09%3A00%3A00Z&end=2026-08-13T17%3A00%3A00Z&eventTypeId=1351801"
    )
    assert slots.headers["authorization"] == "Bearer cal_live_5f0d"
    assert slots.headers["cal-api-version"] == "2024-09-04"
    assert slots.body == b""
    assert (booking.method, booking.target) == ("POST", "/v2/bookings")
    assert booking.headers["authorization"] == "Bearer cal_live_5f0d"
    assert booking.headers["cal-api-version"] == "2024-08-13"
    assert booking.headers["content-type"] == "application/json"
    assert booking.json == {
        "start": "2026-08-13T09:30:00Z",
        "eventTypeId": 1351801,
        "attendee": ATTENDEE,
    }
    results = [result for turn in turns for result in turn.tool_results]
    assert [result.is_error for result in results] == [False, False]
    assert "2026-08-13T09:30:00.000Z" in results[0].output
    assert turns[-1].message == "Done."


def test_a_booking_without_an_address_is_not_sent(workspace: Workspace, settings: Any) -> None:
    agent = agent_from(calcom(), workspace, TYPED)
    arguments = {**BOOK.arguments, "attendee": {"name": "Ada", "timeZone": "Europe/Oslo"}}
    nobody = ToolCall("c1", "book_meeting", arguments)

    asked, turns = act(agent, settings, "https://api.cal.com", cal, [nobody])

    assert asked == []
    assert turns[1].tool_results[0].output == "Not sent: attendee.email is missing."


def test_a_wrong_key_is_said_and_not_shown(workspace: Workspace, settings: Any) -> None:
    agent = agent_from(calcom(), workspace, {**TYPED, "calcom_key": "cal_live_other"})

    _, turns = act(agent, settings, "https://api.cal.com", cal, [SLOTS])

    result = turns[1].tool_results[0]
    assert result.is_error
    assert result.output.startswith("HTTP 401")
    assert "cal_live_other" not in result.output


def test_the_agent_knows_the_event_types_and_the_time(workspace: Workspace) -> None:
    agent = agent_from(calcom(), workspace, TYPED)

    prompt = agent.part("agent", "prompt")
    assert "30 minutes: 1351801" in prompt["prompt"]
    assert prompt["timezone"] == "UTC"
    booking = prompt["tools"][1]["api_schema"]["request_body_schema"]
    assert "30 minutes: 1351801" in booking["properties"]["eventTypeId"]["description"]
    assert agent.part("conversation", "text_only") is True
    assert "cal_live" not in str(agent.conversation_config)
