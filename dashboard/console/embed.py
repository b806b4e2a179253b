"""The widget's script for other people's pages, and the demo page that shows it at work."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition, require_safe

from dashboard.agents.models import Agent
from dashboard.embeds.html import snippet
from dashboard.workspaces.models import Workspace

CLASSIC = "widget/parley-widget.js"
MODULE = "widget/parley-widget.mjs"
MARKER = "%%PARLEY_ORIGIN%%"
FRESH_SECONDS = 300  # the address stays the same over updates, so copies must not live long
DEMO_AGENT = "Harbour Helper"


@dataclass(frozen=True)
class Script:
    """One file as this origin hands it out: as it is, and compressed."""

    body: bytes
    gzipped: bytes
    tag: str

    def etag(self, zipped: bool) -> str:
        return f'"{self.tag}-gz"' if zipped else f'"{self.tag}"'


def _answer(request: HttpRequest, name: str) -> HttpResponse:
    script, zipped = _script(request, name), _takes_gzip(request)
    response = HttpResponse(
        script.gzipped if zipped else script.body, content_type="text/javascript; charset=utf-8"
    )
    if zipped:
        response["Content-Encoding"] = "gzip"
    return response


def _served(request: HttpRequest, name: str) -> HttpResponse:
    """From any page, and as a module or with an integrity hash too."""

    def etag(request: HttpRequest, name: str) -> str:
        return _script(request, name).etag(_takes_gzip(request))

    response: HttpResponse = condition(etag_func=etag)(_answer)(request, name)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response["Vary"] = "Accept-Encoding"
    return response


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    return _served(request, CLASSIC)


@require_safe
def module(request: HttpRequest) -> HttpResponse:
    return _served(request, MODULE)


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """A shop that is not ours, with the two lines at its end."""
    agent = demo_agent()
    context = {"agent": agent, "agent_name": DEMO_AGENT}
    if agent:
        context["code"] = snippet(agent.pk, _origin(request)).code
    return render(request, "demo.html", context)


def demo_agent() -> Agent | None:
    """The one that the first start makes: by name, in the workspace that was there first."""
    workspace = Workspace.objects.order_by("created_at", "id").first()
    if workspace is None:
        return None
    agents = workspace.agents.filter(name=DEMO_AGENT, archived=False, version__isnull=False)
    return agents.order_by("created_at", "id").first()


def _origin(request: HttpRequest) -> str:
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"


def _script(request: HttpRequest, name: str) -> Script:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"static/{name} is missing: run npm run build in widget/")
    path = Path(found)
    return _prepared(path, path.stat().st_mtime_ns, _origin(request))


@lru_cache(maxsize=32)  # anybody can send a Host header: what is kept must have an end
def _prepared(path: Path, changed: int, origin: str) -> Script:
    """`changed` is part of the key, so that a new build is served without a restart."""
    written = quote(origin, safe=":/[]%._~-")  # nothing that could leave its place in the script
    body = path.read_text("utf-8").replace(MARKER, written).encode()
    return Script(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:32])


def _takes_gzip(request: HttpRequest) -> bool:
    for offer in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
