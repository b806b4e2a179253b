"""The only reader of the environment. A wrong value stops the start with one line that mends it."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

SHORTEST_SECRET = 16  # characters; shorter ones are guessed


def stop(line: str) -> NoReturn:
    """Refuse to start, with one line that says what to do."""
    sys.exit(f"parley: {line}")


def text(name: str, default: str = "") -> str:
    """A text from the variable, or from the file that NAME_FILE names."""
    if value := os.environ.get(name, "").strip():
        return value
    if path := os.environ.get(f"{name}_FILE", "").strip():
        try:
            return Path(path).read_text("utf-8").strip()
        except UnicodeDecodeError:
            stop(f"{name}_FILE names {path}, which is no text.")
        except OSError as error:
            stop(f"{name}_FILE names {path}, which cannot be read ({error.strerror}).")
    return default


def is_set(name: str) -> bool:
    """Whether anything was said, here or through a file."""
    return bool(os.environ.get(name, "").strip() or os.environ.get(f"{name}_FILE", "").strip())


def number(name: str, default: int, *, least: int = 0, most: int = 1_000_000_000) -> int:
    value = text(name)
    if not value:
        return default
    fine = value.isascii() and value.isdecimal() and len(value) <= 18  # Python stops at 4,300
    if not fine or not least <= int(value) <= most:
        stop(f"{name} is {value[:40]!r}; use a whole number from {least} to {most}.")
    return int(value)


def fraction(name: str, default: float) -> float:
    """A part of one, such as 0.35."""
    value = text(name)
    if not value:
        return default
    if not re.fullmatch(r"0|1|1\.0+|0?\.[0-9]+", value):
        stop(f"{name} is {value!r}; use a number from 0 to 1, such as {default}.")
    return float(value)


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no", "on", "off"):
        stop(f"{name} is {value!r}; use 1 or 0.")
    return value in ("1", "true", "yes", "on") if value else default


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """One of the choices, in any case of letters; the first when nothing is said."""
    value = text(name, choices[0])
    for choice in choices:
        if value.lower() == choice.lower():
            return choice
    stop(f"{name} is {value!r}; use {', '.join(choices[:-1])} or {choices[-1]}.")


def address(name: str, schemes: tuple[str, ...], default: str = "") -> str:
    """A URL with one of the schemes and a host (or a path, for files and sockets)."""
    value = text(name, default)
    if value:
        try:
            parts = urlsplit(value)
            fine = parts.scheme in schemes and _leads_somewhere(parts)
            fine = fine and "://" in value and not re.search(r"\s", value)
            _ = parts.port
        except ValueError:
            fine = False
        if not fine:
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            shown = _without_password(value)
            stop(f"{name} is {shown!r}; use a whole address that starts with {starts}.")
        if re.search(r"%(?![0-9A-Fa-f]{2})", value):  # the driver would repeat the password
            stop(f"{name} has a % that begins no escape; write %25 for the sign itself.")
    return value


def names(name: str, check: Callable[[list[str]], Any] | None = None) -> list[str]:
    """A comma-separated list; `check` raises ValueError, with words, for what it cannot use."""
    found = [part.strip() for part in text(name).split(",") if part.strip()]
    try:
        if check:
            check(found)
    except ValueError as error:
        stop(f"{name}: {error}")
    return found


def hosts(found: list[str]) -> None:
    """For `names`: hosts as Django compares them, without scheme and port."""
    for host in found:
        if not re.fullmatch(r"\*|\.?[A-Za-z0-9_-][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]", host):
            raise ValueError(
                f"{host!r} is no host; use names such as shop.example, without a port."
            )


def folder(name: str, default: Path) -> Path:
    """A folder that can be written to; made when it is not there."""
    path = Path(text(name) or default).expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys and conversations
        probe = path / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        stop(f"{name} is {path}, which cannot be written to ({error.strerror}).")
    return path


def secret(
    name: str, kept_in: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)
) -> str:
    """A secret from the environment, else one that is made once and kept in a private file.

    It may be a list: every part must be long enough.
    """
    if value := text(name):
        return _long_enough(value, f"{name} is")
    kept_in.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(kept_in, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        kept = kept_in.read_text("utf-8", "replace").strip()
        return _long_enough(kept, f"{kept_in}, which keeps {name}, is")
    with os.fdopen(handle, "w") as file:
        file.write(value := make())
    return value


def _long_enough(value: str, what: str) -> str:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not parts or min(map(len, parts)) < SHORTEST_SECRET:
        stop(f"{what} too short; use {SHORTEST_SECRET} characters or more.")
    return value


def _leads_somewhere(parts: SplitResult) -> bool:
    match parts.scheme:
        case "http" | "https" | "redis" | "rediss":
            return bool(parts.hostname)
        case "sqlite" | "unix":
            alone = not parts.netloc or parts.scheme == "unix"  # which may have a password there
            return alone and len(parts.path) > 1
        case _:
            return bool(parts.netloc or parts.path)


def _without_password(url: str) -> str:
    return url.split("@")[-1].split("?")[0]
