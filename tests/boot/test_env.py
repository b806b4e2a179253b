"""A wrong value stops the start with one line that names the variable and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import env


def _refusal(capture: pytest.ExceptionInfo[SystemExit]) -> str:
    line = str(capture.value.code)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("value", ["abc", "-1", "70000", "1.5", "٣"])
def test_a_number_out_of_bounds_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)

    with pytest.raises(SystemExit) as stopped:
        env.number("PORT", 8000, least=1, most=65535)

    assert "PORT" in _refusal(stopped)
    assert "1 to 65535" in _refusal(stopped)


@pytest.mark.parametrize("value", ["mysql://x/y", "postgres://h:port/x", "just text"])
def test_an_address_of_another_kind_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(SystemExit) as stopped:
        env.address("DATABASE_URL", ("postgres", "sqlite"))

    assert "postgres:// or sqlite://" in _refusal(stopped)


def test_a_refused_address_keeps_its_password_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://ada:hunter2@db/x")

    with pytest.raises(SystemExit) as stopped:
        env.address("DATABASE_URL", ("postgres",))

    assert "hunter2" not in _refusal(stopped)


def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DEBUG", "maybe")

    with pytest.raises(SystemExit) as stopped:
        env.flag("PARLEY_DEBUG")

    assert "use 1 or 0" in _refusal(stopped)


def test_a_choice_is_one_of_those_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_ROLE", "WEB")
    assert env.one_of("PARLEY_ROLE", ("all", "web")) == "web"
    monkeypatch.setenv("PARLEY_ROLE", "worker")

    with pytest.raises(SystemExit) as stopped:
        env.one_of("PARLEY_ROLE", ("all", "web"))

    assert "use all or web" in _refusal(stopped)


def test_a_folder_that_cannot_be_written_to_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_HOME", "/proc/parley")

    with pytest.raises(SystemExit) as stopped:
        env.folder("PARLEY_HOME", Path("/proc"))

    assert "/proc/parley" in _refusal(stopped)


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    assert env.text("OPENAI_API_KEY") == "sk-from-a-file"
    assert env.is_set("OPENAI_API_KEY")


def test_a_secret_file_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", "/nowhere/key")

    with pytest.raises(SystemExit) as stopped:
        env.text("SECRET_KEY")

    assert "SECRET_KEY_FILE names /nowhere/key" in _refusal(stopped)


def test_a_made_secret_is_private_and_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    kept = tmp_path / "keys" / "django"

    first, second = env.secret("SECRET_KEY", kept), env.secret("SECRET_KEY", kept)

    assert first == second
    assert len(first) >= 50
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("value", "expected"), [("0.5", 0.5), (".5", 0.5), ("1", 1.0), ("", 0.35)])
def test_a_fraction_is_read(value: str, expected: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_KNOWLEDGE_MIN_CLOSENESS", value)

    assert env.fraction("PARLEY_KNOWLEDGE_MIN_CLOSENESS", 0.35) == expected


@pytest.mark.parametrize("value", ["35", "-0.1", "1.5", "35%", "nan", "0,35"])
def test_what_is_no_fraction_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_KNOWLEDGE_MIN_CLOSENESS", value)

    with pytest.raises(SystemExit) as stopped:
        env.fraction("PARLEY_KNOWLEDGE_MIN_CLOSENESS", 0.35)

    assert "from 0 to 1" in _refusal(stopped)
