"""Moments: microseconds in the store, `datetime` in UTC for people, and the ways people name one."""

import re
from datetime import UTC, datetime, timedelta

from strabo.errors import UsageError
from strabo.store.protocol import Reader

_AGO = re.compile(r"(\d+)\s*(s|m|h|d|w|sec|min|hour|day|week)s?( ago)?\Z")
_LENGTH = re.compile(r"([0-9]{1,9})\s*(m|h|d|w|y)\Z")
_UNITS = {"m": ("minutes", 1), "h": ("hours", 1), "d": ("days", 1), "w": ("weeks", 1), "y": ("days", 365)}
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def length(text: str) -> timedelta:
    """How long, as people say it: "90d", "12h", "2w", "1y". Raises UsageError."""
    said = _LENGTH.match(text.strip().lower())
    if said is None:
        raise UsageError(f"{text[:40]!r} is no length of time", fix="write 90d, 12h, 2w or 1y")
    unit, size = _UNITS[said[2]]
    try:
        return timedelta(**{unit: int(said[1]) * size})
    except OverflowError:
        return timedelta.max


def from_micros(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


def to_micros(moment: datetime) -> int:
    """A time without a zone is meant in this machine's."""
    return int(moment.timestamp() * 1_000_000)


def parse_time(text: str, *, now: datetime | None = None) -> datetime:
    """A time as people say it: "2026-11-01", "2026-11-01T10:00Z", "3d", "2 hours ago", "yesterday", "now"."""
    now = now or datetime.now(UTC)
    said = text.strip().lower()
    if said == "now":
        return now
    if said in {"today", "yesterday"}:
        midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=said == "yesterday")
    ago = _AGO.match(said)
    try:
        if ago:
            return now - timedelta(**{_UNIT[ago[2][0]]: int(ago[1])})
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.astimezone()
        moment.astimezone(UTC)  # raises for what lies beyond all years
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text[:100]!r} is no time",
            fix='say "2026-11-01", "2026-11-01T10:00Z", "3d" (ago) or "yesterday"; or run:N',
        ) from None
    return moment


def transaction_at(reader: Reader, text: str | datetime | int | None, *, before: bool = False) -> int | None:
    """The newest transaction at a moment; None for now.

    text: a time, or `run:N` (after that run; `before` takes the state ahead of it). Raises UsageError for a run
    that there is not.
    """
    if text is None:
        return None
    if isinstance(text, int):
        return text
    if isinstance(text, datetime):
        return reader.last(at=to_micros(text))
    if text.startswith(("run:", "#")):
        number = text.removeprefix("run:").removeprefix("#")
        if not number.isdigit() or reader.run(int(number)) is None:
            raise UsageError(f"there is no run {number}", fix="`strabo runs` lists them")
        run = int(number)
        first = reader.first_of(run)
        if not first:  # it wrote nothing: the state around it is that of the run before
            earlier = [reader.last(run=r) for r in range(run, 0, -1)]
            return next((tx for tx in earlier if tx), 0)
        return first - 1 if before else reader.last(run=run)
    return reader.last(at=to_micros(parse_time(text)))
