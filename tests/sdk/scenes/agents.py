"""Agents by every method that makes, changes, lists, reads or takes one away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..steps import Step, step, upload

FULL: dict[str, Any] = json.loads((Path(__file__).parent / "full_agent.json").read_text())
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
LONG_PROMPT = "# You are Harbor – “the guide”\n\n" + "Be kind & exact — never guess. " * 240
ODD: dict[str, Any] = {
    "conversation_config": {
        "agent": {"first_message": "", "prompt": {"prompt": LONG_PROMPT, "temperature": None}},
        "conversation": {"text_only": True, "client_events": []},
        "x_unknown": {"kept": [1, None, "ø"]},
        "language_presets": {},
    },
    "platform_settings": {
        "evaluation": {"criteria": []},
        "data_collection": {},
        "x_unknown_setting": True,
    },
}


def making(run: str) -> list[Step]:
    full = {"name": f"{run} full ☕", **FULL}
    odd = {"name": f"{run} \u202eodd\u202c 🦊", **ODD, "tags": []}
    return [
        step(
            "agents.create",
            {"name": run, "conversation_config": {"conversation": {"text_only": True}}},
            keep={"agent": "agent_id"},
        ),
        step("agents.create", full, "full", keep={"full": "agent_id"}),
        step("agents.create", odd, "odd", keep={"odd": "agent_id"}),
        step("agents.create", {"conversation_config": {}}, keep={"nameless": "agent_id"}),
        step("agents.get", {"agent_id": "$agent"}, expects={"name": run}),
        step("agents.get", {"agent_id": "$full"}, "full", expects=_read(full)),
        step("agents.get", {"agent_id": "$odd"}, "odd", expects=_read(odd)),
        step("agents.get", {"agent_id": "agent_nobody"}, "odd", fails=404),
        *_changing(run),
    ]


def _read(sent: dict[str, Any]) -> dict[str, Any]:
    """What comes back of it: the attached test and the webhooks are checked elsewhere."""
    return {name: part for name, part in sent.items() if name != "platform_settings"} | {
        "platform_settings": {
            name: part
            for name, part in sent["platform_settings"].items()
            if name not in ("guardrails",)
        }
    }


def _changing(run: str) -> list[Step]:
    limits = {"agent_concurrency_limit": -1, "daily_limit": 1000, "bursting_enabled": True}
    voice = {"voice_id": "P7x743VjyZEOihNNygQ9", "stability": 0.45, "similarity_boost": 0.75}
    config = {"tts": {**voice, "speed": 1.0}, "agent": {"prompt": {"prompt": LONG_PROMPT}}}
    renamed = {"agent_id": "$odd", "name": "名前 ✓", "tags": ["a", "b"]}
    wrong = {"agent_id": "$agent", "conversation_config": {"tts": {"speed": 40}}}
    return [
        step("agents.update", {"agent_id": "$agent"}, expects={"agent_id": "$agent"}),
        step(
            "agents.update",
            {"agent_id": "$agent", "platform_settings": {"call_limits": limits}},
            expects={"platform_settings": {"call_limits": limits}},
        ),
        step(
            "agents.update",
            {
                "agent_id": "$agent",
                "conversation_config": config,
                "version_description": "The guide's voice",
            },
            "full",
            expects={
                "conversation_config": {**config, "conversation": {"text_only": True}},
                "platform_settings": {"call_limits": limits},
            },
        ),
        step("agents.update", renamed, "odd", expects={"name": "名前 ✓", "tags": ["a", "b"]}),
        step("agents.update", wrong, "odd", fails=422),
    ]


def reading(run: str) -> list[Step]:
    everything = {
        "page_size": 1,
        "search": run,
        "archived": False,
        "show_only_owned_agents": True,
        "created_by_user_id": "@me",
        "tags": ["shop"],
        "sort_direction": "asc",
        "sort_by": "name",
    }
    price = {"prompt_length": 100, "number_of_pages": 0, "rag_enabled": False}
    picture = upload("ærø.png", PIXEL, "image/png")
    return [
        step("agents.list"),
        step("agents.list", everything, "full", expects={"agents": [{"agent_id": "$full"}]}),
        step("agents.list", {"search": "☕ nobody 🦊"}, "odd", expects={"agents": []}),
        step("agents.link.get", {"agent_id": "$agent"}, expects={"agent_id": "$agent"}),
        step("agents.link.get", {"agent_id": "$full"}, "full", expects={"agent_id": "$full"}),
        step("agents.summaries.get", {"agent_ids": ["$agent"]}),
        step("agents.summaries.get", {"agent_ids": ["$full", "$odd", "agent_nobody"]}, "full"),
        step("agents.widget.get", {"agent_id": "$agent"}, expects={"agent_id": "$agent"}),
        step("agents.widget.get", {"agent_id": "$odd"}, "odd", expects={"agent_id": "$odd"}),
        step("agents.widget.get", {"agent_id": "agent_nobody"}, "odd", fails=404),
        step(
            "agents.widget.avatar.create",
            {"agent_id": "$agent", "avatar_file": picture},
            expects={"agent_id": "$agent"},
        ),
        step("agents.knowledge_base.size", {"agent_id": "$agent"}),
        step("agents.knowledge_base.size", {"agent_id": "$full"}, "full"),
        step("agents.llm_usage.calculate", {"agent_id": "$agent"}),
        step("agents.llm_usage.calculate", {"agent_id": "$full", **price}, "full"),
    ]


def ending(run: str) -> list[Step]:
    return [
        step("agents.duplicate", {"agent_id": "$agent"}, keep={"twin": "agent_id"}),
        step(
            "agents.duplicate",
            {"agent_id": "$full", "name": f"{run} twin ☕"},
            "full",
            keep={"full_twin": "agent_id"},
        ),
        step("agents.get", {"agent_id": "$full_twin"}, "full", expects={"tags": FULL["tags"]}),
        step("agents.delete", {"agent_id": "$nameless"}),
        step("agents.delete", {"agent_id": "$twin"}),
        step("agents.delete", {"agent_id": "$full_twin"}),
        step("agents.delete", {"agent_id": "$full_twin"}, "odd", fails=404),
        step("agents.get", {"agent_id": "$twin"}, "odd", fails=404),
    ]
