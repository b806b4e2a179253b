"""The REST door's routes, to read and to try: drawn in the browser from its OpenAPI document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """Open to all, as the document is: it shows routes, and nothing of anybody's."""
    return render(request, "console/api_reference.html")
