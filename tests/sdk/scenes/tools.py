"""Tools of every kind, and the secrets that they send."""

from __future__ import annotations

from typing import Any

from ..steps import Step, step

JSON = dict[str, Any]


def text(description: str) -> JSON:
    return {"type": "string", "description": description}


def secrets(run: str) -> list[Step]:
    name = f"{run}_token"
    return [
        step("secrets.create", {"name": name, "value": "Bearer a"}, keep={"secret": "secret_id"}),
        step(
            "secrets.create",
            {"name": f"{run} ærø 🔑", "value": "Basic –"},
            "odd",
            keep={"other": "secret_id"},
        ),
        step("secrets.get", {"secret_id": "$secret"}, expects={"name": name, "type": "stored"}),
        step("secrets.update", {"secret_id": "$secret", "name": name, "value": "Bearer b"}),
    ]


def making(run: str) -> list[Step]:
    kinds = {
        "minimal": _webhook(run, api_schema={"url": "https://shop.example/orders"}),
        "full": _full_webhook(run),
        "client": {"type": "client", "name": f"{run}_basket", "description": "The basket"},
        "full_client": _full_client(run),
        "system": _system(run),
        "odd": {**_webhook(f"{run}_odd", api_schema=_odd_schema()), "x_unknown": {"a": [1]}},
    }
    steps = []
    for name, config in kinds.items():
        kind = "odd" if name == "odd" else "full" if "full" in name else "minimal"
        steps += [
            step(
                "tools.create",
                {"tool_config": config},
                kind,  # type: ignore[arg-type]  # one of the three
                keep={f"{name}_tool": "id"},
                expects={"tool_config": config},
            ),
            step("tools.get", {"tool_id": f"${name}_tool"}, expects={"tool_config": config}),
        ]
    return [*steps, *_changing(run), *_reading(run)]


def _webhook(name: str, **more: Any) -> JSON:
    return {"type": "webhook", "name": name, "description": "Looks orders up", **more}


def _full_body() -> JSON:
    ticket = {
        "type": "object",
        "description": "A ticket",
        "properties": {
            "subject": text("What about"),
            "urgent": {"type": "boolean", "description": "Now"},
        },
        "required": ["subject"],
    }
    number = {"type": "integer", "description": "A line's number"}
    return {
        "type": "object",
        "description": "What to store",
        "properties": {
            "ticket": ticket,
            "lines": {"type": "array", "description": "Lines", "items": number},
            "source": {"type": "string", "constant_value": "chat"},
            "who": {"type": "string", "dynamic_variable": "user"},
        },
        "required": ["ticket"],
    }


def _full_webhook(run: str) -> JSON:
    schema = {
        "url": "https://shop.example/orders/{order}?limit=10",
        "method": "POST",
        "path_params_schema": {"order": text("Its number")},
        "query_params_schema": {
            "properties": {"page": {"type": "integer", "description": "Page"}},
            "required": ["page"],
        },
        "request_body_schema": _full_body(),
        "request_headers": {
            "Authorization": {"secret_id": "$secret"},
            "X-Shop": "1",
            "X-User": {"variable_name": "user"},
        },
        "content_type": "application/json",
    }
    return {
        **_webhook(f"{run}_orders"),
        "api_schema": schema,
        "response_timeout_secs": 30,
        "disable_interruptions": True,
        "tool_error_handling_mode": "summarized",
        "dynamic_variables": {"dynamic_variable_placeholders": {"user": "nobody"}},
        "assignments": [{"source": "response", "dynamic_variable": "state", "value_path": "a.b"}],
    }


def _full_client(run: str) -> JSON:
    return {
        "type": "client",
        "name": f"{run}_redirect",
        "description": "Opens a page – “docs” ☕",
        "parameters": {
            "type": "object",
            "description": "",
            "properties": {"path": text("Where to")},
            "required": ["path"],
        },
        "expects_response": True,
        "response_timeout_secs": 5,
    }


def _system(run: str) -> JSON:
    return {
        "type": "system",
        "name": f"{run}_end",
        "description": "",
        "params": {"system_tool_type": "end_call"},
    }


def _odd_schema() -> JSON:
    return {
        "url": "https://shop.example/{{user}}/æ?q=%20&limit=100",
        "method": "DELETE",
        "path_params_schema": {},
    }


def _changing(run: str) -> list[Step]:
    changed = {**_full_client(run), "description": "名前", "response_timeout_secs": 9}
    plain = _webhook(run, api_schema={"url": "https://shop.example/new"})
    return [
        step(
            "tools.update",
            {"tool_id": "$minimal_tool", "tool_config": plain},
            expects={"tool_config": plain},
        ),
        step(
            "tools.update",
            {"tool_id": "$full_client_tool", "tool_config": changed},
            "full",
            expects={"tool_config": changed},
        ),
        step("tools.update", {"tool_id": "tool_nobody", "tool_config": plain}, "odd", fails=404),
        step(
            "agents.update",
            {
                "agent_id": "$full",
                "conversation_config": {
                    "agent": {"prompt": {"tool_ids": ["$full_tool", "$client_tool"]}}
                },
            },
            "full",
            expects={
                "conversation_config": {
                    "agent": {"prompt": {"tool_ids": ["$full_tool", "$client_tool"]}}
                }
            },
        ),
    ]


def _reading(run: str) -> list[Step]:
    everything = {
        "search": f"{run}_ord",
        "page_size": 5,
        "show_only_owned_documents": True,
        "types": ["webhook", "client"],
        "sort_direction": "asc",
        "sort_by": "name",
    }
    between = {"page_size": 5, "is_error": False, "start_time": 1, "end_time": 2}
    return [
        step("tools.list"),
        step("tools.list", everything, "full", expects={"tools": [{"id": "$full_tool"}]}),
        step("tools.list", {"search": "🦊"}, "odd", expects={"tools": [], "has_more": False}),
        step("tools.get_dependent_agents", {"tool_id": "$minimal_tool"}, expects={"agents": []}),
        step(
            "tools.get_dependent_agents",
            {"tool_id": "$full_tool", "page_size": 5},
            "full",
            expects={"agents": [{"type": "available", "id": "$full"}]},
        ),
        step("tools.executions.get", {"tool_id": "$minimal_tool"}, expects={"executions": []}),
        step("tools.executions.get", {"tool_id": "$minimal_tool", **between}, "full"),
        *_secrets_in_use(run),
    ]


def _secrets_in_use(run: str) -> list[Step]:
    return [
        step("secrets.list"),
        step("secrets.list", {"page_size": 1, "search": run, "dependency_limit": 1}, "full"),
        step(
            "secrets.get",
            {"secret_id": "$secret"},
            "full",
            expects={"used_by": {"tools": [{"id": "$full_tool"}]}},
        ),
        step(
            "secrets.get_dependencies", {"secret_id": "$secret", "resource_type": "tools"}, "full"
        ),
        step("secrets.get_dependencies", {"secret_id": "$secret", "resource_type": "agents"}),
        step(
            "secrets.get_dependencies",
            {"secret_id": "$other", "resource_type": "phone_numbers"},
            "odd",
        ),
    ]


def ending(run: str) -> list[Step]:
    return [
        step("tools.delete", {"tool_id": "$minimal_tool"}),
        step("tools.delete", {"tool_id": "$full_tool"}, "odd", fails=400),
        step("tools.delete", {"tool_id": "$full_tool", "force": True}, "full"),
        step("tools.get", {"tool_id": "$full_tool"}, "odd", fails=404),
        step("secrets.delete", {"secret_id": "$secret"}),
        step("secrets.delete", {"secret_id": "$other"}, "odd"),
    ]
