"""`platform_settings.widget`: how the widget looks and what it says (contract rest.md §8)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from .document import Document

Texts = dict[str, str | None]  # the widget itself knows the labels


class Orb(Document):
    type: Literal["orb"] = "orb"
    color_1: str = "#2792dc"
    color_2: str = "#9ce6e6"


class LinkedPicture(Document):
    type: Literal["url"]
    custom_url: str = ""


class UploadedPicture(Document):
    type: Literal["image"]
    url: str = ""


class OtherAvatar(Document):
    type: str


def _avatar_kind(avatar: Any) -> str:
    kind = avatar.get("type") if isinstance(avatar, dict) else getattr(avatar, "type", "orb")
    if kind is None:
        return "orb"
    return kind if kind in ("orb", "url", "image") else "other"


Avatar = Annotated[
    Annotated[Orb, Tag("orb")]
    | Annotated[LinkedPicture, Tag("url")]
    | Annotated[UploadedPicture, Tag("image")]
    | Annotated[OtherAvatar, Tag("other")],
    Discriminator(_avatar_kind),
]


class LinkHost(Document):
    hostname: Annotated[str, Field(max_length=260)]


class Rating(Document):
    type: str = "rating"


class Styles(Document):
    """Null: as the widget does it by itself."""

    base: str | None = None
    base_hover: str | None = None
    base_active: str | None = None
    base_border: str | None = None
    base_subtle: str | None = None
    base_primary: str | None = None
    base_error: str | None = None
    accent: str | None = None
    accent_hover: str | None = None
    accent_active: str | None = None
    accent_border: str | None = None
    accent_subtle: str | None = None
    accent_primary: str | None = None
    overlay_padding: float | None = None
    button_radius: float | None = None
    input_radius: float | None = None
    bubble_radius: float | None = None
    sheet_radius: float | None = None
    compact_sheet_radius: float | None = None
    dropdown_sheet_radius: float | None = None


class WidgetPreset(Document):
    text_contents: Texts | None = None
    terms_text: str | None = None
    terms_html: str | None = None
    terms_key: str | None = None


class Widget(Document):
    variant: Literal["tiny", "compact", "full", "expandable"] = "full"
    placement: Literal["top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"] = (
        "bottom-right"
    )
    expandable: Literal["never", "mobile", "desktop", "always"] = "never"
    avatar: Avatar = Field(default_factory=Orb)
    feedback_mode: Literal["none", "during", "end"] = "none"
    end_feedback: Rating | None = None
    bg_color: str = "#ffffff"
    text_color: str = "#000000"
    btn_color: str = "#000000"
    btn_text_color: str = "#ffffff"
    border_color: str = "#e1e1e1"
    focus_color: str = "#000000"
    border_radius: int | None = None
    btn_radius: int | None = None
    action_text: str | None = None
    start_call_text: str | None = None
    end_call_text: str | None = None
    expand_text: str | None = None
    listening_text: str | None = None
    speaking_text: str | None = None
    shareable_page_text: str | None = None
    shareable_page_show_terms: bool = True
    terms_text: str | None = None
    terms_html: str | None = None
    terms_key: str | None = None
    show_avatar_when_collapsed: bool | None = False
    disable_banner: bool = False
    override_link: str | None = None
    markdown_link_allowed_hosts: list[LinkHost] = Field(default_factory=list)
    markdown_link_include_www: bool = True
    markdown_link_allow_http: bool = True
    mic_muting_enabled: bool = True
    transcript_enabled: bool = True
    text_input_enabled: bool = True
    conversation_mode_toggle_enabled: bool = False
    default_expanded: bool = False
    always_expanded: bool = False
    dismissible: bool = False
    show_agent_status: bool = False
    show_conversation_id: bool = True
    show_resize_button: bool = True
    strip_audio_tags: bool = True
    end_confirmation_enabled: Any = None
    mobile_fullscreen: Any = None
    transcript_speech_sync_enabled: Any = None
    syntax_highlight_theme: Literal["light", "dark"] | None = None
    text_contents: Texts = Field(default_factory=dict)
    styles: Styles = Field(default_factory=Styles)
    language_selector: bool = False
    supports_text_only: bool = True
    custom_avatar_path: str | None = None
    language_presets: dict[str, WidgetPreset] = Field(default_factory=dict)
