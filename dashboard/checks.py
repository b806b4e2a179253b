"""What a half-configured install is told, at every start and by `manage.py check`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  # Django's names

from . import env

TAG = "parley"


@register(TAG)
def address_is_known(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Behind a proxy the address that a request came to is not the one that visitors use."""
    if settings.BEHIND_PROXY and not settings.PUBLIC_URL:
        return [
            Warning(
                "PARLEY_BEHIND_PROXY is set, PARLEY_PUBLIC_URL is not.",
                hint="Set PARLEY_PUBLIC_URL to the address that visitors use, so that signed "
                "URLs and snippets carry it whatever the proxy passes on.",
                id="parley.W001",
            )
        ]
    if settings.PUBLIC_URL.startswith("https") and not settings.BEHIND_PROXY:
        return [
            Warning(
                "PARLEY_PUBLIC_URL is https, and Parley itself speaks plain HTTP.",
                hint="Put a proxy with a certificate in front and set PARLEY_BEHIND_PROXY=1.",
                id="parley.W002",
            )
        ]
    return []


@register(TAG)
def several_processes_share_a_bus(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """WEB_CONCURRENCY is what process managers (and uvicorn) read for the number of processes."""
    several = env.text("WEB_CONCURRENCY", "1") not in ("0", "1")
    if several and settings.EMBEDDED:
        return [
            Error(
                "WEB_CONCURRENCY asks for several web processes, which need Redis between them.",
                hint="Set REDIS_URL, or unset WEB_CONCURRENCY.",
                id="parley.E001",
            )
        ]
    if settings.REDIS_URL and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return [
            Warning(
                "Redis joins several processes, and the database is SQLite: one file, one machine.",
                hint="Set DATABASE_URL to a PostgreSQL server before you add a second machine.",
                id="parley.W003",
            )
        ]
    return []


@register(TAG)
def the_vault_can_be_opened(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """A key in the data folder and a database elsewhere part company sooner or later."""
    if not env.is_set("PARLEY_SECRET_KEYS") and settings.DATABASE_URL.startswith("postgres"):
        return [
            Warning(
                "The keys that seal secrets are in this machine's PARLEY_HOME alone.",
                hint="Set PARLEY_SECRET_KEYS and SECRET_KEY to the same values for every process "
                f"(the ones in use: {settings.HOME / 'keys'}), and keep a copy.",
                id="parley.W004",
            )
        ]
    return []


@register(TAG)
def the_widget_is_built(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    if not (settings.BASE_DIR / "static" / "widget").is_dir():
        return [
            Warning(
                "static/widget is missing: pages that embed the widget will stay empty.",
                hint="Get the whole repository, or run `npm ci && npm run build` in widget/.",
                id="parley.W005",
            )
        ]
    return []
