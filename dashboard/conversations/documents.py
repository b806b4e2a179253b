"""A conversation as clients read it: REST, post-call webhook and export alike (rest.md §13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dashboard.agents.documents import conversation_config, platform_settings
from dashboard.engine.variables import SECRET_PREFIX

from .costs import charged, credits_for, llm_usage, price_of
from .models import (
    Analysis,
    Conversation,
    Status,
    StoredTurn,
    Thumb,
    UploadedFile,
)
from .transcript import transcript
from .turns import usages_of

JSON = dict[str, Any]


def conversation_document(conversation: Conversation) -> JSON:
    """Everything about one conversation; `analysis` is null until it is done."""
    analysis = analysis_of(conversation)
    turns = list(conversation.turns.all())
    files = list(conversation.files.defer("content"))
    return {
        "conversation_id": conversation.pk,
        "agent_id": conversation.agent_id,
        "agent_name": conversation.agent.name,
        "status": conversation.status,
        "user_id": conversation.visitor_id or None,
        "branch_id": None,
        "version_id": conversation.version_id,
        "environment": "production",
        "has_audio": False,
        "has_user_audio": False,
        "has_response_audio": False,
        "has_auxiliary_audio": False,
        "conversation_product": "agent",
        "tag_ids": [],
        "visited_agents": [{"agent_id": conversation.agent_id, "branch_id": None}],
        "user_message_count": sum(t.role == "user" and t.message is not None for t in turns),
        "agent_message_count": sum(t.role == "agent" and t.message is not None for t in turns),
        "transcript": transcript(conversation, turns),
        "metadata": _metadata(conversation, turns) | _used(conversation, turns, files),
        "files": [file_document(file) for file in files],
        "analysis": _analysis(conversation, analysis) if analysis else None,
        "conversation_initiation_client_data": _initiation(conversation),
    }


def conversation_gist(conversation: Conversation, most: int) -> JSON:
    """What it came to, and its messages as plain text where there are not too many."""
    analysis = analysis_of(conversation)
    spoken = conversation.turns.exclude(message=None)
    count = spoken.count()
    messages = spoken.values("role", "message") if count <= most else None
    return {
        "conversation_id": conversation.pk,
        "agent_id": conversation.agent_id,
        "status": conversation.status,
        "message_count": count,
        "note": "Messages only. GET /v1/convai/conversations/{conversation_id} has the whole "
        "transcript, with tools, sources and times.",
        "call_summary_title": (analysis.title or None) if analysis else None,
        "transcript_summary": analysis.summary if analysis else None,
        "call_successful": analysis.outcome if analysis else None,
        "messages": None if messages is None else list(messages),
        "messages_omitted": messages is None,
    }


def file_document(file: UploadedFile) -> JSON:
    return {
        "file_id": file.pk,
        "file_name": file.name,
        "mime_type": file.content_type,
        "size_bytes": file.size,
    }


def analysis_of(conversation: Conversation) -> Analysis | None:
    """The analysis, once the whole of it is there."""
    if conversation.status != Status.DONE:
        return None
    return getattr(conversation, "analysis", None)


def _metadata(conversation: Conversation, turns: Sequence[StoredTurn]) -> JSON:
    usages = usages_of(turns)
    dollars = charged(price_of(usages), conversation.is_burst)
    trouble = conversation.trouble or None
    started = int(conversation.started_at.timestamp())
    return {
        "start_time_unix_secs": started,
        "accepted_time_unix_secs": started,
        "call_duration_secs": conversation.seconds,
        "cost": credits_for(dollars),
        "cost_fiat": dollars,
        "deletion_settings": {"deletion_time_unix_secs": None},
        "feedback": _feedback(conversation, turns),
        "authorization_method": conversation.authorized_by,
        "charging": _charging(conversation, turns),
        "termination_reason": conversation.ended_because,
        "error": trouble and {"code": trouble.get("code"), "reason": trouble.get("reason")},
        "warnings": conversation.warnings,
        "main_language": conversation.language,
        "text_only": conversation.text_only,
        "conversation_initiation_source": conversation.source or "unknown",
        "conversation_initiation_source_version": conversation.source_version or None,
    }


def _charging(conversation: Conversation, turns: Sequence[StoredTurn]) -> JSON:
    """A burst conversation's charge is twice the price; the price is the vendors'."""
    usages = usages_of(turns)
    heard = usages_of([turn for turn in turns if turn.message])
    price = price_of(usages)
    used = {"initiated_generation": llm_usage(usages), "irreversible_generation": llm_usage(heard)}
    return {
        "dev_discount": False,
        "is_burst": conversation.is_burst,
        "tier": conversation.workspace.plan,
        "llm_usage": {name: usage for name, usage in used.items() if usage},
        "llm_price": price,
        "llm_charge": credits_for(charged(price, conversation.is_burst)),
        "call_charge": None,
        "free_minutes_consumed": 0,
    }


def _feedback(conversation: Conversation, turns: Sequence[StoredTurn]) -> JSON:
    """Thumbs are counted for the whole and for single answers alike."""
    thumb, rating = conversation.thumb, conversation.rating
    thumbs = [thumb, *(turn.thumb for turn in turns)]
    return {
        "type": "rating" if rating else "thumbs" if thumb else None,
        "overall_score": thumb or None,
        "likes": thumbs.count(Thumb.UP),
        "dislikes": thumbs.count(Thumb.DOWN),
        "rating": rating,
        "comment": conversation.comment or None,
    }


def _used(
    conversation: Conversation, turns: Sequence[StoredTurn], files: Sequence[UploadedFile]
) -> JSON:
    """What of the agent's abilities this conversation could and did use."""
    config = conversation_config(conversation.version)
    searched = sum(bool(turn.sources) for turn in turns)
    called = {result["name"] for turn in turns for result in turn.tool_results}
    prompt = conversation.version.part("agent", "prompt", "built_in_tools")
    built_in = prompt if isinstance(prompt, dict) else {}
    features: JSON = {
        name: {"enabled": bool(built_in.get(name)), "used": name in called}
        for name in ("language_detection", "transfer_to_agent")
    }
    features["file_input"] = {
        "enabled": config.conversation.file_input.enabled,
        "used": bool(files),
    }
    model = config.agent.prompt.rag.embedding_model
    return {
        "features_usage": features,
        "rag_usage": {"usage_count": searched, "embedding_model": model} if searched else None,
    }


