"""What stands in an answer other than the one asked for (contract rest.md §1.1)."""

from __future__ import annotations

from . import Shape


class Reason(Shape):
    type: str
    code: str
    status: str  # the same word as `code`
    message: str
    param: str | None = None
    request_id: str | None = None


class Refused(Shape):
    """The request was understood, and not done."""

    detail: Reason


class Complaint(Shape):
    loc: list[str | int]
    msg: str
    type: str


class Unfit(Shape):
    """The request does not fit; `loc` is the path to what does not."""

    detail: list[Complaint]
