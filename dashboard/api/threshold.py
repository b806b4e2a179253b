"""What each route has around it without asking for it: rates on public ones, retries on creates."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.operation import Operation

from .errors import Refusal, refused, request_id_of
from .idempotency import once
from .rate_limits import count_visitor

Run = Callable[..., Any]
# As the routes are written: the widget's settings, and the pictures in them.
_LOOKS = ("/{agent_id}/widget", "/{agent_id}/avatar/{picture_id}")


def guard(door: NinjaAPI) -> None:
    door.add_decorator(_counted, mode="view")
    door.add_decorator(once, mode="operation")


def _counted(run: Run) -> Run:
    """Where no key is asked for, visitors are counted by their address."""
    operation = cast(Operation, inspect.unwrap(run).__self__)
    if operation.auth_callbacks or operation.is_async:
        return run

    @wraps(run)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            count_visitor(request, looks=operation.path in _LOOKS)
        except Refusal as refusal:
            return refused(refusal, request_id_of(request))
        return run(request, *args, **kwargs)

    return respond
