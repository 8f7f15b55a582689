"""Lists in pages: an opaque cursor to go on from, in the body as `next` and in a Link header."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec

from strabo.api.http import Call, Reply
from strabo.errors import UsageError
from strabo.model.ref import Ref

MOST = 1000

Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST, description="At most so many on one page.")]
Cursor = Annotated[str, msgspec.Meta(description="Where the page before ended: its `next`.")]
At = Annotated[
    str, msgspec.Meta(description='As it was then: "2026-11-01", "2026-11-01T10:00Z", "3d" (ago), "run:12".')
]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of a list has: `next` is the cursor of the one after it, null on the last."""

    next: str | None = None


def cursor(**place: Any) -> str:
    """A place in a list as text that is safe in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place(text: str, **kinds: type) -> dict[str, Any]:
    """What `cursor` was made of; {} for "". Raises UsageError for what this list has not made."""
    if not text:
        return {}
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = msgspec.json.decode(raw, type=dict[str, Any])
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        found = {}
    if found.keys() != kinds.keys() or any(type(found[name]) is not kind for name, kind in kinds.items()):
        raise UsageError("this is no cursor of this list", where="the query", fix="take `next` of a page, as it is")
    if any(isinstance(value, int) and not 0 <= value < 1 << 53 for value in found.values()):
        raise UsageError("this is no cursor of this list", where="the query", fix="take `next` of a page, as it is")
    return found


def paged(call: Call, value: Mapping[str, Any], following: str | None, **headers: str) -> Reply:
    """The answer with `next`, and the same as a link (RFC 8288) when there is a next page."""
    if following:
        headers["link"] = f'<{_url(call, following)}>; rel="next"'
    return Reply(value={**value, "next": following}, headers=headers)


def _url(call: Call, following: str) -> str:
    path = call.route.path
    for name, text in call.path.items():
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    query = {}
    for field in msgspec.structs.fields(type(call.query)):
        said = getattr(call.query, field.name)
        if said != field.default:
            query[field.encode_name] = str(said).lower() if isinstance(said, bool) else str(said)
    return f"{path}?{urlencode({**query, 'cursor': following})}"


def sliced(items: list[Any], start: int, limit: int) -> tuple[list[Any], int | None]:
    """A page of a list that is whole already, and where the next one starts."""
    end = start + limit
    return items[start:end], end if end < len(items) else None


def ref_path(ref: Ref) -> str:
    """A ref as the end of a path."""
    return f"{quote(ref.namespace, safe='')}/{quote(ref.name, safe='')}"
