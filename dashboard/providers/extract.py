"""What is written in a file or a page, as Markdown.

Such files come from anybody, and reading them is slow: that happens in a process of its own
(`python -m dashboard.providers.extract`) with little time, little memory, no files to write to and
none of our environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from .charsets import readable
from .formats import MOST_CHARACTERS, Extract, Unreadable

__all__ = ["MOST_CHARACTERS", "Extract", "Unreadable", "extract", "is_slow"]

SECONDS = 60
_PATIENCE = 20.0  # seconds, for a turn to come
_MEMORY = 1_500_000_000  # bytes of address space; libraries alone map 300 MB
_MODULE = "dashboard.providers.extract"
_ROOT = Path(__file__).resolve().parents[2]
_AT_ONCE = threading.BoundedSemaphore(2)  # live chat needs the processor too
_WORDS_OF_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
_PAGE = re.compile(rb"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_HEAD = 4096  # bytes within which a page says that it is one
_TAG = re.compile(rb"<[/!]?[a-zA-Z]")
_READ = "Text, Markdown, HTML, PDF, Word (.docx), EPUB, CSV and JSON files can be read."
_TOO_LONG = "Reading this took too long. Split it into smaller files."


def extract(
    content: bytes, *, filename: str = "", content_type: str = "", url: str = ""
) -> Extract:
    """Title and Markdown. Raises `Unreadable`, whose reason is fit for whoever sent the file.

    What it is decides what it looks like, not what its name claims.
    """
    if not content.strip():
        raise Unreadable("This file is empty.")
    kind = _kind(content, filename, content_type)
    if kind == "text":
        return Extract("", _plain(content, content_type))
    found = _apart(content, {"kind": kind, "content_type": content_type, "url": url})
    _bounded(found.text)
    return found


def is_slow(content: bytes, *, filename: str = "", content_type: str = "") -> bool:
    """Whether `extract` would start another process for it. Raises `Unreadable` as it does."""
    return _kind(content, filename, content_type) != "text"


def _bounded(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"This is longer than {MOST_CHARACTERS:,} characters. Split it.")


def _kind(content: bytes, filename: str, content_type: str) -> str:
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "packed"
    if content.startswith(_WORDS_OF_OLD):
        raise Unreadable("This is an old Office file. Save it as .docx or PDF.")
    if content.startswith(_PICTURES):
        raise Unreadable("This is a picture. Only text can be read.")
    if _begins_a_page(content[:_HEAD]):
        return "page"
    claims = content_type.lower().startswith(("text/html", "application/xhtml"))
    named = filename.lower().endswith((".html", ".htm", ".xhtml"))
    return "page" if (claims or named) and _TAG.search(content) else "text"


def _begins_a_page(head: bytes) -> bool:
    """Step by step: one expression for all of it can take for ever to say no."""
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if rest[:5].lower() == b"<?xml":
        rest = rest.partition(b">")[2].lstrip()
    while rest.startswith(b"<!--"):
        rest = rest[4:].partition(b"-->")[2].lstrip()
    return bool(_PAGE.match(rest))


def _plain(content: bytes, content_type: str) -> str:
    """Notes, Markdown, tables and JSON stay as they are."""
    text = readable(content, _charset(content, content_type)).removeprefix("\ufeff")
    _bounded(text)
    strange = sum(times for c, times in Counter(text).items() if _is_strange(c))
    if "\0" in text or strange > len(text) / 50:
        raise Unreadable(f"This is no text. {_READ}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_strange(c: str) -> bool:
    return c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Cn") and c not in "\t\n\r\f")


def _charset(content: bytes, content_type: str) -> str:
    """What the sender says; else what the first bytes say; else what most old files are in."""
    if "charset=" in content_type.lower():
        return content_type
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return f"text/plain; charset={name}"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "text/plain; charset=windows-1252"
    return "text/plain; charset=utf-8"


# --- In another process ----------------------------------------------------------------------


def _apart(content: bytes, order: dict[str, str]) -> Extract:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise Unreadable("Too many files are being read just now. Try again in a minute.")
    try:
        done = subprocess.run(  # noqa: S603  our own module; what is untrusted goes to its stdin
            [sys.executable, "-m", _MODULE],
            input=json.dumps(order).encode() + b"\n" + content,
            capture_output=True,
            timeout=SECONDS,
            env=_surroundings(),
            cwd=_ROOT,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(_TOO_LONG) from None
    finally:
        _AT_ONCE.release()
    return _answer(done)


def _surroundings() -> dict[str, str]:
    """Nothing of ours but where Python finds its modules."""
    found = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    return {"PYTHONPATH": found, "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}


def _answer(done: subprocess.CompletedProcess[bytes]) -> Extract:
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:  # it was ended by its limits, or by what it read
        ended_by_time = done.returncode in (-9, -24)
        reason = _TOO_LONG if ended_by_time else "This file is too large or damaged."
        raise Unreadable(reason) from None
    if "trouble" in told:
        raise Unreadable(told["trouble"])
    return Extract(told["title"], told["text"])


def main() -> None:
    """Read an order and a file from stdin; answer in JSON."""
    _limit()
    raw = sys.stdin.buffer.readline()
    order, content = json.loads(raw), sys.stdin.buffer.read()
    answer = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    try:
        found = _read(content, order)
        told = {"title": _clean(found.title)[:300], "text": _clean(found.text)}
        told["text"] = told["text"][: MOST_CHARACTERS + 1]
    except Unreadable as trouble:
        told = {"trouble": str(trouble)}
    except (MemoryError, RecursionError):
        told = {"trouble": "This file is too large or too deeply nested to be read."}
    json.dump(told, answer)
    answer.flush()


def _read(content: bytes, order: dict[str, str]) -> Extract:
    from .formats import packed, pdf, web

    match order["kind"]:
        case "pdf":
            return pdf.read_pdf(content)
        case "packed":
            return packed.read_packed(content)
    return web.read_page(content, order["content_type"], order["url"])


def _clean(text: str) -> str:
    """Without what no database stores: NUL and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _limit() -> None:
    import resource

    limits = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for what, most in limits.items():
        with contextlib.suppress(ValueError, OSError):  # not every system knows every limit
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
