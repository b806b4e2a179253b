"""A customer's HTTP tool over real HTTP: what goes out, and what the model gets to read."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from dashboard.providers.masking import masked
from dashboard.providers.tool_fields import Field, Group, Leaf, Row, Source
from dashboard.providers.webhook_tool import MOST_SHOWN, Heard, WebhookCall, call
from tests.stand_ins.service import Reply, Service, service

TEXT = Leaf(("string",))


def group(required: str = "", **fields: Field) -> Group:
    return Group(fields, frozenset(required.split()))


def post(url: str, body: Field | None = None, **arguments: object) -> WebhookCall:
    names = {("body", name): name for name in arguments}
    return WebhookCall("POST", url, body=body, arguments=arguments, names=names)


async def run(request: WebhookCall, there: Service) -> Heard:
    return await call(request, [there.where])


async def test_the_parts_of_a_call_land_where_they_belong() -> None:
    request = WebhookCall(
        method="PUT",
        url="/orders/{order}/notes?v=2&q=type:ticket+status:solved",
        path=group("order", order=TEXT),
        query=group("", since=TEXT, page=Leaf(("integer",)), all=Leaf(("boolean",))),
        body=group("text", text=TEXT, shop=Leaf(("string",), source=Source.CONSTANT, constant="A")),
        headers={"X-Shop": "harbour"},
        arguments={
            "order": "4417/..?",
            "since": "2026-01-02 & later",
            "page": "3",
            "all": True,
            "text": "Blåbær",
        },
        names={
            ("path", "order"): "order",
            ("query", "since"): "since",
            ("query", "page"): "page",
            ("query", "all"): "all",
            ("body", "text"): "text",
        },
    )
    async with service(lambda asked: Reply(200, {"ok": True})) as there:
        heard = await run(replace(request, url=there.url + request.url), there)

    assert heard == Heard('{"ok": true}', status=200)
    (asked,) = there.asked
    assert asked.method == "PUT"
    assert asked.target == (
        "/orders/4417%2F..%3F/notes?v=2&q=type:ticket+status:solved"
        "&since=2026-01-02+%26+later&page=3&all=true"
    )
    assert asked.headers["x-shop"] == "harbour"
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == {"text": "Blåbær", "shop": "A"}


async def test_a_form_is_sent_as_a_form() -> None:
    body = group("name", name=TEXT, tags=Row(TEXT), at=group("", city=TEXT))
    request = post("", body, name="Ada & Ben", tags=["a", "b"], at={"city": "Oslo"})
    async with service() as there:
        await run(replace(request, url=f"{there.url}/in", form=True), there)

    assert there.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert there.asked[0].body == b"name=Ada+%26+Ben&tags=a&tags=b&at%5Bcity%5D=Oslo"


async def test_a_get_has_no_body() -> None:
    body = group("name", name=TEXT)
    async with service() as there:
        await run(replace(post(there.url, body, name="x"), method="GET"), there)

    assert there.asked[0].body == b""
    assert "content-type" not in there.asked[0].headers


async def test_a_missing_argument_is_said_and_nothing_is_sent() -> None:
    body = group("attendee", attendee=group("email", email=TEXT, name=TEXT))
    async with service() as there:
        heard = await run(post(there.url, body, attendee={"name": "Ada"}), there)

    assert heard == Heard("Not sent: attendee.email is missing.", is_error=True)
    assert there.asked == []


@pytest.mark.parametrize(
    ("reply", "heard"),
    [
        (Reply(204), Heard("Done (HTTP 204, nothing more was said).", status=204)),
        (Reply(500, b"database is down"), Heard("HTTP 500: database is down", True, 500)),
        (Reply(404), Heard("HTTP 404", True, 404)),
        (
            Reply(302, headers={"Location": "/x"}),
            Heard("HTTP 302: redirects are not followed.", True, 302),
        ),
        (Reply(200, b"\x89PNG\0\0"), Heard("[6 bytes that are not text]", status=200)),
    ],
)
async def test_every_status_is_an_answer_in_words(reply: Reply, heard: Heard) -> None:
    async with service(lambda asked: reply) as there:
        assert await run(WebhookCall("GET", there.url), there) == heard


async def test_redirects_are_followed_where_the_owner_wants_it() -> None:
    def answer(asked: object) -> Reply:
        moved = there.asked[-1].path == "/old"
        return Reply(302, headers={"Location": "/new"}) if moved else Reply(200, b"here")

    async with service(answer) as there:
        heard = await run(WebhookCall("GET", f"{there.url}/old", follow_redirects=True), there)

    assert heard.text == "here"


async def test_a_redirect_to_another_server_does_not_take_the_secret_along() -> None:
    async with service(lambda asked: Reply(200, b"hello")) as elsewhere:
        moved = Reply(307, headers={"Location": elsewhere.url})
        async with service(lambda asked: moved) as there:
            headers = {"Authorization": "Bearer abcdefgh", "X-Key": "ijklmnop"}
            request = WebhookCall("GET", there.url, headers=headers, follow_redirects=True)
            heard = await call(request, [there.where, elsewhere.where])

    assert heard.text == "hello"
    assert not {"authorization", "x-key"} & set(elsewhere.asked[0].headers)


async def test_a_silent_server_is_not_waited_for() -> None:
    async with service(lambda asked: Reply(after=5)) as there:
        heard = await run(WebhookCall("GET", there.url, timeout=0.1), there)

    assert heard.is_error
    assert "did not answer" in heard.text


async def test_the_machine_itself_is_closed_unless_it_was_opened() -> None:
    async with service() as there:
        heard = await call(WebhookCall("GET", there.url))

    assert heard.is_error
    assert heard.text.startswith("Not sent: ")
    assert there.asked == []


async def test_a_huge_answer_is_cut() -> None:
    async with service(lambda asked: Reply(200, b"x" * 3_000_000)) as there:
        heard = await run(WebhookCall("GET", there.url), there)

    assert heard.text.startswith("x" * MOST_SHOWN + "\n[cut")
    assert len(heard.text) < MOST_SHOWN + 100


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("secret", ["Bearer cal_live_5f", 'Token "a/b"+c', "plainsecret"])
async def test_a_secret_that_comes_back_is_masked(secret: str, status: int) -> None:
    credentials = secret.partition(" ")[2] or secret

    async with service(
        lambda asked: Reply(status, {**asked.headers, "token": credentials})
    ) as there:
        heard = await run(
            WebhookCall("GET", there.url, headers={"Authorization": secret}, secrets=[secret]),
            there,
        )

    assert there.asked[0].headers["authorization"] == secret
    assert "[secret]" in heard.text
    assert credentials not in heard.text
    assert json.dumps(credentials)[1:-1] not in heard.text


async def test_the_password_inside_a_basic_login_is_masked_too() -> None:
    login = base64.b64encode(b"jdoe@example.com/token:6wiIBWbG").decode()

    async with service(lambda asked: Reply(403, b"the key 6wiIBWbG is not known")) as there:
        heard = await run(WebhookCall("GET", there.url, secrets=[f"Basic {login}"]), there)

    assert heard.text == "HTTP 403: the key [secret] is not known"


SECRET = 'key/ab+c "é"&=\'<😀> end'


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        json.dumps(SECRET, ensure_ascii=False)[1:-1].replace("/", "\\/"),
        SECRET.replace("&", "\\u0026").replace("<", "\\u003C").replace("+", "\\u002B"),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").replace("%2F", "%2f"),
        quote_plus(SECRET),
        escape(SECRET),
        escape(SECRET, quote=False),
        SECRET.replace("&", "&amp;").replace('"', "&#34;").replace("'", "&#039;"),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        base64.b64encode(f"me:{SECRET}".encode()).decode(),
        base64.b64encode(f"user:{SECRET}:".encode()).decode().replace("/", "\\/"),
    ],
)
@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_a_secret_is_masked_however_it_was_written(scheme: str, written: str) -> None:
    text = masked(f"you sent: {written}!", [scheme + SECRET])

    assert text.startswith("you sent: ")
    assert text.endswith("!")
    assert "[secret]" in text
    # Of what stood around the secret, base64 shares a character or two with it at either end.
    assert len(text) <= len("you sent: [secret]!") + 14


def test_short_pieces_are_left_alone() -> None:
    assert masked("an abc of abc/d", ["Bearer abc/d"]) == "an abc of abc/d"


def test_masking_takes_time_in_step_with_the_length_of_an_answer() -> None:
    secrets = [
        "Bearer /+/+/+/=abcdef",
        "\\" * 30 + "abc",
        "Basic " + base64.b64encode(b"a@b.c:%%%%%%").decode(),
    ]

    def spent(times: int) -> float:
        text = "\\" * 25_000 * times + '{"a": "/+/+/+/+ \\/ %2F &amp; "}' * 7_500 * times
        began = time.process_time()
        masked(text, secrets)
        return time.process_time() - began

    few, many = min(spent(1) for _ in range(3)), min(spent(8) for _ in range(2))

    assert many < 24 * few  # in step it is 8 times; 64 would be a square


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape"])
async def test_a_charset_cannot_smuggle_half_a_character_in(charset: str) -> None:
    content = {"utf-7": b"+2AA-", "unicode_escape": rb"\ud800"}[charset]
    kind = {"Content-Type": f"text/plain; charset={charset}"}
    async with service(lambda asked: Reply(200, content, headers=kind)) as there:
        heard = await run(WebhookCall("GET", there.url), there)

    assert heard.text == content.decode()


async def test_a_misspelt_list_of_the_operators_is_said() -> None:
    heard = await call(WebhookCall("GET", "http://127.0.0.1/"), ["http://inside.example/x"])

    assert heard.is_error
    assert "PARLEY_EGRESS_ALLOW" in heard.text
    assert "inside.example" not in heard.text


async def test_a_header_cannot_be_broken_open() -> None:
    async with service() as there:
        heard = await run(
            WebhookCall("GET", there.url, headers={"X-Name": "a\r\nX-Evil: 1"}), there
        )

    assert heard.is_error
    assert "X-Evil" not in heard.text
    assert there.asked == []
