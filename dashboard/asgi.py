"""The one ASGI application: pages, REST and live conversations."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
