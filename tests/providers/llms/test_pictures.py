"""Files on their way to a model: pictures in its own dialect, documents and all else in words."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from dashboard.engine.ports import Ask, Enclosure
from dashboard.engine.turns import Attachment, agent, visitor
from dashboard.providers.llms.backends import Backend
from dashboard.providers.llms.sight import sees
from tests.stand_ins.loopback import Canned

from .hearing import answered, recorded, refused, replaying

CUP = Attachment("file_1", "cup.png", "image/png")
PAPER = Attachment("file_2", "price list.pdf", "application/pdf")
GONE = Attachment("file_3", "old.txt", "text/plain")
BYTES = b"\x89PNG-not-really"
ENCODED = b64encode(BYTES).decode()
ASK = Ask(
    "Be kind.",
    (agent("Hi!"), visitor("How much is this?", [CUP, PAPER, GONE])),
    enclosures=(Enclosure(CUP, image=BYTES), Enclosure(PAPER, "Cup: 9 euros.\n")),
)
IN_WORDS = (
    "How much is this?\n\n[File: price list.pdf]\nCup: 9 euros.\n[End of file]\n\n"
    "(The visitor sent a file, old.txt. Its content is not at hand now.)"
)
UNSEEN = "(The visitor sent an image, cup.png, that you cannot see.)"


async def told(backend: Backend, recording: str, ask: Ask = ASK) -> Any:
    async with replaying(backend, recorded(recording)) as (llm, here):
        answer = await answered(llm, ask)
    assert answer.trouble is None
    return here.heard[0].json


async def test_openai_gets_parts_with_the_picture_in_its_address() -> None:
    body = await told(Backend("openai", "gpt-4o", "/v1"), "openai-text.sse")

    assert body["messages"][-1]["content"] == [
        {"type": "text", "text": IN_WORDS},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{ENCODED}"}},
    ]


async def test_anthropic_gets_blocks_picture_first() -> None:
    body = await told(Backend("anthropic", "claude-sonnet-4-5"), "anthropic-text.sse")

    source = {"type": "base64", "media_type": "image/png", "data": ENCODED}
    assert body["messages"][-1] == {
        "role": "user",
        "content": [{"type": "image", "source": source}, {"type": "text", "text": IN_WORDS}],
    }


async def test_gemini_gets_inline_data() -> None:
    body = await told(Backend("gemini", "gemini-2.5-flash"), "gemini-text.sse")

    assert body["contents"][-1]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": ENCODED}},
        {"text": IN_WORDS},
    ]


async def test_ollama_gets_images_beside_the_text() -> None:
    body = await told(Backend("ollama", "llava:13b"), "ollama-text.ndjson")

    assert body["messages"][-1] == {"role": "user", "content": IN_WORDS, "images": [ENCODED]}


@pytest.mark.parametrize(
    ("backend", "recording"),
    [
        (Backend("openai", "gpt-3.5-turbo", "/v1"), "openai-text.sse"),
        (Backend("ollama", "llama3.1"), "ollama-text.ndjson"),
    ],
)
async def test_a_model_without_eyes_is_told_that_there_was_a_picture(
    backend: Backend, recording: str
) -> None:
    body = await told(backend, recording)

    said = body["messages"][-1]
    assert said["content"] == IN_WORDS.replace("\n\n[File", f"\n\n{UNSEEN}\n\n[File")
    assert "images" not in said


async def test_a_kind_of_picture_that_a_vendor_cannot_read_is_told_in_words() -> None:
    gif = Attachment("file_4", "wave.gif", "image/gif")
    ask = Ask("", (visitor("", [gif]),), enclosures=(Enclosure(gif, image=b"GIF89a"),))

    body = await told(Backend("gemini", "gemini-2.5-flash"), "gemini-text.sse", ask)

    assert "wave.gif, that you cannot see" in body["contents"][-1]["parts"][0]["text"]


async def test_a_picture_alone_is_a_message() -> None:
    ask = Ask("", (visitor("", [CUP]),), enclosures=(Enclosure(CUP, image=BYTES),))

    body = await told(Backend("openai", "gpt-4o", "/v1"), "openai-text.sse", ask)

    assert [part["type"] for part in body["messages"][-1]["content"]] == ["image_url"]


async def test_pictures_of_messages_that_are_joined_all_go_along() -> None:
    ask = Ask(
        "",
        (visitor("One.", [CUP]), visitor("Two.")),
        enclosures=(Enclosure(CUP, image=BYTES),),
    )

    body = await told(Backend("anthropic", "claude-sonnet-4-5"), "anthropic-text.sse", ask)

    (message,) = body["messages"]
    assert [part["type"] for part in message["content"]] == ["image", "text"]
    assert message["content"][1]["text"] == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("model", "refusal", "requests"),
    [
        ("own-1", refused(400, '{"error": {"message": "this model has no vision"}}'), 3),
        ("own-2", refused(500, '{"error": {"message": "image input is not supported"}}'), 3),
        ("own-3", refused(400, '{"error": {"message": "content must be a string"}}'), 4),
    ],
)
async def test_a_server_that_refuses_pictures_is_asked_once_more_without(
    model: str, refusal: Canned, requests: int
) -> None:
    """It is remembered where the refusal spoke of images: the next picture costs no request."""
    good = recorded("openai-text.sse")
    answers = [refusal, good, good] if requests == 3 else [refusal, good, refusal, good]
    async with replaying(Backend("openai", model, "/v1"), *answers) as (llm, here):
        first, second = await answered(llm, ASK), await answered(llm, ASK)

    assert (first.trouble, second.trouble) == (None, None)
    assert len(here.heard) == requests
    assert ENCODED in str(here.heard[0].json)
    assert ENCODED not in str(here.heard[1].json)
    assert UNSEEN in str(here.heard[1].json)


async def test_a_refusal_that_stays_is_trouble_after_two_requests() -> None:
    refusal = refused(400, '{"error": {"message": "too long", "code": "too_long"}}')
    async with replaying(Backend("openai", "strict", "/v1"), refusal, refusal) as (llm, here):
        answer = await answered(llm, ASK)

    assert answer.trouble is not None
    assert "too_long" in answer.trouble.reason
    assert len(here.heard) == 2


@pytest.mark.parametrize(
    ("kind", "model", "seen"),
    [
        ("openai", "gpt-4o", True),
        ("openai", "gpt-4.1-mini", True),
        ("openai", "gpt-4-turbo", True),
        ("openai", "gpt-5.2", True),
        ("openai", "somebody/unheard-of", True),
        ("openai", "gpt-3.5-turbo", False),
        ("openai", "gpt-4", False),
        ("openai", "gpt-4-0613", False),
        ("openai", "gpt-oss-20b", False),
        ("openai", "deepseek/deepseek-chat", False),
        ("openai", "Qwen/Qwen3-30B-A3B", False),
        ("openai", "Qwen/Qwen2.5-VL-7B-Instruct", True),
        ("openai", "meta-llama/Llama-3.2-11B-Vision-Instruct", True),
        ("openai", "meta-llama/Llama-3.1-8B-Instruct", False),
        ("anthropic", "claude-haiku-4-5", True),
        ("anthropic", "claude-2.1", False),
        ("gemini", "gemini-2.5-flash", True),
        ("ollama", "llama3.2-vision:11b", True),
        ("ollama", "gemma3:4b", True),
        ("ollama", "gemma3:1b", False),
        ("ollama", "qwen2.5vl:7b", True),
        ("ollama", "qwen3:8b", False),
        ("ollama", "mistral", False),
        ("built-in", "built-in extractive", False),
    ],
)
def test_which_families_see(kind: str, model: str, seen: bool) -> None:
    assert sees(kind, model) is seen
