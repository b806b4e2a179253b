"""Hosts in the one form that they are compared in."""

from __future__ import annotations

import pytest

from dashboard.agents import revising
from dashboard.agents.allowlist import admits, host_of
from dashboard.workspaces.models import Workspace


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
