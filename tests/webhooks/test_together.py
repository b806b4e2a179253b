"""Webhooks that are changed and taken away at the same time; deeds that are done again."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from dashboard.agents import webhook_uses
from dashboard.agents.workspace_settings import change_settings
from dashboard.webhooks import endpoints
from dashboard.webhooks.models import WebhookEndpoint
from dashboard.workspaces.deeds import TRIES, in_one_deed
from dashboard.workspaces.models import User, Workspace

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]


class Circle(Exception):
    sqlstate = "40P01"


class Wrong(Exception):
    sqlstate = "22001"


def test_a_webhook_is_changed_while_it_goes(workspace: Workspace, ada: User) -> None:
    trouble: list[Exception] = []
    for n in range(6):
        endpoint, _ = endpoints.add(workspace, ada, "Desk", f"https://desk.example/{n}")
        named = {"webhooks": {"post_call_webhook_id": endpoint.pk}}
        change_settings(workspace, named, ada)
        start = threading.Barrier(3)

        def act(deed: Any, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                deed()
            except WebhookEndpoint.DoesNotExist:
                pass  # it went first
            except Exception as error:
                trouble.append(error)
            connection.close()

        deeds = (
            lambda one=endpoint: webhook_uses.remove(one, ada, force=True),
            lambda one=endpoint: endpoints.change(one.pk, ada, name="New"),
            lambda one=endpoint: endpoints.change(one.pk, ada, request_headers={"a": "b"}),
        )
        threads = [threading.Thread(target=act, args=(deed,)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (trouble, workspace.webhooks.count()) == ([], 0)


def _failing(times: int, cause: type[Exception]) -> tuple[Any, list[int]]:
    tried: list[int] = []

    @in_one_deed
    def deed() -> str:
        tried.append(1)
        Workspace.objects.create(name="Tried")
        if len(tried) <= times:
            raise DatabaseError from cause()
        return "done"

    return deed, tried


def test_a_deed_that_was_broken_off_is_done_again_once() -> None:
    deed, tried = _failing(TRIES - 1, Circle)

    assert deed() == "done"
    assert (len(tried), Workspace.objects.filter(name="Tried").count()) == (TRIES, 1)


@pytest.mark.parametrize(("times", "cause", "tries"), [(TRIES, Circle, TRIES), (1, Wrong, 1)])
def test_what_does_not_pass_is_raised(times: int, cause: type[Exception], tries: int) -> None:
    deed, tried = _failing(times, cause)

    with pytest.raises(DatabaseError):
        deed()

    assert len(tried) == tries


def test_a_part_of_a_larger_deed_is_not_tried_again() -> None:
    deed, tried = _failing(1, Circle)

    with pytest.raises(DatabaseError), transaction.atomic():
        deed()

    assert len(tried) == 1
