"""Other people's files are the ones that were looked at, and every icon that is named is there."""

from __future__ import annotations

import gzip
import hashlib
import re

from django.conf import settings
from django.contrib.staticfiles import finders

VENDOR = settings.BASE_DIR / "static/vendor"


def test_every_vendored_file_is_the_one_on_the_list():
    listed = dict(
        re.findall(r"(?m)^\| `(\S+)` .* `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text())
    )

    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "README.md"
    }

    assert found == listed


def test_the_small_stylesheet_is_the_large_one():
    small = (VENDOR / "tabler.min.css.gz").read_bytes()

    assert gzip.decompress(small) == (VENDOR / "tabler.min.css").read_bytes()


def test_templates_name_the_vendored_icons_and_all_of_them_are_used():
    have = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons.svg").read_text()))
    sources = [*settings.BASE_DIR.glob("templates/**/*.html")]
    sources += settings.BASE_DIR.glob("dashboard/console/*.py")
    text = "\n".join(path.read_text() for path in sources)

    named = set(re.findall(r'{% icon "([\w-]+)"', text))

    assert named <= have
    assert {name for name in have if f'"{name}"' not in text} == set()


def test_htmx_comes_with_its_python_package():
    assert finders.find("django_htmx/htmx-4.min.js")
