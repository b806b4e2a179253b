"""Half-configured installs are told what is missing and how to set it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks

from dashboard.checks import TAG


def _told() -> set[str]:
    found = run_checks(tags=[TAG])
    assert all(check.hint for check in found)
    return {str(check.id) for check in found}


def test_a_proxy_without_a_public_address_is_pointed_out(settings: Any) -> None:
    settings.BEHIND_PROXY, settings.PUBLIC_URL = True, ""
    assert "parley.W001" in _told()

    settings.PUBLIC_URL = "https://chat.example.com"
    assert not {"parley.W001", "parley.W002"} & _told()


def test_https_without_a_proxy_is_pointed_out(settings: Any) -> None:
    settings.BEHIND_PROXY, settings.PUBLIC_URL = False, "https://chat.example.com"

    assert "parley.W002" in _told()


def test_several_web_processes_need_redis(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    settings.EMBEDDED = True
    assert "parley.E001" in _told()

    settings.EMBEDDED = False
    assert "parley.E001" not in _told()


def test_keys_apart_from_the_database_are_pointed_out(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARLEY_SECRET_KEYS", raising=False)
    settings.DATABASE_URL = "postgres://db/parley"
    assert "parley.W004" in _told()

    monkeypatch.setenv("PARLEY_SECRET_KEYS", "new,old")
    assert "parley.W004" not in _told()


def test_a_missing_widget_is_pointed_out(settings: Any, tmp_path: Any) -> None:
    settings.BASE_DIR = tmp_path

    assert "parley.W005" in _told()
