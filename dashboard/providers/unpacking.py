"""Packed bodies, undone within their cap. Nobody asked for them: some servers pack regardless."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator, Mapping

AT_ONCE = 64 * 1024  # bytes that one step unpacks at the most
_PACKINGS = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER = 47  # 32 + 15: gzip or zlib, whichever it is


class Packed(Exception):
    """The body is packed in a way that is not undone here (or in several)."""


class Broken(Exception):
    """The body is not packed as it claims."""


class Endless(Exception):
    """There is more than the cap, packed or unpacked."""


def packing(headers: Mapping[str, str]) -> str:
    """How a body is packed; empty: not at all."""
    named = headers.get("content-encoding", "").strip().lower()
    return "" if named == "identity" else named


def unpacked(raw: bytes, headers: Mapping[str, str], most: int) -> tuple[bytes, bool]:
    """The body within its cap, and whether there was more."""
    if packing(headers) not in _PACKINGS:
        return raw[:most], len(raw) > most
    unpack = zlib.decompressobj(wbits=_EITHER)
    try:
        body = unpack.decompress(raw, most)
    except zlib.error:
        return b"", True
    return body, bool(unpack.unconsumed_tail)


async def unpacking(
    chunks: AsyncIterator[bytes], headers: Mapping[str, str], most: int
) -> AsyncIterator[bytes]:
    """A stream's pieces. Raises Packed, Broken, Endless."""
    how = packing(headers)
    if how and how not in _PACKINGS:
        raise Packed
    read = told = 0
    unpack = zlib.decompressobj(wbits=_EITHER) if how else None
    async for chunk in chunks:
        read += len(chunk)
        for piece in _pieces(unpack, chunk) if unpack else (chunk,):
            told += len(piece)
            if max(read, told) > most:
                raise Endless
            yield piece
        if read > most:
            raise Endless
        if unpack and unpack.eof:
            return


def _pieces(unpack: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What a chunk unpacks to, a bounded piece at a time."""
    piece = b"."
    while packed or len(piece) == AT_ONCE:
        try:
            piece = unpack.decompress(packed, AT_ONCE)
        except zlib.error:
            raise Broken from None
        packed = unpack.unconsumed_tail
        if piece:
            yield piece
        if unpack.eof:
            return
