"""A create that is sent again under the same `Idempotency-Key` is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from dashboard.api.errors import Malformed, Refusal
from dashboard.api.idempotency import once
from dashboard.workspaces import retries
from dashboard.workspaces.models import ApiKey, KeptAnswer, User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles
CREATE = "/convai/agents/create"
BODY: dict[str, Any] = {"conversation_config": {}, "name": "Once"}
KEY = {"Idempotency-Key": "attempt-1"}


def test_a_retry_gets_the_first_answer_and_makes_nothing(ask: Caller, workspace: Workspace) -> None:
    first = ask.post(CREATE, BODY, **KEY)
    again = ask.post(CREATE, BODY, **KEY)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first.headers
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert workspace.agents.count() == 1


def test_without_the_header_each_request_makes_one(ask: Caller, workspace: Workspace) -> None:
    for _ in range(2):
        ask.post(CREATE, BODY)

    assert workspace.agents.count() == 2
    assert not KeptAnswer.objects.exists()


def test_another_request_under_the_same_key_is_a_422(ask: Caller, workspace: Workspace) -> None:
    ask.post(CREATE, BODY, **KEY)

    answer = ask.post(CREATE, {**BODY, "name": "Twice"}, **KEY)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    assert workspace.agents.count() == 1


def test_cleos_key_of_the_same_name_is_another(
    ask: Caller, cleo_asks: Caller, workspace: Workspace
) -> None:
    mine = ask.post(CREATE, BODY, **KEY).json()
    hers = cleo_asks.post(CREATE, BODY, **KEY)

    assert "Idempotent-Replayed" not in hers.headers
    assert hers.json() != mine
    assert workspace.agents.count() == 1


@pytest.mark.parametrize("bad", [{}, {"conversation_config": {}, "tags": ["t" * 101]}])
def test_what_was_refused_may_be_mended_under_the_same_key(ask: Caller, bad: Any) -> None:
    assert ask.post(CREATE, bad, **KEY).status_code == 422

    assert ask.post(CREATE, BODY, **KEY).status_code == 200


@pytest.mark.parametrize("name", ["", "x" * 256, "a\x7fb"])
def test_a_key_that_cannot_be_kept_is_a_422(ask: Caller, name: str) -> None:
    answer = ask.post(CREATE, BODY, **{"Idempotency-Key": name})

    assert answer.status_code == 422


def test_while_the_first_is_being_answered_the_second_waits(
    ask: Caller, workspace: Workspace
) -> None:
    ask.post(CREATE, BODY, **KEY)
    KeptAnswer.objects.update(status=None, claimed_at=timezone.now())

    answer = ask.post(CREATE, BODY, **KEY)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert workspace.agents.count() == 1


def test_a_process_that_died_blocks_nobody_for_ever(ask: Caller, workspace: Workspace) -> None:
    ask.post(CREATE, BODY, **KEY)
    long_ago = timezone.now() - retries.LEASE - timedelta(seconds=1)
    KeptAnswer.objects.update(status=None, claimed_at=long_ago)

    assert ask.post(CREATE, BODY, **KEY).status_code == 200
    assert ask.post(CREATE, BODY, **KEY).headers["Idempotent-Replayed"] == "true"
    assert workspace.agents.count() == 2


def test_after_a_day_the_key_is_new_again(ask: Caller, workspace: Workspace) -> None:
    ask.post(CREATE, BODY, **KEY)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))

    ask.post(CREATE, BODY, **KEY)

    assert workspace.agents.count() == 2
    assert KeptAnswer.objects.count() == 1


def test_kept_answers_are_swept_after_a_day(ask: Caller) -> None:
    for name in ("old", "new"):
        ask.post(CREATE, BODY, **{"Idempotency-Key": name})
    old = KeptAnswer.objects.filter(idempotency_key="old")
    old.update(created_at=timezone.now() - timedelta(hours=25))

    assert retries.forget_old() == 1

    assert KeptAnswer.objects.get().idempotency_key == "new"


# --- Answers ---------------------------------------------------------------------------------


@pytest.fixture
def key(workspace: Workspace, ada: User) -> ApiKey:
    return ApiKey.make(workspace, "tests", ada)[0]


def _post(key: ApiKey, view: Callable[..., Any], **sent: Any) -> Any:
    request = RequestFactory().post("/v1/x", **sent, headers=KEY)
    vars(request)["auth"] = key
    return once(view)(request)


def test_an_answer_with_a_secret_is_kept_sealed(key: ApiKey) -> None:
    def make(request: Any) -> Any:
        return {"webhook_id": "wh_1", "webhook_secret": "wsec_hush"}

    _post(key, make)
    again = _post(key, make)

    assert b"wsec_hush" in again.content
    assert "hush" not in str(list(KeptAnswer.objects.values()))


def test_an_answer_that_no_longer_opens_is_said_to_be_lost(key: ApiKey, settings: Any) -> None:
    _post(key, lambda request: {"a": 1})
    settings.SECRET_KEYS = ["another"]

    with pytest.raises(Refusal) as refusal:
        _post(key, lambda request: {"a": 2})

    assert (refusal.value.status, refusal.value.slug) == (400, "answer_lost")


def test_an_empty_answer_is_kept_as_such(key: ApiKey) -> None:
    _post(key, lambda request: HttpResponse(status=204))

    assert _post(key, lambda request: {"a": 2}).status_code == 204


def test_what_breaks_is_tried_again(key: ApiKey) -> None:
    def broken(request: Any) -> Any:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _post(key, broken)

    assert b'"a":2' in _post(key, lambda request: {"a": 2}).content


def test_a_form_is_the_same_whatever_its_boundary(key: ApiKey) -> None:
    made: list[int] = []

    def make(request: Any) -> Any:
        made.append(1)
        return {"size": len(request.FILES["file"].read())}

    def form(content: bytes, boundary: str) -> dict[str, Any]:
        from django.test.client import encode_multipart

        sent = {"name": "n", "file": SimpleUploadedFile("a.txt", content)}
        kind = f"multipart/form-data; boundary={boundary}"
        return {"data": encode_multipart(boundary, sent), "content_type": kind}

    first = _post(key, make, **form(b"beans", "one"))
    again = _post(key, make, **form(b"beans", "two"))

    assert first.content == again.content == b'{"size":5}'
    assert made == [1]
    with pytest.raises(Malformed):
        _post(key, make, **form(b"brews", "one"))


# --- At the same time ------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_retries_at_once_one_makes_it(ask: Caller, workspace: Workspace) -> None:
    together = threading.Barrier(6)

    def send(_: int) -> Any:
        try:
            together.wait(10)
            return ask.post(CREATE, BODY, **KEY)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))

    made = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert len({answer.json()["agent_id"] for answer in made}) == 1
    assert workspace.agents.count() == 1
    assert ask.post(CREATE, BODY, **KEY).json() == made[0].json()


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_ran_out_is_taken_over_by_one(workspace: Workspace) -> None:
    key, _ = ApiKey.make(workspace, "tests", None)
    old = timezone.now() - retries.LEASE - timedelta(seconds=1)
    key.kept_answers.create(idempotency_key="k", asked="a", claimed_at=old)
    late = retries.Claim(key.kept_answers.get().pk, old)
    together = threading.Barrier(4)

    def take(_: int) -> Any:
        try:
            together.wait(10)
            return retries.claim(key, "k", "a")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(4)))

    assert [type(one) for one in taken].count(retries.Claim) == 1
    retries.keep(late, 200, "too late")
    retries.give_back(late)
    assert key.kept_answers.get().status is None
