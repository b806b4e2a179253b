"""From a backend to a model that answers: one adapter for each dialect."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.engine.ports import LLM

from .anthropic import Anthropic
from .backend import Backend
from .gemini import Gemini
from .ollama import Ollama
from .openai import OpenAI

__all__ = ["KINDS", "Backend", "llm_named"]

KINDS: dict[str, Callable[[Backend], LLM]] = {
    "openai": OpenAI,
    "anthropic": Anthropic,
    "gemini": Gemini,
    "ollama": Ollama,
}


def llm_named(backend: Backend) -> LLM:
    """The model behind a backend; ValueError when its kind is none of `KINDS`."""
    if backend.kind not in KINDS:
        raise ValueError(f"{backend.kind!r} is none of {', '.join(KINDS)}.")
    return KINDS[backend.kind](backend)
