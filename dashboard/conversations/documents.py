"""A conversation as clients read it: REST, post-call webhook and export alike (rest.md §13)."""

from __future__ import annotations

from typing import Any

from dashboard.agents.documents import platform_settings
from dashboard.engine.variables import SECRET_PREFIX

from .models import Analysis, Conversation, Outcome, Status
from .transcript import transcript

JSON = dict[str, Any]


def conversation_document(conversation: Conversation) -> JSON:
    """Everything about one conversation; `analysis` is null until it is done."""
    analysis = analysis_of(conversation)
    turns = list(conversation.turns.all())
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
        "metadata": _metadata(conversation),
        "analysis": _analysis(conversation, analysis) if analysis else None,
        "conversation_initiation_client_data": _initiation(conversation),
    }


def conversation_summary(conversation: Conversation, *, with_summary: bool = True) -> JSON:
    """One line of a list; the agent and the analysis should be selected with the row."""
    analysis = analysis_of(conversation)
    return {
        "agent_id": conversation.agent_id,
        "agent_name": conversation.agent.name,
        "conversation_id": conversation.pk,
        "start_time_unix_secs": int(conversation.started_at.timestamp()),
        "call_duration_secs": conversation.seconds,
        "message_count": conversation.message_count,
        "status": conversation.status,
        "call_successful": analysis.outcome if analysis else Outcome.UNKNOWN.value,
        "transcript_summary": analysis.summary if analysis and with_summary else None,
        "call_summary_title": (analysis.title or None) if analysis else None,
        "main_language": conversation.language,
        "conversation_initiation_source": conversation.source or "unknown",
        "termination_reason": conversation.ended_because,
        "user_id": conversation.visitor_id or None,
        "version_id": conversation.version_id,
        "branch_id": None,
        "direction": None,
        "rating": None,
        "tag_ids": [],
    }


def analysis_of(conversation: Conversation) -> Analysis | None:
    """The analysis, once the whole of it is there."""
    if conversation.status != Status.DONE:
        return None
    return getattr(conversation, "analysis", None)


def _metadata(conversation: Conversation) -> JSON:
    trouble = conversation.trouble or None
    started = int(conversation.started_at.timestamp())
    return {
        "start_time_unix_secs": started,
        "accepted_time_unix_secs": started,
        "call_duration_secs": conversation.seconds,
        "cost": None,
        "deletion_settings": {"deletion_time_unix_secs": None},
        "feedback": {
            "type": None,
            "overall_score": None,
            "likes": 0,
            "dislikes": 0,
            "rating": None,
            "comment": None,
        },
        "authorization_method": conversation.authorized_by,
        "charging": {
            "dev_discount": False,
            "is_burst": conversation.is_burst,
            "tier": conversation.workspace.plan,
            "llm_usage": {},
            "llm_price": None,
            "llm_charge": None,
            "call_charge": None,
            "free_minutes_consumed": 0,
        },
        "termination_reason": conversation.ended_because,
        "error": trouble and {"code": trouble.get("code"), "reason": trouble.get("reason")},
        "warnings": conversation.warnings,
        "main_language": conversation.language,
        "text_only": conversation.text_only,
        "conversation_initiation_source": conversation.source or "unknown",
        "conversation_initiation_source_version": conversation.source_version or None,
    }


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
