"""The two lines for a plain HTML page, as a browser reads them."""

from __future__ import annotations

from html.parser import HTMLParser

from dashboard.embeds.html import snippet


def tags(code: str) -> list[tuple[str, dict[str, str | None]]]:
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(code)
    return found


def test_the_snippet_is_the_two_lines_of_the_hosted_platform() -> None:
    embed = snippet("agent_01k", "https://chat.harbour.example")

    assert embed.code == (
        '<elevenlabs-convai agent-id="agent_01k"></elevenlabs-convai>\n'
        '<script src="https://chat.harbour.example/convai-widget-embed" async '
        'type="text/javascript"></script>'
    )
    assert embed.steps
    assert embed.pitfalls


def test_a_path_prefix_and_a_slash_at_the_end_are_no_trouble() -> None:
    _, (_, script) = tags(snippet("agent_01k", "https://harbour.example/parley/").code)

    assert script["src"] == "https://harbour.example/parley/convai-widget-embed"


def test_nothing_breaks_out_of_the_attributes() -> None:
    odd = '"><script>alert(1)</script>&amp;'

    (element, given), (_, script) = tags(snippet(odd, f"https://x.example/{odd}").code)

    assert (element, given) == ("elevenlabs-convai", {"agent-id": odd})
    assert script["src"] == f"https://x.example/{odd}/convai-widget-embed"


def test_a_server_without_tls_is_warned_about() -> None:
    insecure = snippet("agent_01k", "http://localhost:8000").pitfalls
    secure = snippet("agent_01k", "https://chat.harbour.example").pitfalls

    assert "https://" in insecure[0]
    assert insecure[1:] == secure
