"""Uploads that cannot be taken apart: said beside the field, not on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt, csrf_protect

LONG_NAME = "This upload could not be read. Give the file a name of at most 200 characters."
View = Callable[..., HttpResponse]


def told_beside(refused: View) -> Callable[[View], View]:
    """For a view that takes files; `refused(request, …, trouble)` shows its form, changes nothing.

    Whether a form came from our page can be known only when the form can be read, so that is
    tried first, and what cannot be read never gets to the view.
    """

    def wrapped(view: View) -> View:
        guarded = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def read_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                _ = request.POST
            except TooManyFilesSent:
                return refused(request, *args, trouble=_too_many(), **kwargs)
            except MultiPartParserError:
                return refused(request, *args, trouble=LONG_NAME, **kwargs)
            return guarded(request, *args, **kwargs)

        return read_first

    return wrapped


def _too_many() -> str:
    return f"Send at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files in one go."
