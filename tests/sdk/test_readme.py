"""The scripts in the README run as they stand, with the server's own address and key."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.boot.running import PATIENCE, ROOT

from .conftest import ParleyServer


def said(script: str, server: ParleyServer, **names: str) -> str:
    """What a script prints. `names`: what stands for the reader's own values."""
    script = script.replace("http://127.0.0.1:8000", server.url)
    for name, value in {"YOUR_API_KEY": server.api_key, **names}.items():
        script = script.replace(name, value)
    line = [sys.executable, "-c", script]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_readmes_scripts_make_an_agent_talk_and_read_the_analysis(
    parley_server: ParleyServer,
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    [making] = [block for block in blocks if "agents.create" in block]
    [talking] = [block for block in blocks if "start_session" in block]

    agent_id = said(making, parley_server).strip()
    talk = said(talking, parley_server, YOUR_AGENT_ID=agent_id)

    assert "Agent: Hello!" in talk
    assert "Summary: " in talk
