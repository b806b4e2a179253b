"""Models and what they cost (contract rest.md §16)."""

from __future__ import annotations

from . import Shape


class LlmOffer(Shape):
    llm: str
    is_checkpoint: bool
    max_tokens_limit: int
    max_context_limit: int
    supports_image_input: bool
    supports_document_input: bool
    supports_parallel_tool_calls: bool
    available_service_tiers: list[str]
    is_set_up: bool
    answered_by: str


class DeprecationConfig(Shape):
    warning_start_days: int
    fallback_start_days: int
    fallback_complete_days: int
    fallback_start_percentage: int
    fallback_complete_percentage: int


class LlmCatalog(Shape):
    llms: list[LlmOffer]
    default_deprecation_config: DeprecationConfig


class LlmPrice(Shape):
    llm: str
    price_per_minute: float
    price_per_message: float


class LlmPrices(Shape):
    llm_prices: list[LlmPrice]
