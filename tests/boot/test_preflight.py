"""What is claimed before anything is served."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dashboard import preflight


def test_one_file_has_one_parley_whatever_its_folder(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "one")

    claim = preflight.claim_file(tmp_path / "one" / "db.sqlite3")
    with pytest.raises(SystemExit) as stopped:
        preflight.claim_file(tmp_path / "link" / "db.sqlite3")
    claim.close()

    assert "DATABASE_URL" in str(stopped.value)
    assert "\n" not in str(stopped.value)
    preflight.claim_file(tmp_path / "link" / "db.sqlite3").close()


def test_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        preflight.claim_file(tmp_path / "nowhere" / "db.sqlite3")

    assert "DATABASE_URL" in str(stopped.value)
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize("host", ["a..b", "x" * 100, "é..é"])
def test_a_host_that_is_none_is_refused_in_one_line(host: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        preflight.listen(host, 0)

    assert "PARLEY_HOST" in str(stopped.value)


def test_a_host_that_is_one_is_listened_on() -> None:
    listener: socket.socket = preflight.listen("127.0.0.1", 0)

    assert listener.getsockname()[0] == "127.0.0.1"
    listener.close()
