"""Conversations that were really held: listed, read, judged again, searched, taken away."""

from __future__ import annotations

from ..steps import Step, step, upload

TALK = "conversations."


def reading(run: str) -> list[Step]:
    everything = {
        "agent_id": "$talked_agent",
        "call_start_before_unix": 4_000_000_000,
        "call_start_after_unix": 1,
        "call_duration_min_secs": 0,
        "call_duration_max_secs": 10_000,
        "page_size": 5,
        "summary_mode": "include",
        "text_only": True,
        "tool_names": ["orders"],
        "exclude_statuses": ["failed"],
    }
    found = {"conversations": [{"conversation_id": "$talk", "agent_id": "$talked_agent"}]}
    return [
        step(TALK + "list"),
        step(TALK + "list", {"agent_id": "$agent"}, expects={"conversations": []}),
        step(TALK + "list", everything, "full", expects=found),
        step(TALK + "list", {"user_id": "🦊 nobody"}, "odd", expects={"conversations": []}),
        step(TALK + "get", {"conversation_id": "$short_talk"}, expects={"status": "done"}),
        step(
            TALK + "get",
            {"conversation_id": "$talk"},
            "full",
            expects={
                "status": "done",
                "metadata": {"feedback": {"likes": 1}, "text_only": True},
                "analysis": {"evaluation_criteria_results": {"kind": {"criteria_id": "kind"}}},
                "conversation_initiation_client_data": {"user_id": "visitor ø"},
            },
        ),
        step(TALK + "get", {"conversation_id": "conv_nobody"}, "odd", fails=404),
        *_searching(run),
    ]


def _searching(run: str) -> list[Step]:
    found = {
        "text_query": "Ærø",
        "agent_id": "$talked_agent",
        "page_size": 1,
        "sort_by": "created_at",
    }
    judged = {
        "evaluation_params": ["kind:success"],
        "data_collection_params": ["mood:missing"],
        "dynamic_variable_params": ["plan:eq:“pro” ☕"],
        "call_successful": "unknown",
    }
    return [
        step(TALK + "list", judged, "odd"),
        step(TALK + "get_summary", {"conversation_id": "$short_talk"}),
        step(TALK + "get_summary", {"conversation_id": "$talk", "max_messages": 1}, "full"),
        step(TALK + "messages.text_search", {"text_query": "order"}),
        step(
            TALK + "messages.text_search",
            found,
            "full",
            expects={"results": [{"conversation_id": "$talk"}]},
        ),
        step(TALK + "messages.text_search", {"text_query": "🦊"}, "odd", expects={"results": []}),
        step(TALK + "analysis.run", {"conversation_id": "$talk"}, "full"),
    ]


def taking_part(run: str) -> list[Step]:
    everything = {"agent_id": "$agent", "include_conversation_id": True, "environment": "test"}
    picture = upload("note.txt", b"Hello", "text/plain")
    return [
        step(TALK + "get_signed_url", {"agent_id": "$agent"}),
        step(TALK + "get_signed_url", everything, "full"),
        step(TALK + "get_signed_url", {"agent_id": "agent_nobody"}, "odd", fails=404),
        step(TALK + "feedback.create", {"conversation_id": "$talk", "feedback": "like"}),
        step(TALK + "feedback.create", {"conversation_id": "$talk", "feedback": "dislike"}, "full"),
        step(
            TALK + "files.create",
            {"conversation_id": "$open_talk", "file": picture},
            keep={"upload": "file_id"},
        ),
        step(
            TALK + "files.delete",
            {"conversation_id": "$open_talk", "file_id": "$upload"},
            expects={"file_id": "$upload"},
        ),
    ]


def ending(run: str) -> list[Step]:
    return [
        step(TALK + "delete", {"conversation_id": "$short_talk"}),
        step(TALK + "delete", {"conversation_id": "$short_talk"}, "odd", fails=404),
        step(TALK + "get", {"conversation_id": "$short_talk"}, "odd", fails=404),
    ]
