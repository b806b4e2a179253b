"""The chat examples of the vendor's documentation, against agents of all three kinds.

Changed are the address and what cannot run anywhere: an argument that the SDK demands, a handler
that looks for keys that the SDK never sends.
"""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import time
from contextlib import redirect_stdout
from typing import Any

import pytest
from elevenlabs.client import ElevenLabs

from tests.boot.running import PATIENCE

from .in_node import FOLDER, NODE, needs_node
from .live_place import GREETING, KINDS, Place
from .test_as_documented import shown

pytestmark = pytest.mark.xdist_group("live sdk")
QUESTION = "Hello, how can you help me today?"
REASON = "Override for field 'conversation.text_only' is not allowed by config."
MAY_CHAT, MAY_NOT = KINDS[:2], KINDS[2]
KEY_DEMANDED = ("  agent_id,\n  config=", "  agent_id,\n  requires_auth=False,\n  config=")
HANDLER = [
    ("message.type === 'agent_response'", "message.role === 'agent'"),
    ("console.log('Agent:', message.text)", "console.log('Agent:', message.message)"),
    ("displayAgentMessage(message.text)", "displayAgentMessage(message.message)"),
]


def python_names(place: Place, agent_id: str) -> dict[str, Any]:
    """What the fragments leave out."""
    names: dict[str, Any] = {"shown": [], "agent_id": agent_id, "api_key": place.key}
    names["elevenlabs"] = ElevenLabs(api_key=place.key, base_url=place.door.url)
    names["update_chat_ui"] = names["shown"].append
    return names


def run_python(place: Place, agent_id: str, example: str, said: io.StringIO) -> dict[str, Any]:
    names = python_names(place, agent_id)
    with redirect_stdout(said):
        if example == "chat_handler.py.txt":
            imports = shown("chat_override.py.txt").split("\n\n")[0]
            exec(imports, names)  # noqa: S102  # an example of the documentation, kept here
        changes = [KEY_DEMANDED] if example == "chat_handler.py.txt" else []
        exec(shown(example, *changes), names)  # noqa: S102
    return names


def until(said: io.StringIO, lines: int) -> list[str]:
    late = time.monotonic() + PATIENCE
    while len(found := said.getvalue().splitlines()) < lines:
        assert time.monotonic() < late, found
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("example", ["chat_override.py.txt", "chat_handler.py.txt"])
@pytest.mark.parametrize("kind", MAY_CHAT)
def test_the_python_examples_print_what_the_agent_says(
    place: Place, kind: str, example: str
) -> None:
    said = io.StringIO()
    with redirect_stdout(said):  # the SDK's thread prints as well
        names = run_python(place, place.agent_of(kind), example, said)
        greeted = until(said, 1)

        exec(shown("send_message.py.txt"), names)  # noqa: S102
        lines = until(said, 2)
        names["conversation"].end_session()
        conversation_id = names["conversation"].wait_for_session_end()

    transcript = place.ended(conversation_id)["transcript"]
    assert greeted == [f"Agent: {GREETING}"]
    assert [turn["message"] for turn in transcript[:2]] == [GREETING, QUESTION]
    assert lines[1] == f"Agent: {transcript[2]['message']}"
    if example == "chat_handler.py.txt":
        assert names["shown"] == [GREETING, transcript[2]["message"]]


@pytest.mark.parametrize("example", ["chat_override.py.txt", "chat_handler.py.txt"])
def test_the_python_examples_are_refused_by_a_voice_agent_without_leave(
    place: Place, example: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = io.StringIO()

    with caplog.at_level(logging.ERROR, logger="elevenlabs"):
        names = run_python(place, place.agent_of(MAY_NOT), example, said)
        conversation_id = names["conversation"].wait_for_session_end()

    assert conversation_id is None
    assert said.getvalue() == ""
    assert "1008" in caplog.text
    assert REASON in caplog.text


HEAD = "import { Conversation } from '@elevenlabs/client'\n"
SOON = "await new Promise((again) => setTimeout(again, 20))"
READ = f"""
const headers = {{ 'xi-api-key': process.env.PARLEY_KEY }}
const record = `${{process.env.PARLEY_URL}}/v1/convai/conversations/${{conversation.getId()}}`
let told
do {{
  {SOON}
  told = (await (await fetch(record, {{ headers }})).json()).transcript
}} while (told.length < 3)
console.log(JSON.stringify(told.map((turn) => turn.message)))
await conversation.endSession()
"""
SHOWN = f"""
while (shown.length < 2) {SOON}
console.log(JSON.stringify(shown))
await conversation.endSession()
"""


def run_javascript(place: Place, agent_id: str, example: str) -> tuple[int, str, str]:
    """The exit code of the example with the message that it sends, its output, and its errors."""
    here = ("'<your-agent-id>',", f"'{agent_id}',\n  origin: '{place.ws}',")
    handles = example == "chat_handler.mjs.txt"
    script = HEAD + "const shown = []\nconst displayAgentMessage = (text) => shown.push(text)\n"
    script += shown(example, here, *(HANDLER if handles else []))
    script += shown("send_message.mjs.txt") + (SHOWN if handles else READ)
    done = subprocess.run(
        [str(NODE), "--no-warnings", "--experimental-websocket", "--input-type=module", "-"],
        cwd=FOLDER,
        input=script,
        env={**os.environ, "PARLEY_URL": place.door.url, "PARLEY_KEY": place.key},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


@needs_node
@pytest.mark.parametrize("kind", MAY_CHAT)
def test_the_javascript_override_example_chats(place: Place, kind: str) -> None:
    code, said, trouble = run_javascript(place, place.agent_of(kind), "chat_override.mjs.txt")

    assert code == 0, trouble
    greeting, question, answer = json.loads(said.splitlines()[-1])
    assert (greeting, question) == (GREETING, QUESTION)
    assert answer


@needs_node
@pytest.mark.parametrize("kind", MAY_CHAT)
def test_the_javascript_handler_example_shows_what_the_agent_says(place: Place, kind: str) -> None:
    code, said, trouble = run_javascript(place, place.agent_of(kind), "chat_handler.mjs.txt")

    assert code == 0, trouble
    *lines, shown_to_visitor = said.splitlines()
    greeting, answer = json.loads(shown_to_visitor)
    assert lines == [f"Agent: {GREETING}", f"Agent: {answer}"]
    assert greeting == GREETING


@needs_node
@pytest.mark.parametrize("example", ["chat_override.mjs.txt", "chat_handler.mjs.txt"])
def test_the_javascript_examples_are_refused_by_a_voice_agent_without_leave(
    place: Place, example: str
) -> None:
    code, said, trouble = run_javascript(place, place.agent_of(MAY_NOT), example)

    assert code != 0
    assert said == ""
    assert f"SessionConnectionError: {REASON}" in trouble