def verdicts_of(analysis: Analysis | None, wanted: Collection[str]) -> JSON | None:
    if not wanted:
        return None
    found = analysis.verdicts if analysis else []
    return {v["id"]: {"result": v["outcome"]} for v in found if v["id"] in wanted}


def values_of(analysis: Analysis | None, wanted: Collection[str]) -> JSON | None:
    if not wanted:
        return None
    found = analysis.collected if analysis else []
    return {value["id"]: value.get("value") for value in found if value["id"] in wanted}


def _analysis(conversation: Conversation, analysis: Analysis) -> JSON:
    criteria = [
        {
            "criteria_id": verdict["id"],
            "result": verdict["outcome"],
            "rationale": verdict.get("rationale") or "",
        }
        for verdict in analysis.verdicts
    ]
    collected = _collected(conversation, analysis)
    return {
        "evaluation_criteria_results": {item["criteria_id"]: item for item in criteria},
        "data_collection_results": {item["data_collection_id"]: item for item in collected},
        "evaluation_criteria_results_list": criteria,
        "data_collection_results_list": collected,
        "call_successful": analysis.outcome,
        "transcript_summary": analysis.summary,
        "call_summary_title": analysis.title or None,
        "scoped": [],
    }


def _collected(conversation: Conversation, analysis: Analysis) -> list[JSON]:
    """Each value with the field it was asked for, as the version then had it."""
    asked = platform_settings(conversation.version).data_collection if analysis.collected else {}
    return [
        {
            "data_collection_id": value["id"],
            "value": value.get("value"),
            "rationale": value.get("rationale") or "",
            "json_schema": (
                asked[value["id"]].model_dump(mode="json") if value["id"] in asked else None
            ),
        }
        for value in analysis.collected
    ]


def _initiation(conversation: Conversation) -> JSON:
    """What the client said first, without anything that only a header may carry."""
    said = _object(conversation.initiation)
    given = _object(said.get("dynamic_variables"))
    return {
        "conversation_config_override": _object(said.get("conversation_config_override")),
        "custom_llm_extra_body": _object(said.get("custom_llm_extra_body")),
        "user_id": conversation.visitor_id or None,
        "source_info": {
            "source": conversation.source or None,
            "version": conversation.source_version or None,
        },
        "branch_id": None,
        "environment": None,
        "dynamic_variables": {
            name: value for name, value in given.items() if not name.startswith(SECRET_PREFIX)
        },
    }


def _object(said: Any) -> JSON:
    """A visitor may have sent anything; strict clients stumble over all but an object."""
    return said if isinstance(said, dict) else {}
