"""Sites that may talk to an agent, the link to share, and signed links."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.agents.revising import revise
from dashboard.conversations import admission, signing
from dashboard.conversations.admission import Entry, Knock
from dashboard.workspaces.models import User, Workspace


def _path(agent: Agent, more: str = "") -> str:
    return f"/agents/{agent.pk}/security/{more}"


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def _settings(agent: Agent) -> dict[str, Any]:
    """What the agent is told today."""
    settings: dict[str, Any] = Agent.objects.get(pk=agent.pk).told.platform_settings
    return settings


def _hosts(agent: Agent) -> list[str]:
    return list(agent.allowed_hosts.order_by("id").values_list("hostname", flat=True))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("shop.example", "shop.example"),
        (" https://Shop.Example:443/help?x=1 ", "shop.example"),
        ("localhost:3000", "localhost:3000"),
        ("http://shop.example:8080", "shop.example:8080"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_site_is_kept_as_it_is_compared(adas: Client, agent: Agent, typed: str, kept: str):
    answer = adas.post(_path(agent, "sites/"), {"add": typed}, follow=True)

    assert _hosts(agent) == [kept]
    assert f"{kept} may talk to Harbour Helper now." in answer.content.decode()
    assert _settings(agent)["auth"]["allowlist"] == [{"hostname": kept}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write a host, for example shop.example."),
        ("*.shop.example", "add each host by itself"),
        ("two words", "Write a host such as shop.example"),
        ("https://", "Write a host such as shop.example"),
        ("shop.example:99999", "Write a host such as shop.example"),
        ("ada:pw@shop.example", "Write a host such as shop.example"),
        ("a\0b", "Write a host such as shop.example"),
    ],
)
def test_what_is_no_site_is_said_beside_its_field_and_stays(
    adas: Client, agent: Agent, typed: str, said: str
):
    answer = adas.post(_path(agent, "sites/"), {"add": typed})

    page = html.unescape(answer.content.decode())
    error = re.search(r'id="add-error">.*?<span>(.*?)</span>', page, re.S)
    assert answer.status_code == 422
    assert error
    assert said in error[1]
    assert f'value="{typed.strip()}"' in page or not typed.strip() or "\0" in typed
    assert _hosts(agent) == []


def test_a_site_twice_and_an_eleventh_are_refused_in_words(adas: Client, agent: Agent):
    for number in range(10):
        adas.post(_path(agent, "sites/"), {"add": f"shop{number}.example"})

    twice = adas.post(_path(agent, "sites/"), {"add": "https://shop3.example/"})
    more = adas.post(_path(agent, "sites/"), {"add": "shop10.example"})

    assert "shop3.example is in the list already." in twice.content.decode()
    assert "There can be 10 sites at most." in more.content.decode()
    assert twice.status_code == more.status_code == 422
    assert len(_hosts(agent)) == 10


def test_two_who_add_a_site_end_with_both_and_one_removes_only_its_own(
    adas: Client, bens: Client, agent: Agent
):
    adas.get(_path(agent))
    bens.post(_path(agent, "sites/"), {"add": "ben.example"})
    adas.post(_path(agent, "sites/"), {"add": "ada.example"})
    adas.post(_path(agent, "sites/"), {"remove": "ben.example"})

    assert _hosts(agent) == ["ada.example"]


def test_a_page_that_was_turned_away_is_let_in_by_one_button(
    adas: Client, agent: Agent, workspace: Workspace
):
    adas.post(_path(agent, "sites/"), {"add": "shop.example"})
    workspace.refusals.create(
        agent=agent,
        day=timezone.now().date(),
        reason="allowlist",
        count=14,
        last_origin="https://www.shop.example",
    )

    page = _page(adas, _path(agent))
    allow = re.search(r'name="add" value="([^"]+)"', page)

    assert "Turned away for their page in 7 days: 14" in page
    assert allow
    adas.post(_path(agent, "sites/"), {"add": allow[1]})
    assert _hosts(agent) == ["shop.example", "www.shop.example"]
    assert 'name="add" value="www' not in _page(adas, _path(agent))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("https://shop.example/help", "Yes: shop.example is in the list."),
        ("shop.example", "Yes: shop.example is in the list."),
        ("https://www.shop.example", "No: www.shop.example is not in the list."),
        ("http://shop.example:8080/", "No: shop.example:8080 is not in the list."),
        ("*", "A star stands for nothing here"),
    ],
)
def test_it_says_whether_a_page_would_be_let_in(adas: Client, agent: Agent, asked: str, said: str):
    adas.post(_path(agent, "sites/"), {"add": "shop.example"})

    whole = adas.get(_path(agent), {"page": asked})
    part = adas.get(_path(agent), {"page": asked}, headers={"HX-Request": "true"})

    assert said in html.unescape(whole.content.decode())
    assert said in html.unescape(part.content.decode())
    assert "<form" not in part.content.decode()


def test_a_link_to_share_opens_the_agents_page_until_it_is_revoked(
    adas: Client, client: Client, agent: Agent
):
    adas.post(_path(agent, "link/"), {"do": "make"})
    shown = re.search(r'id="link">([^<]+)<', adas.get(_path(agent)).content.decode())
    assert shown
    parts = urlsplit(html.unescape(shown[1]))
    first = f"{parts.path}?{parts.query}"

    page = client.get(first)

    assert page.status_code == 200
    assert "Harbour Helper" in page.content.decode()
    signature = re.search(r"conversation_signature=([\w.-]+)", page.content.decode())
    assert signature
    allowed = signing.permission(signature[1])
    assert allowed
    assert allowed.agent_id == agent.pk
    entry = admission.enter(Knock(agent.pk, origin="http://testserver", signature=signature[1]))
    assert isinstance(entry, Entry)
    assert entry.authorized_by == "shareable_link"
    adas.post(_path(agent, "link/"), {"do": "make"})
    assert client.get(first).status_code == 404, "a new link takes the place of the old one"
    adas.post(_path(agent, "link/"), {"do": "revoke"})
    assert 'id="link"' not in _page(adas, _path(agent))


@pytest.mark.parametrize("query", ["", "?token=", "?token=guessed-by-somebody-1", "?token=%FF"])
def test_without_the_right_link_there_is_no_page_to_talk(client: Client, agent: Agent, query: str):
    assert client.get(f"/talk/{agent.pk}/{query}").status_code == 404


def test_an_archived_agents_link_leads_nowhere(
    adas: Client, client: Client, agent: Agent, ada: User
):
    adas.post(_path(agent, "link/"), {"do": "make"})
    token = Agent.objects.get(pk=agent.pk).limits.shareable_token
    assert client.get(f"/talk/{agent.pk}/?token={token}").status_code == 200

    revise(agent, {"platform_settings": {"archived": True}}, ada)

    assert client.get(f"/talk/{agent.pk}/?token={token}").status_code == 404


def test_a_signed_link_starts_conversations_with_this_agent(adas: Client, agent: Agent):
    whole = adas.post(_path(agent, "signed-link/"))
    part = adas.post(_path(agent, "signed-link/"), headers={"HX-Request": "true"})

    for answer in (whole, part):
        shown = re.search(r'id="signed-link">([^<]+)<', answer.content.decode())
        assert shown
        address = urlsplit(html.unescape(shown[1]))
        query = parse_qs(address.query)
        assert address.scheme == "ws"
        assert address.path == "/v1/convai/conversation"
        allowed = signing.permission(query["conversation_signature"][0])
        assert allowed == signing.Permission(agent.pk)
    assert "<html" not in part.content.decode()
    assert agent.versions.count() == 1
