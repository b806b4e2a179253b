"""Everything under /v1/; what is not there says so in JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from .absent import absence
from .door import door
from .errors import refused, request_id_of
from .openapi import openapi_json


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    return refused(absence(request.path_info), request_id_of(request))


urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi_json),
    path("", door.urls),
    re_path("", unknown),
]
