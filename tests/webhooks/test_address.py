"""Addresses that are refused when they are typed, and those that a look-up decides on."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.webhooks import address


@pytest.mark.parametrize(
    "url",
    [
        "https://desk.example/hook?a=1",
        "HTTP://Desk.example:8443/",
        "https://93.184.216.34/",
        "https://[2606:4700::1111]/",
        "http://crm/hook",
        "https://bücher.example/",
        " https://desk.example/ ",
    ],
)
def test_what_could_be_reached_is_kept(url: str) -> None:
    assert address.checked(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost/", "http://app.localhost:80/", "http://LOCALHOST./"),
        *("http://127.0.0.1/", "http://127.1/", "http://0x7f.1/", "http://2130706433/"),
        *("http://10.1.2.3/", "http://169.254.169.254/", "http://0.0.0.0/"),
        *("http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/"),
        *("http://[64:ff9b::7f00:1]/", "http://224.0.0.1/"),
    ],
)
def test_what_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="inside a private network"):
        address.checked(url)
    assert address.shaped(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "desk.example", "ftp://desk.example/", "https://", "https:///x", "//desk.example/"),
        *(
            "https://desk.example:99999/",
            "https://desk .example/",
            "https://desk.example/\n"[:-1] + "\x01",
        ),
        *("https://[::1", "javascript:alert(1)", "https:\\\\desk.example"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="Use https"):
        address.checked(url)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="Leave name and password out") as refused:
        address.checked("https://ada:hush@desk.example/")

    assert "hush" not in str(refused.value)


def test_what_the_operator_opened_is_kept(settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:9000", "10.0.0.0/8"]

    assert address.checked("http://127.0.0.1:9000/hook")
    assert address.checked("http://10.9.8.7/hook")
    with pytest.raises(ValueError, match="inside"):
        address.checked("http://127.0.0.1:9001/hook")
