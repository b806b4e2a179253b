"""The only reader of the environment. A wrong value stops the start with one line that mends it."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit


def stop(line: str) -> NoReturn:
    """Refuse to start, with one line that says what to do."""
    sys.exit(f"parley: {line}")


def text(name: str, default: str = "") -> str:
    """A text from the variable, or from the file that NAME_FILE names."""
    if value := os.environ.get(name, "").strip():
        return value
    if path := os.environ.get(f"{name}_FILE", "").strip():
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            stop(f"{name}_FILE names {path}, which cannot be read ({error.strerror}).")
    return default


def is_set(name: str) -> bool:
    """Whether anything was said, here or through a file."""
    return bool(os.environ.get(name, "").strip() or os.environ.get(f"{name}_FILE", "").strip())


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name)
    if not value:
        return default
    bounds = f"{least} or more" if most is None else f"from {least} to {most}"
    fine = value.isascii() and value.isdecimal() and least <= int(value)
    if not fine or (most is not None and int(value) > most):
        stop(f"{name} is {value!r}; use a whole number {bounds}.")
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
    """A URL with one of the schemes and a host (or a path, for sockets)."""
    value = text(name, default)
    if value:
        try:
            parts = urlsplit(value)
            fine = parts.scheme in schemes and bool(parts.netloc or parts.path)
            _ = parts.port
        except ValueError:
            fine = False
        if not fine:
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            stop(
                f"{name} is {_without_password(value)!r}; use an address that starts with {starts}."
            )
    return value


def names(name: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


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
    """A secret from the environment, else one that is made once and kept in a private file."""
    if value := text(name):
        return value
    kept_in.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(kept_in, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return kept_in.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(value := make())
    return value


def _without_password(url: str) -> str:
    return url.split("@")[-1]
