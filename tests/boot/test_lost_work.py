"""A worker that is killed in the middle of an analysis costs a delay, not the analysis."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psutil
import pytest
from django.conf import settings
from websockets.sync.client import connect

from tests.stand_ins.model_stub import model_stub

from .running import Running, running

pytestmark = pytest.mark.both_profiles


class Profile:
    """Where one pair of starts keeps its rows, and how to look at them from outside."""

    def __init__(self, home: Path, database: str) -> None:
        self.home, self.database = home, database
        self.env = {"PARLEY_SWEEP_SECONDS": "1", "PARLEY_RESUME_SECONDS": "0"}
        if database:
            self.env |= {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL}

    def run(self, sql: str) -> list[Any]:
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as session:
                cursor = session.execute(sql)  # type: ignore[call-overload]  # constants of this file
                return cursor.fetchall() if cursor.description else []
        with sqlite3.connect(self.home / "parley.sqlite3") as file:
            return file.execute(sql).fetchall()


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    if settings.EMBEDDED:
        yield Profile(tmp_path, "")
        return
    import psycopg

    name = f"parley_{secrets.token_hex(4)}"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        yield Profile(
            tmp_path, urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
        )
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]


async def test_a_killed_worker_costs_no_analysis(profile: Profile) -> None:
    async with model_stub() as hanging:
        env = {**profile.env, "PARLEY_LLM_URL": hanging, "PARLEY_LLM_MODEL": "mute"}
        key, conversation = await asyncio.to_thread(_visit_and_crash, profile, env)
    if not settings.EMBEDDED:  # elsewhere another worker may still hold it, so its time runs out
        profile.run("UPDATE conversations_conversation SET analyse_after = now()")

    with running(profile.home, **profile.env) as second:
        _until(lambda: _status(second, key, conversation) == "done")


def _visit_and_crash(profile: Profile, env: dict[str, str]) -> tuple[str, str]:
    with running(profile.home, **env) as parley:
        conversation = _visit(parley, profile)
        _until(lambda: profile.run(_HELD) == [("processing", 1)])
        _kill_everything(parley)
        return parley.api_key, conversation


_ASKED = "SELECT count(*) FROM conversations_storedturn WHERE role = 'user'"
_HELD = (
    "SELECT status, analysis_tries FROM conversations_conversation WHERE analyse_after IS NOT NULL"
)


def _visit(parley: Running, profile: Profile) -> str:
    """Ask something, and leave before the answer."""
    agents = _get(parley, parley.api_key, "agents")["agents"]
    address = parley.address.replace("http", "ws", 1)
    url = f"{address}/v1/convai/conversation?agent_id={agents[0]['agent_id']}"
    with connect(url) as socket:
        socket.send(json.dumps({"type": "conversation_initiation_client_data"}))
        metadata = json.loads(socket.recv(10))
        socket.send(json.dumps({"type": "user_message", "text": "Do you ship to Oslo?"}))
        _until(lambda: profile.run(_ASKED) == [(1,)])
    event = metadata["conversation_initiation_metadata_event"]
    return str(event["conversation_id"])


def _kill_everything(parley: Running) -> None:
    """As a machine does that loses its power: nobody can tidy up."""
    for process in psutil.Process(parley.process.pid).children(recursive=True):
        process.kill()
    parley.process.kill()
    parley.process.wait()


def _status(parley: Running, key: str, conversation: str) -> str:
    return str(_get(parley, key, f"conversations/{conversation}")["status"])


def _get(parley: Running, key: str, path: str) -> Any:
    answer = httpx.get(f"{parley.address}/v1/convai/{path}", headers={"xi-api-key": key})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)
