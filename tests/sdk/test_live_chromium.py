"""The browser SDK where it is at home: in Chromium, in pages of somebody else's site."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.stand_ins.listening_model import everything
from tests.surroundings import CHROMIUM

from .browser_sdk import Play, Refused, Talk
from .in_node import FOLDER, needs_node
from .live_place import GREETING, KINDS, Place, client_tool

pytestmark = [needs_node, pytest.mark.xdist_group("live sdk")]
SDK = FOLDER / "node_modules/@elevenlabs/client/dist/lib.iife.js"
WIDGET = FOLDER / "node_modules/@elevenlabs/convai-widget-embed/dist/index.js"
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PAGE = b"""<!doctype html><title>Somebody's shop</title>
<script src="/sdk.js"></script>
<script type="module">
  import { chats } from '/chat.mjs'
  window.stage = chats(ElevenLabsClient)
</script>"""
FILES = {
    "/": PAGE,
    "/blank": b"<!doctype html><title>Somebody's shop</title>",
    "/sdk.js": SDK,
    "/widget.js": WIDGET,
    "/chat.mjs": FOLDER / "chat.mjs",
}
LOCKED = {"auth": {"enable_auth": True}}


class _Files(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        found = FILES.get(self.path, b"")
        body = found if isinstance(found, bytes) else found.read_bytes()
        kind = "text/html" if self.path in ("/", "/blank") else "text/javascript"
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@contextmanager
def site() -> Iterator[str]:
    """A host of its own, with one page; its host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# Of the module, not the session: while it lives, Playwright's loop keeps async tests from running.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_site(chromium: Browser) -> Iterator[Callable[[], tuple[str, Play]]]:
    """Opens a new site's page: its host, and what plays there."""
    with ExitStack() as stack:

        def opened() -> tuple[str, Play]:
            host = stack.enter_context(site())
            page = chromium.new_page()
            stack.callback(page.close)
            page.goto(f"http://{host}/")
            page.wait_for_function("window.stage")
            call = "([name, given]) => window.stage[name](...given)"
            return host, lambda name, *given: page.evaluate(call, [name, list(given)])

        yield opened


@pytest.fixture(scope="module")
def page(open_site: Callable[[], tuple[str, Play]]) -> Play:
    return open_site()[1]


@pytest.fixture(params=["uvicorn", "daphne"])
def any_place(request: pytest.FixtureRequest) -> Place:
    name = "place" if request.param == "uvicorn" else "daphne_place"
    found: Place = request.getfixturevalue(name)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_which_agents_chat_with_a_page_as_documented(
    any_place: Place, page: Play, kind: str
) -> None:
    by_override = {"overrides": {"conversation": {"textOnly": True}}}
    start = {"agentId": any_place.agent_of(kind), "origin": any_place.ws, **by_override}

    if kind == KINDS[2]:
        with pytest.raises(Refused) as no:
            Talk(page, **start)
        assert no.value.code == 1008
        assert "'conversation.text_only' is not allowed" in no.value.message
    else:
        talk = Talk(page, **start)
        greeting = talk.until("onMessage")["message"]
        talk.do("sendUserMessage", {"text": "stub:echo Hello, how can you help me today?"})
        answer = talk.until("onMessage", 2)
        assert greeting == GREETING
        assert answer["message"] == "stub:echo Hello, how can you help me today?"
        assert talk.until("onAgentChatResponsePart", 1, type="stop")
        talk.end()


def test_the_first_message_is_not_lost_in_20_visits(place: Place, page: Play) -> None:
    options = {"agentId": place.agent(), "origin": place.ws, "textOnly": True}

    assert page("greeted", 20, 5, options) == 0


def test_only_pages_of_listed_hosts_may_talk(
    place: Place, open_site: Callable[[], tuple[str, Play]]
) -> None:
    (shop, in_shop), (_, elsewhere) = open_site(), open_site()
    agent_id = place.agent({"auth": {"allowlist": [{"hostname": shop}]}})

    talk = place.browser(in_shop, agent_id)
    with pytest.raises(Refused) as no:
        place.browser(elsewhere, agent_id)

    assert talk.until("onMessage")["message"] == GREETING
    assert no.value.code == 1008
    assert no.value.message == "This page may not talk to this agent."
    talk.end()


