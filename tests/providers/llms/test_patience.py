"""Time-outs, other tries, other models; and connections that close when nobody listens."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import orjson
import pytest

from dashboard.engine.brief import Brief
from dashboard.engine.events import Delta, TurnTaken
from dashboard.engine.hush import Hush
from dashboard.engine.ports import Ask, ModelTrouble, Said, Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, Usage, visitor
from dashboard.providers.http import Bounds, fetch
from dashboard.providers.llms.backends import Backend, llm_named
from dashboard.providers.llms.checking import check
from dashboard.providers.llms.patience import Limits, Patient
from dashboard.providers.llms.scripted import ScriptedLLM
from tests.stand_ins.loopback import Canned, loopback
from tests.stand_ins.model_stub import Pace, model_stub

from .hearing import QUESTION, VERDICT, answered, recorded, replaying

BUSY = ModelTrouble("busy")
HASTE = Limits(first=0.15, between=0.15, total=5, tries=1)


@dataclass
class Sleep:
    """Waits are written down, not waited for."""

    waits: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def patient(*llms, limits: Limits = Limits()) -> tuple[Patient, Sleep]:
    sleep = Sleep()
    return Patient(llms, limits, sleep=sleep, chance=lambda: 0.5), sleep


async def test_a_busy_model_is_asked_again_after_growing_waits():
    llm = ScriptedLLM(BUSY, BUSY, "Hello.")
    asked, sleep = patient(llm)

    answer = await answered(asked)

    assert (answer.text, answer.trouble) == ("Hello.", None)
    assert sleep.waits == [0.25, 0.5]


async def test_the_wait_that_was_asked_for_is_kept():
    asked, sleep = patient(ScriptedLLM(ModelTrouble("busy", retry_after=3), "Hello."))

    await answered(asked)

    assert sleep.waits == [3]


async def test_a_wait_that_is_too_long_goes_to_the_next_model():
    first = ScriptedLLM(ModelTrouble("busy", retry_after=60), "too late")
    asked, sleep = patient(first, ScriptedLLM("Hello."))

    answer = await answered(asked)

    assert (answer.text, sleep.waits, len(first.asked)) == ("Hello.", [], 1)


async def test_what_will_not_pass_is_not_tried_again():
    first = ScriptedLLM(ModelTrouble("wrong key", transient=False))
    asked, _ = patient(first, ScriptedLLM("Hello."))

    answer = await answered(asked)

    assert (answer.text, len(first.asked)) == ("Hello.", 1)
    assert answer.usage.model == "scripted"


async def test_when_all_fail_the_last_trouble_is_told():
    first, second = ScriptedLLM(BUSY), ScriptedLLM(ModelTrouble("gone", transient=False))
    asked, _ = patient(first, second)

    answer = await answered(asked)

    assert (answer.pieces, answer.trouble.reason) == ([], "gone")
    assert (len(first.asked), len(second.asked)) == (3, 1)


async def test_no_model_at_all_is_trouble():
    asked, _ = patient()

    assert (await answered(asked)).trouble.reason == "No model is set up."


async def test_after_the_first_word_there_is_no_second_try():
    first = ScriptedLLM([Said("Hel"), BUSY])
    asked, _ = patient(first, ScriptedLLM("Hello."))

    answer = await answered(asked)

    assert (answer.text, answer.trouble, len(first.asked)) == ("Hel", BUSY, 1)


async def test_an_answer_with_nothing_is_tried_again():
    nothing = ScriptedLLM([Said(""), Usage("m", 5, 0)], "Hello.")
    asked, _ = patient(nothing)

    assert (await answered(asked)).text == "Hello."


async def test_a_call_alone_is_an_answer():
    asked, _ = patient(ScriptedLLM(ToolCall("c", "look")))

    assert (await answered(asked)).calls == [ToolCall("c", "look")]


@pytest.mark.parametrize("model", ["mute", "hang", "hang-late"])
async def test_a_model_that_hangs_is_given_up(model):
    async with model_stub() as url:
        start = time.monotonic()
        answer = await answered(Patient([llm_named(Backend("openai", model, url))], HASTE))

    assert "was silent for 0.15 seconds" in answer.trouble.reason
    assert time.monotonic() - start < 8  # long before the model would


async def test_a_model_that_thinks_is_not_given_up_before_the_whole_time_is_over():
    thinking = ScriptedLLM([Said("")] * 100, pause=0.05)
    limits = Limits(first=0.2, between=0.2, total=0.6, tries=1)

    answer = await answered(Patient([thinking], limits))

    assert "needed more than 0.6 seconds" in answer.trouble.reason


async def test_the_second_model_answers_when_the_first_hangs():
    async with model_stub() as url:
        backends = [Backend("openai", "mute", url), Backend("openai", "echo", url)]
        answer = await answered(Patient([llm_named(b) for b in backends], HASTE))

    assert (answer.text, answer.usage.model) == ("When do you open?", "echo")


@pytest.mark.parametrize(
    "model", ["cut-early", "cut-tool", "garbage", "silent", "error-500", "error-429", "error-400"]
)
async def test_whatever_goes_wrong_before_the_first_word_the_fallback_answers(model):
    async with model_stub() as url:
        backends = [Backend("openai", model, url), Backend("openai", "echo", url)]
        asked, _ = patient(*(llm_named(b) for b in backends))
        answer = await answered(asked)

    assert (answer.text, answer.trouble) == ("When do you open?", None)


@pytest.mark.parametrize("model", ["cut", "cut-clean", "garbage-json", "error-late", "refuse"])
async def test_whatever_goes_wrong_later_is_trouble_after_what_was_said(model):
    async with model_stub() as url:
        answer = await answered(Patient([llm_named(Backend("openai", model, url))]))

    assert answer.text.startswith("Hello")
    assert answer.trouble is not None


async def test_a_status_that_passes_costs_one_more_try():
    async with model_stub() as url:
        asked, sleep = patient(llm_named(Backend("openai", "once-503", url)))
        answer = await answered(asked)

    assert (answer.text[:5], len(sleep.waits)) == ("Hello", 1)


async def test_the_stub_can_be_forced_to_judge():
    async with model_stub() as url:
        llm = Patient([llm_named(Backend("openai", "stub", url))])
        answer = await answered(llm, Ask("", (visitor("stub:hang"),), must_call=VERDICT))

    assert [call.arguments for call in answer.calls] == [{"outcome": "success"}]


# --- Nobody listens any more -----------------------------------------------------------------

ENDLESS = {
    "openai": b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n',
    "anthropic": b'data: {"type": "content_block_delta", "index": 0, '
    b'"delta": {"type": "text_delta", "text": "a"}}\n\n',
    "gemini": b'data: {"candidates": [{"content": {"parts": [{"text": "a"}]}}]}\n\n',
    "ollama": b'{"message": {"content": "a"}, "done": false}\n',
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_a_closed_answer_closes_its_connection_at_once(kind):
    async with loopback(Canned((ENDLESS[kind],) * 10_000, pause=0.01)) as here:
        llm = Patient([llm_named(Backend(kind, "m", here.url))])
        async with aclosing(llm.answer(QUESTION)) as pieces:
            assert await anext(pieces) == Said("a")
        await asyncio.wait_for(here.left.wait(), 2)


@pytest.mark.parametrize("kind", ENDLESS)
async def test_a_visitor_who_cuts_in_closes_the_connection_at_once(kind):
    hush = Hush()
    async with loopback(Canned((ENDLESS[kind], *[b"\n"] * 1000), pause=0.02)) as here:
        speaker = Speaker(Brief(), Patient([llm_named(Backend(kind, "m", here.url))]))
        events = []
        async for event in reply(speaker, [visitor("?")], hush):
            events.append(event)
            if isinstance(event, Delta):
                asyncio.get_running_loop().call_later(0.05, hush.ask)
        await asyncio.wait_for(here.left.wait(), 2)

    assert isinstance(events[-1], TurnTaken)
    assert events[-1].turn.interrupted


@pytest.mark.parametrize("model", ["hang", "mute"])
async def test_a_cancelled_task_closes_the_connection_even_before_the_first_word(model):
    async with model_stub() as url:
        llm = Patient([llm_named(Backend("openai", model, url))])
        task = asyncio.create_task(answered(llm))
        await until(lambda: stats(url, "open"), 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        await until(lambda: stats(url, "abandoned"), 1)


async def stats(url: str, name: str) -> int:
    """One of the stub's counts."""
    where = url.removesuffix("/v1") + "/stats"
    answer = await fetch("GET", where, bounds=Bounds(allow=("127.0.0.1",)))
    count: int = orjson.loads(answer.content)[name]
    return count


