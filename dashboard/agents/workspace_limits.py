"""How many may talk at once in a workspace, and what they read when there is no room: the part
`limits` of its settings. An extension of ours; hosted clients keep and ignore it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from dashboard.workspaces.models import Plan, Workspace

from .documents import Document, Unfit, checked
from .documents.platform_settings import MOST_MESSAGES, RefusalMessage

JSON = dict[str, Any]
PART = "limits"
MOST_VOICES = 100_000
PlanName = Literal["free", "starter", "creator", "pro", "scale", "business", "enterprise"]
_FOLLOWS = ("voice_limit", "chat_limit", "total_limit")  # from the plan; nobody sets them


class Limits(Document):
    """What can be set. `own_voice_limit`: an enterprise's; its chats are 25 times as many."""

    plan: PlanName = "free"
    own_voice_limit: Annotated[int, Field(ge=1, le=MOST_VOICES)] | None = None
    refusal_message: RefusalMessage = ""
    messages_per_minute: Annotated[int, Field(ge=0, le=MOST_MESSAGES)] = 60  # 0: no limit


def limits_document(workspace: Workspace) -> JSON:
    """As the rows have it, with the numbers that follow from the plan."""
    return {
        "plan": workspace.plan,
        "voice_limit": workspace.voice_limit,
        "chat_limit": workspace.chat_limit,
        "total_limit": workspace.total_limit,
        "own_voice_limit": workspace.own_voice_limit,
        "refusal_message": workspace.refusal_text,
        "messages_per_minute": workspace.messages_a_minute,
    }


def limit(workspace: Workspace, patch: Any) -> None:
    """Merge a change into the workspace's row, which is locked; null resets. Raises Unfit."""
    if patch is not None and not isinstance(patch, Mapping):
        raise _unfit("Input should be an object", type_="model_type")
    before = limits_document(workspace)
    sent = dict.fromkeys(Limits.model_fields) if patch is None else dict(patch)
    followed = {name: sent.pop(name) for name in _FOLLOWS if name in sent}
    if unknown := next((name for name in sent if name not in Limits.model_fields), None):
        raise _unfit("There is no such limit", unknown[:100], type_="extra_forbidden")
    kept = {name: before[name] for name in Limits.model_fields}
    if sent.get("plan", kept["plan"]) != Plan.ENTERPRISE and "own_voice_limit" not in sent:
        kept["own_voice_limit"] = None  # it went with the plan
    wanted = checked(Limits, kept | sent, PART)
    if wanted.own_voice_limit is not None and Plan(wanted.plan) != Plan.ENTERPRISE:
        raise _unfit("Only the plan enterprise has a number of its own", "own_voice_limit")
    workspace.plan = wanted.plan
    workspace.own_voice_limit = wanted.own_voice_limit
    workspace.refusal_text = wanted.refusal_message
    workspace.messages_a_minute = wanted.messages_per_minute
    after = limits_document(workspace)
    for name, value in followed.items():  # who sends back what they have read sets nothing
        if value not in (before[name], after[name]):
            raise _unfit("This number follows from the plan", name)
    workspace.save(update_fields=["plan", "own_voice_limit", "refusal_text", "messages_a_minute"])


def _unfit(message: str, *place: str, type_: str = "value_error") -> Unfit:
    return Unfit([{"loc": [PART, *place], "msg": message, "type": type_}])
