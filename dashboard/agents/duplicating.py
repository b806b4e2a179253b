"""Make another agent that is told the same."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from dashboard.workspaces.audit import By

from .models import Agent, Picture
from .pictures import path_of, picture_id
from .revising import LONGEST_NAME, create, revise

_SUFFIX = " (copy)"


@transaction.atomic
def duplicate(agent: Agent, by: By, name: str | None = None) -> Agent:
    """A copy of what the agent is told today, with its tags and its face.

    The copy is not archived, and the original's link does not open it.
    """
    told = agent.told
    copy = create(
        agent.workspace,
        by,
        name=name or agent.name[: LONGEST_NAME - len(_SUFFIX)] + _SUFFIX,
        tags=agent.tags,
        action="agent.duplicated",
        conversation_config=told.conversation_config,
        platform_settings=_of_its_own(told.platform_settings),
        workflow=told.workflow,
        other=told.other,
    )
    picture = agent.pictures.filter(pk=picture_id(told.platform_settings)).first()
    if picture is not None:
        own = Picture.objects.create(
            agent=copy, content=bytes(picture.content), content_type=picture.content_type
        )
        avatar = {"type": "image", "url": path_of(own)}
        revise(copy, {"platform_settings": {"widget": {"avatar": avatar}}}, by, "Own avatar")
    return copy


def _of_its_own(settings: dict[str, Any]) -> dict[str, Any]:
    kept = {name: part for name, part in settings.items() if name != "archived"}
    if isinstance(auth := kept.get("auth"), dict):
        kept["auth"] = {name: part for name, part in auth.items() if name != "shareable_token"}
    return kept
