"""`run.py test`: every test, on SQLite in one process and then on PostgreSQL and Redis.

With arguments it is pytest alone, on SQLite: `run.py test tests/engine -x`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from . import surroundings
from .surroundings import Missing

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Tally:
    """What was counted, and what could not be run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: list[str] = field(default_factory=list)

    def count(self, report: Path, code: int) -> None:
        """Add a run of pytest, from its own report; a run without one has failed."""
        try:
            suite = next(ElementTree.parse(report).iter("testsuite"))  # noqa: S314  # our own file
        except (OSError, ElementTree.ParseError, StopIteration):
            self.failed += 1
            return
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        self.failed += max(failed, 1 if code else 0)
        self.skipped += skipped
        self.passed += max(0, total - skipped - failed)

    def leave_out(self, what: Missing, tests: str) -> None:
        self.left_out.append(f"parley: no {what}: {tests} left out.")


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    env = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": ""}
    del env["DJANGO_SETTINGS_MODULE"]
    with tempfile.TemporaryDirectory(prefix="parley-home-") as home:
        env["PARLEY_HOME"] = home
        if arguments:
            return subprocess.call([sys.executable, "-m", "pytest", *arguments], env=env)
        return _everything(env, Path(home))


def _everything(env: dict[str, str], folder: Path) -> int:
    tally = Tally()
    _in_node(tally)
    try:
        surroundings.older_sdk()
    except Missing as what:
        tally.leave_out(what, "the example of tests/sdk that was written for it is")
    ignored = []
    try:
        surroundings.chromium()
    except Missing as what:
        tally.leave_out(what, "the browser's journeys (tests/journeys, tests/widget/browser) are")
        ignored = ["--ignore", "tests/journeys", "--ignore", "tests/widget/browser"]
    _pytest("SQLite, one process", [*ignored], env, folder / "sqlite.xml", tally)
    try:
        with ExitStack() as stack:
            database = stack.enter_context(surroundings.postgres())
            bus = stack.enter_context(surroundings.redis())
            scaled = {**env, "DATABASE_URL": database, "REDIS_URL": bus}
            marked = ["-m", "both_profiles", *ignored]
            _pytest("PostgreSQL and Redis", marked, scaled, folder / "scaled.xml", tally)
    except Missing as what:
        tally.leave_out(what, "the tests of the scaled profile are")
    return _close(tally)


def _pytest(
    title: str, arguments: list[str], env: dict[str, str], report: Path, tally: Tally
) -> None:
    print(f"\n=== {title}", flush=True)
    line = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup"]
    line += [f"--junitxml={report}", *arguments]
    tally.count(report, subprocess.call(line, env=env))


def _in_node(tally: Tally) -> None:
    """The widget's own tests and types, and that the built file is the source's."""
    try:
        npm = surroundings.node()
    except Missing as what:
        tally.leave_out(what, "the widget's tests (widget/test) are")
        return
    for room in ("widget", "tests/node"):
        if not Path(room, "package.json").exists():
            continue
        print(f"\n=== Node: {room}", flush=True)
        steps = [["ci", "--no-audit", "--no-fund"], ["run", "check", "--if-present"], ["test"]]
        for step in steps:
            done = subprocess.run(
                [npm, *step], cwd=room, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            print(done.stdout, end="", flush=True)
            tally.passed += _node_count(done.stdout, "pass")
            tally.failed += max(_node_count(done.stdout, "fail"), 1 if done.returncode else 0)
            if done.returncode:
                break


def _node_count(output: str, what: str) -> int:
    """From the closing lines of Node's own runner: `ℹ pass 12` or `# pass 12`."""
    return sum(int(n) for n in re.findall(rf"(?m)^(?:#|ℹ) {what} (\d+)\s*$", output))


def _close(tally: Tally) -> int:
    print()
    for line in tally.left_out:
        print(line)
    if tally.left_out and os.environ.get("CI") == "true":
        print("parley: on CI nothing may be left out.")
        tally.failed += len(tally.left_out)
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
