"""Which addresses a member may reach."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from dashboard.providers.addresses import Misspelt, Policy, is_public, openings


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 (refused here, not bound to)
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:a00:1::",
        "2001:0:4136:e378::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "5f00::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_an_address_inside_is_not_public(inside):
    assert not is_public(ip_address(inside))


@pytest.mark.parametrize(
    "outside", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_outside_is_public(outside):
    assert is_public(ip_address(outside))


@pytest.mark.parametrize(
    ("entry", "host", "port", "address", "allowed"),
    [
        ("127.0.0.1:9000", "127.0.0.1", 9000, "127.0.0.1", True),
        ("127.0.0.1:9000", "127.0.0.1", 9001, "127.0.0.1", False),
        ("10.0.0.0/8", "crm.internal", 443, "10.4.4.4", True),
        ("10.0.0.0/8", "crm.internal", 443, "192.168.0.1", False),
        ("10.0.0.0/8", "crm.internal", 443, "::ffff:10.4.4.4", True),
        ("crm.internal", "CRM.internal.", 8080, "10.4.4.4", True),
        ("crm.internal", "evil.internal", 8080, "10.4.4.4", False),
        ("crm.internal:443", "crm.internal", 80, "10.4.4.4", False),
        ("[::1]:9000", "::1", 9000, "::1", True),
        ("::1", "ip6.example", 80, "::1", True),
        ("localhost", "localhost", 80, "127.0.0.1", True),
        ("bücher.internal", "xn--bcher-kva.internal", 80, "10.0.0.1", True),
    ],
)
def test_the_operator_opens_hosts_networks_and_ports(entry, host, port, address, allowed):
    policy = Policy(openings([entry]))

    assert policy.allows(host, port, address) is allowed


@pytest.mark.parametrize("entry", ["http://crm.internal", "a b/c", "host:port", "u@host", ":80"])
def test_an_entry_that_means_nothing_is_told(entry):
    with pytest.raises(Misspelt, match="no host, network or host:port"):
        openings([entry])


@pytest.mark.parametrize("entry", ["not a host!", "xn--", "a..b", "%31.example", "*.example"])
def test_an_entry_that_is_no_host_is_misspelt(entry: str) -> None:
    with pytest.raises(Misspelt, match="is no host"):
        openings([entry])


@pytest.mark.parametrize(
    "entry", ["crm", "my_crm.lan:8080", "bücher.example", "[::1]:80", "::1", "10.0.0.1:5"]
)
def test_an_entry_that_is_a_host_is_kept(entry: str) -> None:
    assert len(openings([entry])) == 1
