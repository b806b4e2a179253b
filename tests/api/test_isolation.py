"""Every route, every id in it: what is not this workspace's leads nowhere and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from dashboard.workspaces.models import ApiKey, Member, Role, Scope, User, Workspace

from .isolation.asking import Asked, Wrong, wrong_requests
from .isolation.cases import ASKS, BODIES, EXCEPTIONS, PARTS, QUERIES, REFUSES, STARTS, kind_of
from .isolation.routes import Route, routes
from .isolation.worlds import KINDS, World, everything

Rows = dict[str, list[Any]]
pytestmark = pytest.mark.both_profiles

EVERY = [pytest.param(route, id=str(route)) for route in routes()]
WITH_KEY = [pytest.param(route, id=str(route)) for route in routes() if not route.public]
WITH_BODY = [pytest.param(route, id=str(route)) for route in routes() if route.has_body]
MARK = "zanzibar"  # stands in everything of Cleo's, and nowhere else


@pytest.fixture
def ada(workspace: Workspace) -> User:
    """Without a password: sealing one takes longer than a whole test here."""
    return _owner(workspace, "ada@harbour.example")


@pytest.fixture
def cleo(db: None) -> User:
    return _owner(Workspace.objects.create(name=f"{MARK} bakery"), "cleo@elsewhere.example")


@pytest.fixture
def here(workspace: Workspace, ada: User) -> World:
    return World(workspace, ada, "harbour")


@pytest.fixture
def elsewhere(cleo: User) -> World:
    """Cleo's: one of everything."""
    world = World(cleo.memberships.get().workspace, cleo, MARK)
    world.furnish()
    return world


@pytest.fixture
def gone(workspace: Workspace, ada: User) -> World:
    """What was Ada's, and is deleted."""
    world = World(workspace, ada, "sunken")
    world.furnish()
    lost = {name: world.id(name) for name, kind in KINDS.items() if kind.remove is not None}
    for name in reversed(lost):  # what stands on others first
        KINDS[name].remove(world.made[name])  # type: ignore[misc]  # those without are left out
    return World(workspace, ada, "sunken", dict(lost))


@pytest.mark.parametrize("route", EVERY)
def test_a_good_request_is_answered(route: Route, here: World, api_key: str) -> None:
    """Else the other tests here would prove nothing."""
    answer = Asked(route, here, api_key)()

    refused = REFUSES.get(str(route))
    fine = (refused,) if refused else range(200, 300)
    assert answer.status_code in fine, answer.content[:500]


@pytest.mark.parametrize("route", EVERY)
def test_what_is_not_ours_leads_nowhere_and_changes_nothing(
    route: Route, here: World, elsewhere: World, gone: World, api_key: str
) -> None:
    here.furnish()
    requests = list(wrong_requests(Asked(route, here, api_key), elsewhere, gone))
    before = everything()

    trouble = [said for one in requests if (said := _complaint(one, before, elsewhere))]

    assert trouble == []
    assert _changed(before) == []


@pytest.mark.parametrize("route", WITH_BODY)
def test_every_id_in_a_body_stands_in_its_case(route: Route, here: World) -> None:
    asked = Asked(route, here, "")

    kinds = {kind for name in route.body if (kind := kind_of(route, name))}

    missing = kinds - {*asked.kinds_in_body}
    assert not missing, f"{route}: put an id of {missing} into its body in isolation/cases.py"


@pytest.mark.parametrize("route", WITH_KEY)
def test_without_a_good_key_nothing_is_done(
    route: Route, here: World, workspace: Workspace, ada: User
) -> None:
    past = timezone.now() - timedelta(minutes=1)
    keys = {
        "none": ("", 401),
        "unknown": ("sk_" + "0" * 64, 401),
        "revoked": (_key(workspace, ada, revoked_at=past), 401),
        "expired": (_key(workspace, ada, expires_at=past), 401),
    }
    if route.changes and str(route) not in ASKS:
        keys["for reading"] = (_key(workspace, ada, scope=Scope.READ), 403)
    if str(route) not in STARTS:
        keys["for starting"] = (_key(workspace, ada, scope=Scope.START), 403)
    here.furnish()
    before = everything()

    answers = {name: Asked(route, here, key)().status_code for name, (key, _) in keys.items()}

    assert answers == {name: status for name, (_, status) in keys.items()}
    assert _changed(before) == []


def test_every_case_is_of_a_route_that_is_there() -> None:
    named = {
        *ASKS,
        *BODIES,
        *REFUSES,
        *STARTS,
        *QUERIES,
        *(route for route, _ in (*EXCEPTIONS, *PARTS)),
    }

    assert named - {str(route) for route in routes()} == set()


def _complaint(wrong: Wrong, before: Rows, elsewhere: World) -> str:
    """What is bad about the answer; empty when it is as it should be."""
    lost: list[str] = []
    with transaction.atomic():
        answer = wrong.ask()
        if wrong.of_another and wrong.ask.route.changes:
            # Ada's own thing may now name it in vain; Cleo's are as they were.
            hers = {
                MARK,
                elsewhere.workspace.pk,
                *(one for one in map(elsewhere.id, KINDS) if "_" in one),
            }
            lost = [row for row in _lost(before) if any(one in row for one in hers)]
        transaction.set_rollback(wrong.may_find_nothing)
    said: Any = b"" if answer.streaming else answer.content
    allowed = {404, 422} | ({200} if wrong.may_find_nothing else set())
    allowed.add(REFUSES.get(str(wrong.ask.route), 404))
    if answer.status_code not in allowed:
        return f"{wrong.what} -> {answer.status_code} {said[:200]!r}"
    if MARK.encode() in said:
        return f"{wrong.what} -> shows what is Cleo's"
    return f"{wrong.what} -> changes {lost}" if lost else ""


def _lost(before: Rows) -> Iterator[str]:
    """Rows that are gone, or no longer as they were."""
    after = everything()
    for name, rows in before.items():
        if after[name] != rows:
            yield from ({f"{name}: {row}" for row in rows} - {f"{name}: {r}" for r in after[name]})


def _changed(before: Rows) -> list[str]:
    after = everything()
    return [name for name, rows in before.items() if after[name] != rows]


def _owner(workspace: Workspace, email: str) -> User:
    user = User.objects.create(email=email, name=email.partition("@")[0].title())
    Member.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return user


def _key(workspace: Workspace, by: User, **facts: Any) -> str:
    row, key = ApiKey.make(workspace, "tests", by)
    ApiKey.objects.filter(pk=row.pk).update(**facts)
    return key