def test_a_locked_agent_opens_for_a_signed_address_and_for_a_bearer(
    place: Place, page: Play
) -> None:
    agent_id = place.agent(LOCKED)
    signed_url = place.signed_url(agent_id)
    [signature] = parse_qs(urlsplit(signed_url).query)["conversation_signature"]

    talks = [
        Talk(page, signedUrl=signed_url, textOnly=True),
        place.browser(page, agent_id, authorization=signature),
        place.browser(page, agent_id, authorization=place.key),
    ]
    with pytest.raises(Refused) as no:
        place.browser(page, agent_id, authorization="nobody")

    assert no.value.code == 1008
    assert no.value.message == "This authorization is not valid for this agent."
    for talk in talks:
        assert talk.until("onMessage")["message"] == GREETING
        talk.end()
    how = [place.ended(talk.id)["metadata"]["authorization_method"] for talk in talks]
    assert how == ["signed_url", "signed_url", "authorization_header"]


def test_a_page_sends_a_document_and_runs_a_tool(place: Place, page: Play) -> None:
    agent_id = place.agent(agent={"prompt": {"tools": [client_tool("basket")]}})
    talk = place.browser(page, agent_id, tools={"basket": {"returns": {"beans": 2}}})
    talk.until("onMessage")

    answer = talk.asks('tool:basket {"word": "top"}')
    hours = talk.uploads("hours.txt", "text/plain", b"We open at nine on SUNDAYS.")
    talk.do("sendMultimodalMessage", {"text": "stub:echo from a page", "fileIds": [hours]})
    talk.until("onMessage", 3)

    assert answer == 'The tool said: {"beans":2}'
    assert talk.heard("tool basket") == [{"word": "top"}]
    assert "SUNDAYS" in everything(place.heard("from a page"))
    talk.end()


def test_a_page_shows_the_goodbye_before_the_end(place: Place, page: Play) -> None:
    end = {"type": "system", "name": "end_call", "params": {"system_tool_type": "end_call"}}
    agent_id = place.agent(agent={"prompt": {"built_in_tools": {"end_call": end}}})
    talk = place.browser(page, agent_id)
    talk.until("onMessage")

    talk.do("sendUserMessage", 'tool:end_call {"reason": "done", "message": "Goodbye!"}')
    bye = talk.until("onDisconnect")

    assert (bye["reason"], bye["context"]["type"]) == ("agent", "end_call")
    assert talk.heard("onMessage")[-1]["message"] == "Goodbye!"


def test_the_vendors_own_widget_chats_and_ends(place: Place, chromium: Browser) -> None:
    """Its script knows one host only: the page names ours, and brings its settings along."""
    end = {"type": "system", "name": "end_call", "params": {"system_tool_type": "end_call"}}
    agent_id = place.agent(agent={"prompt": {"built_in_tools": {"end_call": end}}})
    config = json.dumps(place.door.call("GET", f"/agents/{agent_id}/widget")["widget_config"])
    here = f"e => {{ e.detail.config.origin = '{place.ws}' }}"
    snippet = (
        f"<script>document.addEventListener('elevenlabs-convai:call', {here})</script>"
        f'<elevenlabs-convai agent-id="{agent_id}" override-config="{escape(config)}">'
        "</elevenlabs-convai>"
    )

    with site() as host:
        page = chromium.new_page()
        page.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
        page.goto(f"http://{host}/blank")
        page.set_content(snippet)
        page.add_script_tag(url="/widget.js")
        page.get_by_role("button", name="Start a chat").click()
        words = page.get_by_role("textbox")
        words.fill("stub:echo ahoy")
        words.press("Enter")
        widget = page.locator("elevenlabs-convai")
        expect(widget.get_by_text("stub:echo ahoy")).to_have_count(2)  # theirs, and the answer
        greetings = widget.get_by_text(GREETING).count()
        words.fill('tool:end_call {"reason": "done", "message": "Goodbye!"}')
        words.press("Enter")
        expect(widget.get_by_text("Goodbye!", exact=True)).to_have_count(1)
        expect(widget.get_by_text("ended the conversation")).to_be_visible()
        page.close()

    assert greetings == 1
