"""The text of an answer, in the charset that it claims, where that is one that people use.

Python knows more "charsets" than the web does: some of them run escapes, and yield halves of
characters that nothing further on can write down.
"""

from __future__ import annotations

import codecs

# As Python spells them; what is missing here is read as UTF-8.
_KNOWN = frozenset(
    {"ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"}
    | {"koi8-r", "koi8-u", "shift_jis", "cp932", "euc_jp", "iso2022_jp"}
    | {"gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_kr", "cp949", "cp874", "tis-620"}
    | {f"cp125{number}" for number in range(9)}
    | {f"iso8859-{number}" for number in range(1, 17)}
)


def readable(content: bytes, content_type: str) -> str:
    """The content as text, with U+FFFD or ? for what is none."""
    claimed = content_type.lower().partition("charset=")[2].split(";")[0].strip("\"' ")
    try:
        charset = codecs.lookup(claimed or "utf-8").name
    except (LookupError, ValueError):
        charset = "utf-8"
    text = content.decode(charset if charset in _KNOWN else "utf-8", "replace")
    return text.encode("utf-8", "replace").decode()
