"""Give an agent a face: an uploaded picture, public, that its widget shows."""

from __future__ import annotations

from django.db import transaction

from dashboard.workspaces.audit import By

from .holding import held
from .models import Agent, Picture
from .pictures import kind_of, path_of
from .revising import revise


@transaction.atomic
def portray(agent: Agent, content: bytes, by: By) -> Picture:
    """A new version with this avatar; the pictures that the agent had go.

    Raises NotAPicture, and Agent.DoesNotExist when the agent was taken away meanwhile.
    """
    kind = kind_of(content)
    held(agent)  # two at a time would keep both pictures
    picture = Picture.objects.create(agent=agent, content=content, content_type=kind)
    avatar = {"type": "image", "url": path_of(picture)}
    revise(agent, {"platform_settings": {"widget": {"avatar": avatar}}}, by, "New avatar")
    agent.pictures.exclude(pk=picture.pk).delete()
    return picture
