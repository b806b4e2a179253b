"""Live conversations under load: `python -m bench.live [--seconds 10] [--quick]`.

A fixed local model (first token after 50 ms, 20 tokens, 10 ms apart), visitors in a closed loop,
every turn stored. Beside each figure, in the same run: the same client asking the model itself,
and a bare `websockets` server that streams the same frames and stores nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

import httpx
import uvloop

from .processes import KEY, Running, bare_server, model_stub, parley
from .visitors import Stopwatch, ask_model, busy, open_session

FIRST_MS, TOKENS, GAP_MS = 50, 20, 10
HEADER = (
    "sessions  server     first p50  first p95  final p50  final p95   turns/s  CPU ms/turn  errors"
)


def make_agent(server: Running) -> str:
    config = {
        "conversation": {"text_only": True, "max_duration_seconds": 3600},
        "agent": {"first_message": "Hello!", "prompt": {"prompt": "Be kind.", "llm": "stub"}},
    }
    answer = httpx.post(
        f"{server.url}/v1/convai/agents/create",
        headers={"xi-api-key": KEY},
        json={"name": "Bench", "conversation_config": config},
        trust_env=False,
    )
    answer.raise_for_status()
    agent_id: str = answer.json()["agent_id"]
    return agent_id


def row(sessions: int, name: str, watch: Stopwatch, rate: float, cpu: float | None) -> None:
    figures = [watch.ms("first", 50), watch.ms("first", 95), watch.ms("final", 50)]
    figures.append(watch.ms("final", 95))
    cells = "".join(f"{value:11.0f}" for value in figures)
    spent = "           –" if cpu is None else f"{cpu:12.1f}"
    print(f"{sessions:8}  {name:8}{cells}{rate:10.1f}{spent}{watch.errors:8}", flush=True)


async def compare(
    sessions: int, seconds: float, ours: Running, agent_id: str, bare: Running, model: Running
) -> None:
    floor = await ask_model(model.url, sessions, min(seconds, 5))
    row(sessions, "model", floor, len(floor.final) / min(seconds, 5), None)
    reference = await busy(bare.url, "bare", sessions, seconds, bare.cpu_seconds)
    row(sessions, "bare", *reference)
    parleys = await busy(ours.url, agent_id, sessions, seconds, ours.cpu_seconds)
    row(sessions, "parley", *parleys)
    ratio = parleys[1] / reference[1]
    added = parleys[0].ms("first", 50) - floor.ms("first", 50)
    print(
        f"          turns/s {ratio:.2f} of bare; first delta {added:+.0f} ms over the model alone"
    )


async def idle(server: Running, agent_id: str, sessions: int) -> float:
    """KiB for each session that is open and says nothing."""
    warm = await asyncio.gather(*(open_session(server.url, agent_id) for _ in range(20)))
    await asyncio.sleep(1)
    before = server.memory_kb()
    sockets = list(warm)
    for at in range(0, sessions, 50):
        some = min(50, sessions - at)
        sockets += await asyncio.gather(*(open_session(server.url, agent_id) for _ in range(some)))
        print(f"\r  opening {at + some} of {sessions}", end="", file=sys.stderr)
    print(file=sys.stderr)
    await asyncio.sleep(2)
    used = server.memory_kb() - before
    await asyncio.gather(*(socket.close() for socket in sockets))
    return used / sessions


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--quick", action="store_true", help="fewer sessions, shorter")
    options = parser.parse_args()
    loads = [1, 20] if options.quick else [1, 50, 200]
    resting = 200 if options.quick else 2000
    pace = (FIRST_MS, TOKENS, GAP_MS)
    with model_stub(*pace) as model, bare_server(*pace) as bare, parley(model.url) as ours:
        agent_id = make_agent(ours)
        print(HEADER)
        for sessions in loads:
            await compare(sessions, options.seconds, ours, agent_id, bare, model)
        bare_kb = await idle(bare, "bare", resting)
        our_kb = await idle(ours, agent_id, resting)
        print(f"{resting:8}  idle: {our_kb:.0f} KiB a session; bare {bare_kb:.0f} KiB")


if __name__ == "__main__":
    uvloop.run(main())
