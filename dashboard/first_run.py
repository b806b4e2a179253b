"""What a first start finds: an owner, a workspace, an API key and a demo agent that can answer."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction

from dashboard.knowledge.ingest import catch_up
from dashboard.workspaces import keys
from dashboard.workspaces.models import ApiKey, Member, Role, Scope, User, Workspace

from .env import stop

USUAL_EMAIL = "owner@parley.local"
LONGEST_EMAIL = 254  # as the column has it
SHORTEST = 8  # of a password or a key; shorter ones are guessed

WORKSPACE = "Harbour Coffee"
AGENT = "Harbour Helper"
FIRST_MESSAGE = (
    "Ahoy! I'm the Harbour Helper. Ask me about our coffee, the opening hours or an order."
)
PROMPT = """\
You are Harbour Helper, the assistant on the website of Harbour Coffee, a small coffee roaster \
with a café at the old harbour.

Be warm, plain and brief: two or three sentences, as a good barista would answer across the \
counter. Answer from the knowledge base. When it does not say, admit it and offer to pass the \
question on to the café by e-mail; never guess prices, opening hours or allergens.

When a visitor wants something done (a return, a table, a wholesale order), ask for what is \
missing, one question at a time."""


# Registered by the demo page (static/demo/demo.js).
SHOW_PRODUCT = {
    "type": "client",
    "name": "show_product",
    "description": "Scroll the page to a coffee and mark it, when the visitor asks about it.",
    "expects_response": True,
    "response_timeout_secs": 5,
    "parameters": {
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "description": "The coffee's name.",
                "enum": ["Lighthouse", "Breakwater", "Low Tide", "Harbour Sampler"],
            }
        },
        "required": ["name"],
    },
}


@dataclass(frozen=True)
class Welcome:
    """What the operator is told when the server is ready."""

    email: str
    password: str = ""  # only when it was just made
    api_key: str = ""  # only when it was just made, or when the environment sets it
    model: str = ""

    def lines(self, address: str) -> list[tuple[str, str]]:
        """Name and value, for a person at a terminal."""
        kept = f"see {kept_in()}" if kept_in().exists() else ""
        by_hand = f"`manage.py changepassword {self.email}` sets a new one"
        password = "from PARLEY_ADMIN_PASSWORD" if settings.ADMIN_PASSWORD else kept or by_hand
        return [
            ("Dashboard", f"{address}/"),
            ("Login", f"{self.email}   password: {self.password or password}"),
            ("API key", self.api_key or kept or "set PARLEY_API_KEY to add one"),
            ("Demo page", f"{address}/demo"),
            ("Model", self.model),
            ("Data", str(settings.HOME)),
        ]


def kept_in() -> Path:
    """Where what was made at the first start can be read again, by the operator alone."""
    return settings.HOME / "keys" / "first-start.txt"


def check_wishes() -> None:
    """Refuse an owner or a key that could not work, before anything is touched."""
    try:
        if settings.ADMIN_EMAIL:
            validate_email(settings.ADMIN_EMAIL)
            MaxLengthValidator(LONGEST_EMAIL)(settings.ADMIN_EMAIL)
    except ValidationError:
        stop(f"PARLEY_ADMIN_EMAIL is {settings.ADMIN_EMAIL!r}; use an e-mail address.")
    for name, value in (
        ("PARLEY_ADMIN_PASSWORD", settings.ADMIN_PASSWORD),
        ("PARLEY_API_KEY", settings.API_KEY),
    ):
        if value and len(value) < SHORTEST:
            stop(f"{name} is too short; use {SHORTEST} characters or more.")
    if not (settings.API_KEY.isascii() and settings.API_KEY.isprintable()):
        stop("PARLEY_API_KEY has characters that a header cannot carry; use letters and digits.")


def seed() -> Welcome:
    """Make what is missing; what is there stays, except what the environment says otherwise."""
    with transaction.atomic():
        workspace = Workspace.objects.order_by("created_at", "id").first()
        if workspace is None:
            workspace, welcome = _make_everything()
        else:
            welcome = Welcome(_as_the_environment_says(workspace).email, api_key=settings.API_KEY)
    catch_up()  # documents that were read without the embeddings, or with others
    return Welcome(welcome.email, welcome.password, welcome.api_key, _model(workspace))


def _make_everything() -> tuple[Workspace, Welcome]:
    made_password = "" if settings.ADMIN_PASSWORD else secrets.token_urlsafe(12)
    email = settings.ADMIN_EMAIL or USUAL_EMAIL
    owner = User.objects.create_user(email, settings.ADMIN_PASSWORD or made_password, name="Owner")
    workspace = Workspace.objects.create(name=WORKSPACE)
    Member.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    _, key = keys.make(workspace, owner, "First key", Scope.WRITE, text=settings.API_KEY)
    _make_demo_agent(workspace, owner)
    _keep(
        ("login", owner.email if made_password else ""),
        ("password", made_password),
        ("api key", "" if settings.API_KEY else key),
    )
    return workspace, Welcome(owner.email, made_password, key)


def _keep(*facts: tuple[str, str]) -> None:
    """Nothing is written that the operator chose: only what was made here."""
    text = "".join(f"{name}: {value}\n" for name, value in facts if value)
    if text:
        path = kept_in()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)  # of a database that is gone
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)


def _as_the_environment_says(workspace: Workspace) -> User:
    """Fixed credentials hold on every start, not just on the first."""
    owner = _owner(workspace)
    password = settings.ADMIN_PASSWORD
    if password and not owner.check_password(password):
        owner.set_password(password)
        owner.save(update_fields=["password"])
    if settings.API_KEY:
        digest = ApiKey.digest_of(settings.API_KEY)
        if not ApiKey.objects.filter(digest=digest).update(revoked_at=None):
            keys.make(workspace, owner, "PARLEY_API_KEY", Scope.WRITE, text=settings.API_KEY)
    return owner


def _owner(workspace: Workspace) -> User:
    owner, email = workspace.owner, User.objects.normalize_email(settings.ADMIN_EMAIL).lower()
    if not email or owner.email == email:
        return owner
    named = User.objects.filter(email=email).first()
    if named is None and owner.email == USUAL_EMAIL:
        owner.email = email
        owner.save(update_fields=["email"])
        return owner
    named = named or User.objects.create_user(email, settings.ADMIN_PASSWORD or None, name="Owner")
    Member.objects.update_or_create(workspace=workspace, user=named, defaults={"role": Role.OWNER})
    return named


def _make_demo_agent(workspace: Workspace, owner: User) -> None:
    from dashboard.agents import revising
    from dashboard.knowledge.demo import demo_documents
    from dashboard.knowledge.ingest import ingest

    known = []
    for name, content in demo_documents():
        size = len(content.encode())
        document = workspace.documents.create(name=name, content=content, size_bytes=size)
        ingest(document)
        known.append({"type": "text", "name": name, "id": document.pk, "usage_mode": "auto"})
    revising.create(
        workspace,
        owner,
        name=AGENT,
        conversation_config=_conversation_config(known),
        platform_settings=_platform_settings(),
        tags=["demo"],
    )


def _conversation_config(known: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "agent": {
            "first_message": FIRST_MESSAGE,
            "language": "en",
            "prompt": {
                "prompt": PROMPT,
                "knowledge_base": known,
                "rag": {"enabled": True},
                "tools": [SHOW_PRODUCT],
                "built_in_tools": {
                    "end_call": {
                        "type": "system",
                        "name": "end_call",
                        "description": "",
                        "params": {"system_tool_type": "end_call"},
                    }
                },
            },
        },
        "conversation": {"text_only": True},
    }


def _platform_settings() -> dict[str, Any]:
    criteria = [
        {
            "id": "answered",
            "name": "Question answered",
            "type": "prompt",
            "conversation_goal_prompt": "The visitor got an answer to what they asked, "
            "or an honest word that the assistant does not know.",
        },
        {
            "id": "stayed_with_the_facts",
            "name": "Stayed with the facts",
            "type": "prompt",
            "conversation_goal_prompt": "The assistant named no price, time or promise "
            "that the knowledge base does not contain.",
            "use_knowledge_base": True,
        },
    ]
    collected = {
        "topic": {
            "type": "string",
            "description": "What the visitor mainly wanted to know, in a few words.",
        },
        "email": {
            "type": "string",
            "description": "The visitor's e-mail address, if they gave one.",
        },
    }
    return {"evaluation": {"criteria": criteria}, "data_collection": collected}


def _model(workspace: Workspace) -> str:
    from dashboard.agents.model_choice import default_name
    from dashboard.providers.llms.extractive import NAME as BUILT_IN

    if (name := default_name(workspace)) != BUILT_IN:
        return name
    return (
        "the built-in extractive answerer: it quotes the agent's documents. "
        "PARLEY_LLM_URL or OPENAI_API_KEY gives it a real one (docs/self-hosting.md)."
    )
