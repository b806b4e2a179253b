"""Hosts in the one form that they are compared in."""

from __future__ import annotations

import pytest

from dashboard.agents import revising
from dashboard.agents.allowlist import admits, host_of
from dashboard.agents.documents import Unfit
from dashboard.agents.duplicating import duplicate
from dashboard.agents.models import Agent, AgentVersion
from dashboard.workspaces.models import User, Workspace


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("shop.example", "shop.example"),
        (" Shop.Example ", "shop.example"),
        ("https://shop.example/", "shop.example"),
        ("https://shop.example:443", "shop.example"),
        ("http://shop.example:443", "shop.example:443"),
        ("localhost:3000", "localhost:3000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("", ""),
        ("two hosts", ""),
        ("https://", ""),
        ("*.example", ""),
        ("user@shop.example", ""),
        ("shop.example:port", ""),
        ("null", "null"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("https://BÜCHER.example:8443/", "xn--bcher-kva.example:8443"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("日本.example:3000", "xn--wgv71a.example:3000"),
        ("\u0661.example\u2024", ""),
        ("ü" * 80 + ".example", ""),
    ],
)
def test_a_host_has_one_form(text: str, host: str) -> None:
    assert host_of(text) == host


def test_an_agent_without_a_list_is_everybodys(workspace: Workspace) -> None:
    agent = revising.create(workspace, None)

    assert admits(agent, "https://anywhere.example")
    assert admits(agent, None)


def test_a_list_is_exact(workspace: Workspace) -> None:
    auth = {"allowlist": [{"hostname": "shop.example"}]}
    agent = revising.create(workspace, None, platform_settings={"auth": auth})

    assert admits(agent, "https://SHOP.example")
    assert admits(agent, None)
    for origin in (
        "https://www.shop.example",
        "https://shop.example:8443",
        "https://xshop.example",
    ):
        assert not admits(agent, origin)


def test_a_host_in_its_own_letters_admits_what_browsers_send(workspace: Workspace) -> None:
    auth = {"allowlist": [{"hostname": "bücher.example"}]}
    agent = revising.create(workspace, None, platform_settings={"auth": auth})

    assert admits(agent, "https://xn--bcher-kva.example")
    assert not admits(agent, "https://bucher.example")


@pytest.mark.parametrize(
    "origin",
    [
        "file://shop.example",
        "chrome-extension://shop.example",
        "javascript://shop.example",
        "ws://shop.example",
        "://shop.example",
        "//shop.example",
        "shop.example",
        "https://shop.example:0",
        "https://shop.example:",
        "https://ada@shop.example",
        "null",
        "https://shop.example,https://evil.example",
    ],
)
def test_only_a_page_that_a_browser_can_be_at_is_on_a_list(
    workspace: Workspace, origin: str
) -> None:
    agent = _listing(workspace, "shop.example")

    assert not admits(agent, origin)


HOSTS = ["shop.example", "Shop.Example:8443", "localhost:3000", "bücher.example", "my_shop.example"]
HOSTS += ["[::1]:8000", "192.0.2.7", "https://shop.example", "https://shop.example/", "intranet"]


@pytest.mark.parametrize("hostname", HOSTS)
def test_a_host_that_a_page_can_have_is_taken(workspace: Workspace, hostname: str) -> None:
    agent = _listing(workspace, hostname)

    told = agent.told.platform_settings["auth"]["allowlist"]

    assert told == [{"hostname": hostname}]
    assert admits(agent, hostname if "://" in hostname else f"https://{hostname}")


ODD = ["<script>alert(1)</script>", "null", "https://shop.example/x", "shop.example/x", "a?b"]
ODD += ["file://shop.example", "shop.example:0", "a..b", "shop example", "a" * 64 + ".example"]


@pytest.mark.parametrize("hostname", ODD)
def test_a_host_that_no_page_can_have_is_refused_by_its_place(
    workspace: Workspace, hostname: str
) -> None:
    agent = _listing(workspace, "shop.example")
    hosts = [{"hostname": "shop.example"}, {"hostname": hostname}]
    change = {"platform_settings": {"auth": {"allowlist": hosts}}}

    with pytest.raises(Unfit) as changed:
        revising.revise(agent, change, None)
    with pytest.raises(Unfit) as made:
        revising.create(workspace, None, platform_settings=change["platform_settings"])

    for refused in (changed, made):
        place = ["platform_settings", "auth", "allowlist", 1, "hostname"]
        assert [error["loc"] for error in refused.value.errors] == [place]


def test_what_an_older_list_holds_stays_and_can_be_restored_and_copied(
    workspace: Workspace, ada: User
) -> None:
    agent = _listing(workspace, "shop.example")
    older = {"auth": {"allowlist": [{"hostname": "<script>"}, {"hostname": "a.example/x"}]}}
    AgentVersion.objects.filter(pk=agent.told.pk).update(platform_settings=older)
    agent = Agent.objects.get(pk=agent.pk)
    first = agent.told

    revising.revise(agent, {"name": "Renamed"}, ada)
    revising.revise(agent, {"platform_settings": {**older, "archived": False}}, ada)
    revising.revise(agent, {"platform_settings": {"auth": {"allowlist": []}}}, ada)
    revising.restore(agent, first, ada)

    assert agent.told.platform_settings["auth"]["allowlist"] == older["auth"]["allowlist"]
    assert duplicate(agent, ada).told.platform_settings["auth"]["allowlist"]
    assert not admits(agent, "https://shop.example")


def _listing(workspace: Workspace, hostname: str) -> Agent:
    auth = {"allowlist": [{"hostname": hostname}]}
    return revising.create(workspace, None, platform_settings={"auth": auth})
