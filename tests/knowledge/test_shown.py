"""A document is shown as a page; one that would take long, as it was written."""

from __future__ import annotations

import pytest

from dashboard.knowledge.documents import MOST_BRACKETS, MOST_RENDERED, shown
from dashboard.knowledge.models import KnowledgeDocument

WIDE = "\n".join(["|a" * 300 + "|", "|-" * 300 + "|", *["|a"] * 6_000])


def _shown(text: str) -> str:
    return shown(KnowledgeDocument(content=text))


@pytest.mark.parametrize(
    "dear",
    [
        "![" * (MOST_BRACKETS + 1),
        "[" * (MOST_BRACKETS + 1),
        WIDE,
        "*a* " * (MOST_RENDERED // 4 + 1),
    ],
    ids=["pictures", "links", "table", "long"],
)
def test_what_would_take_long_is_shown_as_it_was_written(dear: str) -> None:
    html = _shown(f"{dear}\n\n<script>go()</script>")

    assert html == f"<p>{dear}</p>\n<p>&lt;script&gt;go()&lt;/script&gt;</p>"


def test_a_usual_document_is_shown_as_markdown() -> None:
    rows = "".join(f"| [Zone {n}](https://shop.example/{n}) | {n} |\n" for n in range(500))
    text = f"# Zones\n\n| Zone | Price |\n|---|---|\n{rows}\n**Four** days."

    html = _shown(text)

    assert len(text) > MOST_RENDERED // 4
    assert html.count("<tr>") == 501
    assert "<h1>Zones</h1>" in html
    assert "<strong>Four</strong>" in html
