"""What changed since a place in the catalog's history, object by object, in bounded memory."""

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from strabo.catalog.times import from_micros
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECT_NAMES, ENTITY_ASPECTS, Change

_WINDOW = 256  # transactions looked at together


class Place(NamedTuple):
    """Behind this object of this transaction; with node 0 before all of it."""

    tx: int
    node: int = 0


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction changed about one object. `cursor` is the place behind it."""

    cursor: str
    at: datetime
    change: Literal["created", "changed", "retired"]
    ref: Ref
    kind: str
    aspects: list[str]
    feed: str
    run: int
    actor: str


class _Seen:
    """What a transaction did to one node."""

    __slots__ = ("aspects", "began", "ended", "feed")

    def __init__(self, feed: int) -> None:
        self.feed = feed
        self.aspects: set[int] = set()
        self.began = self.ended = False


def since(reader: Reader, after: Place, limit: int) -> tuple[list[Happened], Place]:
    """At most `limit` changes behind a place, in order, and the place behind the last; the same place if none is."""
    last = reader.last()
    found: list[Happened] = []
    here = after
    while here.tx <= last and len(found) < limit:
        upto = min(last, here.tx + _WINDOW)
        found += _window(reader, here, upto, limit - len(found))
        if len(found) < limit:
            here = Place(upto + 1)
        if upto == last:
            break
    return found, _place(found[-1].cursor) if len(found) >= limit else Place(last + 1)


def written(place: Place) -> str:
    """A place as text: the transaction, and the object in it."""
    return f"{place.tx}.{place.node}" if place.node else str(place.tx)


def _place(text: str) -> Place:
    tx, _, node = text.partition(".")
    return Place(int(tx), int(node or 0))


def read(text: str) -> Place | None:
    """The place that a text means; None for one that means none."""
    parts = text.split(".")
    if len(parts) > 2 or not all(p.isascii() and p.isdigit() and len(p) <= 15 for p in parts):
        return None
    return _place(text)


def _window(reader: Reader, here: Place, upto: int, limit: int) -> list[Happened]:
    """The changes of some transactions. Of one with more objects than the limit, only as many are held at a time."""
    kept: dict[tuple[int, int], _Seen] = {}
    highest: tuple[int, int] | None = None  # what lies above it is of a later page
    for change in reader.changes(here.tx - 1, upto):
        key = (change.tx, change.node)
        if key <= here or (highest is not None and key > highest):
            if highest is not None and change.tx > highest[0]:
                break
            continue
        _note(kept.setdefault(key, _Seen(change.feed)), change)
        if len(kept) > 2 * limit:
            for far in sorted(kept)[limit:]:
                del kept[far]
            highest = max(kept)
    first = sorted(kept)[:limit]
    return _told(reader, [(key, kept[key]) for key in first])


def _note(seen: _Seen, change: Change) -> None:
    seen.aspects.add(change.aspect)
    if change.aspect in ENTITY_ASPECTS:
        seen.began |= change.opened
        seen.ended |= not change.opened


def _told(reader: Reader, rows: list[tuple[tuple[int, int], _Seen]]) -> list[Happened]:
    nodes = reader.nodes({node for (_, node), _ in rows})
    moments = reader.moments({tx for (tx, _), _ in rows})
    feeds = reader.feeds()
    lived = _lived(reader, rows)
    found = []
    for (tx, node), seen in rows:
        if node not in nodes or tx not in moments:
            continue
        change: Literal["created", "changed", "retired"] = "changed"
        if seen.began and not seen.ended and (tx - 1, node) not in lived:
            change = "created"
        elif seen.ended and not seen.began and (tx, node) not in lived:
            change = "retired"
        moment = moments[tx]
        found.append(
            Happened(
                cursor=written(Place(tx, node)),
                at=from_micros(moment.at),
                change=change,
                ref=nodes[node].ref,
                kind=nodes[node].kind,
                aspects=[ASPECT_NAMES[a] for a in sorted(seen.aspects)],
                feed=feeds[seen.feed].name if seen.feed in feeds else "",
                run=moment.run,
                actor=moment.actor,
            )
        )
    return found


def _lived(reader: Reader, rows: list[tuple[tuple[int, int], _Seen]]) -> set[tuple[int, int]]:
    """Which of the objects that a transaction announced or took back were there before it, or still after it."""
    asked: dict[int, set[int]] = {}
    for (tx, node), seen in rows:
        if seen.began != seen.ended:
            asked.setdefault(tx - 1 if seen.began else tx, set()).add(node)
    return {
        (at, fact.node)
        for at, nodes in asked.items()
        for fact in reader.facts(sorted(nodes), tuple(ENTITY_ASPECTS), at=at)
    }
