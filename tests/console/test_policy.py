"""The dashboard runs its own files and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.conversations.models import Outcome

from .conftest import judged, talk


def _policy(answer: HttpResponse) -> dict[str, str]:
    rules = answer["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


@pytest.mark.django_db
def test_every_page_carries_the_policy_also_the_one_that_is_not_there():
    for path in ("/account/login/", "/nothing-here/"):
        policy = _policy(Client().get(path))

        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in str(policy)


@pytest.mark.django_db
def test_the_nonce_is_new_for_each_page():
    first, second = (_policy(Client().get("/account/login/"))["style-src"] for _ in range(2))

    assert first != second


@pytest.mark.django_db
def test_the_chat_may_reach_its_own_server_only():
    policy = _policy(Client().get("/account/login/", headers={"Host": "parley.example:8000"}))

    assert policy["connect-src"] == "'self' ws://parley.example:8000 wss://parley.example:8000"


def test_no_page_needs_what_the_policy_forbids(adas: Client, agent: Agent):
    done = judged(talk(agent), Outcome.SUCCESS, "A question about beans")
    pages = ["/agents/", "/agents/new/", f"/agents/{agent.pk}/", "/conversations/"]
    pages += [f"/conversations/{done.pk}/", "/settings/models/", "/settings/api-keys/"]

    for path in pages:
        html = adas.get(path).content.decode()

        assert " style=" not in html, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path
        assert not re.search(r"\son\w+=", html), path
        assert "hx-on" not in html, path


def _styles() -> Iterator[tuple[str, str]]:
    for sheet in (settings.BASE_DIR / "static/console/css").glob("*.css"):
        yield sheet.name, sheet.read_text()


def test_only_the_tokens_name_a_colour():
    named = {
        name: found
        for name, text in _styles()
        if (found := re.findall(r"#[0-9a-f]{3,8}\b", text)) and name != "tokens.css"
    }

    assert set(named) <= {"layout.css", "prompt.css"}
    # A mask knows no colour, only how much shines through.
    assert {colour for found in named.values() for colour in found} <= {"#000"}


@pytest.mark.django_db
def test_the_demo_page_works_under_our_policy_too():
    answer = Client().get("/demo")

    assert answer.status_code == 200
    assert "'unsafe" not in answer["Content-Security-Policy"]
