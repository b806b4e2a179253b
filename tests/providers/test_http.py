"""The guarded client, against real servers on loopback and a resolver that lies."""

from __future__ import annotations

import asyncio
import gzip
import time
from contextlib import asynccontextmanager

import pytest

from dashboard.providers.addresses import Policy, openings
from dashboard.providers.clients import build, trusted_client
from dashboard.providers.http import Blocked, Bounds, NoAnswer, fetch, post
from tests.stand_ins.loopback import Canned, loopback

HERE = ("127.0.0.1",)
SECRET = "sk-très-secret\n"


def moved(to: str, status: int = 302) -> Canned:
    return Canned(b"", status, (("Location", to),))


@asynccontextmanager
async def knowing(hosts: dict[str, list[list[str]]], allow=()):
    """A guarded client whose names lead to these addresses: one list for each time they ask."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        answers = hosts[host]
        return answers[min(asked.count(host), len(answers)) - 1]

    client = build(Policy(openings(allow)), resolve)
    client.asked = asked
    async with client:
        yield client


async def test_an_opened_host_answers():
    async with loopback(Canned(b'{"ok": true}', 201, (("X-Tone", "kind"),))) as here:
        headers = {"X-Key": "k"}
        bounds = Bounds(allow=(f"127.0.0.1:{here.port}",))
        answer = await fetch(
            "post", f"{here.url}/a?b=c", headers=headers, content="hi", bounds=bounds
        )

    heard = here.heard[0]
    assert (answer.status, answer.text, answer.headers["x-tone"]) == (201, '{"ok": true}', "kind")
    assert (heard.method, heard.path, heard.body) == ("POST", "/a?b=c", b"hi")
    assert heard.headers["x-key"] == "k"
    assert heard.headers["host"] == f"127.0.0.1:{here.port}"
    assert heard.headers["user-agent"] == "Parley"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
async def test_loopback_is_blocked_however_it_is_written(host):
    async with loopback(Canned(b"secret")) as here:
        with pytest.raises((Blocked, NoAnswer)):
            await fetch("GET", f"http://{host}:{here.port}/", bounds=Bounds())

    assert here.connections == 0


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com", "gopher://x", "http://", "nonsense", "http://[::1"],
)
async def test_only_web_addresses_are_fetched(url):
    with pytest.raises(Blocked):
        await fetch("GET", url)


async def test_a_login_in_the_address_is_blocked_and_not_repeated():
    with pytest.raises(Blocked) as blocked:
        await fetch("GET", "https://ada:pa55@example.com/")

    assert "pa55" not in str(blocked.value)


async def test_one_private_address_among_public_ones_blocks_the_host():
    async with knowing({"mixed.example": [["8.8.8.8", "10.0.0.1"]]}) as client:
        with pytest.raises(Blocked, match=r"mixed\.example is inside a private network"):
            await fetch("GET", "http://mixed.example/", client=client)


async def test_a_name_is_looked_up_once_so_it_cannot_change_its_mind():
    async with loopback(Canned(b"fine")) as here:
        answers = [["127.0.0.1"], ["10.0.0.1"]]
        async with knowing({"rebinding.example": answers}, [f"127.0.0.1:{here.port}"]) as client:
            url = f"http://rebinding.example:{here.port}/"
            answer = await fetch("GET", url, client=client)

            assert answer.text == "fine"
            assert client.asked == ["rebinding.example"]
    assert here.heard[0].headers["host"] == f"rebinding.example:{here.port}"


async def test_each_new_connection_is_checked_again():
    async with loopback(Canned(b"fine", cut=True)) as here:
        answers = [["127.0.0.1"], ["10.0.0.1"]]
        async with knowing({"rebinding.example": answers}, [f"127.0.0.1:{here.port}"]) as client:
            url = f"http://rebinding.example:{here.port}/"
            with pytest.raises(NoAnswer):
                await fetch("GET", url, client=client)
            with pytest.raises(Blocked):
                await fetch("GET", url, client=client)


async def test_a_second_address_is_tried_when_the_first_is_down():
    async with loopback(Canned(b"fine")) as here:
        names = {"two.example": [["127.0.0.9", "127.0.0.1"]]}
        async with knowing(names, ["127.0.0.0/8"]) as client:
            answer = await fetch("GET", f"http://two.example:{here.port}/", client=client)

    assert answer.text == "fine"


async def test_a_redirect_inside_is_blocked():
    async with loopback(Canned(b"inside")) as inside:
        async with loopback(moved(f"{inside.url}/admin")) as here:
            bounds = Bounds(redirects=3, allow=(f"127.0.0.1:{here.port}",))
            with pytest.raises(Blocked):
                await fetch("GET", here.url, bounds=bounds)

    assert inside.connections == 0


async def test_a_redirect_to_another_scheme_is_blocked():
    async with loopback(moved("file:///etc/passwd")) as here:
        with pytest.raises(Blocked):
            await fetch("GET", here.url, bounds=Bounds(redirects=3, allow=HERE))


async def test_redirects_are_not_followed_unless_wanted():
    async with loopback(moved("/next")) as here:
        answer = await fetch("GET", here.url, bounds=Bounds(allow=HERE))

    assert (answer.status, len(here.heard)) == (302, 1)


async def test_endless_redirects_end():
    async with loopback(moved("/again")) as here:
        with pytest.raises(NoAnswer, match="more than 3 times"):
            await fetch("GET", here.url, bounds=Bounds(redirects=3, allow=HERE))

    assert len(here.heard) == 4


async def test_secrets_stay_behind_when_a_redirect_leaves_the_origin():
    headers = {"Authorization": "Bearer s", "X-Api-Key": "s", "Accept": "application/json"}
    async with loopback(Canned(b"there")) as there:
        async with loopback(moved("/same", 307), moved(there.url, 307)) as here:
            bounds = Bounds(redirects=3, allow=HERE)
            answer = await fetch("POST", here.url, headers=headers, content=b"x", bounds=bounds)

    assert answer.text == "there"
    assert here.heard[1].headers["x-api-key"] == "s"
    assert {"authorization", "x-api-key"}.isdisjoint(there.heard[0].headers)
    assert there.heard[0].headers["accept"] == "application/json"
    assert (there.heard[0].method, there.heard[0].body) == ("POST", b"x")


async def test_see_other_turns_a_post_into_a_get():
    async with loopback(moved("/seen", 303), Canned(b"seen")) as here:
        bounds = Bounds(redirects=1, allow=HERE)
        headers = {"Content-Type": "text/plain"}
        await fetch("POST", here.url, headers=headers, content=b"x", bounds=bounds)

    assert (here.heard[1].method, here.heard[1].body) == ("GET", b"")
    assert "content-type" not in here.heard[1].headers


async def test_a_huge_body_is_cut():
    async with loopback(Canned(tuple([b"x" * 65536] * 400))) as here:
        answer = await fetch("GET", here.url, bounds=Bounds(max_bytes=100_000, allow=HERE))
        await asyncio.wait_for(here.left.wait(), 5)

    assert (len(answer.content), answer.cut) == (100_000, True)


async def test_a_packed_bomb_is_cut_too():
    bomb = gzip.compress(b"\0" * 50_000_000)
    async with loopback(Canned(bomb, headers=(("Content-Encoding", "gzip"),))) as here:
        answer = await fetch("GET", here.url, bounds=Bounds(max_bytes=100_000, allow=HERE))

    assert (len(answer.content), answer.cut) == (100_000, True)
    assert here.heard[0].headers["accept-encoding"] == "identity"


async def test_a_body_that_trickles_is_given_up():
    start = time.monotonic()
    async with loopback(Canned(tuple([b"."] * 100), pause=0.1)) as here:
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.3 seconds"):
            await fetch("GET", here.url, bounds=Bounds(seconds=0.3, allow=HERE))
        await asyncio.wait_for(here.left.wait(), 5)

    assert time.monotonic() - start < 8  # the whole of it takes 10


async def test_a_closed_port_is_told_in_words():
    async with loopback(Canned()) as here:
        pass

    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 cannot be reached"):
        await fetch("GET", here.url, bounds=Bounds(allow=HERE))


async def test_a_header_that_cannot_be_sent_is_not_quoted():
    async with loopback(Canned()) as here:
        with pytest.raises(NoAnswer) as trouble:
            await fetch("GET", here.url, headers={"X-Key": SECRET}, bounds=Bounds(allow=HERE))

    assert "secret" not in str(trouble.value)
    assert trouble.value.__suppress_context__


@pytest.mark.parametrize("length", ["1", "5", "-1", "x"])
async def test_a_length_that_is_wrong_is_told_in_words(length):
    async with loopback(Canned()) as here:
        headers, bounds = {"Content-Length": length}, Bounds(allow=HERE)
        with pytest.raises(NoAnswer, match="could not be written"):
            await fetch("POST", here.url, headers=headers, content=b"abc", bounds=bounds)


async def test_cookies_of_one_request_are_not_sent_with_the_next():
    async with loopback(Canned(headers=(("Set-Cookie", "who=ada"),))) as here:
        for _ in range(2):
            await fetch("GET", here.url, bounds=Bounds(allow=HERE))

    assert "cookie" not in here.heard[1].headers


async def test_proxies_of_the_environment_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with loopback(Canned(b"direct")) as here:
        async with build(Policy(everywhere=True)) as client:
            answer = await fetch("GET", here.url, client=client)

    assert answer.text == "direct"


async def test_an_answer_is_read_in_its_own_charset():
    headers = (("Content-Type", "text/plain; charset=latin-1"),)
    async with loopback(Canned("blå".encode("latin-1"), headers=headers)) as here:
        answer = await fetch("GET", here.url, bounds=Bounds(allow=HERE))

    assert answer.text == "blå"


async def test_leaving_a_stream_closes_its_connection():
    async with loopback(Canned(tuple([b"x"] * 1000), pause=0.01)) as here:
        async with post(await trusted_client(), here.url, {}, b"{}") as stream:
            assert await anext(stream.chunks) == b"x"
        await asyncio.wait_for(here.left.wait(), 2)
