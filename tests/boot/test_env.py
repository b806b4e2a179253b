"""A wrong value stops the start with one line that names the variable and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import env


def _refusal(capture: pytest.ExceptionInfo[SystemExit]) -> str:
    line = str(capture.value.code)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("value", ["abc", "-1", "70000", "1.5", "٣", "9" * 5000])
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


@pytest.mark.parametrize(
    "value",
    [
        "http:///v1",
        "http:foo",
        "https:foo",
        "http://a b/v1",
        "http://",
        "http://:80",
        "http://h\t/v",
    ],
)
def test_an_address_without_a_host_or_with_a_space_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_LLM_URL", value)

    with pytest.raises(SystemExit) as stopped:
        env.address("PARLEY_LLM_URL", ("http", "https"))

    assert "PARLEY_LLM_URL" in _refusal(stopped)


def test_an_address_may_be_a_path_where_files_and_sockets_are_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for value in ("sqlite:////data/db", "unix:///run/redis", "postgres:///parley?host=/run/pg"):
        monkeypatch.setenv("SOME_URL", value)
        assert env.address("SOME_URL", ("sqlite", "unix", "postgres")) == value


@pytest.mark.parametrize("value", ["sqlite:", "sqlite://x", "sqlite:db", "sqlite:///"])
def test_a_file_without_a_path_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(SystemExit):
        env.address("DATABASE_URL", ("sqlite",))


@pytest.mark.parametrize(
    "value", ["postgres://ada:hunter2%zz@db/x", "mysql://db/x?password=hunter2"]
)
def test_a_password_in_an_odd_place_is_not_said(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(SystemExit) as stopped:
        env.address("DATABASE_URL", ("postgres",))

    assert "hunter2" not in _refusal(stopped)


def test_a_secret_file_that_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_bytes(b"\x7fELF\xff\xfe")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("SECRET_KEY", raising=False)

    with pytest.raises(SystemExit) as stopped:
        env.text("SECRET_KEY")

    assert "no text" in _refusal(stopped)


def test_a_short_secret_is_refused_without_saying_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")

    with pytest.raises(SystemExit) as stopped:
        env.secret("SECRET_KEY", tmp_path / "django")

    assert "16 characters" in _refusal(stopped)
    assert "hunter2" not in _refusal(stopped)


def test_a_kept_secret_that_was_emptied_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (tmp_path / "django").touch()

    with pytest.raises(SystemExit) as stopped:
        env.secret("SECRET_KEY", tmp_path / "django")

    assert "SECRET_KEY" in _refusal(stopped)
