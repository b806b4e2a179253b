"""Read tool documents (contract rest.md §5.2, §9): what the model is told of a tool, and what is
needed to run it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard.engine import system_tools
from dashboard.engine.turns import ToolKind, ToolSpec
from dashboard.engine.variables import Value
from dashboard.providers.http import NOT_OURS_TO_SET
from dashboard.providers.tool_address import slots
from dashboard.providers.tool_fields import Field, Group, Leaf, asked

from .documents import Unfit
from .tool_dialect import in_rest_form
from .tool_schemas import NotATool, read_field, read_group

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True)
class FromSecret:
    secret_id: str


@dataclass(frozen=True)
class FromVariable:
    name: str


HeaderSource = str | FromSecret | FromVariable


@dataclass(frozen=True)
class SystemTool:
    spec: ToolSpec


@dataclass(frozen=True)
class ClientTool:
    """A function in the visitor's page. `parameters` None: whatever the model says is passed on."""

    spec: ToolSpec
    parameters: Group | None
    expects_response: bool
    timeout: float
    defaults: Mapping[str, Value | None] = field(default_factory=dict)


@dataclass(frozen=True)
class WebhookTool:
    """`names`: (place, field) -> argument. `on_error`: what the model hears of a failed call."""

    spec: ToolSpec
    method: str
    url: str
    path: Group
    query: Group
    body: Field | None
    form: bool
    headers: Mapping[str, HeaderSource]
    names: Mapping[tuple[str, str], str]
    timeout: float
    follow_redirects: bool
    on_error: str
    defaults: Mapping[str, Value | None] = field(default_factory=dict)

    @property
    def secret_ids(self) -> dict[str, str]:
        """The secrets that it needs, by header."""
        sources = self.headers.items()
        return {name: s.secret_id for name, s in sources if isinstance(s, FromSecret)}


Tool = SystemTool | ClientTool | WebhookTool


@dataclass(frozen=True)
class Toolset:
    """An agent's tools, and a sentence for each one that cannot be run."""

    tools: tuple[Tool, ...] = ()
    troubles: tuple[str, ...] = ()


def tools_of(
    config: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]] | None = None
) -> Toolset:
    """The tools of a conversation config. Of two with one name the first counts.

    shared: the documents of the workspace's tools by id; built-in and inline ones come first.
    """
    found: dict[str, Tool] = {}
    troubles: list[str] = []
    languages = _languages(config)
    inline = [(name, document, "") for name, document in _documents(config)]
    by_id = [(str(d.get("name")), d, tool_id) for tool_id, d in (shared or {}).items()]
    for name, document, tool_id in inline + by_id:
        try:
            tool = read(document, languages)
        except NotATool as trouble:
            troubles.append(f"The tool {name} cannot be used: {trouble}")
            continue
        if tool is None or tool.spec.name in found:
            continue
        found[tool.spec.name] = replace(tool, spec=replace(tool.spec, tool_id=tool_id))
    return Toolset(tuple(found.values()), tuple(troubles))


def read(document: Any, languages: Sequence[str] = ()) -> Tool | None:
    """One tool, in either dialect; None for one that would do nothing here. Raises NotATool."""
    if not isinstance(document, Mapping):
        raise NotATool("it is not described by an object.")
    try:
        document = in_rest_form(document)
    except Unfit as unfit:
        raise NotATool(f"its {unfit}: {unfit.errors[0]['msg']}.") from None
    name, kind = document.get("name"), document.get("type")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NotATool("its name must be 1 to 64 letters, digits, dashes and underscores.")
    match kind:
        case "system":
            return _system(document, languages)
        case "client":
            return _client(document)
        case "webhook":
            return _webhook(document)
    raise NotATool(f"tools of the kind {kind!r} are kept, but not run.")


def _documents(config: Mapping[str, Any]) -> list[tuple[str, Any]]:
    prompt = _part(_part(config, "agent"), "prompt")
    built_in = _part(prompt, "built_in_tools")
    pairs = [
        (name, {**tool, "type": "system", "name": name} if isinstance(tool, Mapping) else tool)
        for name, tool in built_in.items()
        if tool is not None
    ]
    inline = prompt.get("tools")
    for number, tool in enumerate(inline if isinstance(inline, list) else [], start=1):
        name = tool.get("name") if isinstance(tool, Mapping) else None
        pairs.append((str(name or f"number {number}"), tool))
    return pairs


def _languages(config: Mapping[str, Any]) -> list[str]:
    """The agent's own language first, then those it has presets for."""
    own = _part(config, "agent").get("language") or "en"
    return list(dict.fromkeys([str(own), *map(str, _part(config, "language_presets"))]))


