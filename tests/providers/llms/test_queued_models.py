"""Models behind gates: what a visitor who had to wait gets, and that every turn is given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from dashboard.engine.ports import Ask, ModelTrouble, Piece, Queued, Said
from dashboard.providers.llms import queue
from dashboard.providers.llms.backends import Backend
from dashboard.providers.llms.patience import Limits, Patient
from dashboard.providers.llms.queue import Gate, Gated, Room
from dashboard.providers.llms.scripted import ScriptedLLM

from .hearing import QUESTION, answered
from .test_queue import NORMAL, Streaming, settled


class Held:
    """A model that says one word and then hangs until it is closed."""

    def __init__(self) -> None:
        self.open = 0

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        self.open += 1
        try:
            yield Said("Well")
            await asyncio.Event().wait()
        finally:
            self.open -= 1


async def test_a_free_model_answers_without_a_word_about_waiting():
    gated = Gated(ScriptedLLM("Hello."), Gate("model", room=Room(1)))

    answer = await answered(Patient([gated]))

    assert [piece for piece in answer.pieces if isinstance(piece, Queued)] == []
    assert answer.text == "Hello."


@pytest.mark.parametrize("patient", [True, False])
async def test_who_had_to_wait_hears_for_how_long_before_the_answer(patient: bool):
    gate = Gate("model", room=Room(1))
    gated = Gated(ScriptedLLM("Hello."), gate)
    async with Streaming(gate) as somebody:
        asking = asyncio.create_task(answered(Patient([gated]) if patient else gated))
        await settled()

        await asyncio.sleep(2 * queue.NOTICED)
        await somebody.done()
        answer = await asking

    assert isinstance(answer.pieces[0], Queued)
    assert answer.pieces[0].seconds >= queue.NOTICED
    assert answer.text == "Hello."


async def test_waiting_takes_nothing_from_the_time_that_the_model_has():
    gate = Gate("model", room=Room(1))
    limits = Limits(first=0.4, between=0.4, total=0.4, tries=1)
    asked = Patient([Gated(ScriptedLLM("Hello."), gate)], limits)
    async with Streaming(gate) as somebody:
        asking = asyncio.create_task(answered(asked))
        await asyncio.sleep(0.5)

        await somebody.done()
        answer = await asking

    assert (answer.text, answer.trouble) == ("Hello.", None)


async def test_another_try_queues_up_again():
    gate = Gate("model", room=Room(1))
    order: list[str] = []

    class Noted(ScriptedLLM):
        async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
            order.append("first model")
            async with aclosing(super().answer(ask)) as pieces:
                async for piece in pieces:
                    yield piece

    async def other() -> None:
        async with gate.turn(NORMAL):
            order.append("other")

    async def no_sleep(seconds: float) -> None:
        await settled()

    asked = Patient([Gated(Noted(ModelTrouble("busy"), "Hello."), gate)], sleep=no_sleep)
    async with Streaming(gate) as somebody:
        asking = asyncio.create_task(answered(asked))
        await settled()
        waiting = asyncio.create_task(other())
        await settled()
        await somebody.done()
        answer = await asking
        await waiting

    assert order == ["first model", "other", "first model"]
    assert answer.text == "Hello."


async def test_a_model_with_no_turn_to_give_leaves_the_answer_to_the_next_one():
    gate = Gate("small (ollama.example)", room=Room(1, patience=0.01))
    busy = ScriptedLLM("Never.")
    async with gate.turn(NORMAL):
        answer = await answered(Patient([Gated(busy, gate), ScriptedLLM("Hello.")]))

    assert (answer.text, busy.asked) == ("Hello.", [])


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (Room(1, patience=0.01), "small was busy for more than 0.01 seconds."),
        (Room(1, places=0), "small is busy, and too many wait for it already."),
    ],
)
async def test_without_another_model_the_owner_reads_that_it_was_busy(room: Room, words: str):
    gate = Gate("small", room=room)
    async with gate.turn(NORMAL):
        answer = await answered(Patient([Gated(ScriptedLLM("Never."), gate)]))

    assert answer.trouble
    assert (answer.trouble.reason, answer.trouble.transient) == (words, True)


async def test_a_model_in_trouble_gives_its_turn_back():
    gate = Gate("model", room=Room(1))
    asked = Patient([Gated(ScriptedLLM(ModelTrouble("no", transient=False)), gate)])

    assert (await answered(asked)).trouble
    assert gate.state().running == 0


@pytest.mark.parametrize("patient", [True, False])
async def test_a_reader_who_leaves_gives_the_turn_back_and_closes_the_model(patient: bool):
    gate, held = Gate("model", room=Room(1)), Held()
    gated = Gated(held, gate)

    async with aclosing((Patient([gated]) if patient else gated).answer(QUESTION)) as pieces:
        assert await anext(pieces) == Said("Well")
        assert (gate.state().running, held.open) == (1, 1)

    assert (gate.state().running, held.open) == (0, 0)


def test_one_backend_is_one_gate_and_another_key_is_another():
    backend = Backend("openai", "small", "https://user:pw@models.example/v1", "sk-key", owner="w1")

    gates = [
        queue.gate_of(backend, Room(1)),
        queue.gate_of(backend, Room(2)),
        queue.gate_of(Backend("openai", "small", backend.url, "sk-other", owner="w1"), Room(1)),
        queue.gate_of(Backend("openai", "small", backend.url, "sk-key", owner="w2"), Room(1)),
    ]

    assert len({id(gate) for gate in gates}) == 3
    assert gates[0] is gates[1]
    assert gates[0].state().at_once == 2


def test_the_state_names_models_and_owners_and_no_key():
    backend = Backend("openai", "seen", "https://user:pw@models.example/v1", "sk-key", owner="w1")
    gate = queue.gate_of(backend, Room(3))

    shown = [one for one in queue.state() if one.owner == "w1"]

    assert shown == [queue.State("seen (models.example)", "w1", 3, 0, 0, 0, 0)]
    del gate
    assert [one for one in queue.state() if one.owner == "w1"] == []
