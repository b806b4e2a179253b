"""The reference of bench/rest.py: Django alone, one view that returns bytes read at the start.

python -m bench.bare_view PORT FOLDER serves each file of FOLDER at /NAME, to any method.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

BYTES: dict[str, bytes] = {}


def same_bytes(request: HttpRequest, name: str) -> HttpResponse:
    _ = request.body
    length = {"Content-Length": str(len(BYTES[name]))}
    return HttpResponse(BYTES[name], content_type="application/json", headers=length)


urlpatterns = [path("<str:name>", same_bytes)]


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    BYTES.update({file.name: file.read_bytes() for file in folder.iterdir()})
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[])
    print("ready", flush=True)
    uvicorn.run(get_asgi_application(), port=port, access_log=False, log_level="warning")
