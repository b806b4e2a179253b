"""Routes of the hosted platform that are not here: said so, so that nobody looks for a typo."""

from __future__ import annotations

import re

from .errors import Refusal

_HERE = "[^/]+"
# Contract rest.md §3, below /v1/convai/ unless it starts with a slash. A route that is here is
# found before anybody looks into this table.
_NOT_IN_TEXT_MODE = (
    "(v2/)?phone-numbers.*|twilio/.*|sip-trunk/.*|exotel/.*|whatsapp.*|conversations/{id}/sip-messages",
    "batch-calling.*|outbound-campaigns.*|realtime/.*|(agents/{id}/)?hold-audio.*",
    "secrets/{id}/dependencies/phone_numbers|conversations/{id}/audio",
    "/(text-to-speech|speech-to-text|speech-to-speech|sound-generation|audio-isolation).*",
    "/(voices|voice-generation|text-to-voice|dubbing|music|studio|history|forced-alignment).*",
    "/(pronunciation-dictionaries|shared-voices|audio-native|similar-voices|single-use-token).*",
)
_NOT_ON_THIS_SERVER = (
    "agents/{id}/simulate-conversation(/stream)?|agents/{id}/run-tests",
    "agents/{id}/(branches|versions|drafts|deployments|merge-proposals|procedures|topics).*",
    "agents/{id}/triage-tickets.*",
    "(agent-testing|test-invocations|mcp-servers|environment-variables|environments).*",
    "(analysis-items|triage-tickets|procedures|versions|drafts|deployments|tags).*",
    "knowledge-base|knowledge-base/(rag-index|crawl|bulk-move|bulk-delete|summaries).*",
    "knowledge-base/{id}/(rag-index|move).*",
    "conversations/(resolve|tags.*|messages/smart-search)",
    "conversations/{id}/(tags.*|analysis/evaluations/run)",
    "/workspace/(members|groups|invites|resources|auth-connections).*|/(usage|service-accounts).*",
)


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    each = [one.replace("{id}", _HERE) for group in patterns for one in _alternatives(group)]
    paths = [rf"/v1{one}" if one.startswith("/") else f"/v1/convai/{one}" for one in each]
    return re.compile("|".join(f"(?:{path})" for path in paths))


def _alternatives(group: str) -> list[str]:
    """Split at the bars that stand in no brackets."""
    return re.split(r"\|(?![^(]*\))", group)


_VOICE, _LATER = _compiled(_NOT_IN_TEXT_MODE), _compiled(_NOT_ON_THIS_SERVER)


def absence(path: str) -> Refusal:
    """What to say about a path that leads nowhere."""
    if _VOICE.fullmatch(path):
        message = "This route is not part of text mode: this server holds conversations in writing."
        return Refusal(404, "not_supported", message)
    if _LATER.fullmatch(path):
        return Refusal(404, "not_supported", "This route is not on this server yet.")
    if path.endswith("/"):
        message = "This server has no such route. Paths have no slash at their end: leave it out."
        return Refusal(404, message=message)
    return Refusal(404, message="This server has no such route.")
