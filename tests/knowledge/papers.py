"""Small files of every kind, made on the spot."""

from __future__ import annotations

import zipfile
from io import BytesIO

PAGE = b"""<!doctype html><html><head><meta charset="utf-8"><title>Shipping \xc2\xb7 Harbour</title>
</head><body><nav><a href="/">Home</a></nav><main><h1>Shipping</h1><p>We ship on Mondays.</p>
<h2>Norway</h2><ul><li>Four days</li></ul><script>alert(1)</script></main></body></html>"""


def pdf(*pages: str) -> bytes:
    """A PDF that has nothing in it but these lines."""
    count = len(pages)
    kids = " ".join(f"{3 + at} 0 R" for at in range(count))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {count} >>")
    font = "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for at in range(count):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Resources {font} "
            f"/Contents {3 + count + at} 0 R >>"
        )
    for text in pages:
        drawn = f"BT /F 12 Tf 20 200 Td ({text}) Tj ET" if text else ""
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + (end + trailer).encode()


def word() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Returns", 1)
    document.add_paragraph("Within 30 days.")
    document.add_paragraph("In the box", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Zone", "Price", "EU", "4"), strict=True):
        cell.text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def book() -> bytes:
    container = b"""<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
    <rootfile full-path="OEBPS/a.opf"/></rootfiles></container>"""
    package = b"""<package xmlns="http://www.idpf.org/2007/opf"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Brewing</dc:title></metadata>
    <manifest><item id="b" href="two.xhtml"/><item id="a" href="one.xhtml"/></manifest>
    <spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""
    chapter = "<html><body><h1>{0}</h1><p>This is what stands in chapter {0}.</p></body></html>"
    return packed(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/a.opf": package,
            "OEBPS/one.xhtml": chapter.format("One").encode(),
            "OEBPS/two.xhtml": chapter.format("Two").encode(),
        }
    )


BOMB = packed({"word/document.xml": b"\0" * 160_000_000})
