"""What an answer took: seconds by part, tokens, money; as a bar with words, and in words alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.conversations.costs import charged, price_of
from dashboard.conversations.models import Conversation, StoredTurn
from dashboard.conversations.turns import usages_of
from dashboard.engine import waterfall
from dashboard.engine.turns import Usage

from .words import took

_NAMES = {
    waterfall.STORAGE: "Storing",
    waterfall.RETRIEVAL: "Looking it up",
    waterfall.QUEUE: "Waiting for a turn",
    waterfall.THINKING: "First word",
    waterfall.SPEAKING: "Writing",
    waterfall.TOOLS: "Tools",
}


@dataclass(frozen=True)
class Part:
    """One piece of the bar; `at` and `share` in hundredths of its length."""

    name: str
    kind: str
    seconds: float
    at: str
    share: str


@dataclass(frozen=True)
class Spent:
    parts: Sequence[Part]
    tokens: int
    is_estimated: bool
    dollars: float | None

    @property
    def in_words(self) -> str:
        """`2.1 s · 1,204 tokens · $0.0060`; what is not known is not there."""
        about = "about " if self.is_estimated else ""
        told = [
            took(self.seconds) if self.parts else "",
            f"{about}{self.tokens:,} tokens" if self.tokens else "",
            money(self.dollars) if self.tokens else "",
        ]
        return " · ".join(filter(None, told))

    @property
    def seconds(self) -> float:
        return sum(part.seconds for part in self.parts)

    @property
    def as_sentence(self) -> str:
        """The bar for those who do not see it."""
        return ", ".join(f"{part.name}: {took(part.seconds)}" for part in self.parts)


def spent_on(metrics: Iterable[Mapping[str, float]], usages: Sequence[Usage]) -> Spent:
    """Of all turns of one answer."""
    seconds = dict.fromkeys(waterfall.PARTS, 0.0)
    for measured in metrics:
        for name in waterfall.PARTS:
            seconds[name] += measured.get(name, 0.0)
    return Spent(
        _bar({name: part for name, part in seconds.items() if part > 0}),
        sum(usage.input_tokens + usage.output_tokens for usage in usages),
        any(usage.estimated for usage in usages),
        price_of(usages),
    )


def cost_of(conversation: Conversation, rows: Iterable[StoredTurn]) -> str:
    """What the whole conversation is charged with; empty where a price is not known."""
    return money(charged(price_of(usages_of(rows)), conversation.is_burst))


def money(dollars: float | None) -> str:
    if dollars is None:
        return ""
    if not dollars:
        return "$0"
    if dollars >= 1:
        return f"${dollars:,.2f}"
    return "under $0.0001" if 0 < dollars < 0.0001 else f"${dollars:.4f}"


def _bar(seconds: Mapping[str, float]) -> list[Part]:
    whole, at = sum(seconds.values()), 0.0
    parts: list[Part] = []
    for name, part in seconds.items():
        share = 100 * part / whole
        kind = name.removeprefix("parley_")
        parts.append(Part(_NAMES[name], kind, part, f"{at:.2f}", f"{share:.2f}"))
        at += share
    return parts
