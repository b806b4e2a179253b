"""One file for each kind of document; they run in a process of their own (extract.py)."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CHARACTERS = 5_000_000  # of one document's text; 2,500 pages


class Unreadable(Exception):
    """There is no text to be had; the reason is for whoever has sent the document."""


@dataclass(frozen=True)
class Extract:
    """What is written in a document: Markdown, and its title where it has one."""

    title: str
    text: str
