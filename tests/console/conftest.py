"""Clients signed in as Ada, Ben, Cleo and a viewer; an agent and its conversations."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.agents.revising import create
from dashboard.conversations.models import Analysis, Conversation, Outcome, Status
from dashboard.workspaces.models import Member, Role, User, Workspace


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def adas(ada: User) -> Client:
    return signed_in(ada)


@pytest.fixture
def bens(ben: User) -> Client:
    return signed_in(ben)


@pytest.fixture
def cleos(cleo: User) -> Client:
    return signed_in(cleo)


@pytest.fixture
def viewers(workspace: Workspace, ada: User) -> Client:
    user = User.objects.create_user("vera@harbour.example", "correct horse battery", name="Vera")
    Member.objects.create(workspace=workspace, user=user, role=Role.VIEWER)
    return signed_in(user)


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    told = {
        "agent": {
            "first_message": "Hi! Beans or brewing?",
            "prompt": {"prompt": "Be kind.", "llm": "gpt-4o", "temperature": 0.3},
        },
        "conversation": {"text_only": True},
    }
    return create(workspace, ada, name="Harbour Helper", conversation_config=told)


def talk(agent: Agent, status: Status = Status.DONE, **facts: Any) -> Conversation:
    return Conversation.objects.create(
        workspace=agent.workspace,
        agent=agent,
        version=agent.told,
        status=status,
        ended_at=None if status == Status.IN_PROGRESS else timezone.now(),
        **facts,
    )


def judged(conversation: Conversation, outcome: Outcome, title: str, **facts: Any) -> Conversation:
    """As when it was judged: what lists are narrowed by stands in its own row too."""
    Analysis.objects.create(conversation=conversation, outcome=outcome, title=title, **facts)
    conversation.outcome, conversation.lasted = outcome, conversation.seconds
    conversation.save(update_fields=["outcome", "lasted"])
    return conversation
