"""`run.py drill`: a small installation on PostgreSQL and Redis is taken apart while visitors talk.

    python3 run.py drill --times 20 --seed 7

Prints a table; the exit code says whether anything was lost, doubled, broken off or left open.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests import surroundings
from tests.boot.running import ROOT

from .drill import (
    CUT,
    DATABASE,
    KILL,
    PAUSE,
    REDIS,
    STOP,
    WORKER,
    Drill,
    Plan,
    printed,
    till,
)
from .house import house, own_redis

KINDS = {KILL: 5, STOP: 4, CUT: 5, PAUSE: 2, WORKER: 1, REDIS: 1, DATABASE: 2}
TROUBLES = ('"level": "error"', '"level": "critical"', "Traceback")


def main() -> int:
    parser = argparse.ArgumentParser(prog="run.py drill", description=__doc__)
    parser.add_argument("--times", type=int, default=200, help="how many disturbances (200)")
    parser.add_argument("--visitors", type=int, default=40)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--only", choices=list(KINDS), help="one kind of disturbance alone")
    parser.add_argument("--slow", type=int, default=0, help="tell of this many slowest resumes")
    parser.add_argument("--keep", type=Path, help="keep the programs' output in this folder")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    kinds = {options.only: 1} if options.only else KINDS
    chance = random.Random(options.seed)
    deeds = chance.choices(list(kinds), list(kinds.values()), k=options.times)
    plan = Plan(deeds, options.visitors, options.seed)
    with tempfile.TemporaryDirectory(prefix="parley-drill-") as folder:
        home = options.keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        with surroundings.postgres() as server, database(server) as own, model() as model_url:
            return asyncio.run(drilled(plan, home, own, model_url, options.servers, options.slow))


async def drilled(plan: Plan, home: Path, own: str, model_url: str, servers: int, slow: int) -> int:
    began = time.monotonic()
    redis, counting = own_redis(home), till()
    async with counting[1] as there:
        env = {
            "DATABASE_URL": own,
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "PARLEY_LLM_URL": model_url,
            "PARLEY_LLM_MODEL": "stub",
            "PARLEY_EGRESS_ALLOW": there.where,
            "PARLEY_RESUME_SECONDS": "45",
        }
        with house(home, servers, **env) as built:
            built.redis = redis
            report = await Drill(built, plan, progress).run(counting[0], there)
            print(f"\n\n{printed(report)}")
            errors = sum(any(t in line for t in TROUBLES) for line in built.output().splitlines())
    for pk, line in report.slowest(slow):
        print(f"  {line.seconds:.1f} s: {pk} ({line.kind}): {'; '.join(line.tries)}")
    print(f"{errors} error lines in the programs' output")
    print(f"seed {plan.seed}, {time.monotonic() - began:.0f} s: ", end="")
    print(f"{len(report.findings)} things wrong" if report.findings else "nothing lost or doubled")
    return 1 if report.findings else 0


def progress(words: str) -> None:
    print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


@contextmanager
def database(server: str) -> Iterator[str]:
    """One for this drill alone."""
    import psycopg

    name = f"parley_drill_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]


@contextmanager
def model() -> Iterator[str]:
    """The stand-in model: slow enough that most disturbances come in the middle of an answer."""
    line = [sys.executable, "-m", "tests.stand_ins.model_stub", "--port", "0"]
    line += ["--first-ms", "100", "--gap-ms", "30"]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
