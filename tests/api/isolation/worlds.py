"""One of everything for a workspace, and what a thing's id leads to when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model

from dashboard.agents import revising
from dashboard.agents.models import Agent, Tool
from dashboard.conversations.models import Status
from dashboard.knowledge.models import KnowledgeDocument, SourceFile
from dashboard.webhooks.models import WebhookEndpoint
from dashboard.workspaces import vault
from dashboard.workspaces.models import Secret, User, Workspace
from tests.api.talks import judge, make_talk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


@dataclass
class World:
    """A workspace with one thing of each kind, made when it is first asked for."""

    workspace: Workspace
    owner: User
    word: str  # stands in everything that is made here, and nowhere else
    made: dict[str, Any] = field(default_factory=dict)

    def the(self, kind: str) -> Any:
        if kind not in self.made:
            self.made[kind] = KINDS[kind].make(self)
        return self.made[kind]

    def furnish(self) -> None:
        """Make one of everything."""
        for kind in KINDS:
            self.the(kind)

    def id(self, kind: str) -> str:
        thing = self.the(kind)
        return thing if isinstance(thing, str) else str(thing.pk)


@dataclass(frozen=True)
class Kind:
    """make: one of it in a workspace. remove: as its own route would; None: it cannot be."""

    make: Callable[[World], Any]
    remove: Callable[[Any], Any] | None = lambda thing: thing.delete()


def _agent(world: World) -> Agent:
    prompt = {"prompt": f"You are the {world.word} barista."}
    told = {"conversation": {"text_only": True}, "agent": {"prompt": prompt}}
    name = f"{world.word} barista"
    return revising.create(world.workspace, world.owner, name=name, conversation_config=told)


def _picture(world: World) -> Any:
    facts = {"content_type": "image/png", "content": PNG}
    return world.the("agent").pictures.create(**facts)


def _talk(world: World) -> Any:
    talk = make_talk(world.the("agent"), visitor_id=f"{world.word}-visitor")
    judge(talk)
    for number, (role, said) in enumerate((("user", "Hello?"), ("agent", "A flat white.")), 1):
        talk.turns.create(number=number, role=role, message=f"{said} {world.word}")
    return talk


def _chat(world: World) -> Any:
    """A conversation that goes on, with an agent that takes files."""
    files = {"file_input": {"enabled": True, "max_files_per_conversation": 10}}
    told = {"conversation": {"text_only": True, **files}}
    agent = revising.create(world.workspace, world.owner, name="Taker", conversation_config=told)
    return make_talk(agent, status=Status.IN_PROGRESS, ended_at=None, ended_because="")


def _file(world: World) -> Any:
    name = f"{world.word}.txt"
    facts = {"name": name, "content_type": "text/plain", "size": 2, "content": b"Hi"}
    return world.the("chat").files.create(**facts)


def _tool(world: World) -> Tool:
    name = f"look_up_{world.word}"
    config = {
        "type": "client",
        "name": name,
        "description": f"Looks up the {world.word} menu.",
        "parameters": {"type": "object", "properties": {}},
    }
    return Tool.objects.create(
        workspace=world.workspace, made_by=world.owner, kind="client", name=name, config=config
    )


def _document(world: World) -> KnowledgeDocument:
    document = KnowledgeDocument.objects.create(
        workspace=world.workspace, name=f"{world.word} menu", content=f"Espresso {world.word}."
    )
    document.passages.create(number=1, text=document.content)
    return document


def _shelved(kind: str, **facts: Any) -> Callable[[World], KnowledgeDocument]:
    def make(world: World) -> KnowledgeDocument:
        name = f"{world.word} {kind}"
        return KnowledgeDocument.objects.create(
            workspace=world.workspace, name=name, kind=kind, content=world.word, **facts
        )

    return make


def _paper(world: World) -> KnowledgeDocument:
    paper = _shelved("file", filename="menu.txt", content_type="text/plain")(world)
    SourceFile.objects.create(document=paper, content=world.word.encode())
    return paper


def _secret(world: World) -> Secret:
    return vault.keep(world.workspace, f"{world.word}_key", f"value of {world.word}")


def _webhook(world: World) -> WebhookEndpoint:
    secret = vault.keep(world.workspace, f"{world.word}_signing", "wsec_1")
    return WebhookEndpoint.objects.create(
        workspace=world.workspace, name=world.word, url="https://x.example/", secret=secret
    )


KINDS: dict[str, Kind] = {
    "agent": Kind(_agent, revising.retire),
    "picture": Kind(_picture),
    "version": Kind(lambda world: world.the("agent").told, None),
    "conversation": Kind(_talk),
    "chat": Kind(_chat),
    "file": Kind(_file),
    "tool": Kind(_tool),
    "document": Kind(_document),
    "passage": Kind(lambda world: world.the("document").passages.get()),
    "folder": Kind(_shelved("folder")),
    "page": Kind(_shelved("url", url="http://127.0.0.1:9/menu")),
    "paper": Kind(_paper),
    "secret": Kind(_secret),
    "webhook": Kind(_webhook),
    "user": Kind(lambda world: world.owner, None),
}

# --- What is written down ---------------------------------------------------------------------

# Reading with a key notes when; that is no change of what it reads.
_RESTLESS = {"workspaces.ApiKey": {"last_used_at"}}


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every workspace, the audit log too."""
    return {model._meta.label: list(_rows(model)) for model in _models()}


def _models() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if model.__module__.startswith("dashboard."):
            yield model


def _rows(model: type[Model]) -> Any:
    left_out = _RESTLESS.get(model._meta.label, set())
    columns = [one.attname for one in model._meta.concrete_fields if one.name not in left_out]
    return model._base_manager.order_by("pk").values_list(*columns)
