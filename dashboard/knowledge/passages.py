"""Cut a document into passages: along its headings, never through a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dashboard.providers.sentences import sentences

_FULL = 120  # words; short enough to be read as a source, long enough to make sense alone
_ENDLESS = 200  # words without an end mark are no sentence, and are cut after all
_HEADING_CHARACTERS = 300
_SHORT_LINE = 60  # characters
# What is not closed goes on to the end: looking for its end at each beginning takes for ever.
_TAG = re.compile(r"<!--(?:(?!-->).)*(?:-->|$)|<[^>]*(?:>|$)", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Piece:
    """`heading`: the path below the document's name, such as "Europe › Norway"."""

    heading: str
    text: str


def cut(content: str) -> list[Piece]:
    """The passages of a Markdown or plain text."""
    pieces: list[Piece] = []
    for heading, lines in _sections(_MARKDOWN.parse(content.replace("\x00", ""))):
        pieces.extend(Piece(heading, text) for text in _packed(lines))
    return pieces


def title(name: str, heading: str) -> str:
    """How a passage is called as a source."""
    return f"{name} › {heading}" if heading else name


@dataclass
class _Section:
    heading: str
    lines: list[str] = field(default_factory=list)


def _sections(tokens: list[Token]) -> list[tuple[str, list[str]]]:
    path = _Path(tokens)
    sections = [_Section("")]
    for kind, text, level in _blocks(tokens):
        if kind == "heading":
            sections.append(_Section(path.at(level, text)))
        else:
            sections[-1].lines.extend(line for line in text.splitlines() if line.strip())
    return [(section.heading, section.lines) for section in sections if section.lines]


class _Path:
    """The headings above a place; not a single first one, which only repeats the name."""

    def __init__(self, tokens: list[Token]) -> None:
        tops = [token for token in tokens if token.type == "heading_open" and token.tag == "h1"]
        self._skip_top = len(tops) == 1 and bool(tokens) and tokens[0] is tops[0]
        self._open: dict[int, str] = {}

    def at(self, level: int, text: str) -> str:
        self._open = {above: name for above, name in self._open.items() if above < level}
        if not (self._skip_top and level == 1):
            self._open[level] = text
        return " › ".join(self._open.values())[:_HEADING_CHARACTERS]


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, str, int]]:
    """Headings with their level, and everything else as lines of plain text."""
    table = _Table()
    number = ""
    for at, token in enumerate(tokens):
        match token.type:
            case "list_item_open":
                number = f"{token.info}{token.markup} " if token.info else ""
            case "inline" if tokens[at - 1].type == "heading_open":
                yield "heading", _plain(token).replace("\n", " "), int(tokens[at - 1].tag[1])
            case "inline" if tokens[at - 1].type in ("th_open", "td_open"):
                table.cell(_plain(token).replace("\n", " "), tokens[at - 1].type == "th_open")
            case "inline":
                yield "text", number + _plain(token), 0
                number = ""
            case "tr_close":
                yield "text", table.row(), 0
            case "table_close":
                table = _Table()
            case "fence" | "code_block":
                yield "text", token.content, 0
            case "html_block":
                yield "text", _TAG.sub(" ", token.content), 0


class _Table:
    """A row becomes a sentence that says its columns, so that it can be quoted alone."""

    def __init__(self) -> None:
        self._heads: list[str] = []
        self._cells: list[str] = []

    def cell(self, text: str, is_head: bool) -> None:
        (self._heads if is_head else self._cells).append(text)

    def row(self) -> str:
        named = zip(self._heads, self._cells, strict=False)
        said = "; ".join(f"{head}: {cell}" if head else cell for head, cell in named if cell)
        self._cells = []
        return f"{said}." if said else ""


def _plain(token: Token) -> str:
    """The words of a block without their markup; an address of a link is kept."""
    text = ""
    address = ""
    for child in token.children or []:
        match child.type:
            case "text" | "code_inline":
                text += child.content
            case "image":
                text += child.content
            case "hardbreak":
                text += "\n"
            case "softbreak":
                text += "\n" if _is_list_like(text) else " "
            case "link_open":
                address = str(child.attrGet("href") or "")
            case "link_close":
                bare = address.removeprefix("mailto:").removeprefix("tel:")
                if address.startswith(("http", "mailto:", "tel:")) and not text.endswith(bare):
                    text += f" ({bare})"
    return text.strip()


def _is_list_like(text: str) -> bool:
    """A short line breaks where it does on purpose: opening hours, an address, a plain list."""
    # Without a copy of all that stands before it: a paragraph can have thousands of lines.
    return len(text) - text.rfind("\n") - 1 < _SHORT_LINE


def _packed(lines: list[str]) -> Iterator[str]:
    """Sentences, put together up to the size of a passage; their lines stay lines."""
    text = ""
    for line in lines:
        glue = "\n"
        for sentence in _whole(line):
            if text and len(text.split()) + len(sentence.split()) > _FULL:
                yield text
                text = ""
            text += (glue if text else "") + sentence
            glue = " "
    if text:
        yield text


def _whole(line: str) -> Iterator[str]:
    for sentence in sentences(line):
        words = sentence.split()
        if len(words) <= _ENDLESS:
            yield sentence
        else:
            for start in range(0, len(words), _FULL):
                yield " ".join(words[start : start + _FULL])
