"""The built-in answerer quotes what was found, says where, and refuses the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.engine.ports import Ask, Said
from dashboard.engine.turns import Excerpt, Role, ToolSpec, Turn, Usage, agent, visitor
from dashboard.providers.embeddings import Embedder, MiniLM, built_in, model_file
from dashboard.providers.llms.extractive import LABEL, NAME, ExtractiveLLM

SHIPPING = Excerpt(
    "doc_1",
    "1",
    "Shipping › Europe",
    "We ship to all EU countries. Parcels to Norway cost 119 kr. Tax is paid by the receiver.",
    0.4,
)
COLD_BREW = Excerpt(
    "doc_2",
    "2",
    "Brewing › Cold brew",
    "Steep 80 g of coffee in one litre of water. It keeps for five days in the fridge.",
    0.5,
)
PARTS = Excerpt(
    "doc_3", "3", "Grinders", "The kit has:\na brush\na spare burr\nOrder it today.", 0.3
)


async def answer(ask: Ask, embedder: Embedder | None = None) -> str:
    pieces = [piece async for piece in ExtractiveLLM(embedder).answer(ask)]
    return "".join(piece.text for piece in pieces if isinstance(piece, Said))


def asking(question: str, *found: Excerpt) -> Ask:
    return Ask("Be kind.", (agent("Ahoy!"), visitor(question)), found=found)


@pytest.mark.parametrize("embedder", [built_in(), None])
async def test_the_best_sentence_is_quoted_with_its_source(embedder: Embedder | None) -> None:
    said = await answer(asking("How much is a parcel to Norway?", SHIPPING, COLD_BREW), embedder)

    assert "Parcels to Norway cost 119 kr." in said
    assert said.endswith("\n\n(From: Shipping › Europe)")
    assert "Steep" not in said


async def test_every_word_of_an_answer_stands_in_the_documents() -> None:
    said = await answer(asking("What do parcels cost?", SHIPPING, COLD_BREW), built_in())

    quote, _, _ = said.partition("\n\n(From: ")
    whole = f"{SHIPPING.text} {COLD_BREW.text}"
    assert quote
    assert all(sentence in whole for sentence in quote.split(". "))


@pytest.mark.parametrize("embedder", [built_in(), None])
async def test_a_sentence_that_leans_on_the_one_before_brings_it(
    embedder: Embedder | None,
) -> None:
    said = await answer(asking("How many days in the fridge?", COLD_BREW), embedder)

    assert said.startswith("Steep 80 g of coffee in one litre of water. It keeps for five days")


async def test_what_a_colon_announces_comes_along() -> None:
    said = await answer(asking("What is in the kit?", PARTS))

    assert said == "The kit has:\na brush\na spare burr\n\n(From: Grinders)"


async def test_a_code_picks_its_sentence() -> None:
    codes = replace(
        SHIPPING, text="An error code has a meaning. Empty the hopper at E17. Cups are white."
    )

    said = await answer(asking("What does E17 mean?", codes), built_in())

    assert said.startswith("Empty the hopper at E17.")


async def test_an_answer_stays_short() -> None:
    text = " ".join(f"Parcel number {n} goes to Norway by sea." for n in range(30))

    said = await answer(asking("Where do parcels go?", replace(SHIPPING, text=text)), built_in())

    assert 1 <= said.count("by sea.") <= 3


async def test_nothing_found_is_refused_and_nothing_is_invented() -> None:
    said = await answer(asking("What is the capital of Mongolia?"))

    assert "only answer from this site's own documents" in said
    assert "(From:" not in said


async def test_a_refusal_names_what_earlier_answers_came_from() -> None:
    quoted = Turn(Role.AGENT, "Parcels cost 119 kr.", sources=(SHIPPING, COLD_BREW))
    turns = (visitor("Parcels?"), quoted, visitor("And the capital of Mongolia?"))

    said = await answer(Ask("", turns))

    assert "You can ask me about Shipping and Brewing" in said


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Hi!", "Hello!"),
        ("hello there", "Hello!"),
        ("Good morning", "Hello!"),
        ("Thanks a lot :)", "You're welcome!"),
        ("Great, thank you very much!", "You're welcome!"),
        ("Danke schön!", "You're welcome!"),
        ("Tschüss!", "Goodbye!"),
        ("ok bye", "Goodbye!"),
        ("No, that's all. Thanks!", "Goodbye!"),
        ("ok", "Good."),
        ("Hi, who are you?", "I answer questions from this site's own documents"),
        ("What can you do?", "I answer questions from this site's own documents"),
        ("Hi, do you ship to Mars?", "I can only"),
        ("Thanks for nothing, where is my parcel?", "I can only"),
    ],
)
async def test_small_talk_gets_a_fitting_word_and_a_question_does_not(
    message: str, expected: str
) -> None:
    assert (await answer(asking(message))).startswith(expected)


async def test_small_talk_does_not_quote_what_happened_to_be_near() -> None:
    assert "(From:" not in await answer(asking("Thanks!", SHIPPING))


async def test_the_last_question_is_answered_and_not_an_earlier_one() -> None:
    turns = (visitor("How does cold brew work?"), agent("…"), visitor("And parcels to Norway?"))

    said = await answer(Ask("", turns, found=(SHIPPING, COLD_BREW)), built_in())

    assert "119 kr" in said


async def test_the_answer_comes_in_pieces_and_says_who_gave_it() -> None:
    ask = replace(asking("Parcels to Norway?", SHIPPING), tools=(ToolSpec("lookup"),))

    pieces = [piece async for piece in ExtractiveLLM().answer(ask)]

    assert all(isinstance(piece, Said) for piece in pieces[:-1])
    assert len(pieces) > 3
    assert pieces[-1] == Usage(NAME)
    assert LABEL == "Built-in: answers only in your documents' own words"


async def test_a_broken_model_leaves_the_choice_to_the_words(tmp_path: object) -> None:
    broken = MiniLM(model_file().with_name("nowhere.onnx"))

    said = await answer(asking("How much is a parcel to Norway?", SHIPPING), broken)

    assert "119 kr" in said
