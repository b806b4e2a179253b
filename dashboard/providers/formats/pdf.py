"""The text of a PDF, page by page."""

from __future__ import annotations

from io import BytesIO

from . import MOST_CHARACTERS, Extract, Unreadable

MOST_PAGES = 3_000


def read_pdf(content: bytes) -> Extract:
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise Unreadable("This PDF asks for a password. Save it without one.")
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise Unreadable(f"This PDF has {pages:,} pages; {MOST_PAGES:,} can be read.")
        text = _text_of(reader)
        title = str((reader.metadata.title if reader.metadata else "") or "")
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        # Whatever a damaged file makes pypdf stumble over.
        raise Unreadable("This PDF is damaged and cannot be read.") from error
    if not text.strip():
        raise Unreadable("This PDF has no text: it may be scanned.")
    return Extract(" ".join(title.split()), text)


def _text_of(reader: object) -> str:
    pages: list[str] = []
    length = 0
    for page in reader.pages:  # type: ignore[attr-defined]  # pypdf is loaded late
        pages.append(page.extract_text())
        length += len(pages[-1])
        if length > MOST_CHARACTERS:
            break
    return "\n\n".join(page.strip() for page in pages)
