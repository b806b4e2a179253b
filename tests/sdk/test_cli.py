"""The vendor's own command line, with a folder of agents and tools as code."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.boot.running import ROOT

from .conftest import ParleyServer
from .scenes.agents import FULL
from .steps import lacks
from .talking import rest_of
from .tool_documents import TOOLS, plain_tool

PACKAGES = ROOT / "tests/node/node_modules/@elevenlabs"
CLI = next(iter(PACKAGES.glob("cli-*/elevenlabs")), None)  # what the package's launcher starts
pytestmark = [
    pytest.mark.xdist_group("sdk"),
    pytest.mark.skipif(not CLI, reason="needs Node and `npm ci` in tests/node"),
]
TEMPLATES = ("default", "minimal", "text-only", "voice-only", "customer-service", "assistant")


@dataclass(frozen=True)
class Project:
    """A folder that the CLI works in; whatever it might ask elsewhere finds a closed door."""

    folder: Path
    env: dict[str, str]

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [str(CLI), *words], cwd=self.folder, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def write(self, path: str, value: Any) -> None:
        (self.folder / path).write_text(json.dumps(value))


@pytest.fixture
def project(parley_server: ParleyServer, tmp_path: Path) -> Iterator[Project]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "ELEVENLABS_BASE_URL": parley_server.url,
        "ELEVENLABS_API_KEY": parley_server.api_key,
        "NO_PROXY": "127.0.0.1",
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    }
    project = Project(tmp_path, env)
    project("agents", "init", ".")
    yield project
    with rest_of(parley_server) as rest:
        for kind in ("agents", "tools"):
            for made in project.read(f"{kind}.json")[kind]:
                rest.delete(f"/{kind}/{made['id']}", params={"force": True})


def unkept(said: str) -> list[str]:
    """The fields that the CLI did not find again in the answer to its push."""
    assert "fail" not in said.lower(), said
    if "not persisted" not in said:
        assert "⚠" not in said, said
    return re.findall(r"(?m)^ +- (\S+)$", said)


def test_agents_of_every_template_come_back_as_they_were_pushed(project: Project) -> None:
    assert set(TEMPLATES) <= set(project("agents", "templates", "list").split())
    for name in TEMPLATES:
        told = json.loads(project("agents", "templates", "show", name).split("=\n")[-1])
        project.write(f"agent_configs/{name}.json", {**told, "name": name})
    paths = [f"agent_configs/{name}.json" for name in TEMPLATES]
    project.write("agents.json", {"agents": [{"config": path} for path in paths]})
    written = {path: project.read(path) for path in paths}

    made = project("agents", "push")
    updated = project("agents", "push")
    project("agents", "pull", "--update", "--yes")

    assert unkept(made) == unkept(updated) == []
    assert made.count("Created agent") == updated.count("Updated agent") == len(TEMPLATES)
    for path in paths:
        assert lacks(project.read(path), written[path]) == []
    assert project("agents", "status").count("Created") == len(TEMPLATES)


def test_an_agent_with_every_field_comes_back_from_a_push(project: Project) -> None:
    project("agents", "add", "whole", "--template", "minimal")
    config = {"name": "whole", **FULL}
    project.write("agent_configs/whole.json", config)

    said = project("agents", "push", "--version-description", "All of it")
    project("agents", "pull", "--update", "--yes")
    once = project.read("agent_configs/whole.json")
    again = project("agents", "push")
    project("agents", "pull", "--update", "--yes")

    assert unkept(said) == unkept(again) == []
    assert lacks(once, config) == []
    assert project.read("agent_configs/whole.json") == once


def test_the_published_tool_documents_are_pushed_as_they_are(project: Project) -> None:
    assert len(TOOLS) == 9
    for name, document in TOOLS.items():
        project.write(f"tool_configs/{name}.json", document)
    known = [{"type": "webhook", "config": f"tool_configs/{name}.json"} for name in TOOLS]
    project.write("tools.json", {"tools": known})

    said = project("tools", "push")
    project("tools", "pull", "--update", "--yes")
    again = project("tools", "push")

    assert said.count("Created tool") == again.count("Updated tool") == len(TOOLS)
    # The editor's own ids, which the wire has no place for.
    assert set(unkept(said)) <= {"id", "api_schema.request_body_schema.id"}
    assert unkept(again) == []
    for name in TOOLS:
        assert lacks(project.read(f"tool_configs/{name}.json"), plain_tool(name)) == [], name


def test_client_tools_are_made_and_deleted(project: Project, parley_server: ParleyServer) -> None:
    project("tools", "add", "basket", "--type", "client")
    [made] = project.read("tools.json")["tools"]

    project("tools", "delete", made["id"])

    assert project.read("tools.json")["tools"] == []
    with rest_of(parley_server) as rest:
        assert rest.get(f"/tools/{made['id']}").status_code == 404


def test_a_fresh_folder_pulls_what_the_server_has(project: Project) -> None:
    project("agents", "add", "only-here", "--template", "text-only")
    [made] = project.read("agents.json")["agents"]
    project.write("agents.json", {"agents": []})

    project("agents", "pull", "--agent", made["id"], "--all", "--yes")

    [found] = project.read("agents.json")["agents"]
    assert found["id"] == made["id"]
    assert project.read(found["config"])["name"] == "only-here"


def test_its_commands_for_single_calls_are_answered(project: Project) -> None:
    project("agents", "add", "asked", "--template", "text-only")
    [made] = project.read("agents.json")["agents"]

    answers = {
        words: json.loads(project(*words, "--format", "json"))
        for words in (
            ("agents", "get", "--agent-id", made["id"]),
            ("agents", "list"),
            ("agents", "conversations", "list"),
            ("agents", "llm", "list"),
            ("agents", "secrets", "list"),
            ("agents", "tools", "list"),
            ("user", "get"),
            ("webhooks", "list"),
        )
    }

    assert answers["agents", "get", "--agent-id", made["id"]]["name"] == "asked"
    assert all(answers.values())
