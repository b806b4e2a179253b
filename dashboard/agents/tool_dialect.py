"""The dashboard's list form of a tool document (contract rest.md §9.1), brought into the REST form.

What is in the REST form already passes unchanged, also where the two are mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .documents import Unfit
from .documents.document import JSON

DEEPEST = 64  # levels of parameters inside each other
Place = tuple[str | int, ...]

# What `value_type` keeps of a parameter, of these three.
_SOURCES = {
    "llm_prompt": "description",
    "constant": "constant_value",
    "dynamic_variable": "dynamic_variable",
}
# What a header's `type` points at, in the REST form.
_POINTED = ("secret_id", "variable_name", "env_var_label")
_POINTERS = {
    "secret": "secret_id",
    "dynamic_variable": "variable_name",
    "variable": "variable_name",
    "env_var": "env_var_label",
    "environment_variable": "env_var_label",
} | {name: name for name in _POINTED}


def in_rest_form(document: Any, *place: str | int) -> Any:
    """The document in the REST form; nothing is changed in place.

    Only what cannot be told apart is refused: raises Unfit, whose places start with `place`.
    What is wrong in both forms stays, for whoever checks the document.
    """
    if not isinstance(document, Mapping):
        return document
    tool = dict(document)
    if isinstance(tool.get("id"), str) and tool["id"].startswith("tool_"):
        del tool["id"]
    if isinstance(api := tool.get("api_schema"), Mapping):
        tool["api_schema"] = _api((*place, "api_schema"), api)
    if "parameters" in tool:
        tool["parameters"] = _body((*place, "parameters"), tool["parameters"])
    return tool


def _api(place: Place, api: Mapping[str, Any]) -> JSON:
    readers: dict[str, Callable[[Place, Any], Any]] = {
        "path_params_schema": _path,
        "query_params_schema": _query,
        "request_body_schema": _body,
        "response_body_schema": _body,
        "request_headers": _headers,
    }
    return {
        name: readers[name]((*place, name), part) if name in readers else part
        for name, part in api.items()
    }


def _path(place: Place, sent: Any) -> Any:
    """Every slot of an address has to be filled, so `required` says nothing here."""
    return _fields(place, sent, 0)[0] if isinstance(sent, list | Mapping) else sent


def _query(place: Place, sent: Any) -> Any:
    if isinstance(sent, list):
        properties, required = _fields(place, sent, 0)
        return {"properties": properties, "required": required} if properties else None
    return _body(place, sent)


def _body(place: Place, sent: Any) -> Any:
    """An object; a bare list is taken for its fields."""
    if isinstance(sent, list):
        properties, required = _fields(place, sent, 0)
        whole = {"type": "object", "properties": properties, "required": required}
        return whole if properties else None
    if not isinstance(sent, Mapping):
        return sent
    whole = _schema(place, sent, 0)
    if _is_listed(sent):  # it stands in no list that would need its id
        whole.pop("id", None)
    return whole


def _is_listed(sent: Mapping[str, Any]) -> bool:
    """Whether a parameter is written in the list form."""
    return (
        isinstance(sent.get("required"), bool)
        or isinstance(sent.get("properties"), list)
        or isinstance(sent.get("value_type"), str)
    )


def _schema(place: Place, sent: Mapping[str, Any], depth: int, *, listed: bool = False) -> JSON:
    """One parameter. Whether it is required is its parent's to say."""
    if depth > DEEPEST:
        raise _unfit(place, f"Parameters are nested more than {DEEPEST} levels deep")
    schema = dict(sent)
    if listed or _is_listed(sent):
        schema = _one_source(schema)
    schema = _group(place, schema, depth)
    if isinstance(items := schema.get("items"), Mapping):
        schema["items"] = _schema((*place, "items"), items, depth + 1, listed=listed)
    return schema


def _one_source(schema: JSON) -> JSON:
    """Without the sources of the value that were not chosen, or are empty."""
    schema = dict(schema)
    kept = _SOURCES.get(str(schema.pop("value_type", None)))
    if isinstance(schema.get("required"), bool):
        del schema["required"]
    for name in _SOURCES.values() if kept else ():
        if name != kept:
            schema.pop(name, None)
    for name in ("constant_value", "dynamic_variable"):
        if schema.get(name) == "":
            del schema[name]
    return schema


def _group(place: Place, sent: Mapping[str, Any], depth: int) -> JSON:
    """Something with properties."""
    group = dict(sent)
    properties = group.get("properties")
    if not isinstance(properties, list | Mapping):
        return group
    group["properties"], required = _fields((*place, "properties"), properties, depth + 1)
    there = group.get("required")
    if isinstance(properties, list) or required:
        names = there if isinstance(there, list) else []
        group["required"] = [*names, *(name for name in required if name not in names)]
    return group


def _fields(place: Place, sent: Any, depth: int) -> tuple[JSON, list[str]]:
    """Parameters by name, and which of them say that they are required."""
    pairs = _named(place, sent) if isinstance(sent, list) else list(sent.items())
    fields: JSON = {}
    required: list[str] = []
    for name, field in pairs:
        if not isinstance(field, Mapping):
            fields[name] = field
            continue
        if field.get("required") is True:
            required.append(name)
        listed = isinstance(sent, list)
        fields[name] = _schema((*place, name), field, depth, listed=listed)
    return fields, required


def _named(place: Place, sent: list[Any]) -> list[tuple[str, Any]]:
    pairs: dict[str, Any] = {}
    for number, item in enumerate(sent):
        if not isinstance(item, Mapping):
            raise _unfit((*place, number), "Input should be an object with an id")
        name = item.get("id")
        if not isinstance(name, str) or not name:
            raise _unfit((*place, number, "id"), "A parameter needs an id")
        if name in pairs:
            raise _unfit((*place, number, "id"), f"Two parameters are named {name[:64]}")
        pairs[name] = {key: part for key, part in item.items() if key != "id"}
    return list(pairs.items())


def _headers(place: Place, sent: Any) -> Any:
    if isinstance(sent, Mapping):
        return {name: _header((*place, name), value) for name, value in sent.items()}
    if not isinstance(sent, list):
        return sent
    headers: JSON = {}
    for number, item in enumerate(sent):
        if not isinstance(item, Mapping):
            raise _unfit((*place, number), "Input should be an object with a name")
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise _unfit((*place, number, "name"), "A header needs a name")
        if name in headers:
            raise _unfit((*place, number, "name"), f"Two headers are named {name[:64]}")
        headers[name] = _header((*place, number), {"type": "", **item})
    return headers


def _header(place: Place, sent: Any) -> Any:
    """A value, or where it comes from; a secret that was not chosen yet is one without an id."""
    if not isinstance(sent, Mapping) or "type" not in sent:
        return sent
    pointer = _POINTERS.get(str(sent["type"])) or next((p for p in sent if p in _POINTED), None)
    if pointer is None:
        found = sent.get("value", "")
    else:
        names = (pointer, str(sent["type"]), "value")
        found = next((sent[name] for name in names if sent.get(name)), "")
    if not isinstance(found, str):
        raise _unfit((*place, pointer or "value"), "Input should be a valid string")
    return {pointer: found} if pointer else found


def _unfit(place: Place, message: str) -> Unfit:
    return Unfit([{"loc": [*place], "msg": message, "type": "value_error"}])
