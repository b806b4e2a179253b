"""An agent's avatar: put up by its owner, read by every page with the widget (rest.md §4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Router
from ninja.files import UploadedFile

from dashboard.agents.documents import Unfit
from dashboard.agents.models import Agent, Picture
from dashboard.agents.pictures import LARGEST, NotAPicture, TooLarge, path_of
from dashboard.agents.portraying import portray

from .agents import one_agent, server_of
from .auth import Request, caller
from .errors import Refusal, nothing
from .reading import found
from .shapes.agents import AgentAvatar
from .telling import tells

router = Router(tags=["Agents"])
# The id changes with the picture; a picture that were a page after all could do nothing.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}


@router.post("/{agent_id}/avatar", **tells(AgentAvatar))
def put_up(request: Request, agent_id: str, avatar_file: File[UploadedFile]) -> Any:
    """A PNG, JPEG, GIF or WebP file; it becomes the widget's avatar by a new version."""
    agent = one_agent(request, agent_id)
    try:
        picture = portray(agent, avatar_file.read(LARGEST + 1), caller(request))
    except TooLarge as error:
        raise Refusal(413, "file_too_large", str(error), param="avatar_file") from None
    except NotAPicture as error:
        wrong = {"loc": ["avatar_file"], "msg": str(error), "type": "value_error"}
        raise Unfit([wrong]) from None
    except Agent.DoesNotExist:  # taken away since it was found
        raise nothing("agent") from None
    return {"agent_id": agent.pk, "avatar_url": server_of(request) + path_of(picture)}


@router.get("/{agent_id}/avatar/{picture_id}", auth=None, include_in_schema=False)
def show(request: HttpRequest, agent_id: str, picture_id: str) -> HttpResponse:
    """Public, as visitors of any page see it; the id is known from the widget's settings."""
    living = Picture.objects.filter(agent__deleted_at=None)
    picture = found(living, picture_id, "picture")
    if picture.agent_id != agent_id:
        raise nothing("picture")
    return HttpResponse(bytes(picture.content), content_type=picture.content_type, headers=_HEADERS)
