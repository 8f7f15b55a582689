"""Which object a request is about."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from strabo.api.http import Call
from strabo.api.problems import Refused
from strabo.catalog import refs
from strabo.catalog.refs import Ambiguous
from strabo.errors import NotFound, UsageError
from strabo.model.ref import Ref
from strabo.store.rows import Node

_COMMAND = re.compile(r"`strabo search (.*)`", re.DOTALL)


def _as_request(command: re.Match[str]) -> str:
    return f"GET /api/v1/search?q={quote(command[1][:200], safe='')}"


@contextmanager
def naming_one() -> Iterator[None]:
    """Makes of a name that could be several objects a 409 that lists them, and speaks of requests, not of commands."""
    try:
        yield
    except Ambiguous as error:
        raise Refused(
            409,
            error.what.partition("\n")[0].rstrip(":"),
            fix="say more of the name, from its end; `items` are those that it could be",
            items=[{"ref": c.ref, "kind": c.kind, "live": c.live} for c in error.candidates],
        ) from error
    except NotFound as error:
        raise NotFound(error.what, where=error.where, fix=_COMMAND.sub(_as_request, error.fix)) from error


def one(call: Call, text: str) -> Ref:
    """The object that `ref=` means. Raises UsageError without one, NotFound, Refused 409."""
    with naming_one():
        return refs.resolve(call.catalog.store, said(text)).ref


def said(text: str) -> str:
    """The `ref=` of a query. Raises UsageError when it says nothing."""
    if not text.strip():
        raise UsageError(
            "ref is missing", where="the query", fix="add ref= with a name, or any ending that only one has"
        )
    return text


def node_of_path(call: Call) -> Node:
    """The object of a path. Raises NotFound."""
    ref = Ref(call.path["namespace"], call.path["name"])
    with naming_one():
        return refs.resolve(call.catalog.store, ref)


def of_path(call: Call) -> Ref:
    """Its name. Raises NotFound."""
    return node_of_path(call).ref
