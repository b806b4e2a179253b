"""What a session starts from, and the line that it speaks through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from dashboard.conversations import signing
from dashboard.conversations.lifecycle import Started
from dashboard.engine.ports import Speaker

from . import wire


class Line(Protocol):
    """One visitor's socket. Posting never waits."""

    def post(self, frame: wire.Frame) -> None: ...

    async def hang_up(self, code: int, reason: str) -> None:
        """Close, once everything posted before has been sent."""
        ...


@dataclass(frozen=True)
class Opening:
    """`resume_token`: empty for clients that cannot come back."""

    conversation_id: str
    speaker: Speaker
    formats: tuple[str, str] = ("pcm_16000", "pcm_16000")
    streams: bool = True
    tells_tools: bool = True
    longest_seconds: float = 600
    resume_token: str = ""
    resume_seconds: float = 60


def opening_of(started: Started, *, may_come_back: bool) -> Opening:
    """The part of an agent's document that the socket follows (contract websocket.md §2.2, §6)."""
    config = started.casting.config
    events = config.conversation.client_events
    conversation_id = started.conversation.pk
    return Opening(
        conversation_id,
        started.casting.speaker,
        formats=(config.tts.agent_output_audio_format, config.asr.user_input_audio_format),
        streams="agent_chat_response_part" in events,
        tells_tools="agent_tool_response" in events,
        longest_seconds=config.conversation.max_duration_seconds,
        resume_token=signing.resume_token(conversation_id) if may_come_back else "",
        resume_seconds=settings.RESUME_SECONDS,
    )
