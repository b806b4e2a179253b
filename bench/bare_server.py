"""The reference of bench/live.py: `websockets` alone streams the same frames and stores nothing.

python -m bench.bare_server PORT FIRST_MS TOKENS GAP_MS
"""

from __future__ import annotations

import asyncio
import json
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, serve

METADATA = {
    "type": "conversation_initiation_metadata",
    "conversation_initiation_metadata_event": {
        "conversation_id": "conv_bare",
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    },
}


def part(text: str, kind: str, event_id: int) -> str:
    body = {"text": text, "type": kind, "event_id": event_id}
    return json.dumps({"type": "agent_chat_response_part", "text_response_part": body})


async def main(port: int, first: float, tokens: int, gap: float) -> None:
    async def talk(socket: ServerConnection) -> None:
        event_id = 0
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "conversation_initiation_client_data":
                await socket.send(json.dumps(METADATA))
            elif frame["type"] == "user_message":
                event_id += 1
                await answer(socket, event_id)

    async def answer(socket: ServerConnection, event_id: int) -> None:
        await asyncio.sleep(first)
        await socket.send(part("", "start", event_id))
        for n in range(tokens):
            await socket.send(part(f"word{n} ", "delta", event_id))
            await asyncio.sleep(gap)
        await socket.send(part("", "stop", event_id))
        said = "".join(f"word{n} " for n in range(tokens))
        body = {"agent_response": said, "event_id": event_id}
        await socket.send(json.dumps({"type": "agent_response", "agent_response_event": body}))

    async with serve(talk, "127.0.0.1", port, compression=None):
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    port, first_ms, tokens, gap_ms = map(int, sys.argv[1:5])
    uvloop.run(main(port, first_ms / 1000, tokens, gap_ms / 1000))
