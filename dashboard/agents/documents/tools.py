"""Tools as they stand inside an agent document (contract rest.md §5.2 and §9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from .document import JSON, Document
from .request_headers import RequestHeaders

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
    interruption_mode: str = "allow"
    force_pre_tool_speech: bool = False
    pre_tool_speech: str = "auto"
    execution_mode: str = "immediate"
    tool_call_sound: str | None = None
    tool_call_sound_behavior: str = "auto"
    tool_error_handling_mode: Literal["auto", "summarized", "passthrough", "hide"] = "auto"


# Where a value comes from, besides the model, which goes by the description.
_SOURCES = ("dynamic_variable", "constant_value", "is_system_provided", "is_omitted")


class Schema(Document):
    """A literal, an object or an array; the toolbox reads which value source it has."""

    type: str | list[str] = "string"
    description: str = ""
    properties: dict[str, Schema] | None = None
    required: list[str] | None = None
    items: Schema | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Schema:
        more = self.model_extra or {}
        # An empty text is no constant; zero and false are.
        named = [
            name for name in _SOURCES if more.get(name) not in (None, "") and _says(more, name)
        ]
        if len(named) > 1:
            raise ValueError(f"A value has one source: choose between {' and '.join(named)}")
        return self

    @model_serializer(mode="wrap")
    def _own_parts(self, write: SerializerFunctionWrapHandler) -> JSON:
        """What every object and every array has, and nothing of the sort for the others."""
        whole: JSON = write(self)
        kinds = self.type if isinstance(self.type, list) else [self.type]
        empty: JSON = {
            "properties": {} if "object" in kinds else None,
            "required": [] if "object" in kinds else None,
            "items": {"type": "string", "description": ""} if "array" in kinds else None,
        }
        for name, nothing in empty.items():
            if whole.get(name) is None:
                whole.pop(name, None)
                whole |= {} if nothing is None else {name: nothing}
        return whole


def _says(more: JSON, name: str) -> bool:
    return more[name] is True if name.startswith("is_") else True


class ObjectSchema(Schema):
    type: str | list[str] = "object"


class ApiSchema(Document):
    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path_params_schema: dict[str, Schema] = Field(default_factory=dict)
    query_params_schema: ObjectSchema | None = None
    request_body_schema: ObjectSchema | None = None
    request_headers: RequestHeaders = Field(default_factory=dict)
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = (
        "application/json"
    )
    auth_connection: JSON | None = None


class WebhookTool(ToolConfig):
    type: Literal["webhook"]
    description: str
    response_timeout_secs: Annotated[int, Field(ge=5, le=300)] = 20
    api_schema: ApiSchema
    follow_redirects: bool = False


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


def config_of(document: Any) -> type[ToolConfig]:
    """What a tool of this kind has to look like."""
    kinds: dict[str, type[ToolConfig]] = {
        "webhook": WebhookTool,
        "client": ClientTool,
        "system": SystemTool,
    }
    return kinds.get(_kind(document), ToolConfig)


class MockedWhen(Document):
    """What an argument has to be like for a mock to answer."""

    type: Literal["llm", "regex", "exact", "anything"]


class MockCondition(Document):
    path: str
    eval: MockedWhen


class ResponseMock(Document):
    """What a tool answers in a simulation, instead of being run."""

    parameter_conditions: Annotated[list[MockCondition], Field(max_length=50)]
    mock_result: str
    is_error: bool = False
