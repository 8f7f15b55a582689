"""The audit: every write there was, who made it, from where, by which call, and how much it changed."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import msgspec

from strabo.catalog.times import from_micros, to_micros
from strabo.catalog.tokens import SEEN
from strabo.errors import UsageError
from strabo.kit.patterns import matches
from strabo.store.protocol import Reader
from strabo.store.rows import Moment

_AT_ONCE = 500
_LOOK = 20_000  # writes that one page looks through at most
_COUNT = 100_000  # changes counted of one write; beyond it, "at least"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One write. began, ended: facts; of a write of very many, the least there are, and `more` is set."""

    id: int
    at: datetime
    actor: str  # user@host, or a token's name
    origin: str  # the address it came from; empty for this machine's own commands
    what: str  # "POST /api/v1/records x37", "token create ann (…)", "run 12"
    feed: str  # empty where it is about no data
    run: int  # 0 for none
    began: int
    ended: int
    more: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Writes, newest first. following: where to go on, None at the end; a page may be short, or empty, before it."""

    writes: list[Written]
    following: int | None


def page(
    reader: Reader,
    *,
    before: int | None = None,
    since: datetime | None = None,
    actor: str = "",
    limit: int = 50,
    uses: bool = False,
) -> Page:
    """A page of the audit.

    before: what the last page's `following` said. actor: a name, or a pattern as in `ann@*`. uses: also the writes
    that only remember when tokens were last used. Raises UsageError for a pattern that is none.
    """
    try:
        matches(actor, "")
    except re.error as error:
        raise UsageError(f"{actor!r} is no pattern: {error}", fix="a name, or as in ann@*") from None
    feeds = {i: f.name for i, f in reader.feeds().items()}
    earliest = None if since is None else to_micros(since)
    found: list[Written] = []
    for looked, moment in enumerate(_moments(reader, before), 1):
        if earliest is not None and moment.at < earliest:
            return Page(writes=found, following=None)
        if (uses or not moment.what.startswith(SEEN)) and (not actor or matches(actor, moment.actor)):
            found.append(_written(reader, moment, feeds))
        if len(found) == limit or looked == _LOOK:
            return Page(writes=found, following=moment.id if moment.id > 1 else None)
    return Page(writes=found, following=None)


def _moments(reader: Reader, before: int | None) -> Iterator[Moment]:
    while True:
        some = reader.writes(before=before, limit=_AT_ONCE)
        yield from some
        if len(some) < _AT_ONCE:
            return
        before = some[-1].id


def _written(reader: Reader, moment: Moment, feeds: dict[int, str]) -> Written:
    began = ended = 0
    for change in islice(reader.changes(moment.id - 1, moment.id), _COUNT):
        if change.opened:
            began += 1
        else:
            ended += 1
    return Written(
        id=moment.id,
        at=from_micros(moment.at),
        actor=moment.actor,
        origin=moment.origin,
        what=moment.what or (f"run {moment.run}" if moment.run else ""),
        feed=feeds.get(moment.feed, ""),
        run=moment.run,
        began=began,
        ended=ended,
        more=began + ended == _COUNT,
    )
