"""An HTTP status that is no answer, as trouble in words: no key in it, and nothing that was said.

A server's own message may quote both; only its short codes are repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard

import orjson

from dashboard.engine.ports import ModelTrouble

from .backend import Backend

# Words with underscores, all small or all capital: keys hardly ever look like that.
_CODE = re.compile(r"[a-z]{2,20}(_[a-z]{1,20}){0,5}|[A-Z]{2,20}(_[A-Z]{1,20}){0,5}")
_BROKE = frozenset({"insufficient_quota", "billing_hard_limit_reached", "credit_balance_too_low"})
_MEANS = {
    401: "refused the key",
    402: "wants to be paid first",
    403: "refused the key",
    404: "is not there: the address or the model's name is wrong",
    408: "took too long",
    413: "says that the conversation is too long",
    429: "is busy, or its quota is used up",
    529: "is overloaded",
}
# Some servers say so that a model looks at no pictures.
_SIGHTLESS = frozenset({404, 415, 500, 501})
_PASSING = frozenset({408, 409, 425, 429})


class BadRequest(ModelTrouble):
    """The server did not like the request itself. `complaint` is its own text: never shown."""

    def __init__(self, reason: str, complaint: str) -> None:
        super().__init__(reason, transient=False)
        self.complaint = complaint


def refusal(backend: Backend, status: int, headers: Mapping[str, str], body: bytes) -> ModelTrouble:
    """The trouble that a status stands for, and whether it may pass."""
    codes = _codes(backend, body)
    reason = f"{backend.who} {_meaning(status)} ({', '.join([str(status), *codes])})."
    if status in (400, 422) or (status in _SIGHTLESS and b"image input" in body.lower()):
        return BadRequest(reason, body.decode("utf-8", "replace"))
    passing = (status in _PASSING or status >= 500) and not _BROKE & set(codes)
    return ModelTrouble(reason, transient=passing, retry_after=_retry_after(headers, body))


def late(backend: Backend, error: Any) -> ModelTrouble:
    """An error in the middle of a stream."""
    codes = list(_found(backend, error)) if isinstance(error, dict) else []
    named = f" ({codes[0]})" if codes else ""
    return ModelTrouble(f"{backend.who} reported an error in mid-answer{named}.")


def _meaning(status: int) -> str:
    if 300 <= status < 400:
        return "redirects; use the address that it redirects to"
    return _MEANS.get(status) or ("is in trouble" if status >= 500 else "refused the request")


def short(code: Any, backend: Backend) -> TypeGuard[str]:
    """Whether this is a code that may be shown: no part of the key, and not built around it."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return False
    bare = _bare(code)
    secrets = [backend.api_key, *(value for _, value in backend.headers)]
    known = [_bare(word) for secret in secrets for word in (secret, secret.rpartition(" ")[2])]
    return not any(len(key) >= 4 and (key in bare or bare in key) for key in known)


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _codes(backend: Backend, body: bytes) -> list[str]:
    """The short codes of an error in any of the vendors' shapes."""
    return list(dict.fromkeys(_found(backend, _error(body))))[:3]


def _error(body: bytes) -> dict[str, Any]:
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    whole = whole[0] if isinstance(whole, list) and whole else whole
    error = whole.get("error", whole) if isinstance(whole, dict) else {}
    return error if isinstance(error, dict) else {}


def _found(backend: Backend, error: dict[str, Any]) -> Iterator[str]:
    details = [part for part in error.get("details") or () if isinstance(part, dict)]
    candidates = [error.get("type"), error.get("code"), error.get("status"), error.get("param")]
    for code in [*candidates, *(part.get("reason") for part in details)]:
        if short(code, backend):
            yield code


def _retry_after(headers: Mapping[str, str], body: bytes) -> float | None:
    """Seconds to wait: the header (a number or a date), or what Gemini writes in the body."""
    said = headers.get("retry-after", "")
    if not said:
        details = _error(body).get("details") or ()
        delays = [part.get("retryDelay") for part in details if isinstance(part, dict)]
        said = next((delay.rstrip("s") for delay in delays if isinstance(delay, str)), "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
