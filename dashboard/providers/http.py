"""Every outgoing request: trusted for what the operator set up, guarded for what a member typed.

The guarded client checks the address that it connects to, at the
moment it connects, so that neither a name that changes its mind nor a redirect leads inside.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

import h11
import httpx

from . import unpacking
from .charsets import readable
from .clients import guarded_client, trusted_client
from .connecting import Blocked, NoAnswer

__all__ = [
    "MOST_STREAMED",
    "NOT_OURS_TO_SET",
    "Answer",
    "Blocked",
    "Bounds",
    "Endless",
    "NoAnswer",
    "Stream",
    "fetch",
    "guarded_client",
    "post",
    "trusted_client",
]

Headers = Mapping[str, str] | Iterable[tuple[str, str]]

MOST_STREAMED = 32 * 1024 * 1024  # bytes of one streamed answer, packed or unpacked
# The client sets these from the address and the body, and reads what they bring about; wrong ones
# would confuse the wire, or lead behind a proxy to another host.
NOT_OURS_TO_SET = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade"}
    | {"te", "trailer", "expect", "proxy-connection", "accept-encoding", "content-encoding"}
)

_NO_ADDRESS = "This is not a web address."
_KEPT_ACROSS_ORIGINS = frozenset({"accept", "content-type", "user-agent"})
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Bounds:
    """How long, how much and how far one request may go. `redirects`: how many are followed."""

    seconds: float = 20.0
    max_bytes: int = 1_000_000
    redirects: int = 0
    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came back. `cut`: there was more than `max_bytes`; the rest was not read."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    cut: bool = False

    @property
    def text(self) -> str:
        return readable(self.content, self.headers.get("content-type", ""))


class Endless(NoAnswer):
    """A streamed answer that is larger than any can be."""


@dataclass(frozen=True)
class Stream:
    """An answer that is still coming."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes] = field(repr=False)


@dataclass(frozen=True)
class _Hop:
    method: str
    url: httpx.URL
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes = field(repr=False)


async def fetch(
    method: str,
    url: str,
    *,
    headers: Headers = (),
    content: bytes | str = b"",
    bounds: Bounds = Bounds(),
    client: httpx.AsyncClient | None = None,
) -> Answer:
    """One request to an address that a member typed in.

    Raises `Blocked` when the address is not allowed, `NoAnswer` when no answer came; whatever
    status did come is an answer. Without `redirects`, a redirect is the answer too.
    """
    via = client or await guarded_client(bounds.allow)
    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers)
    body = content.encode() if isinstance(content, str) else content
    hop = _Hop(method.upper(), _parsed(url), pairs, body)
    try:
        async with asyncio.timeout(bounds.seconds):
            for left in range(bounds.redirects, -1, -1):
                answer = await _ask(via, hop, bounds.max_bytes)
                if not left or answer.status not in _MOVED or "location" not in answer.headers:
                    break
                hop = _next(hop, answer)
    except TimeoutError:
        raise NoAnswer(
            f"{hop.url.host} did not answer within {bounds.seconds:g} seconds."
        ) from None
    if bounds.redirects and answer.status in _MOVED and "location" in answer.headers:
        raise NoAnswer(f"{hop.url.host} redirects more than {bounds.redirects} times.")
    return answer


async def _ask(client: httpx.AsyncClient, hop: _Hop, max_bytes: int) -> Answer:
    async with _sent(client, hop) as response:
        raw, cut = bytearray(), False
        async for chunk in response.aiter_raw():
            raw += chunk
            if len(raw) > max_bytes:
                cut = True
                break
        body, longer = unpacking.unpacked(bytes(raw), response.headers, max_bytes)
        return Answer(response.status_code, response.headers, body, cut or longer)


