"""So many requests a minute for a key, and for an address that shows none that is good."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import RequestFactory
from limits.storage import MemoryStorage

from dashboard.agents.models import Agent
from dashboard.api import rate_limits
from dashboard.api.rate_limits import Doubts, address_of
from dashboard.workspaces.models import ApiKey, Workspace
from dashboard.workspaces.rates import Counter, counter

from .conftest import Caller

pytestmark = pytest.mark.both_profiles


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[None]:
    """Nobody has asked for anything yet in this minute."""
    counter(settings.REDIS_URL).storage.reset()
    monkeypatch.setattr(rate_limits.doubts, "_barred", {})
    monkeypatch.setattr(rate_limits.doubts, "_known", set())
    yield
    counter(settings.REDIS_URL).storage.reset()


def test_a_key_has_its_own_minute(ask: Caller, cleo_asks: Caller, settings: LazySettings) -> None:
    settings.RATE_PER_KEY = 3

    seen = [ask.get("/convai/agents").status_code for _ in range(5)]

    assert seen == [200, 200, 200, 429, 429]
    assert cleo_asks.get("/convai/agents").status_code == 200


def test_who_is_too_early_is_told_when_to_come_back(ask: Caller, settings: LazySettings) -> None:
    settings.RATE_PER_KEY = 1
    ask.get("/convai/agents")

    answer = ask.get("/convai/agents")

    told = answer.json()["detail"]
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert (told["status"], told["type"]) == ("too_many_requests", "rate_limit_error")
    assert told["request_id"] == answer.headers["x-request-id"]
    assert "1 requests a minute" in told["message"]


def test_no_limit_is_no_limit(ask: Caller) -> None:
    assert {ask.get("/convai/agents").status_code for _ in range(20)} == {200}


def test_public_routes_are_limited_by_address(
    stranger: Caller, agent: Agent, settings: LazySettings
) -> None:
    settings.RATE_PER_ADDRESS = 2
    path = f"/convai/conversations/{agent.pk}/feedback"

    seen = [stranger.post(path, {"feedback": "like"}) for _ in range(3)]

    assert [answer.status_code for answer in seen] == [404, 404, 429]
    assert seen[2].headers["Access-Control-Allow-Origin"] == "*"


def test_pages_that_show_the_widget_do_not_use_up_what_visitors_do(
    stranger: Caller, agent: Agent, settings: LazySettings
) -> None:
    settings.RATE_PER_ADDRESS = 1
    widget, picture = (f"/convai/agents/{agent.pk}/{part}" for part in ("widget", "avatar/x"))

    seen = [stranger.get(path).status_code for path in [widget] * 5 + [picture] * 5 + [widget]]
    said = stranger.post("/convai/conversations/conv_1/feedback", {"feedback": "like"})

    assert seen == [200] * 5 + [404] * 5 + [429]
    assert said.status_code == 404
    assert stranger.get("/convai/conversation/token").status_code == 429


def _guess(stranger: Caller, times: int) -> list[int]:
    return [
        stranger.get("/convai/agents", **{"xi-api-key": f"sk_{n}"}).status_code
        for n in range(times)
    ]


def test_guessing_keys_is_limited_and_bars_nobody_who_shares_the_address(
    ask: Caller, cleo_asks: Caller, stranger: Caller, settings: LazySettings
) -> None:
    settings.RATE_PER_ADDRESS = 3

    seen = _guess(stranger, 5)

    assert seen == [401, 401, 401, 429, 429]
    assert ask.get("/convai/agents").status_code == 200
    assert cleo_asks.get("/convai/agents").status_code == 200
    assert stranger.get("/convai/agents").status_code == 429
    assert _guess(stranger, 1) == [429]


def test_a_refused_guess_costs_one_question(
    stranger: Caller, settings: LazySettings, django_assert_num_queries: Any
) -> None:
    settings.RATE_PER_ADDRESS = 1
    _guess(stranger, 2)

    with django_assert_num_queries(1):
        assert _guess(stranger, 1) == [429]


def test_a_flood_of_guesses_is_not_looked_up_any_more(
    ask: Caller,
    cleo_asks: Caller,
    stranger: Caller,
    settings: LazySettings,
    django_assert_num_queries: Any,
) -> None:
    settings.RATE_PER_ADDRESS = 2
    ask.get("/convai/agents")

    _guess(stranger, 2 * rate_limits.TRIES + 1)

    with django_assert_num_queries(0):
        assert _guess(stranger, 1) == [429]
        assert cleo_asks.get("/convai/agents").status_code == 429
    assert ask.get("/convai/agents").status_code == 200


def test_a_key_that_worked_from_there_goes_on_working(
    ask: Caller, stranger: Caller, settings: LazySettings
) -> None:
    settings.RATE_PER_ADDRESS = 1
    ask.get("/convai/agents")

    for n in range(4):
        stranger.get("/convai/agents", **{"xi-api-key": f"sk_{n}"})

    assert ask.get("/convai/agents").status_code == 200


def test_a_barred_address_is_let_in_again(settings: LazySettings) -> None:
    settings.RATE_PER_ADDRESS = 3
    doubts = Doubts()
    doubts._barred["here"] = 0.0

    doubts.check("here", "digest")

    assert doubts._barred == {}


@pytest.mark.parametrize(
    ("remote", "forwarded", "behind", "address"),
    [
        ("203.0.113.9", "", False, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", False, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", True, "198.51.100.1"),
        ("10.0.0.1", "nonsense", True, "unknown"),
        ("", "", False, "unknown"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "", False, "203.0.113.9"),
    ],
)
def test_an_address_is_what_can_be_believed(
    settings: LazySettings, remote: str, forwarded: str, behind: bool, address: str
) -> None:
    settings.BEHIND_PROXY = behind
    more: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    request = RequestFactory().get("/v1/", REMOTE_ADDR=remote, **more)

    assert address_of(request) == address


def test_a_redis_that_does_not_answer_lets_everybody_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = counter.__wrapped__(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        assert [hanging.over(1, "key", "k") for _ in range(5)] == [0] * 5

    assert [record.message for record in caplog.records] == [
        "no rate limits: Redis does not answer"
    ]


def test_a_redis_that_is_gone_lets_everybody_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    down = counter.__wrapped__(f"redis://127.0.0.1:{port}/0")

    assert [down.over(1, "key", "k") for _ in range(3)] == [0, 0, 0]


def test_counting_goes_on_when_redis_is_back() -> None:
    back = Counter(MemoryStorage())
    back.asleep_until = 1e-9  # it was down, long ago

    assert [back.over(1, "key", "k") > 0 for _ in range(2)] == [False, True]


def test_limits_of_keys_do_not_mix(workspace: Workspace, settings: LazySettings) -> None:
    settings.RATE_PER_KEY = 1
    callers = [Caller(ApiKey.make(workspace, name, None)[1]) for name in ("one", "two")]

    assert [caller.get("/convai/agents").status_code for caller in callers] == [200, 200]
