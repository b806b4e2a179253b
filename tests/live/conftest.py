"""One server of each kind for all the tests of a process, with a stand-in model behind it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.boot.running import ROOT

from .doors import Door, door


@pytest.fixture(scope="session")
def model_url() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stand_ins.model_stub", "--port", "0", "--gap-ms", "10"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def uvicorn_door(model_url: str) -> Iterator[Door]:
    with door("uvicorn", model_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def daphne_door(model_url: str) -> Iterator[Door]:
    with door("daphne", model_url) as opened:
        yield opened


@pytest.fixture(params=["uvicorn", "daphne"])
def at(request: pytest.FixtureRequest) -> Door:
    """Every test that asks for it runs once on each server."""
    opened: Door = request.getfixturevalue(f"{request.param}_door")
    return opened
