"""Errors as RFC 9457 problem details: what happened, and what to do about it."""

from typing import Any

import msgspec

from strabo.api.http import NotAllowed, Reply
from strabo.catalog.tokens import hidden
from strabo.errors import AccessDenied, BadRecord, NotFound, StraboError, Unavailable, UsageError

MEDIA = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """https://www.rfc-editor.org/rfc/rfc9457 with `fix`, the next thing to try."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    where: str = ""
    fix: str = ""
    items: list[Any] = []


class Refused(StraboError):
    """A request that is answered with a status of its own: 401, 408, 409, 412, 413, 415, 422, 431."""

    def __init__(
        self, status: int, what: str, *, where: str = "", fix: str = "", items: list[Any] | None = None, **headers: str
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.status, self.items = status, items or []
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


TITLES = {
    400: "Bad request", 401: "Who are you?", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    408: "Too slow", 409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Unknown format",
    422: "Cannot be processed", 431: "Headers too large", 500: "A fault of ours", 503: "Busy",
}  # fmt: skip


FAULT, LOOK = "something went wrong inside the server", "look for the trace id in the server's log"


def problem(error: Exception) -> Reply:
    """The answer for an error; a fault of ours keeps its details to itself."""
    status, headers, items = 500, {}, []
    if isinstance(error, Refused):
        status, headers, items = error.status, error.headers, error.items
    elif isinstance(error, Unavailable):
        status = 503  # never 429: clients drop an event for that, and repeat it for this
        headers = {"retry-after": str(max(1, round(getattr(error, "wait", 2.0))))}
    elif isinstance(error, AccessDenied):
        status = 403
    elif isinstance(error, NotFound):
        status = 404
    elif isinstance(error, NotAllowed):
        status, headers = 405, {"allow": ", ".join(error.methods)}
    elif isinstance(error, BadRecord):
        status = 422
    elif isinstance(error, UsageError):
        status = 400
    if not isinstance(error, StraboError):
        error = StraboError(FAULT, fix=LOOK)
    value = Problem(
        title=TITLES.get(status, "Error"),
        status=status,
        detail=hidden(error.what),  # somebody's token in a path or a query
        where=hidden(error.where),
        fix=hidden(error.fix),
        items=items,
    )
    return Reply(value=value, status=status, media=MEDIA, headers=headers)
