"""The events that were pushed, as they came."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from strabo.api.marquez.answers import Json, micros
from strabo.store.protocol import Reader

ALWAYS = 1 << 62
_CHUNK = 500
_CHUNKS = 200  # looked through for one page: events that are not about runs are not listed


def events(
    reader: Reader,
    *,
    after: datetime | None = None,
    before: datetime | None = None,
    newest: bool = True,
    limit: int = 100,
    offset: int = 0,
    namespace: str | None = None,
) -> list[Json]:
    """Run events by the time they say, from `after` up to, not at, `before`. namespace: only of jobs in it."""
    since = micros(after) if after is not None else -ALWAYS
    until = micros(before) if before is not None else ALWAYS
    found: list[Json] = []
    if not limit:
        return found
    wanted = _wanted(namespace)
    for event in _each(reader, since, until, newest=newest):
        if not wanted(event):
            continue
        if offset:
            offset -= 1
            continue
        found.append(_whole(event))
        if len(found) == limit:
            break
    return found


def _each(reader: Reader, since: int, until: int, *, newest: bool) -> Iterator[Json]:
    for number in range(_CHUNKS):
        rows = reader.events_by_time(since=since, until=until, newest=newest, offset=number * _CHUNK, limit=_CHUNK)
        for row in rows:
            yield msgspec.json.decode(row.body)
        if len(rows) < _CHUNK:
            return


def _wanted(namespace: str | None) -> Callable[[Json], bool]:
    def wanted(event: Json) -> bool:
        job: Any = event.get("job")
        return bool(event.get("run")) and (namespace is None or (job or {}).get("namespace") == namespace)

    return wanted


def _whole(event: Json) -> Json:
    """With the lists that the pages walk over, empty where the event has none."""
    for key in ("inputs", "outputs"):
        if not isinstance(event.get(key), list):
            event[key] = []
    return event
