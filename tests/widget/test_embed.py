"""The script's addresses and headers, and the demo page (contract widget.md §1)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.workspaces.models import User, Workspace

SCRIPTS = ["/convai-widget-embed", "/convai-widget/index.js", "/convai-widget/index.mjs"]
WIRE = Path(__file__).parents[1] / "wire"


@pytest.fixture
def helper(workspace: Workspace, ada: User) -> Agent:
    return revising.create(workspace, ada, name="Harbour Helper", conversation_config={})


@pytest.mark.parametrize("path", SCRIPTS)
def test_any_page_may_load_the_script(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Vary"] == "Accept-Encoding"
    assert not answer.cookies


def test_the_module_and_the_classic_script_are_two_files(client: Client) -> None:
    classic, legacy, module = (client.get(path).content for path in SCRIPTS)

    assert classic == legacy != module
    assert b"import.meta.url" in module
    assert b"currentScript" in classic
    assert b"import.meta" not in classic


def test_the_server_writes_its_origin_into_the_script(client: Client) -> None:
    there = client.get(SCRIPTS[0], headers={"host": "chat.harbour.example:8443"}).content
    secure = client.get(SCRIPTS[0], secure=True, headers={"host": "chat.harbour.example"}).content

    assert b"http://chat.harbour.example:8443" in there
    assert b"https://chat.harbour.example" in secure
    assert b"PARLEY_ORIGIN" not in there


def test_the_public_address_wins_over_the_requests(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://talk.harbour.example/p"

    answer = client.get(SCRIPTS[0], headers={"host": "10.0.0.7"})

    assert b"https://talk.harbour.example/p" in answer.content
    assert b"10.0.0.7" not in answer.content


def test_a_public_address_cannot_leave_its_place_in_the_script(
    client: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://x.example/'\"`${1}\\"

    assert b"https://x.example/%27%22%60%24%7B1%7D%5C" in client.get(SCRIPTS[0]).content


def test_a_copy_that_is_still_right_is_not_sent_again(client: Client) -> None:
    first = client.get(SCRIPTS[0])

    again = client.get(SCRIPTS[0], headers={"if-none-match": first["ETag"]})
    other = client.get(SCRIPTS[0], headers={"if-none-match": '"other"'})
    elsewhere = client.get(
        SCRIPTS[0], headers={"if-none-match": first["ETag"], "host": "other.example"}
    )

    assert not first["ETag"].startswith("W/")
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"
    assert other.status_code == elsewhere.status_code == 200


def test_the_script_is_compressed_for_those_who_take_it(client: Client) -> None:
    plain = client.get(SCRIPTS[0])
    zipped = client.get(SCRIPTS[0], headers={"accept-encoding": "br, gzip;q=0.8"})
    refused = client.get(SCRIPTS[0], headers={"accept-encoding": "gzip;q=0"})

    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content == refused.content
    assert zipped["ETag"] != plain["ETag"]
    assert len(zipped.content) < 20_480


def test_the_script_cannot_be_posted_to(client: Client) -> None:
    assert client.post(SCRIPTS[0]).status_code == 405
    assert client.head(SCRIPTS[0]).status_code == 200


@pytest.mark.parametrize("path", ["/demo", "/demo/"])
def test_the_demo_page_carries_the_two_lines(client: Client, helper: Agent, path: str) -> None:
    page = client.get(path).content.decode()

    assert f'<elevenlabs-convai agent-id="{helper.pk}"></elevenlabs-convai>' in page
    assert '<script src="/convai-widget-embed" async type="text/javascript"></script>' in page
    assert "<style" not in page
    assert "onclick" not in page


def test_without_its_agent_the_demo_page_says_what_to_do(
    client: Client, workspace: Workspace
) -> None:
    page = client.get("/demo/").content.decode()

    assert "There is no demo agent here" in page
    assert "elevenlabs-convai" not in page


def test_the_demo_page_works_before_there_is_any_workspace(client: Client, db: None) -> None:
    assert client.get("/demo/").status_code == 200


def test_an_agent_of_the_same_name_elsewhere_is_not_shown(
    client: Client, workspace: Workspace, cleo: User
) -> None:
    hers = cleo.memberships.get().workspace
    agent = revising.create(hers, cleo, name="Harbour Helper", conversation_config={})

    assert agent.pk not in client.get("/demo/").content.decode()


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_message_is_named_after_its_file(path: Path) -> None:
    golden = json.loads(path.read_text())

    assert golden["name"] == path.stem
    assert golden["direction"] in ("client", "server")
    assert path.stem.startswith(golden["frame"]["type"])
