"""Values that would start and break later: each stops the start with one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .running import ROOT, environment

CHECK = """\
import django
django.setup()
from dashboard import first_run
first_run.check_wishes()
print("fine")
"""


def started(home: Path, **values: str) -> tuple[int, str]:
    """Settings and wishes are read, and nothing is served."""
    env = environment(home, DJANGO_SETTINGS_MODULE="dashboard.settings", **values)
    env.setdefault("PYTHONPATH", str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        env=env,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARLEY_EGRESS_ALLOW", "http://x/y"),
        ("PARLEY_EGRESS_ALLOW", "10.0.0.0/99"),
        ("PARLEY_SECRET_KEYS", ","),
        ("PARLEY_SECRET_KEYS", "short"),
        ("PARLEY_ALLOWED_HOSTS", "http://shop.example"),
        ("PARLEY_ALLOWED_HOSTS", "shop.example:8000"),
        ("PARLEY_LLM_URL", "http:///v1"),
        ("PARLEY_PUBLIC_URL", "https:foo"),
        ("REDIS_URL", "redis://127.0.0.1:6379/abc"),
        ("SECRET_KEY", "x"),
        ("PARLEY_RESUME_SECONDS", "99999999999999999999"),
        ("PARLEY_ADMIN_EMAIL", "a" * 60 + "@" + "b.example." * 25 + "example"),
        ("DATABASE_URL", "postgres://ada:hunter2%zz@127.0.0.1:5432/x"),
        ("DATABASE_URL", "sqlite:"),
    ],
)
def test_it_stops_with_one_line(name: str, value: str, tmp_path: Path) -> None:
    code, words = started(tmp_path, **{name: value})

    assert code == 1, words
    assert words.startswith("parley: ")
    assert name in words
    assert "hunter2" not in words
    assert len(words.splitlines()) == 1


def test_right_values_start(tmp_path: Path) -> None:
    code, words = started(
        tmp_path,
        PARLEY_EGRESS_ALLOW="127.0.0.1:9000, 10.0.0.0/8, [::1]:80, crm.internal",
        PARLEY_SECRET_KEYS="a-key-of-sixteen-or-more, another-key-of-sixteen",
        PARLEY_ALLOWED_HOSTS="shop.example, .shop.example, 127.0.0.1, [::1], *",
        PARLEY_LLM_URL="http://ollama:11434/v1",
        REDIS_URL="redis://127.0.0.1:6379/3",
        DATABASE_URL="postgres://ada:p%25w@127.0.0.1:5432/x",
    )

    assert (code, words) == (0, "fine")
