"""What a session starts from, and the line that it speaks through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from django.conf import settings

from dashboard.agents.speaker import Casting
from dashboard.conversations import signing
from dashboard.conversations.enclosures import Enclosures
from dashboard.engine.brief import Brief
from dashboard.engine.ports import Speaker
from dashboard.engine.turns import Turn

from .wire import Frame

# What an agent tells its clients when its owner has made no list (contract websocket.md §6).
USUAL = frozenset(
    {
        "agent_response",
        "agent_chat_response_part",
        "agent_response_correction",
        "agent_tool_response",
    }
)
SPOKEN_PAUSE = 7.0


class Line(Protocol):
    """One visitor's socket. Posting never waits."""

    def post(self, frame: Frame) -> None: ...

    async def hang_up(self, code: int, reason: str) -> None:
        """Close, once everything posted before has been sent."""
        ...


@dataclass(frozen=True)
class Past:
    """What a conversation has behind it that another process began.

    `said`: every final answer with its event id. `messages`: how many the visitor has sent.
    `seconds`: since it began.
    """

    turns: tuple[Turn, ...]
    said: tuple[tuple[int, str], ...]
    last_event: int
    messages: int
    seconds: float


@dataclass(frozen=True)
class Opening:
    """`resume_token`: empty for clients that cannot come back. Times are seconds, −1: no limit.

    `brief_in`: the brief when the agent goes on in another language.
    `speaks`: whether final answers are sent, which only strict gating can prevent.
    `answers_pings`: the client is one that is known to.
    """

    conversation_id: str
    speaker: Speaker
    formats: tuple[str, str] = ("pcm_16000", "pcm_16000")
    events: frozenset[str] = USUAL
    speaks: bool = True
    answers_pings: bool = False
    longest_seconds: float = 600
    longest_message: str = ""
    follow_up_seconds: float = -1
    silence_seconds: float = -1
    brief_in: Callable[[str], Brief] | None = None
    resume_token: str = ""
    resume_seconds: float = 60
    past: Past | None = None


def opening_of(
    conversation_id: str, casting: Casting, *, may_return: bool, past: Past | None = None
) -> Opening:
    """The part of an agent's document that the socket follows (contract websocket.md §2.2, §6)."""
    config = casting.config
    files = Enclosures(conversation_id, casting.file_input.max_files_in_memory)
    events = frozenset(config.conversation.client_events)
    return Opening(
        conversation_id,
        replace(casting.speaker, files=files),
        formats=(config.tts.agent_output_audio_format, config.asr.user_input_audio_format),
        events=events,
        speaks="agent_response" in events or not settings.STRICT_EVENTS,
        longest_seconds=casting.longest_seconds,
        longest_message=casting.longest_message,
        follow_up_seconds=_follow_up(casting),
        silence_seconds=casting.silence_seconds,
        brief_in=casting.brief_in,
        resume_token=signing.resume_token(conversation_id) if may_return else "",
        resume_seconds=settings.RESUME_SECONDS,
        past=past,
    )


def _follow_up(casting: Casting) -> float:
    """The contract's default is a pause in speech; who types needs longer than seven seconds, so
    a chat agent speaks up only where somebody has chosen a time (contract rest.md §5, `turn`).
    """
    return -1 if casting.turn_timeout == SPOKEN_PAUSE else casting.turn_timeout
