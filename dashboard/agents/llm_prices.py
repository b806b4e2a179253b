"""What a message costs at the vendors, roughly: a table with its date, and one formula."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum
from django.db.models.functions import Length

from dashboard.workspaces import ids

from .documents import conversation_config
from .llm_names import family
from .models import Agent

AS_OF = "2026-11"  # the vendors' public list prices, without discounts for batches

# US dollars for a million tokens in, and out. A model that is not here has no known price.
PRICES: dict[str, tuple[float, float]] = {
    "gpt-3.5-turbo": (0.50, 1.50),
    "gpt-4": (30.00, 60.00),
    "gpt-4-turbo": (10.00, 30.00),
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-5": (1.25, 10.00),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-nano": (0.05, 0.40),
    "gpt-5.1": (1.25, 10.00),
    "gpt-5.2": (1.75, 14.00),
    "gpt-5.2-chat-latest": (1.75, 14.00),
    "gpt-5.4": (2.50, 15.00),
    "gpt-5.4-mini": (0.75, 4.50),
    "gpt-5.5": (5.00, 30.00),
    "gpt-5.6-sol": (4.00, 20.00),
    "gpt-5.6-terra": (2.00, 12.00),
    "gpt-5.6-luna": (0.20, 1.20),
    "gpt-6-astra": (10.00, 50.00),
    "gpt-6-sol": (2.00, 10.00),
    "gpt-6-luna": (0.10, 0.50),
    "gpt-6.1-terra": (1.00, 5.00),
    "gemini-1.5-pro": (1.25, 5.00),
    "gemini-1.5-flash": (0.075, 0.30),
    "gemini-2.0-flash": (0.10, 0.40),
    "gemini-2.0-flash-lite": (0.075, 0.30),
    "gemini-2.5-flash": (0.30, 2.50),
    "gemini-2.5-flash-lite": (0.10, 0.40),
    "gemini-3-pro-preview": (2.00, 12.00),
    "gemini-3-flash-preview": (0.50, 3.00),
    "gemini-3.1-pro-preview": (2.00, 12.00),
    "gemini-3.5-flash": (1.50, 9.00),
    "claude-3-haiku": (0.25, 1.25),
    "claude-3-5-sonnet": (3.00, 15.00),
    "claude-3-7-sonnet": (3.00, 15.00),
    "claude-sonnet-4": (3.00, 15.00),
    "claude-sonnet-4-5": (3.00, 15.00),
    "claude-sonnet-4-6": (3.00, 15.00),
    "claude-haiku-4-5": (1.00, 5.00),
    "claude-opus-4-6": (5.00, 25.00),
    "claude-opus-4-7": (5.00, 25.00),
    "claude-opus-4-8": (5.00, 25.00),
    "claude-opus-5": (5.00, 25.00),
    "claude-opus-5-5": (4.00, 20.00),
    "claude-sonnet-5-5": (2.00, 10.00),
    "claude-haiku-5-5": (0.10, 0.50),
}
# What a token costs that comes out of the vendor's cache, and one that is put there, next to one
# that is simply read. The first beginning that fits counts.
_CACHED: tuple[tuple[str, float, float], ...] = (
    ("gpt-4o", 0.5, 1.0),
    ("gpt-4.1", 0.25, 1.0),
    ("gpt-5", 0.1, 1.0),
    ("gpt-6", 0.1, 1.0),
    ("gemini-1.5", 0.25, 1.0),
    ("gemini-2.0", 0.25, 1.0),
    ("gemini-", 0.1, 1.0),
    ("claude-", 0.1, 1.25),
)

CHARACTERS_A_TOKEN = 4
CHARACTERS_A_PAGE = 3_000
TOKENS_FOUND = 1_500  # what a search in the documents adds to one message: six passages
TOKENS_SAID = 600  # of the conversation so far, on average
TOKENS_ANSWERED = 120
MESSAGES_A_MINUTE = 2.0  # of a visitor who types


@dataclass(frozen=True)
class Load:
    """What an agent sends along with each message. `prompt_length` counts characters."""

    prompt_length: int
    number_of_pages: float = 0
    rag_enabled: bool = False

    @property
    def tokens(self) -> float:
        whole = self.number_of_pages * CHARACTERS_A_PAGE / CHARACTERS_A_TOKEN
        knowledge = min(whole, TOKENS_FOUND) if self.rag_enabled else whole
        return self.prompt_length / CHARACTERS_A_TOKEN + knowledge + TOKENS_SAID


@dataclass(frozen=True)
class Rates:
    """US dollars for one token of each kind."""

    read: float
    cache_read: float
    cache_write: float
    said: float


def rates_of(model: str) -> Rates | None:
    """What the vendor takes for a model's tokens; None where that is not known."""
    name = family(model)
    if name not in PRICES:
        return None
    read, said = (price / 1_000_000 for price in PRICES[name])
    cached = next((factors for factors in _CACHED if name.startswith(factors[0])), ("", 1.0, 1.0))
    return Rates(read, read * cached[1], read * cached[2], said)


def price_per_message(load: Load, price: tuple[float, float]) -> float:
    """US dollars for one message and its answer."""
    return (load.tokens * price[0] + TOKENS_ANSWERED * price[1]) / 1_000_000


def load_of(agent: Agent) -> Load:
    """What the agent sends along as it is told today."""
    prompt = conversation_config(agent.told).agent.prompt
    known = [one.id for one in prompt.knowledge_base if ids.is_id(one.id)]
    documents = agent.workspace.documents.filter(pk__in=known).order_by()
    characters = documents.aggregate(all=Sum(Length("content")))["all"] or 0
    return Load(len(prompt.prompt), characters / CHARACTERS_A_PAGE, prompt.rag.enabled)
