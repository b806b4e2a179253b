"""How a conversation starts: who and where from, what the owner's server says, then a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.agents import initiating, secret_variables
from dashboard.agents.briefing import Occasion
from dashboard.agents.initiating import Facts, Fetched, FetchFailed, Initiating
from dashboard.agents.model_choice import as_burst
from dashboard.agents.overriding import OverrideRefused
from dashboard.agents.speaker import Casting, speaker_for
from dashboard.agents.toolbox import ClientTools
from dashboard.agents.wishes import Wishes, kept
from dashboard.engine.variables import MissingVariable, UnfitVariable
from dashboard.workspaces import ids

from . import admission
from .admission import Entry, Knock, Place, Refused
from .models import Conversation, Status
from .turns import storable


@dataclass(frozen=True)
class Hello:
    """What a client said first. `said`: its frame, of which is kept what holds no secret.

    `may_return`: it keeps a resume token, and may come back at any server.
    """

    wishes: Wishes = field(default_factory=Wishes)
    said: Mapping[str, Any] = field(default_factory=dict)
    visitor_id: str = ""
    source: str = ""
    source_version: str = ""
    may_return: bool = False


@dataclass(frozen=True)
class Started:
    conversation: Conversation
    casting: Casting


@dataclass(frozen=True)
class Handshake:
    """The owner's server must be asked first; meanwhile the conversation has a place."""

    entry: Entry
    hello: Hello
    occasion: Occasion
    wanted: Initiating

    @property
    def facts(self) -> Facts:
        """What the owner's server is told."""
        hello = self.hello
        return Facts(
            self.entry.agent.pk,
            self.occasion.conversation_id,
            hello.visitor_id,
            hello.source,
            hello.source_version,
            hello.wishes.variables,
        )


VOICE_ONLY = Refused(
    "voice", "This agent is set up for voice, and this server talks in text: turn on text only."
)


def start(
    knock: Knock, hello: Hello, server_id: str, client_tools: ClientTools | None = None
) -> Started | Handshake | Refused:
    """Admit a visitor and open the record, or say why not. A refusal takes no place."""
    entry = admission.enter(knock)
    if isinstance(entry, Refused):
        return entry
    if full := admission.full_at_a_glance(entry.agent):
        return full
    occasion = Occasion(entry.conversation_id or ids.conversation_id(), timezone.now())
    if wanted := initiating.wanted(entry.version):
        return _shake_hands(Handshake(entry, hello, occasion, wanted), server_id)
    casting = _cast(entry, hello, occasion, client_tools)
    if isinstance(casting, Refused):
        return casting
    with transaction.atomic():
        place = admission.find_room(entry.agent)
        trouble = place if isinstance(place, Refused) else admission.spend(entry)
        if isinstance(place, Refused) or trouble:
            return trouble or admission.FULL
        talk = _row(entry, hello, occasion, server_id)
        started = Started(talk, _placed(casting, place))
        if not _insert(_establish(talk, place, hello, casting), entry):
            transaction.set_rollback(True)
            return admission.USED_SIGNATURE
    return started


def _shake_hands(handshake: Handshake, server_id: str) -> Handshake | Refused:
    """Take a place of the total until the owner's server has answered (websocket.md §2.3).

    A link that serves once is held by this row, and spent when the conversation is established.
    """
    entry = handshake.entry
    with transaction.atomic():
        if trouble := admission.find_handshake_room(entry.agent):
            return trouble
        talk = _row(entry, handshake.hello, handshake.occasion, server_id)
        talk.status = Status.INITIATED
        return handshake if _insert(talk, entry) else admission.USED_SIGNATURE


def _insert(talk: Conversation, entry: Entry) -> bool:
    """False when the link that names the conversation is held by somebody who came with it, too."""
    try:
        with transaction.atomic():
            talk.save(force_insert=True)
    except IntegrityError:
        if not entry.conversation_id:
            raise
        return False
    return True


