"""`manage.py up` as an operator meets it: a process that starts, serves, refuses and stops."""

from __future__ import annotations

import signal
import socket
import sqlite3
from pathlib import Path

import httpx
import pytest

from .running import refusal, running


def test_one_command_serves_and_says_how_to_get_in(tmp_path: Path) -> None:
    with running(tmp_path) as parley:
        page = httpx.get(parley.address + "/", follow_redirects=True)
        agents = httpx.get(
            parley.address + "/v1/convai/agents", headers={"xi-api-key": parley.api_key}
        )

    assert page.status_code == 200
    assert [agent["name"] for agent in agents.json()["agents"]] == ["Harbour Helper"]
    assert all(parley.login)
    assert "/demo" in parley.said


def test_a_second_start_keeps_the_data_and_repeats_no_password(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.stop()
    with running(tmp_path) as second:
        agents = httpx.get(
            second.address + "/v1/convai/agents", headers={"xi-api-key": first.api_key}
        )
        second.stop()

    assert len(agents.json()["agents"]) == 1
    assert first.login[1] not in second.said
    assert first.api_key not in second.said
    assert "first-start.txt" in second.said


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_quickly_and_cleanly(by: signal.Signals, tmp_path: Path) -> None:
    with running(tmp_path) as parley:
        code, said, seconds = parley.stop(by)

    assert code == 0
    assert said.strip().splitlines() == ["Parley has stopped."]
    assert seconds < 5
    database = sqlite3.connect(tmp_path / "parley.sqlite3")
    assert database.execute("SELECT count(*) FROM conversations_liveserver").fetchone() == (0,)


def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as parley:
        code, words = refusal(tmp_path)

        assert code != 0
        assert f"process {parley.process.pid}" in words
        assert "REDIS_URL" in words
        assert len(words.splitlines()) == 1


def test_a_killed_process_leaves_no_claim_behind(tmp_path: Path) -> None:
    with running(tmp_path) as parley:
        parley.process.kill()
        parley.process.wait()

    with running(tmp_path) as again:
        assert again.address


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, words = refusal(tmp_path, PORT=str(port))

    assert code != 0
    assert words == f"parley: port {port} is in use; set PORT to a free one."


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "parley.sqlite3").write_bytes(b"this is not a database " * 100)

    code, words = refusal(tmp_path)

    assert code != 0
    assert "not a database" in words
    assert len(words.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1:1/parley"),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1/0"),
        ("PARLEY_ADMIN_EMAIL", "not an address"),
        ("PARLEY_HOST", "256.0.0.1"),
        ("PARLEY_LLM_URL", "localhost:11434"),
        ("WEB_CONCURRENCY", "4"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(name: str, value: str, tmp_path: Path) -> None:
    code, words = refusal(tmp_path, **{name: value})

    assert code == 1, (code, words)
    assert words.startswith("parley: ")
    assert name in words
    assert "hunter2" not in words
    assert len(words.splitlines()) == 1
