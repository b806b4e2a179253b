"""Where the doors are mounted; the live door hangs in asgi.py."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("v1/", include("dashboard.api.urls")),
    path("", include("dashboard.console.urls")),
]
