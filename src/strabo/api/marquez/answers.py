"""What all answers have in common: times, numbers of a query, bodies, and errors as `{code, message}`."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

import msgspec

from strabo.api.http import Call, Handler, Reply
from strabo.api.problems import Problem, Refused, problem
from strabo.errors import BadRecord, StraboError, UsageError

Json = dict[str, Any]
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 1000  # of one list


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` and `offset` as text: what is wrong with them is said as Marquez says it."""

    limit: str = ""
    offset: str = ""


def page_of(query: Any, *, limit: int = 100) -> tuple[int, int]:
    """Limit and offset of a query; at most 1,000 are given at once. Raises UsageError for what is no number."""
    return min(whole(query.limit, limit, "limit"), _MOST), whole(query.offset, 0, "offset")


def whole(text: str, default: int, name: str) -> int:
    """A number that is not negative. Raises UsageError."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise UsageError(f"{name} is {text[:40]!r}", fix="it takes a whole number that is not negative")
    return int(text)


def truth(text: str, name: str) -> bool:
    """A switch of a query, in any letter case; nothing is false. Raises UsageError."""
    if text.lower() in {"", "false"}:
        return False
    if text.lower() == "true":
        return True
    raise UsageError(f"{name} is {text[:40]!r}", fix="it takes true or false")


def stamp(moment: datetime | int | None) -> str | None:
    """A time as Marquez writes it: RFC 3339 in UTC with microseconds. A number is microseconds since 1970."""
    if moment is None:
        return None
    if isinstance(moment, int):
        moment = _EPOCH + timedelta(microseconds=moment)
    elif moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def time_of(text: str, name: str) -> datetime | None:
    """A time of a query; None for none. One without a zone is UTC. Raises UsageError."""
    if not text:
        return None
    try:  # a plus sign that was not quoted arrives as a space
        found = datetime.fromisoformat(text.strip().replace(" 0", "+0") if "T" in text else text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{name} is {text[:60]!r}", fix="write it as 2026-11-01T12:00:00.000Z") from None


def body_of(call: Call, kind: type[T]) -> T:
    """The body as a `kind`. Raises UsageError when it is no JSON, BadRecord when it says something else."""
    try:
        return msgspec.json.decode(call.body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise BadRecord(str(error), fix="correct the body and send it again; nothing of it was stored") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the body is no JSON: {error}", fix="send one JSON object, encoded as UTF-8") from error


def refused(error: StraboError) -> Reply:
    """An error as this dialect tells it."""
    reply = problem(error)
    said: Problem = reply.value
    message = ": ".join(filter(None, [said.where, said.detail]))
    value = {"code": reply.status, "message": message, "details": said.fix}
    return Reply(value=value, status=reply.status, headers=reply.headers)


def handler(answer: Any) -> Handler:
    """A function from a Call to what becomes JSON (or to a Reply), as a handler."""
    if inspect.iscoroutinefunction(answer):

        @wraps(answer)
        async def later(call: Call) -> Reply:
            return _reply(await answer(call))

        return later

    @wraps(answer)
    def now(call: Call) -> Reply:
        return _reply(answer(call))

    return now


def _reply(value: Any) -> Reply:
    return value if isinstance(value, Reply) else Reply(value=value)


def conflict(what: str, *, fix: str) -> Refused:
    """A request that what is there forbids."""
    return Refused(409, what, fix=fix)


Answer = Callable[[Call], Any]
