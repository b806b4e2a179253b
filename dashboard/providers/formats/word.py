"""A Word document as Markdown: headings, paragraphs, lists and tables, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from . import Extract, Unreadable

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def read_word(content: bytes) -> Extract:
    from docx import Document

    try:
        document = Document(BytesIO(content))
        text = "\n\n".join(_blocks(document))
        title = document.core_properties.title or ""
    except Exception as error:  # python-docx has no error of its own: it lets through what it meets
        raise Unreadable("This Word file is damaged and cannot be read.") from error
    if not text.strip():
        raise Unreadable("This Word file has no text: it may hold only pictures.")
    return Extract(" ".join(title.split()), text)


def _blocks(document: Any) -> Iterator[str]:
    from docx.table import Table

    for block in document.iter_inner_content():
        text = _table(block) if isinstance(block, Table) else _paragraph(block)
        if text.strip():
            yield text


def _paragraph(paragraph: Any) -> str:
    text = str(paragraph.text).strip()
    style = str(paragraph.style.name if paragraph.style is not None else "")
    heading = _HEADING.fullmatch(style)
    if heading or style == "Title":
        level = min(int(heading[1]), 6) if heading else 1
        return f"{'#' * level} {' '.join(text.split())}" if text else ""
    return f"- {text}" if style.startswith("List") and text else text


def _table(table: Any) -> str:
    rows = [[_cell(cell.text) for cell in row.cells] for row in table.rows]
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", r"\|")
