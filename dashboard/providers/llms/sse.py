"""Bytes from a model into messages: server-sent events and lines of JSON, cut anywhere."""

from __future__ import annotations

MOST = 2 * 1024 * 1024  # bytes of one line or event; more is an attack or a mistake


class TooLong(ValueError):
    """A line or an event that does not end."""


class Lines:
    """Whole lines from chunks; a line may end in \\n, \\r\\n or \\r."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._fresh = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends."""
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if not chunk:
            return []
        if b"\n" not in chunk and b"\r" not in chunk:
            self._keep(chunk)
            return []
        self._tail.append(chunk)
        lines = self._whole().splitlines()
        self._tail, self._size = [], 0
        if not chunk.endswith((b"\n", b"\r")):
            self._keep(lines.pop())
        self._after_cr = chunk.endswith(b"\r")
        return lines

    def rest(self) -> list[bytes]:
        """The last line, when the stream ended without its end."""
        last, self._tail = self._whole(), []
        return [last] if last else []

    def _whole(self) -> bytes:
        whole = b"".join(self._tail)
        if self._fresh:
            self._fresh = False
            return whole.removeprefix(b"\xef\xbb\xbf")
        return whole

    def _keep(self, part: bytes) -> None:
        self._tail.append(part)
        self._size += len(part)
        if self._size > MOST:
            raise TooLong


class Events:
    """The data of each server-sent event. Names, ids and comments say nothing that models use."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that are complete now."""
        return self._take(self._lines.feed(chunk))

    def rest(self) -> list[bytes]:
        """The last event, for servers that leave its empty line out."""
        return self._take([*self._lines.rest(), b""])

    def _take(self, lines: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._add(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line and self._data:
                found.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data, self._size = [], 0
        return found

    def _add(self, data: bytes) -> None:
        self._data.append(data)
        self._size += len(data)
        if self._size > MOST:
            raise TooLong


class Whole:
    """One JSON document, from servers that do not stream although they were asked to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        self._parts.append(chunk)
        self._size += len(chunk)
        if self._size > MOST:
            raise TooLong
        return []

    def rest(self) -> list[bytes]:
        return [b"".join(self._parts)]
