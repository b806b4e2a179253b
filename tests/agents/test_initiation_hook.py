"""The settings of the server that is asked first: only what can be sent to is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents import revising
from dashboard.agents.documents import Unfit
from dashboard.agents.models import AgentVersion
from dashboard.agents.workspace_settings import change_settings
from dashboard.workspaces.models import User, Workspace

from .test_initiating import HOOK, hook

UNSENDABLE = [
    ({"url": "ftp://shop.example/"}, "url"),
    ({"url": "shop.example"}, "url"),
    ({"url": "https://shop.example/a b"}, "url"),
    ({"request_headers": {"X-A\r\nX-B": "1"}}, "request_headers"),
    ({"request_headers": {"": "1"}}, "request_headers"),
    ({"request_headers": {"Content-Length": "1"}}, "request_headers"),
    ({"request_headers": {"transfer-encoding": "chunked"}}, "request_headers"),
    ({"request_headers": {"Host": "inside"}}, "request_headers"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("change", "field"), UNSENDABLE)
def test_what_cannot_be_sent_is_refused_by_its_field(
    workspace: Workspace, ada: User, change: dict[str, Any], field: str
) -> None:
    odd = {**hook(), **change}
    settings = {"workspace_overrides": {HOOK: odd}}
    there = revising.create(workspace, ada)

    with pytest.raises(Unfit) as made:
        revising.create(workspace, ada, platform_settings=settings)
    with pytest.raises(Unfit) as changed:
        revising.revise(there, {"platform_settings": settings}, ada)
    with pytest.raises(Unfit) as shared:
        change_settings(workspace, {HOOK: odd}, ada)

    place = ["platform_settings", "workspace_overrides", HOOK, field]
    assert made.value.errors[0]["loc"] == changed.value.errors[0]["loc"] == place
    assert shared.value.errors[0]["loc"] == [HOOK, field]


@pytest.mark.django_db
def test_an_old_address_does_not_stand_in_the_way_of_other_changes(
    workspace: Workspace, ada: User
) -> None:
    there = revising.create(workspace, ada)
    old = {"workspace_overrides": {HOOK: hook("ftp://shop.example", Host="inside")}}
    AgentVersion.objects.filter(pk=there.version_id).update(platform_settings=old)

    revising.revise(there, {"name": "Harbour", "platform_settings": {"archived": True}}, ada)

    assert there.name == "Harbour"
    assert there.told.platform_settings["workspace_overrides"] == old["workspace_overrides"]
