"""The script in the README runs as it stands, with the server's own address and key."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.boot.running import PATIENCE, ROOT

from .conftest import ParleyServer


def test_the_readmes_script_talks_and_reads_the_analysis(parley_server: ParleyServer) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    [script] = [block for block in blocks if "start_session" in block]
    script = script.replace("http://127.0.0.1:8000", parley_server.url)

    ran = subprocess.run(
        [sys.executable, "-c", script.replace("YOUR_API_KEY", parley_server.api_key)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert ran.returncode == 0, ran.stderr
    assert "Agent: Hello! What can I do for you?" in ran.stdout
    assert "Summary: " in ran.stdout
