"""Files that are ZIP archives inside: measured before anything in them is unpacked."""

from __future__ import annotations

import posixpath
import zipfile
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from . import MOST_CHARACTERS, Extract, Unreadable
from .web import main_text
from .word import read_word

MOST_PARTS = 5_000
MOST_UNPACKED = 150_000_000  # bytes
_BROKEN = "This file is damaged and cannot be read."
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def read_packed(content: bytes) -> Extract:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            # A bomb: a few bytes that become gigabytes.
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unreadable("This file unpacks to more than can be read.")
            if "META-INF/container.xml" in names:
                return _read_book(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(_BROKEN) from error
    if "word/document.xml" in names:
        return read_word(content)
    if "xl/workbook.xml" in names:
        raise Unreadable("Spreadsheets cannot be read. Save it as CSV.")
    if "ppt/presentation.xml" in names:
        raise Unreadable("Slides cannot be read. Save them as PDF.")
    raise Unreadable("This is an archive. Unpack it, and add the files in it.")


def _read_book(archive: zipfile.ZipFile) -> Extract:
    """An EPUB: its chapters in the order of its spine."""
    try:
        root = _parsed(archive.read("META-INF/container.xml"))
        place = root.find(f".//{_CONTAINER}rootfile").get("full-path")
        package = _parsed(archive.read(place))
        chapters, length = [], 0
        for name in _spine(package, posixpath.dirname(place)):
            page = archive.read(name)
            chapters.append(main_text(page.decode("utf-8", "replace")))
            length += len(chapters[-1])
            if length > MOST_CHARACTERS:
                break
        title = package.findtext(f".//{_DC}title") or ""
    except (KeyError, AttributeError, SyntaxError) as error:  # lxml's errors are SyntaxErrors
        raise Unreadable("This book is damaged, or is locked by its publisher.") from error
    text = "\n\n".join(filter(None, chapters))
    if not text.strip():
        raise Unreadable("This book has no text: it may hold only pictures.")
    return Extract(" ".join(title.split()), text)


def _spine(package: Any, folder: str) -> list[str]:
    files = {item.get("id"): item.get("href") for item in package.iter(f"{_OPF}item")}
    order = [files.get(item.get("idref")) for item in package.iter(f"{_OPF}itemref")]
    return [posixpath.normpath(posixpath.join(folder, unquote(href))) for href in order if href]


def _parsed(content: bytes) -> Any:
    from lxml import etree

    # No entities and no network: neither a file of ours nor an address inside is read.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(content, parser)
