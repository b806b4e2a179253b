"""The house rules that no linter sees."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent

# Top to bottom, as DESIGN draws them; rooms on one line are neighbours.
LAYERS = (
    ("live", "api", "console"),
    ("simulations",),
    ("conversations",),
    ("agents", "integrations", "embeds"),
    ("knowledge", "webhooks"),
    ("workspaces",),
    ("providers",),
    ("engine",),
)
ROOMS = [room for layer in LAYERS for room in layer]
MOST_LINES, LONGEST_FUNCTION, MOST_ARGUMENTS = 300, 40, 6
SHAPELESS = {"utils", "helpers", "common", "services", "manager", "handler", "handlers", "managers"}
# In pieces, so that this file does not name them either.
REGISTRIES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "deb.debian" + ".org",
)


def tracked() -> list[Path]:
    """What a clone would hold: tracked, or new and not ignored."""
    line = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.splitlines() if (path := ROOT / name).is_file()]


def written_by_hand(*endings: str) -> Iterator[Path]:
    left_out = {"migrations", "static", "node_modules", "vendor", "recordings", "assets"}
    for path in tracked():
        if path.suffix in endings and not left_out & set(path.relative_to(ROOT).parts):
            yield path


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in written_by_hand(".py", ".ts", ".mjs", ".js", ".html")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }

    assert long == {}


def test_functions_are_short_and_take_few_arguments() -> None:
    too_much = []
    for path in written_by_hand(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    too_much.append(f"{path.relative_to(ROOT)}:{node.name}: {lines} lines")
                if _arguments(node) > MOST_ARGUMENTS:
                    too_much.append(f"{path.relative_to(ROOT)}:{node.name}: too many arguments")

    assert too_much == []


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """What a caller must know; fixtures that a test asks for by name are not counted."""
    if node.name.startswith("test_"):
        return 0
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_no_module_has_a_name_that_says_nothing() -> None:
    shapeless = [
        str(path.relative_to(ROOT))
        for path in written_by_hand(".py", ".ts")
        if path.stem in SHAPELESS
    ]

    assert shapeless == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in written_by_hand(".py")
        if path.name not in ("__init__.py", "apps.py")
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_holds_working_code(room: str) -> None:
    folder = ROOT / "dashboard" / room
    working = [
        path
        for path in folder.rglob("*.py")
        if "migrations" not in path.parts and path.name != "apps.py" and _does_something(path)
    ]

    assert working, f"dashboard/{room} is empty for show"


def _does_something(path: Path) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.parse(path.read_text()).body
    )


def test_no_package_stands_beside_the_rooms() -> None:
    packages = {path.parent.name for path in (ROOT / "dashboard").glob("*/__init__.py")}

    assert packages - {"management"} == set(ROOMS)


def test_foreign_keys_point_down_or_stay_at_home() -> None:
    floor = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}
    upwards = []
    for model in apps.get_models():
        here = model._meta.app_label
        for field in model._meta.get_fields():
            if here in floor and field.is_relation and getattr(field, "remote_field", None):
                there = field.related_model._meta.app_label if field.concrete else here  # type: ignore[union-attr]
                if there != here and there in floor and floor[there] <= floor[here]:
                    upwards.append(f"{model._meta.label}.{field.name} -> {there}")

    assert upwards == []


def test_no_file_names_a_package_registry() -> None:
    named = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.stat().st_size < 2_000_000
        and "vendor" not in path.parts
        and any(host.encode() in path.read_bytes() for host in REGISTRIES)
    ]

    assert named == []


def test_the_lock_files_name_packages_and_hashes_only() -> None:
    strange = [
        f"{path.name}: {line}"
        for path in ROOT.glob("requirements*.lock")
        for line in path.read_text().splitlines()
        if not re.fullmatch(
            r"[a-z0-9._-]+==[\w.]+( ; [^/]*)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        )
    ]

    assert strange == []
