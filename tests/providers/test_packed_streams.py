"""Streams that come packed although nobody asked for that: never more than their cap."""

from __future__ import annotations

import gzip
import zlib

import pytest

from dashboard.providers.clients import trusted_client
from dashboard.providers.http import MOST_STREAMED, Endless, NoAnswer, Stream, post
from dashboard.providers.unpacking import AT_ONCE
from tests.stand_ins.loopback import Canned, loopback


async def heard(content: bytes | tuple[bytes, ...], packing: str) -> list[bytes]:
    async with loopback(Canned(content, headers=(("Content-Encoding", packing),))) as here:
        async with post(await trusted_client(), here.url, {}, b"{}") as stream:
            return [chunk async for chunk in stream.chunks]


async def test_a_stream_packed_twice_is_refused() -> None:
    bomb = gzip.compress(gzip.compress(b"a" * 100_000_000))

    with pytest.raises(NoAnswer, match="packed"):
        await heard(bomb, "gzip, gzip")


@pytest.mark.parametrize("packing", ["br", "zstd", "nonsense"])
async def test_an_unknown_packing_is_refused(packing: str) -> None:
    with pytest.raises(NoAnswer, match="packed"):
        await heard(b"x", packing)


@pytest.mark.parametrize("packing", ["gzip", "X-GZIP", "deflate"])
async def test_one_packing_is_undone(packing: str) -> None:
    text = bytes(range(256)) * 2000
    packed = zlib.compress(text) if packing == "deflate" else gzip.compress(text)
    pieces = tuple(packed[at : at + 100] for at in range(0, len(packed), 100))

    chunks = await heard(pieces, packing)

    assert b"".join(chunks) == text
    assert max(map(len, chunks)) <= AT_ONCE


async def test_a_packed_stream_that_is_broken_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="broke off"):
        await heard(b"\x1f\x8bnonsense", "gzip")


async def count(stream: Stream, sizes: list[int]) -> None:
    async for chunk in stream.chunks:
        sizes.append(len(chunk))


async def test_unpacking_stops_at_the_cap() -> None:
    sizes: list[int] = []
    bomb = gzip.compress(b"a" * (MOST_STREAMED * 4))
    async with loopback(Canned(bomb, headers=(("Content-Encoding", "gzip"),))) as here:
        async with post(await trusted_client(), here.url, {}, b"{}") as stream:
            with pytest.raises(Endless):
                await count(stream, sizes)

    assert sizes
    assert max(sizes) <= AT_ONCE
    assert sum(sizes) <= MOST_STREAMED


async def test_bytes_that_unpack_to_nothing_count_too() -> None:
    start = zlib.compressobj(wbits=31)
    nothing = start.compress(b"a") + start.flush(zlib.Z_FULL_FLUSH)
    empty_blocks = b"\x00\x00\x00\xff\xff" * 200_000
    pieces = (nothing, *[empty_blocks] * (MOST_STREAMED // len(empty_blocks) + 2))

    with pytest.raises(Endless):
        await heard(pieces, "gzip")
