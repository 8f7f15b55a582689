"""How much happened, hour by hour of the last day or day by day of the last week: what the first page draws."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Literal
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from strabo.api.marquez.answers import Json, micros, stamp
from strabo.api.marquez.listing import KINDS
from strabo.api.marquez.namespaces import SOURCES
from strabo.errors import UsageError
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

Asset = Literal["jobs", "datasets", "sources"]
_TYPES = {"START": "start", "COMPLETE": "complete", "FAIL": "fail", "ABORT": "abort"}
_CHUNK = 5_000
_MOST = 200_000  # events that are counted; of more, the newest
_CHANGES = 150_000  # changes that are counted back through: a second or two
_SLOW = 0.05  # seconds: what took longer is remembered
_FRESH = 60.0  # seconds, for so long: the pages ask every half minute
_remembered: WeakKeyDictionary[Any, dict[Any, tuple[float, list[Json]]]] = WeakKeyDictionary()
_lock = Lock()


class _Said(msgspec.Struct):
    eventType: str | None = None  # noqa: N815 - the specification's


class Buckets:
    """The intervals of a period, the last one being under way."""

    def __init__(self, period: str, timezone: str, now: datetime | None = None) -> None:
        """Raises UsageError for a period or a time zone that there is not."""
        now = now or datetime.now(UTC)
        zone = _zone(timezone)
        if period.upper() == "DAY":
            first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
            self.edges = [first + timedelta(hours=n) for n in range(25)]
        elif period.upper() == "WEEK":
            today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            # Midnights of the place, not steps of 24 hours: a day on which clocks are set has another length.
            days = [today + timedelta(days=n) for n in range(-6, 2)]
            self.edges = [day.replace(tzinfo=zone).astimezone(UTC) for day in days]
        else:
            raise UsageError(f"period is {period[:40]!r}", fix="it takes DAY or WEEK")
        self.starts = [micros(edge) for edge in self.edges]

    def __iter__(self) -> Iterator[tuple[str | None, str | None]]:
        return ((stamp(a), stamp(b)) for a, b in zip(self.edges, self.edges[1:], strict=False))

    def place(self, moment: int) -> int | None:
        """Which interval a time lies in; None for none."""
        if not self.starts[0] <= moment < self.starts[-1]:
            return None
        return next(n for n in range(len(self.starts) - 2, -1, -1) if moment >= self.starts[n])


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"timezone is {name[:60]!r}", fix="it takes a name such as Europe/Berlin") from None


def lineage_events(reader: Reader, period: str, timezone: str) -> list[Json]:
    """How many events of each type there were in each interval, by the time they say."""
    buckets = Buckets(period, timezone)
    return _kept(reader, ("events", *buckets.starts), lambda: _events(reader, buckets))


def assets(reader: Reader, asset: Asset, period: str, timezone: str) -> list[Json]:
    """How many objects there were at the end of each interval."""
    buckets = Buckets(period, timezone)
    return _kept(reader, (asset, *buckets.starts), lambda: _assets(reader, asset, buckets))


def _events(reader: Reader, buckets: Buckets) -> list[Json]:
    counts = [dict.fromkeys(("fail", "start", "complete", "abort"), 0) for _ in buckets]
    decode = msgspec.json.Decoder(_Said).decode
    since, until = buckets.starts[0], buckets.starts[-1]
    for offset in range(0, _MOST, _CHUNK):
        rows = reader.events_by_time(since=since, until=until, newest=True, offset=offset, limit=_CHUNK)
        for row in rows:
            place, kind = buckets.place(row.at), _TYPES.get(decode(row.body).eventType or "")
            if place is not None and kind is not None:
                counts[place][kind] += 1
        if len(rows) < _CHUNK:
            break
    return [{"startInterval": a, "endInterval": b, **c} for (a, b), c in zip(buckets, counts, strict=True)]


def _assets(reader: Reader, asset: Asset, buckets: Buckets) -> list[Json]:
    totals = _sources(reader, buckets) if asset == "sources" else _objects(reader, asset, buckets)
    return [{"startInterval": a, "endInterval": b, "count": n} for (a, b), n in zip(buckets, totals, strict=True)]


def _objects(reader: Reader, asset: Asset, buckets: Buckets) -> list[int]:
    """Counted back from now: what began since was not there before. An object of two feeds may count as begun twice."""
    kind: Literal["job", "dataset"] = "job" if asset == "jobs" else "dataset"
    now = sum(n for name, n in reader.counts().items() if name in KINDS[kind])
    net = [0] * (len(buckets.starts) - 1)
    times: dict[int, int | None] = {}
    first = reader.last(at=buckets.starts[0] - 1)
    changes = []
    for number, change in enumerate(reader.changes(first, reader.last())):
        if number >= _CHANGES:
            break
        if change.aspect == ASPECTS[kind]:
            changes.append((change.tx, 1 if change.opened else -1))
    moments = reader.moments({tx for tx, _ in changes})
    for tx, step in changes:
        if tx not in times:
            times[tx] = buckets.place(moments[tx].at)
        place = times[tx]
        if place is not None:
            net[place] += step
    totals = []
    for step in reversed(net):
        totals.append(max(0, now))
        now -= step
    return totals[::-1]


def _sources(reader: Reader, buckets: Buckets) -> list[int]:
    notes: Sequence[int] = [note.at for note in reader.notes(SOURCES)]
    spaces = sum("://" in name for name in reader.namespaces())
    return [spaces + sum(at < edge for at in notes) for edge in buckets.starts[1:]]


def _kept(reader: Reader, key: Any, count: Callable[[], list[Json]]) -> list[Json]:
    """What was counted, or was lately, where that took long."""
    now = time.monotonic()
    with _lock:
        made, found = _remembered.get(reader, {}).get(key, (0.0, []))
    if found and now - made < _FRESH:
        return found
    found = count()
    if time.monotonic() - now > _SLOW:
        with _lock:
            fresh = {k: kept for k, kept in _remembered.get(reader, {}).items() if now - kept[0] < _FRESH}
            _remembered[reader] = {**fresh, key: (time.monotonic(), found)}
    return found
