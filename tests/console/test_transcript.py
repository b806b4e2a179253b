"""One conversation, read: its transcript, and what was made of it."""

from __future__ import annotations

import html

from django.test import Client

from dashboard.agents.models import Agent
from dashboard.conversations import feedback
from dashboard.conversations.models import Conversation, Outcome, StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import Excerpt, Role, ToolCall, ToolResult, Turn, visitor
from dashboard.engine.turns import agent as said_by_agent

from .conftest import judged, talk


def _page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def _keep(conversation: Conversation, *turns: tuple[float, Turn]) -> None:
    for number, (at, turn) in enumerate(turns, 1):
        StoredTurn.objects.create(
            conversation=conversation, number=number, seconds_in=at, **as_row(turn)
        )


def test_the_transcript_shows_words_tools_and_sources_in_order(adas: Client, agent: Agent):
    conversation = judged(talk(agent), Outcome.SUCCESS, "Where is my order?")
    call = ToolCall("c1", "order_status", {"order_id": "4417"})
    source = Excerpt("doc_1", "p1", "Shipping › Europe", "We ship on weekdays.", 0.2)
    _keep(
        conversation,
        (0.0, said_by_agent("Hi!")),
        (14.0, visitor("Where is order **4417**?")),
        (15.0, Turn(Role.AGENT, "One moment.", tool_calls=(call,))),
        (16.0, Turn(Role.AGENT, tool_results=(ToolResult("c1", "order_status", "shipped"),))),
        (16.5, Turn(Role.AGENT, "It left today.", sources=(source,))),
        (20.0, Turn(Role.AGENT, "And", interrupted=True)),
    )

    page = _page(adas, f"/conversations/{conversation.pk}/")

    script = page.split('<ol class="p-script">')[1].split("</section>")[0]
    parts = ["first message", "Hi!", "0:14", "<strong>4417</strong>"]
    parts += [
        "interrupted",
        "One moment.",
        "order_status",
        '{"order_id": "4417"}',
        "shipped",
        "It left today.",
    ]
    parts += ["Shipping › Europe", "We ship on weekdays."]
    places = [script.index(part) for part in parts]
    assert places == sorted(places)
    assert "6.0 s" in script
    assert script.count("<h3>") == 3


def test_a_tool_that_failed_or_stayed_silent_says_so(adas: Client, agent: Agent):
    conversation = talk(agent)
    calls = tuple(ToolCall(f"c{n}", f"tool_{n}") for n in range(3))
    results = (
        ToolResult("c0", "tool_0", "no such order", is_error=True),
        ToolResult("c1", "tool_1", "", unanswered=True),
    )
    _keep(
        conversation,
        (1.0, Turn(Role.AGENT, tool_calls=calls)),
        (2.0, Turn(Role.AGENT, tool_results=results)),
    )

    page = _page(adas, f"/conversations/{conversation.pk}/")

    assert page.count("Failed") == 1
    assert page.count("No answer") == 2
    assert "no such order" in page


def test_what_a_visitor_said_can_neither_run_nor_load_anything(adas: Client, agent: Agent):
    conversation = talk(agent)
    nasty = "<script>alert(1)</script> ![x](https://spy.example/a.png) [go](javascript:alert(1))"
    _keep(conversation, (1.0, visitor(nasty)), (2.0, said_by_agent("[ok](https://ok.example)")))

    page = adas.get(f"/conversations/{conversation.pk}/").content.decode()

    script = page.split('<ol class="p-script">')[1].split("</section>")[0]
    assert "<script" not in script
    assert "<img" not in script
    assert 'href="javascript' not in script
    assert 'href="https://ok.example"' in script
    assert "noopener" in script


def test_the_analysis_shows_verdicts_with_reasons_and_what_was_not_said(adas: Client, agent: Agent):
    conversation = judged(
        talk(agent),
        Outcome.FAILURE,
        "A gift came broken",
        summary="The link did not work.",
        verdicts=[
            {"id": "a", "name": "Solved it", "outcome": "failure", "rationale": "Never started."},
            {"id": "b", "name": "Friendly", "outcome": "success", "rationale": "Warm."},
        ],
        collected=[
            {"id": "order", "value": "4381", "rationale": "Said so."},
            {"id": "email", "value": None, "rationale": ""},
            {"id": "vip", "value": False, "rationale": ""},
        ],
    )

    page = _page(adas, f"/conversations/{conversation.pk}/")

    for part in ("The link did not work.", "Never started.", "1 pass · 1 fail", "4381"):
        assert part in page
    assert "Not said" in page
    assert "<td>False</td>" in page


def test_a_result_finds_its_call_although_the_visitor_spoke_in_between(adas: Client, agent: Agent):
    conversation = talk(agent)
    call, result = ToolCall("c1", "order_status"), ToolResult("c1", "order_status", "shipped")
    _keep(
        conversation,
        (1.0, Turn(Role.AGENT, "One moment.", tool_calls=(call,))),
        (2.0, visitor("Hello?")),
        (3.0, Turn(Role.AGENT, tool_results=(result,))),
    )

    page = _page(adas, f"/conversations/{conversation.pk}/")

    assert "<dd>shipped</dd>" in page
    assert "No answer" not in page


def test_a_thumb_stands_beside_the_answer_that_it_is_for(adas: Client, agent: Agent):
    conversation = judged(talk(agent), Outcome.SUCCESS, "Thumbs")
    _keep(conversation, (0.0, said_by_agent("Hi!")), (1.0, visitor("Open?")))
    turn = {"number": 3, "event_id": 5, "seconds_in": 2.0, **as_row(said_by_agent("At seven."))}
    StoredTurn.objects.create(conversation=conversation, **turn)

    before = _page(adas, f"/conversations/{conversation.pk}/")
    feedback.rate_turn(conversation.pk, 5, "like", 3.0)
    after = _page(adas, f"/conversations/{conversation.pk}/")

    scripts = [page.split('<ol class="p-script">')[1] for page in (before, after)]
    assert "Liked" not in scripts[0]
    assert scripts[1].index("Liked") < scripts[1].index("seven")
