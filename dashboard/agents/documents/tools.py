"""Tools as they stand inside an agent document (contract rest.md §5.2 and §9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from .document import JSON, Document

ToolName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class ToolVariables(Document):
    dynamic_variable_placeholders: JSON = Field(default_factory=dict)


class Assignment(Document):
    """Keep a value of the answer as a dynamic variable."""

    source: str = "response"
    dynamic_variable: str
    value_path: str
    sanitize: bool = False
    preserve_native_type: bool = False


class ToolConfig(Document):
    """What every kind of tool has; kinds that are only stored and echoed have nothing more."""

    type: str
    name: ToolName
    description: str = ""
    response_timeout_secs: Annotated[int, Field(ge=1, le=300)] = 20
    dynamic_variables: ToolVariables = Field(default_factory=ToolVariables)
    assignments: list[Assignment] = Field(default_factory=list)
    disable_interruptions: bool = False
    force_pre_tool_speech: bool = False
    execution_mode: str = "immediate"
    tool_call_sound: str | None = None
    tool_call_sound_behavior: str = "auto"
    tool_error_handling_mode: Literal["auto", "summarized", "passthrough", "hide"] = "auto"


class Schema(Document):
    """A literal, an object or an array; which value source it has is the toolbox's to read."""

    type: str | list[str] = "string"
    description: str = ""


class ObjectSchema(Schema):
    type: str | list[str] = "object"
    properties: dict[str, Schema] = Field(default_factory=dict)
    required: list[str] = Field(default_factory=list)


class ApiSchema(Document):
    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path_params_schema: dict[str, Schema] = Field(default_factory=dict)
    query_params_schema: ObjectSchema | None = None
    request_body_schema: ObjectSchema | None = None
    request_headers: dict[str, str | JSON] = Field(default_factory=dict)
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = (
        "application/json"
    )
    auth_connection: JSON | None = None


class WebhookTool(ToolConfig):
    type: Literal["webhook"]
    description: str
    response_timeout_secs: Annotated[int, Field(ge=5, le=300)] = 20
    api_schema: ApiSchema


class ClientTool(ToolConfig):
    type: Literal["client"]
    description: str
    response_timeout_secs: Annotated[int, Field(ge=1, le=120)] = 20
    parameters: ObjectSchema | None = None
    expects_response: bool = False


class SystemParams(Document):
    system_tool_type: str


class SystemTool(ToolConfig):
    """A built-in tool. Older clients leave `params` out: the name says which one it is."""

    type: Literal["system"] = "system"
    params: SystemParams

    @model_validator(mode="before")
    @classmethod
    def _name_says_which(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        params = sent.get("params") or {}
        if isinstance(params, dict) and not params.get("system_tool_type") and sent.get("name"):
            return {**sent, "params": {**params, "system_tool_type": sent["name"]}}
        return sent


class BuiltInTools(Document):
    end_call: SystemTool | None = None
    language_detection: SystemTool | None = None
    skip_turn: SystemTool | None = None
    transfer_to_agent: SystemTool | None = None
    transfer_to_number: SystemTool | None = None
    play_keypad_touch_tone: SystemTool | None = None
    voicemail_detection: SystemTool | None = None

    @model_validator(mode="before")
    @classmethod
    def _key_says_which(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        return {
            key: _named(tool, key) if isinstance(tool, dict) else tool for key, tool in sent.items()
        }


def _named(tool: JSON, key: str) -> JSON:
    """The tool with what its place among the built-in tools says about it."""
    params = tool.get("params") or {}
    if not isinstance(params, dict):
        return tool
    return {**tool, "name": tool.get("name") or key, "params": {"system_tool_type": key, **params}}


def _kind(tool: Any) -> str:
    kind = tool.get("type") if isinstance(tool, dict) else getattr(tool, "type", None)
    return kind if kind in ("webhook", "client", "system") else "other"


InlineTool = Annotated[
    Annotated[WebhookTool, Tag("webhook")]
    | Annotated[ClientTool, Tag("client")]
    | Annotated[SystemTool, Tag("system")]
    | Annotated[ToolConfig, Tag("other")],
    Discriminator(_kind),
]
