"""What differs between two versions, the way back, copies, and who did it."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents import revising, sites
from dashboard.agents.changes import compared, differences, label_of
from dashboard.agents.documents import agent_document
from dashboard.agents.duplicating import duplicate
from dashboard.agents.models import Agent, Picture
from dashboard.agents.pictures import NotAPicture, TooLarge, kind_of, path_of
from dashboard.agents.portraying import portray
from dashboard.workspaces.audit import Actor
from dashboard.workspaces.models import Door, User, Workspace

pytestmark = pytest.mark.both_profiles

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    config = {"agent": {"first_message": "Hi", "prompt": {"prompt": "Be kind to every visitor."}}}
    return revising.create(workspace, ada, name="Barista", conversation_config=config)


def tell(agent: Agent, by: User, **prompt: Any) -> None:
    revising.revise(agent, {"conversation_config": {"agent": {"prompt": prompt}}}, by)


def test_a_difference_has_its_path_its_word_and_both_values(agent: Agent, ada: User) -> None:
    first = agent.told
    tell(agent, ada, temperature=0.7, llm="gpt-4o")

    found = {one.label: (one.path, one.before, one.after) for one in differences(first, agent.told)}

    place = "conversation_config.agent.prompt"
    assert found == {
        "Creativity": (f"{place}.temperature", "0", "0.7"),
        "Model": (f"{place}.llm", "gemini-2.5-flash", "gpt-4o"),
    }


def test_a_default_that_is_written_out_is_no_difference(agent: Agent, ada: User) -> None:
    first = agent.told
    whole = agent_document(agent)["conversation_config"]
    revising.revise(agent, {"conversation_config": whole | {"from_later": 1}}, ada)

    assert [one.path for one in differences(first, agent.told)] == [
        "conversation_config.from_later"
    ]


def test_a_long_text_is_compared_word_by_word(agent: Agent, ada: User) -> None:
    rest = "Never promise a refund. " * 5
    tell(agent, ada, prompt=f"Be kind to every visitor.\n{rest}")
    second = agent.told
    tell(agent, ada, prompt=f"Be brief with every visitor.\n{rest}")

    (one,) = differences(second, agent.told)

    assert one.label == "Instructions"
    gone = "".join(piece.text for piece in one.pieces if piece.kind != "new")
    new = "".join(piece.text for piece in one.pieces if piece.kind != "gone")
    assert (gone, new) == (one.before, one.after)
    assert [p.text for p in one.pieces if p.kind == "gone"] == ["kind", "to"]


def test_items_with_a_name_differ_one_by_one(agent: Agent, ada: User) -> None:
    criteria = [
        {"id": one, "name": one, "conversation_goal_prompt": "Was it kind?"} for one in ("a", "b")
    ]
    for changed in (criteria, [criteria[0] | {"name": "Kindness"}, criteria[1]], criteria[::-1]):
        revising.revise(agent, {"platform_settings": {"evaluation": {"criteria": changed}}}, ada)
    two, three = agent.versions.get(number=2), agent.versions.get(number=3)

    (one,) = differences(two, three)

    assert one.label == "Questions for judging · a · name"
    assert [d.label for d in differences(two, agent.told)] == ["Questions for judging"]


def test_a_header_that_holds_a_password_is_masked(agent: Agent, ada: User) -> None:
    custom = {"url": "https://x", "request_headers": {"Authorization": "Bearer very-secret"}}
    first = agent.told
    tell(agent, ada, custom_llm=custom)

    assert "very-secret" not in repr(differences(first, agent.told))


def test_texts_made_to_be_slow_are_compared_quickly() -> None:
    old, new = "a b " * 5000, "b a a " * 4000

    pieces = list(compared(old, new))

    assert "".join(p.text for p in pieces if p.kind != "new") == old
    assert label_of(["nowhere"]) == ""


def test_a_restore_is_a_new_version_that_says_what_the_old_one_said(
    agent: Agent, ada: User, ben: User
) -> None:
    first = agent.told
    settings = {"call_limits": {"daily_limit": 3}}
    revising.revise(agent, {"platform_settings": settings, "name": "Renamed"}, ada)

    restored = revising.restore(agent, first, ben)

    assert (restored.number, restored.note, restored.made_by) == (3, "Restored version 1", ben)
    assert differences(first, restored) == []
    told = Agent.objects.get(pk=agent.pk)
    assert (told.name, told.limits.a_day, told.told) == ("Renamed", 100_000, restored)
    assert agent.told == restored
    assert revising.restore(agent, first, ben) == restored


def test_a_copy_is_told_the_same_and_stands_for_itself(agent: Agent, ada: User, ben: User) -> None:
    auth = {"enable_auth": True, "shareable_token": "a-token-of-the-first"}
    change = {"tags": ["x"], "platform_settings": {"auth": auth, "archived": True}}
    revising.revise(agent, change, ada)
    picture = portray(agent, PNG, ada)

    copy = duplicate(agent, ben)

    assert (copy.name, copy.tags, copy.made_by) == ("Barista (copy)", ["x"], ben)
    assert not copy.archived
    assert copy.limits.needs_signature
    old, new = agent_document(agent), agent_document(copy)
    assert new["conversation_config"] == old["conversation_config"]
    assert new["platform_settings"]["auth"]["shareable_token"] is None
    own = copy.pictures.get()
    assert own.pk != picture.pk
    assert new["platform_settings"]["widget"]["avatar"]["url"] == path_of(own)
    assert duplicate(agent, ben, "Second").name == "Second"
    assert len(duplicate(revising.create(agent.workspace, ada, name="x" * 200), ada).name) == 200


def test_a_new_picture_takes_the_place_of_the_old(agent: Agent, ada: User) -> None:
    first = portray(agent, PNG, ada)
    with_first = agent.told
    second = portray(agent, b"GIF89a....", ada)

    assert list(agent.pictures.all()) == [second]
    assert Picture.objects.get().content_type == "image/gif"
    restored = revising.restore(agent, with_first, ada)
    avatar = restored.platform_settings["widget"]["avatar"]
    assert avatar["url"] == path_of(second) != path_of(first)


def test_the_address_of_a_picture_is_kept_without_a_host(agent: Agent, ada: User) -> None:
    portray(agent, PNG, ada)
    before = agent.told

    revising.revise(agent, agent_document(agent, server="https://old.example"), ada)

    assert agent.told == before
    told = agent_document(agent, server="https://new.example")["platform_settings"]
    assert told["widget"]["avatar"]["url"].startswith("https://new.example/v1/convai/agents/")


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ", b"RIFF1234WAVE", b"GIF"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        kind_of(content)


def test_a_picture_has_an_end() -> None:
    with pytest.raises(TooLarge):
        kind_of(PNG + b"0" * 2 * 1024 * 1024)
    assert kind_of(b"RIFF1234WEBPVP8 ") == "image/webp"
    assert kind_of(b"\xff\xd8\xff\xe0") == "image/jpeg"


def test_each_change_is_in_the_audit_log(workspace: Workspace, ada: User, ben: User) -> None:
    by = Actor(ben, door=Door.API, request_id="req_1")
    secret = {"url": "https://x", "request_headers": {"X-Key": "very-secret"}}
    config = {"agent": {"prompt": {"custom_llm": secret}}}

    agent = revising.create(workspace, by, name="Barista", conversation_config=config)
    first = agent.told
    revising.revise(agent, {"tags": ["new"]}, by)
    revising.revise(agent, {"tags": ["new"]}, by)
    revising.revise(agent, {"conversation_config": {"agent": {"first_message": "Hi"}}}, by)
    revising.restore(agent, first, by)
    duplicate(agent, by)
    assert revising.retire(agent, by)
    assert not revising.retire(agent, by)

    entries = list(workspace.audit.order_by("id"))
    assert [entry.action for entry in entries] == [
        "agent.created",
        "agent.changed",
        "agent.changed",
        "agent.restored",
        "agent.duplicated",
        "agent.deleted",
    ]
    assert {(entry.user, entry.door, entry.request_id) for entry in entries} == {
        (ben, Door.API, "req_1")
    }
    assert entries[1].changes == [{"path": "tags", "before": [], "after": ["new"]}]
    place = "conversation_config.agent.first_message"
    assert entries[2].changes == [{"path": place, "before": None, "after": "Hi"}]
    assert "very-secret" not in repr([entry.changes for entry in entries])


def test_a_restore_does_not_bring_back_a_link_that_was_taken_back(workspace: Workspace, ada: User):
    token = "a-link-to-share-0001"
    agent = revising.create(workspace, ada, platform_settings={"auth": {"shareable_token": token}})
    old = agent.told
    sites.unshare(agent, None)

    revising.restore(agent, old, None)

    today = Agent.objects.select_related("limits", "version").get(pk=agent.pk)
    assert today.limits.shareable_token == ""
    assert not today.told.platform_settings["auth"].get("shareable_token")
