"""Files, feedback and deletions that come at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.conversations import feedback, files, lifecycle
from dashboard.conversations.models import (
    Analysis,
    Conversation,
    Fact,
    FactKind,
    LiveServer,
    Status,
    StoredTurn,
    ToolRun,
    UploadedFile,
)
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import visitor
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit

pytestmark = pytest.mark.both_profiles
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
TURNS = 500


@pytest.fixture
def to(workspace: Workspace, ada: User) -> Agent:
    return agent_of(workspace, ada)


def going(to: Agent) -> Conversation:
    talk = visit(to, server=LiveServer.objects.create())
    Conversation.objects.filter(pk=talk.pk).update(status=Status.IN_PROGRESS, ended_at=None)
    return talk


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    def run(deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@pytest.mark.django_db(transaction=True)
def test_uploads_from_all_sides_stop_at_what_the_agent_allows(to: Agent) -> None:
    talk = going(to)
    most = 3
    config = to.told.conversation_config
    config.setdefault("conversation", {})["file_input"] = {
        "enabled": True,
        "max_files_per_conversation": most,
    }
    type(to.told).objects.filter(pk=to.told.pk).update(conversation_config=config)

    kept = at_once(*[lambda: files.keep(talk.pk, "cup.png", PNG)] * 8)

    assert sum(isinstance(one, UploadedFile) for one in kept) == most
    assert kept.count(files.TOO_MANY) == 8 - most
    assert talk.files.count() == most


@pytest.mark.django_db(transaction=True)
def test_a_thumb_and_stars_at_once_are_both_kept(to: Agent) -> None:
    talk = visit(to)

    at_once(
        lambda: feedback.rate(talk.pk, {"thumb": "like"}),
        lambda: feedback.rate(talk.pk, {"rating": 5}),
        lambda: feedback.rate(talk.pk, {"comment": "Good."}),
        lambda: lifecycle.warn(talk.pk, "A remark."),
    )

    talk.refresh_from_db()
    assert (talk.thumb, talk.rating, talk.comment, talk.has_comment) == ("like", 5, "Good.", True)
    assert talk.warnings == ["A remark."]


@pytest.mark.django_db(transaction=True)
def test_deleting_while_it_ends_leaves_all_of_it_or_nothing(to: Agent, ada: User) -> None:
    for _ in range(4):
        talk = going(to)

        won, gone = at_once(
            lambda talk=talk: lifecycle.finish(talk.pk, "end_call"),
            lambda talk=talk: lifecycle.delete(talk, ada),
        )

        assert won
        left = Conversation.objects.filter(pk=talk.pk)
        assert left.exists() != gone
        assert StoredTurn.objects.filter(conversation_id=talk.pk).exists() != gone
        if not gone:
            assert left.get().lasted is not None


@pytest.mark.django_db
def test_deleting_a_long_conversation_takes_few_queries(
    to: Agent, ada: User, django_assert_max_num_queries: Any
) -> None:
    talk = visit(to, ())
    of = {"workspace": to.workspace, "conversation": talk}
    said = (StoredTurn(conversation=talk, number=n, **as_row(visitor("Hi"))) for n in range(TURNS))
    StoredTurn.objects.bulk_create(said)
    Fact.objects.bulk_create(Fact(**of, kind=FactKind.VARIABLE, name=f"n{n}") for n in range(99))
    ToolRun.objects.bulk_create(
        ToolRun(**of, agent=to, tool_name="find", request_id=f"c{n}", at=timezone.now())
        for n in range(TURNS)
    )
    Analysis.objects.create(conversation=talk)

    with django_assert_max_num_queries(20):
        assert lifecycle.delete(talk, ada)

    for kept in (StoredTurn, Fact, ToolRun, Analysis):
        assert not kept.objects.exists()
