"""Times as the old API has them: seconds since 1970, as a number or as text; milliseconds in the newer bodies."""

from contextlib import suppress
from datetime import UTC, datetime

from strabo.errors import BadRecord

_FIX = "give seconds since 1970, as 1469040000; leave it out when it is not known"
_FIX_MILLIS = "give milliseconds since 1970, as 1469040000000; leave it out when it is not known"


def from_seconds(value: int | str | None, path: str) -> datetime | None:
    """The time; None for 0 and for nothing, which both mean: not known. Raises BadRecord for an impossible one."""
    number = _number(value, path, _FIX)
    return _time(number, path, _FIX) if number else None


def from_millis(value: int | str | None, path: str) -> datetime | None:
    """As `from_seconds`, from milliseconds."""
    number = _number(value, path, _FIX_MILLIS)
    return _time(number / 1000, path, _FIX_MILLIS) if number else None


def to_seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _number(value: int | str | None, path: str, fix: str) -> int:
    try:
        return int(value or 0)
    except ValueError:
        raise BadRecord(f"{str(value)[:60]!r} is no time", where=path, fix=fix) from None


def _time(seconds: float, path: str, fix: str) -> datetime:
    found: datetime | None = None
    with suppress(ValueError, OverflowError, OSError):
        found = datetime.fromtimestamp(seconds, UTC) if seconds >= 0 else None
    if found is None:
        raise BadRecord(f"{seconds:.0f} seconds since 1970 is no time", where=path, fix=fix)
    return found