def establish(
    handshake: Handshake,
    fetched: Fetched | FetchFailed,
    client_tools: ClientTools | None = None,
) -> Started | Refused:
    """Go from the handshake to a conversation, with what the owner's server said.

    Nothing is done after the row says that the conversation goes on: what raises leaves it waiting.
    """
    pk = handshake.occasion.conversation_id
    if isinstance(fetched, FetchFailed):
        _fail(handshake, fetched)
        return Refused("initiation_webhook", fetched.message)
    entry = handshake.entry
    wishes = initiating.merged(handshake.hello.wishes, fetched)
    visitor_id = fetched.visitor_id or handshake.hello.visitor_id
    hello = replace(handshake.hello, wishes=wishes, visitor_id=visitor_id)
    casting = _cast(entry, hello, handshake.occasion, client_tools)
    if isinstance(casting, Refused):
        give_up(pk)
        return casting
    with transaction.atomic():
        place = admission.find_room(entry.agent, besides=pk)
        whole = Conversation.objects.select_related("agent__limits", "agent__workspace")
        waiting = whole.select_for_update(of=("self",)).filter(pk=pk, status=Status.INITIATED)
        talk = waiting.first()
        if isinstance(place, Refused) or talk is None:
            give_up(pk)
            return place if isinstance(place, Refused) else admission.FULL
        if trouble := admission.spend(entry):
            give_up(pk)
            return trouble
        started = Started(talk, _placed(casting, place))
        _establish(talk, place, hello, casting).save(force_update=True)
    return started


def give_up(pk: str) -> None:
    """A handshake that came to nothing leaves nothing behind."""
    Conversation.objects.filter(pk=pk, status=Status.INITIATED).delete()


def _fail(handshake: Handshake, failed: FetchFailed) -> None:
    """The owner finds out why among their conversations.

    Where a link names the conversation, the record goes by an id of its own: the visitor is told
    to try again, and that link is all they have.
    """
    pk = handshake.occasion.conversation_id
    with transaction.atomic():
        moved = Conversation.objects.filter(pk=pk).move(
            Status.INITIATED,
            Status.FAILED,
            ended_because="The initiation webhook failed.",
            ended_at=timezone.now(),
            lasted=0,
            trouble={"code": 1008, "reason": failed.reason},
        )
        if moved and handshake.entry.conversation_id:
            record = Conversation.objects.get(pk=pk)
            record.pk = ids.conversation_id()
            record.save(force_insert=True)
            Conversation.objects.filter(pk=pk).delete()


def _cast(
    entry: Entry, hello: Hello, occasion: Occasion, client_tools: ClientTools | None
) -> Casting | Refused:
    try:
        casting = speaker_for(
            entry.version, hello.wishes, occasion=occasion, client_tools=client_tools
        )
    except OverrideRefused as refusal:
        return Refused("override_error", str(refusal))
    except MissingVariable as missing:
        return Refused("missing_dynamic_variable", str(missing))
    except UnfitVariable as unfit:
        return Refused("value_error", str(unfit))
    return casting if casting.text_only else VOICE_ONLY


def _placed(casting: Casting, place: Place) -> Casting:
    """A conversation above the limit waits behind the others for its model."""
    if not place.is_burst:
        return casting
    speaker = casting.speaker
    return replace(casting, speaker=replace(speaker, llm=as_burst(speaker.llm)))


def _row(entry: Entry, hello: Hello, occasion: Occasion, server_id: str) -> Conversation:
    return Conversation(
        id=occasion.conversation_id,
        workspace=entry.agent.workspace,
        agent=entry.agent,
        version=entry.version,
        server_id=server_id,
        started_at=occasion.now,
        authorized_by=entry.authorized_by,
        may_return=hello.may_return,
        visitor_id=storable(hello.visitor_id[:300]),
        source=storable(hello.source[:60]),
        source_version=storable(hello.source_version[:60]),
    )


def _establish(talk: Conversation, place: Place, hello: Hello, casting: Casting) -> Conversation:
    talk.status = Status.IN_PROGRESS
    talk.is_burst = place.is_burst
    talk.warnings = list(casting.warnings)
    talk.language = storable(casting.speaker.brief.language[:20])
    talk.visitor_id = storable(hello.visitor_id[:300])
    talk.initiation = storable(kept(hello.wishes, hello.said))
    talk.sealed_variables = secret_variables.sealed(hello.wishes) if hello.may_return else ""
    return talk
