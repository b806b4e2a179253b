"""What each answer took, on the page of its conversation: a bar with words, tokens and money."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.console.spending import money
from dashboard.conversations.models import Conversation, StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import (
    Attachment,
    Role,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
    told_by_page,
    visitor,
)
from dashboard.engine.turns import agent as said_by_agent
from dashboard.engine.waterfall import SPEAKING, THINKING, TOOLS

from .conftest import talk

USED = Usage("gpt-4o", 1_000, 100)


def _page(client: Client, conversation: Conversation) -> str:
    answer = client.get(f"/conversations/{conversation.pk}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def _keep(conversation: Conversation, *turns: tuple[Turn, dict[str, float]]) -> Conversation:
    for number, (turn, metrics) in enumerate(turns, 1):
        StoredTurn.objects.create(
            conversation=conversation,
            number=number,
            seconds_in=number,
            metrics=metrics,
            **as_row(turn),
        )
    return conversation


def _answered(agent: Agent, usage: Usage = USED, **facts: bool) -> Conversation:
    call = ToolCall("c1", "order_status")
    return _keep(
        talk(agent, **facts),
        (visitor("Where is it?"), {}),
        (Turn(Role.AGENT, None, (call,), usage=usage), {THINKING: 1.0}),
        (Turn(Role.AGENT, tool_results=(ToolResult("c1", "order_status", "shipped"),)), {TOOLS: 4}),
        (replace(said_by_agent("Shipped."), usage=usage), {THINKING: 1.0, SPEAKING: 2.0}),
    )


def test_an_answer_shows_its_time_its_tokens_and_its_cost(adas: Client, agent: Agent) -> None:
    page = _page(adas, _answered(agent))

    assert "8.0 s · 2,200 tokens · $0.0070" in page
    assert 'aria-label="Where the time went. First word: 2.0 s, Writing: 2.0 s, Tools: 4.0 s."' in (
        page
    )
    assert '<rect class="is-tools" x="50.00" width="50.00"' in page
    assert page.count('<details class="p-spent">') == 1
    assert "<dt>Cost</dt>" in page


def test_a_burst_conversation_shows_that_it_costs_twice(adas: Client, agent: Agent) -> None:
    page = _page(adas, _answered(agent, is_burst=True))

    assert '<dt>Cost</dt><dd class="num">$0.0140 <small>· twice, burst</small>' in page


def test_what_is_not_known_is_not_shown(adas: Client, agent: Agent) -> None:
    page = _page(adas, _answered(agent, Usage("our-own", 1_000, 100, estimated=True)))

    assert "8.0 s · about 2,200 tokens<" in page
    assert "<dt>Cost</dt>" not in page


def test_an_answer_without_figures_has_no_bar(adas: Client, agent: Agent) -> None:
    page = _page(adas, _keep(talk(agent), (visitor("Hi"), {}), (said_by_agent("Hi."), {})))

    assert "p-spent" not in page.split("<main")[1]


def test_what_the_page_told_and_files_stand_in_the_transcript(adas: Client, agent: Agent) -> None:
    cup = Attachment("file_1", "<b>cup</b>.png", "image/png")
    conversation = _keep(
        talk(agent),
        (visitor("Look.", [cup]), {}),
        (told_by_page("<script>3 items</script>", "cart"), {}),
        (said_by_agent("Nice."), {}),
    )

    raw = adas.get(f"/conversations/{conversation.pk}/").content.decode()

    script = raw.split('<ol class="p-script">')[1].split("</ol>")[0]
    assert "The page told" in script
    assert "&lt;script&gt;3 items" in script
    assert "&lt;b&gt;cup&lt;/b&gt;.png" in script
    assert script.index("Look.") < script.index("3 items") < script.index("Nice.")
    assert "2.0 s" in script  # the answer is the visitor's, whatever the page told meanwhile


def test_another_workspace_sees_none_of_it(cleos: Client, agent: Agent) -> None:
    answer = cleos.get(f"/conversations/{_answered(agent).pk}/")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        (None, ""),
        (0.0, "$0"),
        (0.00001, "under $0.0001"),
        (0.0042, "$0.0042"),
        (1234.5, "$1,234.50"),
    ],
)
def test_money_is_written_as_people_read_it(dollars: float | None, words: str) -> None:
    assert money(dollars) == words
