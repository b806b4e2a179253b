"""Agents for benchmarks: one that only talks, and one with everything on."""

from __future__ import annotations

from typing import Any

import httpx

from .processes import KEY, Running

EVENTS = ["agent_response", "agent_chat_response_part", "agent_tool_response", "context_usage"]
ORDER = {
    "type": "object",
    "properties": {"order": {"type": "string", "description": "The number of the order."}},
    "required": ["order"],
}


def plain(server: Running) -> str:
    """Its id. It greets and answers; parts are streamed."""
    return _made(server, _config({"prompt": "Be kind.", "llm": "stub"}), {})


def full(server: Running) -> str:
    """Dynamic variables, a tool of the page, context usage, and an analysis after the end."""
    tool = {"type": "client", "name": "show_order", "description": "Show it.", "parameters": ORDER}
    prompt = {
        "prompt": "Be kind to {{visitor}}, who has the plan {{plan}}. It is {{system__time_utc}}.",
        "llm": "stub",
        "tools": [tool | {"expects_response": False}],
        "built_in_tools": {"end_call": {"name": "end_call", "params": _END}},
    }
    config = _config(prompt, first="Hello {{visitor}}!")
    config["conversation"]["client_events"] = EVENTS
    placeholders = {"visitor": "you", "plan": "free"}
    config["agent"]["dynamic_variables"] = {"dynamic_variable_placeholders": placeholders}
    criterion = {"id": "kind", "name": "Kind", "conversation_goal_prompt": "Was the agent kind?"}
    settings = {
        "evaluation": {"criteria": [criterion]},
        "data_collection": {"mood": {"type": "string", "description": "The visitor's mood."}},
    }
    return _made(server, config, settings)


_END = {"system_tool_type": "end_call"}


def _config(prompt: dict[str, Any], first: str = "Hello!") -> dict[str, Any]:
    return {
        "conversation": {"text_only": True, "max_duration_seconds": 3600},
        "agent": {"first_message": first, "prompt": prompt},
    }


def _made(server: Running, config: dict[str, Any], settings: dict[str, Any]) -> str:
    answer = httpx.post(
        f"{server.url}/v1/convai/agents/create",
        headers={"xi-api-key": KEY},
        json={"name": "Bench", "conversation_config": config, "platform_settings": settings},
        trust_env=False,
    )
    if answer.is_error:
        raise SystemExit(f"The agent was not made: {answer.text[:500]}")
    agent_id: str = answer.json()["agent_id"]
    return agent_id
