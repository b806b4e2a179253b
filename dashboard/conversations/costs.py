"""What a conversation took of its models, and what that costs (contract rest.md §13).

Prices are the vendors' list prices (agents/llm_prices.py). A conversation above the limit is
charged twice the price; the tokens and the vendor's own price stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.agents.llm_prices import Rates, rates_of
from dashboard.engine.turns import Usage
from dashboard.providers.llms.extractive import NAME as BUILT_IN

JSON = dict[str, Any]
CREDITS_A_DOLLAR = 10_000  # the wire's `cost` and `llm_charge` are whole numbers
BURST_FACTOR = 2
_RATES = ("read", "cache_read", "cache_write", "said")  # in the order of the wire's kinds
_FREE = Rates(0.0, 0.0, 0.0, 0.0)


def price_of(usages: Iterable[Usage]) -> float | None:
    """US dollars at the vendors; None when a model's price is not known, or nothing was used."""
    prices = [_price(usage) for usage in usages]
    known = [price for price in prices if price is not None]
    return sum(known) if prices and len(known) == len(prices) else None


def charged(price: float | None, is_burst: bool) -> float | None:
    """US dollars that a conversation is charged with."""
    return None if price is None else price * (BURST_FACTOR if is_burst else 1)


def credits_for(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * CREDITS_A_DOLLAR)


def llm_usage(usages: Sequence[Usage]) -> JSON | None:
    """Tokens and prices by model and by kind; None where no model was asked."""
    if not usages:
        return None
    models: dict[str, JSON] = {}
    for usage in usages:
        told = models.setdefault(usage.model, _kinds(Usage(usage.model)))
        for kind, part in _kinds(usage).items():
            told[kind]["tokens"] += part["tokens"]
            if part["price"] is not None:
                told[kind]["price"] += part["price"]
    estimated = any(usage.estimated for usage in usages)
    return {"model_usage": models} | ({"is_estimated": True} if estimated else {})


def _rates(model: str) -> Rates | None:
    return _FREE if model == BUILT_IN else rates_of(model)


def _price(usage: Usage) -> float | None:
    prices = [part["price"] for part in _kinds(usage).values()]
    return None if None in prices else sum(prices)


def _kinds(usage: Usage) -> JSON:
    """`input` is what was read and came from no cache."""
    cached = min(usage.cache_read, usage.input_tokens)
    written = min(usage.cache_write, usage.input_tokens - cached)
    counts = {
        "input": usage.input_tokens - cached - written,
        "input_cache_read": cached,
        "input_cache_write": written,
        "output_total": usage.output_tokens,
    }
    rates = _rates(usage.model)
    each = vars(rates) if rates else {}
    return {
        kind: {"tokens": tokens, "price": tokens * each[rate] if rates else None}
        for (kind, tokens), rate in zip(counts.items(), _RATES, strict=True)
    }
