"""A web page as Markdown: what it says, without menus and footers."""

from __future__ import annotations

import copy
import re

from dashboard.providers.charsets import readable

from . import Extract, Unreadable

_HEAD = 4096  # bytes in which a page says its charset
_TITLE, _TITLE_END = re.compile(r"<title\b", re.IGNORECASE), re.compile("</title", re.IGNORECASE)
_EMPTY = "This page has no text: it may be filled in by a script, or ask for a sign-in."


def read_page(content: bytes, content_type: str = "", url: str = "") -> Extract:
    html = _decoded(content, content_type)
    text = main_text(html, url)
    if not text.strip():
        raise Unreadable(_EMPTY)
    return Extract(_title(html), text)


def main_text(html: str, url: str = "") -> str:
    """The Markdown of the page's main part; of all of it, where no part is the main one."""
    import trafilatura
    from trafilatura.settings import use_config

    config = copy.deepcopy(use_config())
    # Short pages (opening hours, an address) keep their headings and tables too.
    for name in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE"):
        config["DEFAULT"][name] = "1"
    found = trafilatura.extract(
        html,
        url=url or None,
        output_format="markdown",
        include_tables=True,
        include_links=True,
        include_formatting=True,
        include_comments=False,
        favor_recall=True,
        config=config,
    )
    return found or str(trafilatura.html2txt(html) or "") or _all_text(html)


def _all_text(html: str) -> str:
    """The words of a fragment that is no whole page."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        tree = lxml_html.fromstring(html)
    except (etree.ParserError, ValueError):
        return ""
    etree.strip_elements(tree, "script", "style", "template", "noscript", with_tail=False)
    return str(tree.text_content()).strip()


def _decoded(content: bytes, content_type: str) -> str:
    if "charset=" not in content_type.lower():
        said = re.search(rb"charset\s*=\s*[\"']?([\w-]+)", content[:_HEAD], re.IGNORECASE)
        content_type = f"text/html; charset={said[1].decode('ascii') if said else 'utf-8'}"
    return readable(content, content_type)


def _title(html: str) -> str:
    from html import unescape

    # In steps: one expression would look for the end again from each of many beginnings.
    begin = _TITLE.search(html)
    start = html.find(">", begin.end()) + 1 if begin else 0
    end = _TITLE_END.search(html, start) if start else None
    return " ".join(unescape(html[start : end.start()]).split()) if end else ""
