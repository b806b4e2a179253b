"""What an agent is, knows and may use: `conversation_config.agent` (contract rest.md §5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from .document import JSON, Document
from .request_headers import RequestHeaders
from .tools import BuiltInTools, InlineTool

DEFAULT_LLM = "gemini-2.5-flash"
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class DynamicVariables(Document):
    dynamic_variable_placeholders: JSON = Field(default_factory=dict)


class Knowledge(Document):
    """A document that the agent knows; `prompt`: always in sight, `auto`: found when it helps."""

    type: Literal["file", "url", "text", "folder"]
    name: str
    id: str
    usage_mode: Literal["prompt", "auto"] = "auto"


class Rag(Document):
    enabled: bool = False
    embedding_model: str = "e5_mistral_7b_instruct"
    max_vector_distance: Annotated[float, Field(gt=0)] = 0.6
    max_documents_length: Annotated[int, Field(gt=0)] = 50_000
    max_retrieved_rag_chunks_count: Annotated[int, Field(ge=1, le=20)] = 20
    num_candidates: Annotated[int, Field(ge=1, le=10_000)] | None = None
    query_rewrite_prompt_override: Annotated[str, Field(min_length=1, max_length=1000)] | None = (
        None
    )
    knowledge_base_tool_info: JSON | None = None


class CustomLLM(Document):
    url: str
    model_id: str | None = None
    api_key: JSON | None = None
    request_headers: RequestHeaders = Field(default_factory=dict)
    api_version: str | None = None
    api_type: Literal["chat_completions", "responses", "websocket"] = "chat_completions"
    auth_connection: JSON | None = None


class BackupLLM(Document):
    preference: Literal["default", "disabled"] = "default"


class BackupOrder(Document):
    preference: Literal["override"]
    order: list[str]


def _backup_kind(sent: Any) -> str:
    kind = sent.get("preference") if isinstance(sent, dict) else getattr(sent, "preference", None)
    return "override" if kind == "override" else "default"


Backup = Annotated[
    Annotated[BackupLLM, Tag("default")] | Annotated[BackupOrder, Tag("override")],
    Discriminator(_backup_kind),
]


class Prompt(Document):
    prompt: str = ""
    llm: str = DEFAULT_LLM
    reasoning_effort: Effort | None = None
    thinking_budget: int | None = None
    service_tier: Literal["standard", "fast"] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0
    max_tokens: int = -1
    tool_ids: list[str] = Field(default_factory=list)
    tool_ids_strict: bool | None = None
    tools: list[InlineTool] = Field(default_factory=list)
    built_in_tools: BuiltInTools = Field(default_factory=BuiltInTools)
    enable_parallel_tool_calls: bool | None = None
    mcp_server_ids: Annotated[list[str], Field(max_length=10)] = Field(default_factory=list)
    native_mcp_server_ids: Annotated[list[str], Field(max_length=10)] = Field(default_factory=list)
    knowledge_base: list[Knowledge] = Field(default_factory=list)
    custom_llm: CustomLLM | None = None
    ignore_default_personality: bool | None = True
    rag: Rag = Field(default_factory=Rag)
    timezone: str | None = None
    backup_llm_config: Backup = Field(default_factory=BackupLLM)
    cascade_timeout_seconds: Annotated[float, Field(ge=2, le=15)] = 4
    enable_reasoning_summary: bool = False


class Behavior(Document):
    verbosity: Literal["auto", "concise", "thorough"] | None = None
    output_format: Any = None
    interaction_budget: Literal["realtime", "5_minutes", "10_minutes", "1_hour"] | None = None


class AgentPart(Document):
    first_message: str = ""
    language: str = "en"
    hinglish_mode: bool = False
    dynamic_variables: DynamicVariables = Field(default_factory=DynamicVariables)
    disable_first_message_interruptions: bool = False
    max_conversation_duration_message: str = ""
    text_behavior_overrides: dict[str, Behavior] | None = None
    prompt: Prompt = Field(default_factory=Prompt)
