"""Everything under /v1/; what is not there says so in JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from .door import door
from .errors import Refusal, refused


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    return refused(Refusal(404, message="This server has no such route."))


urlpatterns: list[URLPattern | URLResolver] = [path("", door.urls), re_path("", unknown)]
