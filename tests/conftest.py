"""The cast is always there: Ada owns the workspace, Ben is a member, Cleo must see nothing."""

from __future__ import annotations

import pytest

from dashboard.workspaces.models import ApiKey, Member, Role, User, Workspace


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Harbour Coffee")


@pytest.fixture
def ada(workspace: Workspace) -> User:
    return _member(workspace, "ada@harbour.example", "Ada Larsen", Role.OWNER)


@pytest.fixture
def ben(workspace: Workspace) -> User:
    return _member(workspace, "ben@harbour.example", "Ben Okafor", Role.EDITOR)


@pytest.fixture
def cleo(db: None) -> User:
    """Somebody else, who owns another workspace."""
    return _member(
        Workspace.objects.create(name="Elsewhere"),
        "cleo@elsewhere.example",
        "Cleo Roux",
        Role.OWNER,
    )


@pytest.fixture
def api_key(workspace: Workspace, ada: User) -> str:
    return ApiKey.make(workspace, "tests", ada)[1]


@pytest.fixture
def cleos_key(cleo: User) -> str:
    return ApiKey.make(cleo.memberships.get().workspace, "tests", cleo)[1]


def _member(workspace: Workspace, email: str, name: str, role: Role) -> User:
    user = User.objects.create_user(email, "correct horse battery", name=name)
    Member.objects.create(workspace=workspace, user=user, role=role)
    return user