def _next(hop: _Hop, answer: Answer) -> _Hop:
    """Where a redirect leads. What may be a secret does not travel to another origin."""
    try:
        url = _checked_url(hop.url.join(answer.headers["location"]))
    except (httpx.InvalidURL, ValueError):
        raise NoAnswer(f"{hop.url.host} redirects to an address that is none.") from None
    if hop.url.scheme == "https" and url.scheme != "https":
        raise Blocked(f"{hop.url.host} redirects from https to http.")
    new = replace(hop, url=url)
    if answer.status == 303 or (answer.status in (301, 302) and hop.method == "POST"):
        method = "HEAD" if hop.method == "HEAD" else "GET"
        plain = tuple(h for h in hop.headers if not h[0].lower().startswith("content-"))
        new = replace(new, method=method, headers=plain, content=b"")
    if _origin(url) != _origin(hop.url):
        kept = tuple(h for h in new.headers if h[0].lower() in _KEPT_ACROSS_ORIGINS)
        new = replace(new, headers=kept)
    return new


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _parsed(url: str) -> httpx.URL:
    try:
        return _checked_url(httpx.URL(url))
    except (httpx.InvalidURL, ValueError):  # such as a host in Punycode that means nothing
        raise Blocked(_NO_ADDRESS) from None


def _checked_url(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https") or not url.host:
        raise Blocked("Only addresses that start with http:// or https:// can be reached.")
    if url.port == 0:
        raise Blocked(_NO_ADDRESS)
    if url.userinfo:
        raise Blocked("An address must hold no name or password; send them in a header.")
    return url


@asynccontextmanager
async def post(
    client: httpx.AsyncClient, url: str, headers: Headers, content: bytes
) -> AsyncIterator[Stream]:
    """Post, and read the answer while it comes; leaving the block closes the connection."""
    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers)
    async with _sent(client, _Hop("POST", _parsed(url), pairs, content)) as response:
        yield Stream(response.status_code, response.headers, _pieces(response))


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """Not httpx's own unpacking: that makes gigabytes of a few bytes before anybody can count."""
    host = response.url.host
    raw = response.aiter_raw()
    try:
        with _readable(host):
            async for piece in unpacking.unpacking(raw, response.headers, MOST_STREAMED):
                yield piece
    except unpacking.Endless:
        raise Endless(f"{host} answered without an end.") from None
    except unpacking.Packed:
        raise NoAnswer(f"{host} sent a packed answer, which it was not asked for.") from None
    except unpacking.Broken:
        raise NoAnswer(f"{host} broke off its answer.") from None


@asynccontextmanager
async def _sent(client: httpx.AsyncClient, hop: _Hop) -> AsyncIterator[httpx.Response]:
    # As bytes: an error about a character would otherwise quote the header, secret and all.
    with _readable(hop.url.host):
        raw = [(name.encode(), value.encode()) for name, value in hop.headers]
        request = client.build_request(hop.method, hop.url, headers=raw, content=hop.content)
        response = await client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


@contextmanager
def _readable(host: str) -> Iterator[None]:
    """httpx's exceptions as sentences; its own texts can quote headers and addresses."""
    try:
        yield
    except httpx.ConnectTimeout:
        raise NoAnswer(f"{host} did not accept a connection in time.") from None
    except httpx.PoolTimeout:
        raise NoAnswer(f"Too many requests are under way to ask {host} as well.") from None
    except httpx.TimeoutException:
        raise NoAnswer(f"{host} did not answer in time.") from None
    except httpx.ConnectError as error:
        raise NoAnswer(_unreachable(host, error)) from None
    # httpcore lets some of h11's complaints about what we send pass through as they are.
    except (
        httpx.LocalProtocolError,
        httpx.InvalidURL,
        h11.LocalProtocolError,
        UnicodeEncodeError,
    ):
        raise NoAnswer(f"The request to {host} could not be written; check its headers.") from None
    except (httpx.HTTPError, httpx.StreamError, h11.ProtocolError):
        raise NoAnswer(f"{host} broke off its answer.") from None


def _unreachable(host: str, error: BaseException) -> str:
    cause: BaseException | None = error
    while cause and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{host} has no valid certificate."
    if cause:
        return f"{host} does not speak TLS."
    return f"{host} cannot be reached."
