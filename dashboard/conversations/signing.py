"""Signed permissions that travel in addresses: to start a conversation, and to come back to one.

Only letters, digits, `-`, `_` and `.`: clients re-encode or append to these addresses textually.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

_START = signing.TimestampSigner(salt="parley.start", sep=".")
_RESUME = signing.Signer(salt="parley.resume", sep=".")


@dataclass(frozen=True)
class Permission:
    """To talk to one agent; with a conversation id it serves once (contract rest.md §14).

    `anywhere`: from any page, as the dashboard is on no agent's allowlist. `shared`: made by the
    page behind a link to share, and good for as long as that link is; see `is_of`.
    """

    agent_id: str
    conversation_id: str = ""
    anywhere: bool = False
    shared: str = ""

    def is_of(self, shareable_token: str) -> bool:
        """Whether the link to share that it was made for is still the agent's."""
        return bool(shareable_token) and constant_time_compare(self.shared, _mark(shareable_token))


def sign(agent_id: str, conversation_id: str = "", *, anywhere: bool = False) -> str:
    """The `conversation_signature` of an address that may start a conversation for 15 minutes."""
    return _START.sign_object([agent_id, conversation_id, anywhere])


def sign_for_share_page(agent_id: str, shareable_token: str) -> str:
    """The same for the page behind a link to share, which is on no agent's allowlist."""
    return _START.sign_object([agent_id, "", True, _mark(shareable_token)])


def _mark(shareable_token: str) -> str:
    """Tells one link from another and does not tell the link."""
    return salted_hmac("parley.share", shareable_token, algorithm="sha256").hexdigest()[:32]


def permission(signature: str) -> Permission | None:
    """What a signature allows; None when it is false or too old."""
    try:
        signed = _START.unsign_object(signature, max_age=settings.SIGNED_URL_SECONDS)
        return Permission(*signed)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def resume_token(conversation_id: str) -> str:
    return _RESUME.sign_object(conversation_id)


def may_resume(conversation_id: str, token: str) -> bool:
    try:
        return bool(_RESUME.unsign_object(token) == conversation_id)
    except (signing.BadSignature, ValueError):
        return False
