#!/usr/bin/env python3
"""Makes the virtual environment, then starts Parley, its tests or its checks.

Standard library only: this file runs before anything is installed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # nobody has checked it before
    sys.exit("parley: Python 3.11 or newer is needed; this is " + sys.version.split()[0])

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "parley-installed.json"  # which lock files are in, by their hash

# What each lock file adds to requirements.lock; without the optional ones Parley still works.
EXTRAS = ("embeddings", "postgres", "dev")
OPTIONAL = ("embeddings",)

USAGE = """\
python3 run.py              start Parley: install what is missing, then serve
python3 run.py setup        install everything, tests and checks too
python3 run.py test [...]   run the tests; what follows goes to pytest
python3 run.py check        format, lint, types, walls between rooms, migrations
python3 run.py bench [...]  run the benchmarks
python3 run.py soak [...]   500 visitors for ten minutes on PostgreSQL and Redis; every count agrees
python3 run.py drill [...]  kill servers, Redis and sockets under talking visitors; count losses
python3 run.py lock         write the lock files anew from pyproject.toml (needs uv)"""


def main() -> int:
    os.chdir(ROOT)
    command, *rest = sys.argv[1:] or ["run"]
    if command == "run":
        _read_dotenv()
        install("embeddings", *(["postgres"] if _wants_postgres() else []))
        become("manage.py", "up", *rest)
    elif command == "setup":
        install(*EXTRAS)
        print("Everything is installed. `python3 run.py` starts Parley.")
    elif command == "test":
        install(*EXTRAS)
        become("-m", "tests.everything", *rest)
    elif command == "bench":
        install(*EXTRAS)
        become("-m", "bench", *rest)
    elif command == "soak":
        install(*EXTRAS)
        become("-m", "bench.soak", *rest)
    elif command == "drill":
        install(*EXTRAS)
        become("-m", "tests.drill", *rest)
    elif command == "check":
        install(*EXTRAS)
        return check()
    elif command == "lock":
        return lock()
    else:
        print(USAGE)
        return 0 if command in ("help", "-h", "--help") else 2
    return 0


def become(*arguments: str) -> None:
    """Turn into Parley's own Python, so that signals and the exit code are its own."""
    sys.stdout.flush()
    line = [str(PYTHON), *arguments]
    if os.name == "nt":
        sys.exit(subprocess.call(line))
    os.execv(line[0], line)


def check() -> int:
    """Every check, also after one has failed; the number of failures."""
    steps = {
        "format": ["-m", "ruff", "format", "--check", "."],
        "lint": ["-m", "ruff", "check", "."],
        "types": ["-m", "mypy"],
        "walls": ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
        "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
        "house": ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_house.py"],
    }
    failed = []
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "PARLEY_HOME": home, "DATABASE_URL": "", "REDIS_URL": ""}
        for name, step in steps.items():
            print(f"--- {name}", flush=True)
            if subprocess.call([str(PYTHON), *step], env=env):
                failed.append(name)
    print(f"check: {', '.join(failed)} failed" if failed else "check: all is well")
    return len(failed)


# --- Installing ------------------------------------------------------------------------------


def install(*extras: str) -> None:
    """Bring the environment up to the lock files; nothing to do when the stamp agrees."""
    wanted = {file.name: _digest(file) for file in map(lock_file, ("", *extras))}
    had = _installed()
    missing = [name for name, digest in wanted.items() if had.get(name) != digest]
    if not missing:
        return
    began = time.monotonic()
    uv = shutil.which("uv")
    print(f"Installing with {'uv' if uv else 'pip'} into {VENV.name}/ ...", flush=True)
    _make_venv(uv)
    needed = [name for name in missing if name not in [lock_file(x).name for x in OPTIONAL]]
    if not _fetch(missing, uv):
        if needed == missing or not _fetch(needed, uv):
            sys.exit("parley: the packages could not be installed; the reason is above.")
        print("The embedding model has no build for this machine: search falls back to keywords.")
    STAMP.write_text(json.dumps({**had, **{name: wanted[name] for name in missing}}))
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def lock_file(extra: str) -> Path:
    return ROOT / (f"requirements-{extra}.lock" if extra else "requirements.lock")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _installed() -> dict[str, str]:
    if not PYTHON.exists():  # also when the Python that it was made with has gone
        return {}
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _make_venv(uv: str | None) -> None:
    if PYTHON.exists():
        return
    if uv and not subprocess.call([uv, "venv", "-q", "--clear", "-p", sys.executable, str(VENV)]):
        return
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("parley: this Python cannot make a virtual environment; install python3-venv.")


def _fetch(names: list[str], uv: str | None) -> bool:
    """Install locked wheels; the lock files are complete, so nothing is left to resolve."""
    files = [part for name in names for part in ("-r", name)]
    if uv:
        line = [uv, "pip", "install", "-p", str(PYTHON), "--no-build", "--no-deps"]
        if not subprocess.call([*line, "--require-hashes", *files]):
            return True
        print("uv could not; trying pip.", flush=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        subprocess.call([str(PYTHON), "-m", "ensurepip"], stdout=subprocess.DEVNULL)
    line = [*pip, "install", "--only-binary", ":all:", "--no-deps", "--no-compile"]
    return not subprocess.call([*line, "--require-hashes", "--progress-bar", "off", *files])


def _wants_postgres() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres") or bool(
        os.environ.get("DATABASE_URL_FILE")
    )


def _read_dotenv() -> None:
    """What `.env` says holds unless the environment says otherwise."""
    file = ROOT / ".env"
    for line in file.read_text().splitlines() if file.exists() else []:
        name, found, value = line.strip().partition("=")
        if found and re.fullmatch(r"[A-Z][A-Z0-9_]*", name.strip()):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


# --- Lock files ------------------------------------------------------------------------------


def lock() -> int:
    """One resolution for all; each file then holds what its profile adds to the first."""
    uv = shutil.which("uv")
    if not uv:
        sys.exit("parley: `run.py lock` needs uv.")
    line = [uv, "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
    line += ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"]
    line += ["--no-build", "-q"]
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder, "all.txt")
        everything.write_text(_output([*line, "--all-extras"]))
        constrained = [*line, "-c", str(everything)]
        base = _entries(_output(constrained))
        lock_file("").write_text("".join(base))
        for extra in EXTRAS:
            entries = _entries(_output([*constrained, "--extra", extra]))
            names = {_name(entry) for entry in base}
            added = [entry for entry in entries if _name(entry) not in names]
            lock_file(extra).write_text("".join(added))
    return 0


def _output(line: list[str]) -> str:
    return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout


def _entries(text: str) -> list[str]:
    """One requirement each, with its hashes."""
    return [entry for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", text) if entry.strip()]


def _name(entry: str) -> str:
    return re.split(r"[ =\\]", entry, maxsplit=1)[0]


if __name__ == "__main__":
    sys.exit(main())
