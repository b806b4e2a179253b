"""Every dialect against servers that other people wrote, over real HTTP."""

from __future__ import annotations

import pytest

from dashboard.engine.brief import Brief
from dashboard.engine.events import Delta, Failed, TurnTaken
from dashboard.engine.ports import Ask, Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, ToolResult, ToolSpec, visitor
from dashboard.providers.llms.backends import Backend, llm_named
from dashboard.providers.llms.patience import Limits, Patient

from .hearing import QUESTION, WEATHER, answered

SCRIPTED = [("openai", "/v1"), ("anthropic", ""), ("gemini", ""), ("ollama", "")]
FAULTY = [("openai", "/v1"), ("anthropic", "/anthropic"), ("gemini", "/gemini")]
HASTE = Limits(first=1, between=0.5, total=10, tries=2, longest_wait=2)


class Weather:
    specs = (WEATHER,)

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, call: ToolCall) -> ToolResult:
        self.asked.append(call.arguments["city"])
        return ToolResult(call.id, call.name, "4°" if call.arguments["city"] == "Oslo" else "20°")


@pytest.mark.parametrize(("kind", "path"), SCRIPTED)
async def test_a_streamed_answer(aimock, kind, path):
    answer = await answered(llm_named(Backend(kind, "some-model", aimock + path, "key")))

    assert (answer.text, answer.trouble) == ("We open at 7:30 – bienvenue ☕.", None)
    assert len(answer.pieces) > 5
    assert answer.usage.model == "some-model"


@pytest.mark.parametrize(("kind", "path"), SCRIPTED)
async def test_a_reply_with_two_tools_at_once(aimock, kind, path):
    toolbox = Weather()
    llm = llm_named(Backend(kind, "some-model", aimock + path, "key"))
    speaker = Speaker(Brief("Be kind."), llm, toolbox)

    events = [e async for e in reply(speaker, [visitor("The weather in Oslo and Rome?")])]

    turns = [event.turn for event in events if isinstance(event, TurnTaken)]
    assert toolbox.asked == ["Oslo", "Rome"]
    assert turns[-1].message == "Four degrees in Oslo, twenty in Rome."
    assert [r.output for r in turns[1].tool_results] == ["4°", "20°"]
    assert not [event for event in events if isinstance(event, Failed)]


@pytest.mark.parametrize(("kind", "path"), FAULTY)
@pytest.mark.parametrize(
    "fault",
    [
        {"type": "fail", "status": 429, "retry_after": 1},
        {"type": "fail", "status": 500},
        {"type": "fail", "status": 503},
        {"type": "stream_fault", "kind": "disconnect", "after_chunks": 0},
        {"type": "stream_fault", "kind": "malformed", "after_chunks": 0},
        {"type": "stream_fault", "kind": "truncate", "after_chunks": 0},
    ],
    ids=lambda fault: str(fault.get("kind") or fault["status"]),
)
async def test_a_fault_before_the_first_word_costs_one_more_try(faulty, kind, path, fault):
    faulty.then(fault, {"type": "reply", "text": "We open at 7:30."})
    llm = llm_named(Backend(kind, "some-model", faulty.url + path, "key"))

    answer = await answered(Patient([llm], HASTE))

    assert answer.trouble is None
    assert answer.text


@pytest.mark.parametrize(("kind", "path"), FAULTY)
@pytest.mark.parametrize("fault", ["disconnect", "truncate", "malformed", "stall"])
async def test_a_stream_that_breaks_after_words_is_told(faulty, kind, path, fault):
    words = "We open at seven thirty in the morning, every day of the week, all year."
    broken = {"type": "stream_fault", "kind": fault, "after_chunks": 4, "stall_seconds": 3}
    faulty.then(broken, {"type": "reply", "text": words})
    llm = llm_named(Backend(kind, "some-model", faulty.url + path, "key"))
    speaker = Speaker(Brief(), Patient([llm], HASTE))

    events = [e async for e in reply(speaker, [visitor("When do you open?")])]

    said = "".join(event.text for event in events if isinstance(event, Delta))
    assert [type(event) for event in events if isinstance(event, Failed)] == [Failed]
    assert words.startswith(said.partition("\n\n")[0])
    assert said.endswith(Brief().trouble_message)


@pytest.mark.parametrize(("kind", "path"), FAULTY)
async def test_a_forced_tool_is_called(faulty, kind, path):
    faulty.then()
    schema = {
        "type": "object",
        "properties": {"outcome": {"type": "string", "enum": ["success", "failure"]}},
        "required": ["outcome"],
        "additionalProperties": False,
    }
    verdict = ToolSpec("record_verdict", "Record it.", schema)
    llm = llm_named(Backend(kind, "some-model", faulty.url + path, "key"))

    answer = await answered(llm, Ask("Judge.", QUESTION.turns, (WEATHER,), must_call=verdict))

    assert [call.name for call in answer.calls] == ["record_verdict"]
    assert answer.calls[0].arguments["outcome"] in ("success", "failure")


async def test_broken_arguments_are_garbled(faulty):
    faulty.then({"type": "tool_fault", "kind": "malformed_arguments"})
    llm = llm_named(Backend("openai", "some-model", f"{faulty.url}/v1", "key"))

    answer = await answered(llm, Ask("", QUESTION.turns, (WEATHER,)))

    assert [call.garbled is not None for call in answer.calls] == [True]
