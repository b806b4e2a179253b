"""What visitors sent, opened for a model: of this conversation only, and never too much."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async

from dashboard.conversations import enclosures
from dashboard.conversations.enclosures import Enclosures
from dashboard.conversations.models import Conversation, UploadedFile
from dashboard.engine.turns import Attachment
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]
PNG = b"\x89PNG\r\n\x1a\n"

Send = Callable[[str, str, bytes], Attachment]


@pytest.fixture
def talk(workspace: Workspace, ada: User) -> Conversation:
    return visit(agent_of(workspace, ada))


@pytest.fixture
def send(talk: Conversation) -> Send:
    def send(name: str, kind: str, content: bytes) -> Attachment:
        row = UploadedFile.objects.create(
            conversation=talk, name=name, content_type=kind, size=len(content), content=content
        )
        return Attachment(row.pk, name, kind)

    return send


async def test_pictures_are_bytes_and_documents_are_text(talk: Conversation, send: Send) -> None:
    files = await sync_to_async(
        lambda: [
            send("cup.png", "image/png", PNG),
            send("notes.md", "text/markdown", b"# Cups\n\nNine euros."),
            send("prices.csv", "text/csv", "navn,pris\nkop,9 €".encode()),
        ]
    )()

    opened = await Enclosures(talk.pk, 10).open(files)

    assert [enclosure.attachment for enclosure in opened] == files
    assert opened[0].image == PNG
    assert "Nine euros." in opened[1].text
    assert "kop,9 €" in opened[2].text


async def test_a_file_of_another_conversation_stays_shut(
    workspace: Workspace, ada: User, talk: Conversation, send: Send
) -> None:
    theirs = await sync_to_async(send)("secret.txt", "text/plain", b"secret")
    other = await sync_to_async(lambda: visit(agent_of(workspace, ada)))()

    opened = await Enclosures(other.pk, 10).open([theirs])

    assert opened == []
    assert len(await Enclosures(talk.pk, 10).open([theirs])) == 1


async def test_only_the_newest_are_opened(talk: Conversation, send: Send) -> None:
    files = await sync_to_async(
        lambda: [send(f"{n}.txt", "text/plain", f"text {n}".encode()) for n in range(4)]
    )()

    opened = await Enclosures(talk.pk, 2).open(files)

    assert [enclosure.text for enclosure in opened] == ["text 2", "text 3"]


async def test_what_cannot_be_read_says_why(talk: Conversation, send: Send) -> None:
    files = await sync_to_async(
        lambda: [
            send("broken.pdf", "application/pdf", b"%PDF-1.7 but no more"),
            send("blank.txt", "text/plain", b"   "),
        ]
    )()

    opened = await Enclosures(talk.pk, 10).open(files)

    assert all("could not be read" in enclosure.text for enclosure in opened)
    assert len(opened) == 2


async def test_a_picture_that_is_too_large_is_told_and_not_sent(
    talk: Conversation, send: Send
) -> None:
    large = bytes(enclosures.LARGEST_PICTURE + 1)
    half = bytes(enclosures.LARGEST_PICTURE)
    files = await sync_to_async(
        lambda: [
            send("large.png", "image/png", large),
            *[send(f"{n}.png", "image/png", half) for n in range(4)],
        ]
    )()

    opened = await Enclosures(talk.pk, 10).open(files)

    assert [enclosure.text for enclosure in opened if not enclosure.image] == [
        enclosures.TOO_LARGE,
        enclosures.TOO_MANY,
    ]
    assert sum(len(enclosure.image) for enclosure in opened) <= enclosures.MOST_PICTURES
    assert opened[-1].image  # the newest is there


async def test_a_document_is_read_once_and_a_long_one_is_cut(
    talk: Conversation, send: Send
) -> None:
    file = await sync_to_async(send)("long.txt", "text/plain", b"word " * 100_000)
    desk = Enclosures(talk.pk, 10)
    (first,) = await desk.open([file])
    await sync_to_async(UploadedFile.objects.update)(content=b"changed")

    (second,) = await desk.open([file])

    assert second.text == first.text
    assert len(first.text) < enclosures.MOST_TEXT + 100
    assert first.text.endswith(enclosures.MORE)


async def test_a_file_that_was_taken_back_is_not_there(talk: Conversation, send: Send) -> None:
    file = await sync_to_async(send)("cup.txt", "text/plain", b"cup")
    picture = await sync_to_async(send)("cup.png", "image/png", PNG)
    await sync_to_async(UploadedFile.objects.all().delete)()

    assert await Enclosures(talk.pk, 10).open([file, picture]) == []
