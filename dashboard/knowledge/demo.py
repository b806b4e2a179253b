"""What the demo agent knows: the documents of a coffee shop that does not exist."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "demo"


def demo_documents() -> list[tuple[str, str]]:
    """Name and Markdown of each, in the order of their names."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.md"))]
    return [(text.partition("\n")[0].removeprefix("# ").strip(), text) for text in texts]
