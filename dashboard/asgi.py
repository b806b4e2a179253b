"""The one ASGI application: pages, REST and live conversations, and what lives with the process."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

django.setup(set_prefix=False)

# The doors' modules need the applications that the line above has loaded.
from dashboard.body_limit import MARGIN, BodyLimit
from dashboard.celery import start_embedded_worker
from dashboard.live.process import Process
from dashboard.live.routing import websocket_urlpatterns
from dashboard.rest_handler import PageHandler, RestHandler

largest = max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.MAX_UPLOAD_MB * 1024 * 1024)
limited = BodyLimit(RestHandler(pages=PageHandler()), largest + MARGIN)
application = Process(
    ProtocolTypeRouter({"http": limited, "websocket": URLRouter(websocket_urlpatterns)}),
    start_embedded_worker if settings.EMBEDDED else None,
)

if "daphne.ws_protocol" in sys.modules:
    from dashboard.live import daphne_closing

    daphne_closing.install(application.end)
