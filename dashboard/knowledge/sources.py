"""What a document can be made of: a text, a file, a web page."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import httpx
from asgiref.sync import async_to_sync
from django.conf import settings

from dashboard.providers.extract import (
    MOST_CHARACTERS,
    Extract,
    Unreadable,
    extract,
    is_slow,
)
from dashboard.providers.http import Answer, Blocked, Bounds, NoAnswer, fetch

from . import turns
from .models import LONGEST_NAME, Kind

SECONDS = 15.0  # for a page to come
REDIRECTS = 5
LONGEST_URL = 2000
_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown")
_ASKING = {
    "Accept": "text/html,application/xhtml+xml,text/markdown;q=0.9,text/plain;q=0.8",
    "User-Agent": "Parley (reads this page for a knowledge base)",
}


class Unusable(Exception):
    """No document can be made of this. `field` is what to change, the text says why."""

    def __init__(self, field: str, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.field, self.reason, self.too_large = field, reason, too_large


class Busy(Unusable):
    """Too much is read just now; in `retry_after` seconds it may be possible."""

    retry_after = turns.COME_AGAIN

    def __init__(self, field: str) -> None:
        super().__init__(field, "Too much is being read just now. Try again in a few seconds.")


@dataclass(frozen=True)
class Source:
    """The text of a document to be, and where it comes from."""

    kind: Kind
    title: str  # what the document is called if nobody says
    content: str = field(repr=False)
    size_bytes: int
    url: str = ""
    filename: str = ""
    content_type: str = ""
    original: bytes | None = field(default=None, repr=False)


def from_text(text: str) -> Source:
    text = text.replace("\0", "").replace("\r\n", "\n")
    if not text.strip():
        raise Unusable("text", "Write something: a document without words helps nobody.")
    if len(text) > MOST_CHARACTERS:
        raise Unusable("text", f"Use at most {MOST_CHARACTERS:,} characters.", too_large=True)
    first = next(line for line in text.splitlines() if line.strip())
    title = plain_name(first.lstrip("#*-> \t"))[:80] or "Text"
    return Source(Kind.TEXT, title, text, len(text.encode()), content_type="text/markdown")


def from_file(
    content: bytes, filename: str, content_type: str = "", *, workspace_id: str = ""
) -> Source:
    """Raises Unusable, naming the field `file`; Busy when the workspace has others under way."""
    check_size(len(content))
    filename = plain_name(PurePosixPath(filename.replace("\\", "/")).name) or "file"
    try:
        if is_slow(content, filename=filename, content_type=content_type):
            with turns.turn(workspace_id):
                found = extract(content, filename=filename, content_type=content_type)
        else:
            found = extract(content, filename=filename, content_type=content_type)
    except turns.Busy:
        raise Busy("file") from None
    except Unreadable as trouble:
        raise Unusable("file", str(trouble)) from None
    return Source(
        Kind.FILE,
        filename,
        found.text,
        len(content),
        filename=filename,
        content_type=plain_name(content_type)[:120],
        original=content,
    )


def check_size(size: int | None) -> None:
    """Before a file is loaded into memory."""
    if size is None or size > settings.MAX_UPLOAD_MB * 1024 * 1024:
        reason = f"This file is larger than {settings.MAX_UPLOAD_MB} MB (MAX_UPLOAD_MB)."
        raise Unusable("file", reason, too_large=True)


def from_url(
    url: str, client: httpx.AsyncClient | None = None, *, workspace_id: str = ""
) -> Source:
    """Fetch a page and read it. Raises Unusable, naming the field `url`; Busy as from_file does."""
    try:
        with turns.turn(workspace_id):
            return _from_url(url, client)
    except turns.Busy:
        raise Busy("url") from None


def _from_url(url: str, client: httpx.AsyncClient | None) -> Source:
    url = url.strip()
    if len(url) > LONGEST_URL or any(unicodedata.category(c) == "Cc" for c in url):
        raise Unusable("url", "This is not a web address.")
    answer = _fetched(url, client)
    kind = answer.headers.get("content-type", "text/html")
    if not kind.strip().lower().startswith(_PAGES):
        shown = plain_name(kind.partition(";")[0])[:60]
        raise Unusable("url", f"This is no page but {shown}. Download it, and add it as a file.")
    found = _read(answer, kind, url)
    title = plain_name(found.title) or plain_name(re.sub(r"^https?://", "", url))
    size = len(found.text.encode())
    return Source(Kind.URL, title, found.text, size, url=url, content_type=plain_name(kind)[:120])


def _read(answer: Answer, kind: str, url: str) -> Extract:
    try:
        return extract(answer.content, content_type=kind, url=url)
    except Unreadable as trouble:
        raise Unusable("url", str(trouble).replace("This file", "This page")) from None


def _fetched(url: str, client: httpx.AsyncClient | None) -> Answer:
    most = settings.MAX_UPLOAD_MB * 1024 * 1024
    allow = tuple(settings.EGRESS_ALLOW)
    bounds = Bounds(seconds=SECONDS, max_bytes=most, redirects=REDIRECTS, allow=allow)
    try:
        answer = async_to_sync(fetch)("GET", url, headers=_ASKING, bounds=bounds, client=client)
    except (Blocked, NoAnswer) as trouble:
        raise Unusable("url", str(trouble)) from None
    if not 200 <= answer.status < 300:
        raise Unusable("url", f"The page answered with {answer.status}.")
    if answer.cut:
        raise Unusable("url", f"This page is larger than {settings.MAX_UPLOAD_MB} MB.")
    return answer


def plain_name(text: str) -> str:
    """A name on one line, without what is invisible or turns the words after it around."""
    kept = (" " if c.isspace() else c for c in text)
    visible = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn"))
    return " ".join(visible.split())[:LONGEST_NAME].strip()
