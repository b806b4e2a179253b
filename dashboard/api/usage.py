"""Which models there are, and what a message to each costs, roughly (contract rest.md §16)."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.decorators import decorate_view
from pydantic import BaseModel, ConfigDict, Field

from dashboard.agents.llm_catalog import catalog, estimates
from dashboard.agents.llm_prices import Load, load_of

from .auth import Request
from .reading import found
from .shapes.usage import LlmCatalog, LlmPrices
from .telling import tells
from .widgets import never_stale

router = Router(tags=["Models"])
JSON = dict[str, Any]
Characters = Annotated[int, Field(ge=0, le=100_000_000)]
Pages = Annotated[int, Field(ge=0, le=10_000_000)]
Tier = Annotated[str, Field(max_length=40)]  # prices are those of the standard one


class Usage(BaseModel):
    model_config = ConfigDict(extra="allow")
    prompt_length: Characters
    number_of_pages: Pages
    rag_enabled: bool
    service_tier: Tier | None = None


class AgentUsage(BaseModel):
    """What is left out is as the agent is told today."""

    model_config = ConfigDict(extra="allow")
    prompt_length: Characters | None = None
    number_of_pages: Pages | None = None
    rag_enabled: bool | None = None
    service_tier: Tier | None = None

    def over(self, usual: Load) -> Load:
        return Load(
            usual.prompt_length if self.prompt_length is None else self.prompt_length,
            usual.number_of_pages if self.number_of_pages is None else self.number_of_pages,
            usual.rag_enabled if self.rag_enabled is None else self.rag_enabled,
        )


@router.get("/llm/list", **tells(LlmCatalog))
def list_llms(request: Request) -> JSON:
    """Every id that an agent can name, and which model answers to it here."""
    return catalog(request.auth.workspace)


@router.post("/llm-usage/calculate", auth=None, **tells(LlmPrices))
@decorate_view(never_stale)
def calculate(request: HttpRequest, usage: Usage) -> JSON:
    """Estimates in US dollars, from public list prices; open to any page."""
    load = Load(usage.prompt_length, usage.number_of_pages, usage.rag_enabled)
    return {"llm_prices": estimates(load)}


@router.post("/agent/{agent_id}/llm-usage/calculate", **tells(LlmPrices))
def calculate_for_agent(request: Request, agent_id: str, usage: AgentUsage | None = None) -> JSON:
    """The same for one agent, with its own prompt and documents where nothing else is said."""
    agent = found(request.auth.workspace.agents.listed(), agent_id, "agent")
    load = (usage or AgentUsage()).over(load_of(agent))
    return {"llm_prices": estimates(load, request.auth.workspace)}
