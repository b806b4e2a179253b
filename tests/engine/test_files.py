"""Files that a visitor sends: opened before the model is asked, and named wherever they go."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.engine.brief import Brief
from dashboard.engine.ports import Enclosure, Speaker
from dashboard.engine.replay import replay
from dashboard.engine.reply import last_question, reply
from dashboard.engine.transcript import transcript
from dashboard.engine.turns import Attachment, agent, visitor
from dashboard.providers.llms.extractive import ExtractiveLLM
from dashboard.providers.llms.scripted import ScriptedLLM

from .acting import Shelf, heard, spoken

CUP = Attachment("file_1", "cup.png", "image/png")
PAPER = Attachment("file_2", "paper\n.pdf", "application/pdf")


class Cabinet:
    """Files with a text each."""

    def __init__(self) -> None:
        self.asked: list[list[Attachment]] = []

    async def open(self, attachments: Sequence[Attachment]) -> Sequence[Enclosure]:
        self.asked.append(list(attachments))
        return [Enclosure(attachment, f"text of {attachment.name}") for attachment in attachments]


async def test_the_files_of_the_whole_talk_are_opened_once_for_an_answer() -> None:
    cabinet = Cabinet()
    llm = ScriptedLLM("Nice.")
    turns = [visitor("Look.", [CUP]), agent("Yes?"), visitor("", [PAPER])]

    await heard(reply(Speaker(Brief(), llm, files=cabinet), turns))

    assert cabinet.asked == [[CUP, PAPER]]
    assert [e.attachment for e in llm.asked[0].enclosures] == [CUP, PAPER]


async def test_without_files_nothing_is_opened() -> None:
    cabinet = Cabinet()

    await heard(reply(Speaker(Brief(), ScriptedLLM("Hi."), files=cabinet), [visitor("Hi")]))

    assert cabinet.asked == []


async def test_a_file_alone_does_not_ask_the_question_before_it_again() -> None:
    shelf = Shelf()
    turns = [visitor("Hours?"), agent("Nine."), visitor("", [CUP])]

    events = await heard(reply(Speaker(Brief(), ExtractiveLLM(), library=shelf), turns))

    assert last_question(turns) == ""
    assert shelf.asked == []
    assert "cannot read files" in spoken(events)


async def test_a_judge_and_a_replay_know_of_the_files() -> None:
    past = [visitor("Look.", [CUP, PAPER]), agent("Nice cup.")]

    pairs = [pair async for pair in replay(Speaker(Brief(), ScriptedLLM("A cup.")), past)]

    assert "  (sent a file: cup.png)\n  (sent a file: paper .pdf)\n" in transcript(past)
    assert pairs[0].question.startswith("Look.\n(sent a file: cup.png)")
