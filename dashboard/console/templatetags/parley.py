"""Tags for every page: `icon`, `orb`, `moment`, `mark`, and filters for lengths and Markdown."""

from __future__ import annotations

import re
import zlib
from datetime import datetime
from functools import lru_cache

import nh3
from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from dashboard.agents.models import Agent
from dashboard.agents.pictures import picture_path
from dashboard.conversations.models import Conversation

from .. import words

register = template.Library()

# Faces for agents that have no colours of their own: light enough beside each other to tell apart.
_FACES = (
    ("#8a3b12", "#f0b67f"),
    ("#1c6b4f", "#a8e0c0"),
    ("#2f4bc7", "#9fd8ff"),
    ("#6a3fb0", "#d9b8ff"),
    ("#8f2e5a", "#ffb3cf"),
    ("#5a6270", "#c4ccd8"),
)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
# No images: a picture from elsewhere would tell its host who reads the transcript.
_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"}


@lru_cache(maxsize=1)
def _icons() -> dict[str, str]:
    """Every symbol of the vendored file by name; inlined, so that pages need no second request."""
    text = (settings.BASE_DIR / "static/vendor/icons.svg").read_text()
    return dict(re.findall(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', text, re.S))


@register.simple_tag
def icon(name: str, size: str = "", tone: str = "") -> SafeString:
    """An icon beside words; it says nothing by itself."""
    kinds = "p-i" + (" p-i--s" if size == "s" else "") + (f" is-{tone}" if tone else "")
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        kinds,
        SafeString(_icons()[name]),
    )


@register.simple_tag
def orb(agent: Agent, size: str = "") -> SafeString:
    """An agent's face: its picture, its widget's two colours, or two that its id picks."""
    kinds = "p-orb" + (f" p-orb--{size}" if size else "")
    if shown := picture_path(agent.version.platform_settings if agent.version else {}):
        return format_html('<img class="{}" src="{}" alt="" width="32" height="32">', kinds, shown)
    dark, light = _colours(agent)
    return format_html(
        '<svg class="{}" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" '
        'fill="{}"/><circle cx="11" cy="9" r="12" fill="{}"/><circle cx="9" cy="7" r="5" '
        'fill="#fff" fill-opacity=".6"/></svg>',
        kinds,
        dark,
        light,
    )


def _colours(agent: Agent) -> tuple[str, str]:
    told = agent.version.platform_settings if agent.version else {}
    widget = told.get("widget") if isinstance(told, dict) else None
    avatar = widget.get("avatar") if isinstance(widget, dict) else None
    if isinstance(avatar, dict):
        found = [str(avatar.get(name, "")) for name in ("color_1", "color_2")]
        if all(_COLOUR.fullmatch(colour) for colour in found):
            return found[0], found[1]
    return _FACES[zlib.crc32(agent.pk.encode()) % len(_FACES)]


@register.simple_tag
def moment(time: datetime) -> SafeString:
    """A time as people say it, exact on hover."""
    here = timezone.localtime(time)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        here.isoformat(timespec="seconds"),
        f"{here:%A} {here.day} {here:%B %Y, %H:%M:%S %Z}",
        words.when(time),
    )


@register.simple_tag
def mark(state: words.Mark) -> SafeString:
    """A tag with its dot or icon, its word and its colour."""
    if state.icon == "live":
        before = SafeString('<span class="p-dot p-dot--live"></span>')
    else:
        before = icon(state.icon)
    kind = f" p-tag--{state.tone}" if state.tone else ""
    return format_html('<span class="p-tag{}">{}{}</span>', kind, before, state.word)


@register.filter
def mark_of(conversation: Conversation) -> words.Mark:
    return words.mark_of(conversation)


@register.filter
def about(conversation: Conversation) -> str:
    return words.about(conversation)


@register.filter
def lasted(seconds: float) -> str:
    return words.lasted(seconds)


@register.filter
def came_by(source: str) -> str:
    return words.came_by(source)


@register.filter
def took(seconds: float) -> str:
    return words.took(seconds)


@register.filter
def clock(seconds: float) -> str:
    return words.clock(seconds)


@register.filter
def grouped(number: int) -> str:
    """`100 000`, with thin spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


@register.filter
def markdown(text: str) -> SafeString:
    """What was said, with its lists and links, and nothing that could run or load."""
    html = nh3.clean(
        _MARKDOWN.render(text or ""),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    # Words of a transcript are no headings of the page.
    return SafeString(re.sub(r"<(/?)h[1-6]>", r"<\1p>", html))


@register.filter
def styles(names: str) -> list[str]:
    """The addresses of stylesheets by name: `"chat prompt"|styles`."""
    return [static(f"console/css/{name}.css") for name in names.split()]
