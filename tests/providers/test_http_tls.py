"""TLS through the guarded client: the certificate is the name's, not the address's."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dashboard.providers.addresses import Policy, openings
from dashboard.providers.clients import build
from dashboard.providers.http import Blocked, Bounds, NoAnswer, fetch
from tests.stand_ins.loopback import Canned, loopback


async def _here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.fixture
def contexts(tmp_path):
    """A server's context for shop.example, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(private + public)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=public.decode())


async def test_the_certificate_is_checked_against_the_name(contexts):
    server, client_side = contexts
    async with loopback(Canned(b"sealed"), tls=server) as here:
        async with build(Policy(openings(["127.0.0.1"])), _here, client_side) as client:
            answer = await fetch("GET", f"https://shop.example:{here.port}/", client=client)
            with pytest.raises(NoAnswer, match=r"other\.example has no valid certificate"):
                await fetch("GET", f"https://other.example:{here.port}/", client=client)

    assert answer.text == "sealed"


async def test_a_redirect_from_https_to_http_is_blocked(contexts):
    server, client_side = contexts
    to_http = Canned(b"", 302, (("Location", "http://shop.example/"),))
    async with loopback(to_http, tls=server) as here:
        async with build(Policy(openings(["127.0.0.1"])), _here, client_side) as client:
            url = f"https://shop.example:{here.port}/"
            with pytest.raises(Blocked, match="from https to http"):
                await fetch("GET", url, bounds=Bounds(redirects=2), client=client)


async def test_a_server_without_tls_is_told_in_words():
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, build(Policy(openings(["127.0.0.1"])), _here) as client:
        with pytest.raises(NoAnswer, match=r"shop\.example does not speak TLS"):
            await fetch("GET", f"https://shop.example:{port}/", client=client)
