"""Conversations: found again, read, judged again."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.agents.revising import create
from dashboard.conversations.models import (
    Analysis,
    Conversation,
    LiveServer,
    Outcome,
    Status,
    ToolRun,
)
from dashboard.workspaces.models import User, Workspace

from .conftest import judged, talk

FRAGMENT = {"HX-Request": "true"}


def _page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def test_the_empty_list_says_what_will_be_here(adas: Client):
    assert "What visitors say will be here" in _page(adas, "/conversations/")


def test_the_list_shows_newest_first_with_words_for_every_state(adas: Client, agent: Agent):
    hour = timedelta(hours=1)
    now = timezone.now()
    judged(talk(agent, started_at=now - 3 * hour), Outcome.FAILURE, "A gift came broken")
    talk(agent, Status.PROCESSING, started_at=now - 2 * hour)
    talk(agent, Status.FAILED, started_at=now - hour)
    talk(agent, Status.IN_PROGRESS, started_at=now)

    page = _page(adas, "/conversations/")

    states = ["Talking now", "Could not be judged", "Being judged", "A gift came broken"]
    rows = page.split("<tbody>")[1]
    places = [rows.index(state) for state in states]
    assert places == sorted(places)
    assert "Not solved" in rows


def test_cleo_sees_nothing_of_it(cleos: Client, agent: Agent):
    conversation = judged(talk(agent), Outcome.SUCCESS, "Ada's business")

    assert "Ada's business" not in _page(cleos, "/conversations/")
    for path in (f"/conversations/{conversation.pk}/", f"/conversations/?agent={agent.pk}"):
        assert cleos.get(path).status_code == 404
        assert cleos.get(path, headers=FRAGMENT).status_code == 404
    assert cleos.post(f"/conversations/{conversation.pk}/judge/").status_code == 404
    assert Analysis.objects.filter(conversation=conversation).exists()


def test_filters_stand_in_the_address_as_chips_that_go_away(
    adas: Client, agent: Agent, workspace: Workspace, ada: User
):
    other = create(workspace, ada, name="Wholesale desk")
    judged(talk(agent), Outcome.FAILURE, "The broken gift")
    judged(talk(agent), Outcome.SUCCESS, "The good question")
    judged(talk(other), Outcome.FAILURE, "The late pallet")

    page = _page(adas, f"/conversations/?agent={agent.pk}&result=fail")

    assert "The broken gift" in page
    assert "The good question" not in page
    assert "The late pallet" not in page
    assert f'href="/conversations/?agent={agent.pk}"><span>Result is <b>Not solved</b>' in page
    assert 'href="/conversations/?result=fail"><span>Agent is <b>Harbour Helper</b>' in page


def test_a_filter_that_matches_nothing_says_which_to_drop(adas: Client, agent: Agent):
    talk(agent)

    assert "Nothing matches" in _page(adas, "/conversations/?result=pass")


def test_an_unknown_result_is_not_there(adas: Client):
    assert adas.get("/conversations/?result=moon").status_code == 404


@pytest.mark.parametrize("place", ["", "yesterday", "2026-01-01~", "~conv_1", "2026-01-01~conv_1"])
def test_a_place_that_is_none_shows_the_first_page(adas: Client, agent: Agent, place: str):
    judged(talk(agent), Outcome.SUCCESS, "Found")

    assert "Found" in _page(adas, f"/conversations/?after={place}")


def test_pages_follow_each_other_without_gap_or_repeat_whatever_the_clock(
    adas: Client, agent: Agent
):
    same = timezone.now()
    made = {talk(agent, started_at=same).pk for _ in range(120)}

    seen: list[str] = []
    path: str | None = "/conversations/"
    while path:
        page = _page(adas, path)
        seen += [part.split('"')[0] for part in page.split('<tr id="')[1:]]
        after = page.split('href="/conversations/?after=')[1:]
        path = f"/conversations/?after={after[0].split(chr(34))[0]}" if after else None

    assert len(seen) == 120
    assert set(seen) == made


def test_a_full_page_takes_as_many_queries_as_one_row(
    adas: Client, agent: Agent, django_assert_num_queries: Any
):
    judged(talk(agent), Outcome.SUCCESS, "One")
    with django_assert_num_queries(7):
        adas.get("/conversations/")
    for _ in range(60):
        judged(talk(agent), Outcome.SUCCESS, "More")

    with django_assert_num_queries(7):
        adas.get("/conversations/")


def test_the_list_polls_only_while_something_moves(adas: Client, agent: Agent):
    conversation = talk(agent, Status.PROCESSING)
    assert 'hx-trigger="every 5s"' in _page(adas, "/conversations/")

    Conversation.objects.filter(pk=conversation.pk).update(status=Status.FAILED)

    assert "hx-trigger" not in _page(adas, "/conversations/")


def test_a_refresh_counts_new_rows_and_pushes_none_under_the_pointer(adas: Client, agent: Agent):
    talk(agent, Status.PROCESSING, started_at=timezone.now() - timedelta(minutes=5))
    again = _page(adas, "/conversations/").split('hx-get="')[1].split('"')[0]
    new = talk(agent)

    fragment = _page(adas, again, **FRAGMENT)

    assert "<html" not in fragment
    assert "<b>1</b> new conversation<" in fragment
    assert new.pk not in fragment


def test_a_finished_page_stands_still_and_a_moving_one_asks_again(adas: Client, agent: Agent):
    conversation = talk(agent, Status.PROCESSING)
    path = f"/conversations/{conversation.pk}/"
    moving = _page(adas, path)
    assert 'hx-trigger="every 2s"' in moving
    assert "Being judged" in moving

    Conversation.objects.filter(pk=conversation.pk).update(status=Status.DONE)
    judged(conversation, Outcome.SUCCESS, "Done")
    fragment = _page(adas, path, **FRAGMENT)

    assert "hx-trigger" not in fragment
    assert "<html" not in fragment
    assert "Judged: Solved." in fragment


def test_a_failed_analysis_gives_its_reason_and_is_judged_again(bens: Client, agent: Agent):
    trouble = {"code": 1011, "reason": "The model gave no answer."}
    conversation = talk(agent, Status.FAILED, trouble=trouble)
    assert "The model gave no answer." in _page(bens, f"/conversations/{conversation.pk}/")

    answer = bens.post(f"/conversations/{conversation.pk}/judge/")

    conversation.refresh_from_db()
    assert answer["Location"] == f"/conversations/{conversation.pk}/"
    assert conversation.status == Status.PROCESSING


def test_what_still_goes_on_is_not_judged_again(adas: Client, agent: Agent):
    conversation = talk(agent, Status.IN_PROGRESS)

    answer = adas.post(f"/conversations/{conversation.pk}/judge/", follow=True)

    assert "still going on" in answer.content.decode()


def test_a_viewer_reads_but_does_not_judge(viewers: Client, agent: Agent):
    conversation = judged(talk(agent), Outcome.SUCCESS, "Fine")

    assert "Judge again" not in _page(viewers, f"/conversations/{conversation.pk}/")
    assert viewers.post(f"/conversations/{conversation.pk}/judge/").status_code == 403


def test_neighbours_are_a_click_away(adas: Client, agent: Agent):
    now = timezone.now()
    old, here, new = (talk(agent, started_at=now - timedelta(hours=3 - n)) for n in range(3))

    page = _page(adas, f"/conversations/{here.pk}/")

    assert f'href="/conversations/{old.pk}/" aria-label="Older conversation"' in page
    assert f'href="/conversations/{new.pk}/" aria-label="Newer conversation"' in page


def test_the_side_counts_who_talks_now_on_living_servers(adas: Client, agent: Agent):
    living = LiveServer.objects.create()
    dead = LiveServer.objects.create(beat_at=timezone.now() - timedelta(minutes=5))
    talk(agent, Status.IN_PROGRESS, server=living)
    talk(agent, Status.IN_PROGRESS, server=dead)

    assert "<b>1</b> talking now" in _page(adas, "/conversations/")


def test_a_search_finds_what_was_said_and_keeps_the_other_filters(adas: Client, agent: Agent):
    found = judged(talk(agent), Outcome.FAILURE, "The broken gift")
    judged(talk(agent), Outcome.FAILURE, "The late pallet")
    found.turns.create(number=90, role="user", message="My <b>teapot</b> is broken")

    page = _page(adas, "/conversations/?result=fail&said=teapot")
    nothing = _page(adas, "/conversations/?said=*")

    assert "The broken gift" in page
    assert "The late pallet" not in page
    assert '<input type="hidden" name="result" value="fail">' in page
    assert '<a class="p-chip p-chip--on" href="/conversations/?result=fail"' in page
    assert "Nothing matches" in nothing


def test_failed_tools_and_feedback_narrow_the_list(adas: Client, agent: Agent):
    liked, broken = talk(agent), talk(agent)
    judged(liked, Outcome.SUCCESS, "The good question")
    judged(broken, Outcome.SUCCESS, "The broken tool")
    Conversation.objects.filter(pk=liked.pk).update(rating=5)
    ToolRun.objects.create(
        workspace=agent.workspace,
        conversation=broken,
        agent=agent,
        tool_name="find",
        request_id="c1",
        at=timezone.now(),
        is_error=True,
    )

    by_tool = _page(adas, "/conversations/?tools=failed")
    by_thumb = _page(adas, "/conversations/?feedback=liked")

    assert "The broken tool" in by_tool
    assert "The good question" not in by_tool
    assert "The good question" in by_thumb
    assert "The broken tool" not in by_thumb
    for unknown in ("tools=moon", "feedback=moon"):
        assert adas.get(f"/conversations/?{unknown}").status_code == 404


def test_a_visitors_file_is_saved_and_never_shown_as_a_page(
    adas: Client, cleos: Client, agent: Agent
):
    conversation = talk(agent)
    file = conversation.files.create(
        name='no"te.txt', content_type="text/plain", size=8, content=b"<script>"
    )
    path = f"/conversations/{conversation.pk}/files/{file.pk}/"

    page = _page(adas, f"/conversations/{conversation.pk}/")
    got = adas.get(path)

    assert f'href="{path}"' in page
    assert got.content == b"<script>"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert cleos.get(path).status_code == 404
    assert Client().get(path).status_code == 302
    other = talk(agent)
    assert adas.get(f"/conversations/{other.pk}/files/{file.pk}/").status_code == 404
