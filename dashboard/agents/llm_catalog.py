"""The models that agents can name: what is set up here, and every id of the contract (§5.1).

Whichever id an agent names is accepted; `answered_by` says which model then speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboard.providers.llms.backends import Backend
from dashboard.providers.llms.extractive import NAME as BUILT_IN
from dashboard.providers.llms.sight import sees
from dashboard.workspaces.models import Workspace

from .llm_names import family
from .llm_prices import MESSAGES_A_MINUTE, PRICES, Load, price_per_message
from .model_choice import CUSTOM, FAMILIES, operators, serving

JSON = dict[str, Any]
UNKNOWN = (0, 0)

# Tokens that fit in, and that come out at most. What is not known for sure is not guessed: 0.
_SIZES: dict[str, tuple[int, int]] = {
    "gpt-3.5-turbo": (16_385, 4_096),
    "gpt-4": (8_192, 8_192),
    "gpt-4-turbo": (128_000, 4_096),
    "gpt-4o": (128_000, 16_384),
    "gpt-4o-mini": (128_000, 16_384),
    "gpt-4.1": (1_047_576, 32_768),
    "gpt-4.1-mini": (1_047_576, 32_768),
    "gpt-4.1-nano": (1_047_576, 32_768),
    "gpt-5": (400_000, 128_000),
    "gpt-5-mini": (400_000, 128_000),
    "gpt-5-nano": (400_000, 128_000),
    "gpt-5.1": (400_000, 128_000),
    "gpt-5.2": (400_000, 128_000),
    "gemini-1.5-pro": (2_097_152, 8_192),
    "gemini-1.5-flash": (1_048_576, 8_192),
    "gemini-2.0-flash": (1_048_576, 8_192),
    "gemini-2.0-flash-lite": (1_048_576, 8_192),
    "gemini-2.5-flash": (1_048_576, 65_536),
    "gemini-2.5-flash-lite": (1_048_576, 65_536),
    "gemini-3-pro-preview": (1_048_576, 65_536),
    "gemini-3-flash-preview": (1_048_576, 65_536),
    "claude-3-haiku": (200_000, 4_096),
    "claude-3-5-sonnet": (200_000, 8_192),
    "claude-3-7-sonnet": (200_000, 64_000),
    "claude-sonnet-4": (200_000, 64_000),
    "claude-sonnet-4-5": (200_000, 64_000),
    "claude-haiku-4-5": (200_000, 64_000),
    "claude-opus-4-6": (1_000_000, 128_000),
    "claude-opus-4-7": (1_000_000, 128_000),
    "claude-opus-4-8": (1_000_000, 128_000),
    "claude-opus-5": (1_000_000, 128_000),
    "claude-opus-5-5": (1_000_000, 128_000),
    "claude-sonnet-5-5": (1_000_000, 128_000),
    "claude-haiku-5-5": (1_000_000, 128_000),
    "gpt-oss-20b": (131_072, 131_072),
    "gpt-oss-120b": (131_072, 131_072),
}

# The contract's ids, by family; a family's own name stands first.
HOSTED = (
    *("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
    *("gpt-4o", "gpt-4o-2024-11-20", "gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
    *("gpt-4", "gpt-4-0613", "gpt-4-0314", "gpt-4-turbo", "gpt-4-turbo-2024-04-09"),
    *("gpt-4.1", "gpt-4.1-2025-04-14", "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"),
    *("gpt-4.1-nano", "gpt-4.1-nano-2025-04-14"),
    *("gpt-5", "gpt-5-2025-08-07", "gpt-5-mini", "gpt-5-mini-2025-08-07"),
    *("gpt-5-nano", "gpt-5-nano-2025-08-07", "gpt-5.1", "gpt-5.1-2025-11-13"),
    *("gpt-5.2", "gpt-5.2-2025-12-11", "gpt-5.2-chat-latest"),
    *("gpt-5.4", "gpt-5.4-2026-03-05", "gpt-5.4-mini", "gpt-5.4-mini-2026-03-17"),
    *("gpt-5.4-nano", "gpt-5.4-nano-2026-03-17", "gpt-5.5", "gpt-5.5-2026-04-23"),
    *("gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"),
    *("gpt-6-astra", "gpt-6-sol", "gpt-6-luna", "gpt-6.1-sol", "gpt-6.1-terra"),
    *("gpt-3.5-turbo", "gpt-3.5-turbo-0125", "gpt-3.5-turbo-1106"),
    *("gemini-1.5-pro", "gemini-1.5-pro-002", "gemini-1.5-pro-001"),
    *("gemini-1.5-flash", "gemini-1.5-flash-002", "gemini-1.5-flash-001"),
    *("gemini-2.0-flash", "gemini-2.0-flash-001"),
    *("gemini-2.0-flash-lite", "gemini-2.0-flash-lite-001"),
    *("gemini-2.5-flash", "gemini-2.5-flash-preview-09-2025"),
    *("gemini-2.5-flash-preview-05-20", "gemini-2.5-flash-preview-04-17"),
    *("gemini-2.5-flash-lite", "gemini-2.5-flash-lite-preview-09-2025"),
    "gemini-2.5-flash-lite-preview-06-17",
    *("gemini-3-pro-preview", "gemini-3-flash-preview", "gemini-3.1-pro-preview"),
    *("gemini-3.1-flash-lite", "gemini-3.1-flash-lite-preview"),
    *("gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-3.6-flash", "gemini-3.7-flash"),
    *("gemini-3.8-flash", "gemini-4-argon"),
    *("claude-sonnet-4-5", "claude-sonnet-4-5@20250929", "claude-sonnet-4-6"),
    *("claude-sonnet-5", "claude-sonnet-5-5", "claude-sonnet-4", "claude-sonnet-4@20250514"),
    *("claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5"),
    "claude-opus-5-5",
    *("claude-haiku-4-5", "claude-haiku-4-5@20251001", "claude-haiku-5-5"),
    *("claude-3-7-sonnet", "claude-3-7-sonnet@20250219"),
    *("claude-3-5-sonnet", "claude-3-5-sonnet-v1", "claude-3-5-sonnet@20240620"),
    *("claude-3-5-sonnet-v2@20241022", "claude-3-haiku", "claude-3-haiku@20240307"),
    *("grok-beta", CUSTOM),
    *("qwen3-4b", "qwen3-30b-a3b", "qwen36-35b-a3b", "qwen35-397b-a17b"),
    *("gpt-oss-20b", "gpt-oss-120b", "glm-45-air-fp8", "glm-52"),
    *("deepseek-v41-flash", "nemotron-35-super-vl-nvfp4", "watt-tool-8b", "watt-tool-70b"),
)
_VENDORS = ("gpt-", "gemini-", "claude-", "o1", "o3", "o4", "chatgpt-")
# Nothing is retired by itself here: an id is served for as long as a model behind it is set up.
NEVER_RETIRED = {
    "warning_start_days": 0,
    "fallback_start_days": 0,
    "fallback_complete_days": 0,
    "fallback_start_percentage": 0,
    "fallback_complete_percentage": 0,
}


def catalog(workspace: Workspace) -> JSON:
    """Every id that an agent can name, and who answers to it."""
    offers = _offers(workspace)
    return {
        "llms": [_entry(llm, offers) for llm in _ids(offers)],
        "default_deprecation_config": NEVER_RETIRED,
    }


def estimates(load: Load, workspace: Workspace | None = None) -> list[JSON]:
    """Prices of the models whose price is known; what is set up here without one costs nothing."""
    offers = [] if workspace is None else _offers(workspace)
    own = set() if workspace is None else {offer.model for offer in offers} | {BUILT_IN}
    named = HOSTED if workspace is None else _ids(offers)
    return [
        {
            "llm": llm,
            "price_per_minute": cost * MESSAGES_A_MINUTE,
            "price_per_message": cost,
        }
        for llm in named
        if (cost := _cost(llm, load, free=llm in own)) is not None
    ]


def _cost(llm: str, load: Load, *, free: bool) -> float | None:
    price = PRICES.get(family(llm))
    if price is not None:
        return price_per_message(load, price)
    return 0.0 if free else None


def _entry(llm: str, offers: list[Backend]) -> JSON:
    first = serving(llm, offers)
    context, output = _SIZES.get(family(llm), UNKNOWN)
    return {
        "llm": llm,
        "is_checkpoint": family(llm) != llm and "/" not in llm,
        "max_tokens_limit": output,
        "max_context_limit": context,
        "supports_image_input": _sees(llm, first),
        "supports_document_input": llm != BUILT_IN,  # every model reads a document's text
        "supports_parallel_tool_calls": llm.startswith(_VENDORS),
        "available_reasoning_efforts": None,
        "available_service_tiers": ["standard"],
        "deprecation_info": None,
        "is_set_up": first is not None or llm in (CUSTOM, BUILT_IN),
        "answered_by": llm if llm == CUSTOM else _speaker(llm, first, offers),
    }


def context_tokens(model: str) -> int:
    """How many tokens this model can read; 0 when that is not known."""
    return _SIZES.get(family(model), UNKNOWN)[0]


def _sees(llm: str, first: Backend | None) -> bool:
    """Whether pictures from visitors are shown to it."""
    named = [kind for kind, names in FAMILIES.items() if llm.startswith(names)]
    kind = first.kind if first else next(iter(named), "openai" if llm in HOSTED else "")
    return sees(kind, llm)


def _speaker(llm: str, first: Backend | None, offers: list[Backend]) -> str:
    answering = first or (offers[0] if offers else None)
    return answering.model if answering and llm != BUILT_IN else BUILT_IN


def _ids(offers: list[Backend]) -> Iterator[str]:
    """What is set up here first, the most particular before the rest."""
    own = [offer.model for offer in offers] or [BUILT_IN]
    yield from dict.fromkeys([*own, *HOSTED])


def _offers(workspace: Workspace) -> list[Backend]:
    """As the choice for a conversation sees them, without opening the vault for their keys."""
    rows = workspace.model_backends.order_by("-is_default", "created_at")
    own = [Backend(kind=row.kind, model=row.model, url=row.url) for row in rows]
    return own + operators()
