"""The embeddings of this machine: nearness of meaning, with the model that was measured."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dashboard.providers.embeddings import MiniLM, Unavailable, built_in, model_file


def model() -> MiniLM:
    embedder = built_in()
    assert isinstance(embedder, MiniLM)
    return embedder


async def test_texts_of_one_meaning_are_near_each_other() -> None:
    rows = await model().embed(
        ["The dog is asleep", "A puppy is sleeping", "The invoice is due in June"]
    )

    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


async def test_the_vectors_are_those_of_the_original_model() -> None:
    # The pair and its likeness as the documentation of sentence-transformers gives them.
    rows = await model().embed(["A man is eating food.", "A man is eating a piece of bread."])

    assert float(rows[0] @ rows[1]) == pytest.approx(0.755, abs=0.02)


async def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    alone = await MiniLM(model_file()).embed(["short"])
    among = await MiniLM(model_file()).embed(["a far longer text than the first " * 9, "short"])

    assert float(alone[0] @ among[1]) == pytest.approx(1, abs=1e-4)


async def test_many_texts_keep_their_order_and_none_is_fine() -> None:
    texts = [f"number {n} " + "word " * (n % 7) for n in range(20)]

    rows = await model().embed([*texts, texts[3]])

    assert (await model().embed([texts[7]]))[0] @ rows[7] == pytest.approx(1, abs=1e-4)
    assert rows[3] @ rows[20] == pytest.approx(1, abs=1e-6)
    assert (await model().embed([])).shape == (0, 384)


async def test_the_loop_goes_on_while_texts_are_embedded() -> None:
    embedder = model()
    await embedder.embed(["load the model first"])
    work = asyncio.create_task(embedder.embed([f"{n} {'long text ' * 80}" for n in range(16)]))

    ticks = 0
    while not work.done():
        await asyncio.sleep(0.005)
        ticks += 1

    assert ticks > 5


async def test_another_model_file_is_refused_each_time(tmp_path: Path) -> None:
    other = tmp_path / "model.onnx"
    other.write_bytes(b"something else")
    embedder = MiniLM(other)

    for _ in range(2):
        with pytest.raises(Unavailable, match="sha-256"):
            await embedder.embed(["text"])


async def test_a_missing_model_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        await MiniLM(tmp_path / "nowhere.onnx").embed(["text"])


def test_nothing_heavy_is_loaded_until_the_first_text() -> None:
    script = (
        "import sys; from dashboard.providers.embeddings import built_in; built_in();"
        "print(sorted({'numpy', 'onnxruntime'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr


def test_without_the_libraries_there_is_no_embedder() -> None:
    script = "from dashboard.providers.embeddings import built_in; print(built_in())"

    # -S: Python alone, with nothing that was installed.
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True)

    assert done.stdout.strip() == "None", done.stderr


async def test_a_question_gets_in_between_the_passages_of_a_long_document() -> None:
    embedder = model()
    long = asyncio.create_task(embedder.embed([f"{n} {'a passage ' * 60}" for n in range(80)]))
    await asyncio.sleep(0)

    await embedder.embed(["how long is the line in front of me?"])

    assert not long.done()
    long.cancel()
