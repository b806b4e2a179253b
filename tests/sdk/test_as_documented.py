"""What the vendor's documentation shows, as it stands there: only the base URL is put in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elevenlabs.client import ElevenLabs

from tests.boot.running import PATIENCE, ROOT
from tests.surroundings import Missing, older_sdk

from .conftest import ParleyServer
from .in_node import FOLDER, NODE, in_node, needs_node
from .in_python import plain
from .steps import JSON, lacks, step
from .talking import rest_of
from .tool_documents import TOOLS, plain_tool

pytestmark = pytest.mark.xdist_group("sdk")
SHOWN = ROOT / "tests/sdk/as_documented"
Route = Callable[[ParleyServer, JSON], str]


@pytest.fixture
def client(parley_server: ParleyServer) -> ElevenLabs:
    return ElevenLabs(api_key=parley_server.api_key, base_url=parley_server.url)


def shown(name: str, *changes: tuple[str, str]) -> str:
    """An example, with these changes; each must find its place."""
    text = (SHOWN / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def run(*line: str, script: str, **env: str) -> str:
    done = subprocess.run(
        [*line, "-"],
        cwd=FOLDER,
        input=script,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_example_runs_on_the_sdk_it_was_written_for(
    client: ElevenLabs, parley_server: ParleyServer
) -> None:
    try:
        python = older_sdk()
    except Missing as what:
        pytest.skip(f"needs the {what}")
    here = (
        f'"{parley_server.api_key}",',
        f'"{parley_server.api_key}", base_url="{parley_server.url}",',
    )
    script = shown("create_agent.py.txt", ('"YOUR_API_KEY",', here[1]))

    said = run(str(python), script=script)

    agent_id = said.split("agent_id='")[1].split("'")[0]
    read = client.conversational_ai.agents.get(agent_id)
    assert read.name == "My Chat Agent"
    assert read.conversation_config.conversation.text_only is True


@needs_node
def test_the_javascript_example_makes_a_chat_agent(
    client: ElevenLabs, parley_server: ParleyServer
) -> None:
    here = f"apiKey: '{parley_server.api_key}', baseUrl: '{parley_server.url}'"
    script = shown("create_agent.mjs.txt", ("apiKey: 'YOUR_API_KEY'", here))

    said = run(str(NODE), "--input-type=module", script=script)

    agent_id = said.split("agentId: '")[1].split("'")[0]
    read = client.conversational_ai.agents.get(agent_id)
    assert read.conversation_config.conversation.text_only is True


@needs_node
def test_the_javascript_example_allows_bursts(
    client: ElevenLabs, parley_server: ParleyServer
) -> None:
    agents = client.conversational_ai.agents
    made = agents.create(conversation_config={"tts": {"speed": 1.1}}).agent_id
    before = agents.get(made).platform_settings
    script = shown(
        "burst_pricing.mjs.txt",
        ("new ElevenLabsClient()", f"new ElevenLabsClient({{ baseUrl: '{parley_server.url}' }})"),
        ("'your-agent-id'", f"'{made}'"),
    )

    run(str(NODE), "--input-type=module", script=script, ELEVENLABS_API_KEY=parley_server.api_key)

    read = agents.get(made)
    limits = {"agent_concurrency_limit": -1, "daily_limit": 1000, "bursting_enabled": True}
    limits = {**plain(before)["call_limits"], **limits}
    assert plain(read.platform_settings) == {**plain(before), "call_limits": limits}
    assert read.conversation_config.tts.speed == 1.1


@pytest.mark.parametrize("name", ["documentation_agent", "zendesk_agent", "hubspot_agent"])
def test_published_prompts_and_voices_come_back_to_the_letter(
    client: ElevenLabs, name: str
) -> None:
    agents = client.conversational_ai.agents
    prompt = shown(f"{name}.prompt.txt")
    voice = {
        "voice_id": "P7x743VjyZEOihNNygQ9",
        "stability": 0.45,
        "similarity_boost": 0.75,
        "speed": 1.0,
    }

    made = agents.create(
        conversation_config={"agent": {"prompt": {"prompt": prompt}}, "tts": voice}
    ).agent_id

    read = agents.get(made).conversation_config
    assert read.agent.prompt.prompt == prompt
    assert lacks(plain(read.tts), voice) == []


def _by_python(server: ParleyServer, document: JSON) -> str:
    client = ElevenLabs(api_key=server.api_key, base_url=server.url)
    return str(client.conversational_ai.tools.create(request={"tool_config": document}).id)


def _by_http(server: ParleyServer, document: JSON) -> str:
    with rest_of(server) as rest:
        made = rest.post("/tools", json={"tool_config": document})
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


@pytest.fixture(params=[_by_python, _by_http], ids=["python", "http"])
def kept(parley_server: ParleyServer, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The published tools, made in one of the ways that take them; the CLI has its own test."""
    made = {name: request.param(parley_server, document) for name, document in TOOLS.items()}
    yield made
    with rest_of(parley_server) as rest:
        for tool_id in made.values():
            rest.delete(f"/tools/{tool_id}")


@needs_node
def test_published_tools_are_read_back_by_the_strict_sdk(
    parley_server: ParleyServer, client: ElevenLabs, kept: dict[str, str]
) -> None:
    steps = [
        step("tools.get", {"tool_id": tool_id}, expects={"tool_config": {"type": "webhook"}})
        for tool_id in kept.values()
    ]

    heard = in_node(parley_server, steps, {}, {})

    assert [one.told() for one in heard.played if one.trouble] == []
    for name, tool_id in kept.items():
        read: Any = plain(client.conversational_ai.tools.get(tool_id))["tool_config"]
        assert lacks(read, plain_tool(name)) == [], name


def test_a_placeholder_for_a_secret_is_saved_and_reported(
    parley_server: ParleyServer, kept: dict[str, str]
) -> None:
    with_placeholder = [name for name, tool in TOOLS.items() if "YOUR SECRET" in json.dumps(tool)]
    assert len(with_placeholder) >= 3

    with rest_of(parley_server) as rest:
        told = {name: rest.get(f"/tools/{kept[name]}").json() for name in with_placeholder}

    for name, tool in told.items():
        headers = tool["tool_config"]["api_schema"]["request_headers"]
        assert {"secret_id": "YOUR SECRET"} in headers.values(), name
        assert [one["secret_id"] for one in tool["unresolved"]] == ["YOUR SECRET"], name