def _system(document: Mapping[str, Any], languages: Sequence[str]) -> SystemTool | None:
    told = str(document.get("description") or "")
    kind = _part(document, "params").get("system_tool_type") or document["name"]
    match kind:
        case system_tools.END_CALL:
            return SystemTool(system_tools.end_call(told))
        case system_tools.SKIP_TURN:
            return SystemTool(system_tools.skip_turn(told))
        case system_tools.LANGUAGE_DETECTION if len(languages) > 1:
            return SystemTool(system_tools.language_detection(languages, told))
        case system_tools.LANGUAGE_DETECTION:  # nothing to switch to
            return None
    raise NotATool("this built-in tool is kept, but not run.")


def _client(document: Mapping[str, Any]) -> ClientTool:
    schema = document.get("parameters")
    group = read_group(schema) if schema else None
    asked_for = (asked(group) if group else None) or {"type": "object", "properties": {}}
    told = str(document.get("description") or "")
    return ClientTool(
        ToolSpec(document["name"], told, asked_for, ToolKind.CLIENT),
        group,
        document.get("expects_response") is True,
        _timeout(document, most=120),
        _defaults(document),
    )


def _webhook(document: Mapping[str, Any]) -> WebhookTool:
    api = _part(document, "api_schema")
    url, method = api.get("url"), str(api.get("method") or "GET").upper()
    if not isinstance(url, str) or not url.strip():
        raise NotATool("it has no address to call.")
    if method not in _METHODS:
        raise NotATool(f"{method} is not a method that tools can use.")
    path = _path(api, url)
    query = read_group(api.get("query_params_schema") or {})
    schema = api.get("request_body_schema")
    body = read_field(schema) if schema and method != "GET" else None
    names, parameters = _parameters(path, query, body)
    told = [str(document.get("description") or ""), body.description if body else ""]
    return WebhookTool(
        ToolSpec(document["name"], "\n\n".join(filter(None, told)), parameters, ToolKind.WEBHOOK),
        method,
        url,
        path,
        query,
        body,
        api.get("content_type") == "application/x-www-form-urlencoded",
        _headers(api),
        names,
        _timeout(document, most=300),
        document.get("follow_redirects") is True,
        str(document.get("tool_error_handling_mode") or "auto"),
        _defaults(document),
    )


def _path(api: Mapping[str, Any], url: str) -> Group:
    """What stands in braces in the address; the model fills what nothing is said about."""
    described = _part(api, "path_params_schema")
    fields: dict[str, Field] = {
        name: read_field(described[name]) if name in described else Leaf(("string",))
        for name in sorted(slots(url))
    }
    return Group(fields, frozenset(fields))


def _parameters(
    path: Group, query: Group, body: Field | None
) -> tuple[dict[tuple[str, str], str], dict[str, Any]]:
    """One flat list of arguments for the model, and where each one goes.

    A name that stands in two places keeps its own the first time, and is `body_name` the second.
    """
    bodies = body if isinstance(body, Group) else Group()
    names: dict[tuple[str, str], str] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    places = [("path", path), ("query", query), ("body", bodies)]
    if body is not None and body is not bodies:
        places.append(("body", Group({"": body}, frozenset({""}))))
    for place, group in places:
        for name, inner in group.fields.items():
            if (schema := asked(inner)) is None:
                continue
            argument = _argument(place, name, properties)
            names[place, name] = argument
            properties[argument] = schema
            if name in group.required:
                required.append(argument)
    return names, {"type": "object", "properties": properties, "required": required}


def _argument(place: str, name: str, taken: Mapping[str, Any]) -> str:
    """A name that every model accepts and nothing else has."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:48] or place
    argument = f"{place}_{plain}" if plain in taken else plain
    while argument in taken:
        argument += "_"
    return argument


def _headers(api: Mapping[str, Any]) -> dict[str, HeaderSource]:
    headers: dict[str, HeaderSource] = {}
    for name, value in _part(api, "request_headers").items():
        if not _HEADER.fullmatch(name):
            raise NotATool(f"{name!r} is not the name of a header.")
        if name.lower() not in NOT_OURS_TO_SET:
            headers[name] = _header(name, value)
    return headers


def _header(name: str, value: Any) -> HeaderSource:
    match value:
        case str():
            return value
        case {"secret_id": str(secret_id)}:
            return FromSecret(secret_id)
        case {"variable_name": str(variable)}:
            return FromVariable(variable)
    raise NotATool(f"the value of the header {name} is neither a text, a secret nor a variable.")


def _timeout(document: Mapping[str, Any], most: int) -> float:
    seconds = document.get("response_timeout_secs")
    plain = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return float(min(max(seconds, 1), most)) if plain and seconds else 20.0


def _defaults(document: Mapping[str, Any]) -> dict[str, Value | None]:
    """The tool's own placeholders, for variables that the conversation has no value for."""
    return dict(_part(_part(document, "dynamic_variables"), "dynamic_variable_placeholders"))


def _part(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = tree.get(name)
    return part if isinstance(part, Mapping) else {}
