"""Copying, archiving, deleting an agent, and its picture."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation
from dashboard.workspaces.models import User, Workspace

from .conftest import talk

pytestmark = pytest.mark.both_profiles

DEEDS = ("copy", "archive", "delete", "avatar")


def _file(content: bytes) -> dict[str, SimpleUploadedFile]:
    return {"avatar_file": SimpleUploadedFile("a.png", content, "image/png")}


def test_a_copy_opens_beside_the_original(adas: Client, agent: Agent, workspace: Workspace):
    answer = adas.post(f"/agents/{agent.pk}/copy/")

    copy = workspace.agents.exclude(pk=agent.pk).get()
    assert answer.headers["Location"] == f"/agents/{copy.pk}/"
    assert copy.name == "Harbour Helper (copy)"


def test_an_agent_is_archived_and_brought_back(adas: Client, agent: Agent, ada: User):
    away = adas.post(f"/agents/{agent.pk}/archive/", follow=True).content.decode()
    assert "is archived. Visitors are turned away." in away
    assert Agent.objects.get().archived

    back = adas.post(f"/agents/{agent.pk}/archive/", {"back": "yes"}, follow=True).content.decode()

    assert "is back" in back
    assert not Agent.objects.get().archived
    assert [v.note for v in agent.versions.all()] == ["Brought back", "Archived", ""]


def test_a_deleted_agent_leaves_its_conversations(adas: Client, agent: Agent):
    kept = talk(agent)
    assert "Its conversations stay." in adas.get(f"/agents/{agent.pk}/").content.decode()

    answer = adas.post(f"/agents/{agent.pk}/delete/", follow=True)

    assert "Its conversations stay" in answer.content.decode()
    assert adas.get(f"/agents/{agent.pk}/").status_code == 404
    assert Conversation.objects.get() == kept
    assert adas.get(f"/conversations/{kept.pk}/").status_code == 200


def test_a_picture_is_put_up_and_shown(adas: Client, agent: Agent):
    adas.post(f"/agents/{agent.pk}/avatar/", _file(b"GIF89a...."))

    path = Agent.objects.get().told.platform_settings["widget"]["avatar"]["url"]
    assert f'src="{path}"' in adas.get(f"/agents/{agent.pk}/").content.decode()
    assert Client().get(path).content == b"GIF89a...."


def test_what_is_no_picture_is_refused_in_words(adas: Client, agent: Agent):
    for sent, words in ((_file(b"<svg/>"), "PNG, JPEG, GIF or WebP"), ({}, "Choose a picture")):
        answer = adas.post(f"/agents/{agent.pk}/avatar/", sent, follow=True)
        assert words in answer.content.decode()
    assert agent.versions.count() == 1


def test_a_viewer_does_none_of_it(viewers: Client, agent: Agent):
    page = viewers.get(f"/agents/{agent.pk}/").content.decode()
    assert 'id="manage"' not in page

    for deed in DEEDS:
        assert viewers.post(f"/agents/{agent.pk}/{deed}/").status_code == 403
    assert Agent.objects.get().told.number == 1


def test_cleo_does_none_of_it(cleos: Client, agent: Agent):
    for deed in DEEDS:
        assert cleos.post(f"/agents/{agent.pk}/{deed}/").status_code == 404
    assert Agent.objects.get().told.number == 1


def test_looking_does_nothing(adas: Client, agent: Agent):
    for deed in DEEDS:
        assert adas.get(f"/agents/{agent.pk}/{deed}/").status_code == 405
