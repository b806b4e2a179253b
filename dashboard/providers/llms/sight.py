"""Which models look at pictures, by family; and pictures as they are sent."""

from __future__ import annotations

import re
from base64 import b64encode

from dashboard.engine.ports import Ask, Enclosure

# Families that read text alone. Whatever else an OpenAI-compatible server offers is shown the
# picture; a server that refuses it is asked once more without (see quirks.py).
_BLIND = re.compile(
    r"(?:.*/)?(?:gpt-3|gpt-4(?:-0|-32k|$)|gpt-oss|o1-mini|o1-preview|o3-mini|claude-(?:1|2|instant)"
    r"|deepseek|codestral|mistral-7b|mixtral|ministral|command|llama-?[123](?!\.2-\d+b-vision)"
    r"|qwen-?[23](?!.*vl)|phi-?[1-4](?!.*(?:vision|multimodal))|watt-tool|glm-[0-9.]+(?!.*v))"
)
# Ollama ignores pictures where a model sees none, so only these get them.
_SEEING_OLLAMA = re.compile(
    r"(?:.*/)?(?:.*llava|.*vision|.*-?vl(?:[-:.]|$)|qwen[0-9.]*vl|gemma-?3(?!n|:270m|:1b)|gemma-?4"
    r"|minicpm-v|moondream|llama-?4|mistral-small3\.[1-9]|pixtral|internvl)"
)
_KINDS = {
    "openai": frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"}),
    "anthropic": frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"}),
    "gemini": frozenset({"image/png", "image/jpeg", "image/webp"}),
    "ollama": frozenset({"image/png", "image/jpeg", "image/webp"}),
}


def sees(kind: str, model: str) -> bool:
    """Whether pictures are shown to this model. `kind`: its dialect."""
    name = model.lower()
    if kind == "ollama":
        return bool(_SEEING_OLLAMA.match(name))
    return kind in _KINDS and not _BLIND.match(name)


def shown(ask: Ask, kind: str, model: str) -> frozenset[str]:
    """The ids of the files that this model gets as pictures."""
    if not sees(kind, model):
        return frozenset()
    return frozenset(
        enclosure.attachment.file_id
        for enclosure in ask.enclosures
        if enclosure.image and enclosure.attachment.content_type in _KINDS[kind]
    )


def encoded(picture: Enclosure) -> str:
    return b64encode(picture.image).decode()