async def until(count, wanted: int) -> None:
    async with asyncio.timeout(3):
        while await count() != wanted:  # noqa: ASYNC110 (the count is a server's)
            await asyncio.sleep(0.02)


async def test_answers_share_a_kept_connection():
    async with replaying(Backend("openai", "m", "/v1"), recorded("openai-text.sse")) as (llm, here):
        for _ in range(3):
            await answered(llm)

    assert (len(here.heard), here.connections) == (3, 1)


# --- What a member typed in ------------------------------------------------------------------


async def test_a_members_backend_does_not_reach_inside():
    async with model_stub() as url:
        backend = Backend("openai", "echo", url, trusted=False)
        asked, sleep = patient(llm_named(backend))
        answer = await answered(asked)

    assert "inside a private network" in answer.trouble.reason
    assert sleep.waits == []


async def test_a_members_backend_reaches_what_the_operator_opened():
    async with model_stub() as url:
        backend = Backend("openai", "echo", url, trusted=False, allow=("127.0.0.1",))
        answer = await answered(llm_named(backend))

    assert answer.text == "When do you open?"


async def test_a_model_that_works_is_checked():
    async with model_stub(Pace(0.05, 0)) as url:
        checked = await check(Backend("openai", "stub", url))

    assert (checked.works, checked.reason) == (True, "")
    assert 0.04 < checked.seconds_to_first < 5


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (Backend("openai", "error-401", api_key="sk-very-secret"), "refused the key (401"),
        (Backend("openai", "mute"), "was silent"),
        (Backend("telepathy", "m"), "is none of"),
    ],
)
async def test_a_model_that_does_not_work_says_why(backend, reason):
    async with model_stub() as url:
        checked = await check(replace(backend, url=url), HASTE)

    assert not checked.works
    assert reason in checked.reason
    assert "sk-very-secret" not in checked.reason
