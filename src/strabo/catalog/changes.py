"""History of one object, and the difference between two moments of the whole catalog."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from strabo.catalog.compare import Difference, differences
from strabo.catalog.times import from_micros
from strabo.model import codec, naming
from strabo.model.records import Record
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECT_NAMES, ENTITY_ASPECTS, Change

Verb = Literal["created", "retired", "changed"]


class ObjectChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened to one object between two moments."""

    ref: Ref
    change: Verb
    kind: str = ""
    differences: tuple[Difference, ...] = ()


class Diff(msgspec.Struct, frozen=True):
    """The catalog at one moment against another. `objects` are in name order; sizes that only moved are left out."""

    since: datetime | None
    until: datetime | None
    objects: tuple[ObjectChange, ...] = ()

    def count(self, change: Verb) -> int:
        return sum(o.change == change for o in self.objects)


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step in an object's history: what one transaction of one feed changed about it."""

    at: datetime
    feed: str
    change: Verb
    aspect: str
    differences: tuple[Difference, ...] = ()
    run: int = 0
    actor: str = ""


_QUIET = frozenset({"stats", "usage", "profile", "run", "check_result", "sample"})
"""Aspects that move with the data, not with its meaning: shown in `history`, left out of `diff` unless asked for."""


def diff(reader: Reader, after: int, upto: int, *, within: Ref | None = None, quiet: bool = True) -> Diff:
    """What is different after transaction `upto` from what was after transaction `after`; only net changes.

    within: only objects below this ref. quiet: leave out sizes, usage and the like.
    """
    first: dict[tuple[int, int, int, str], Change] = {}
    last: dict[tuple[int, int, int, str], Change] = {}
    for change in reader.changes(after, upto):
        if quiet and ASPECT_NAMES[change.aspect] in _QUIET:
            continue
        key = (change.node, change.aspect, change.feed, change.part)
        first.setdefault(key, change)
        last[key] = change
    pairs: dict[int, list[tuple[int, int | None, int | None]]] = {}
    for key, change in first.items():
        was = None if change.opened else change.fact
        now = last[key].fact if last[key].opened else None
        if was is not None or now is not None:
            pairs.setdefault(key[0], []).append((key[1], was, now))
    nodes = sorted(pairs)
    found: list[ObjectChange] = []
    for start in range(0, len(nodes), 2000):
        found += _changed(reader, nodes[start : start + 2000], pairs, after, upto, within)
    found.sort(key=lambda o: (o.ref, o.change))
    moments = reader.moments([after, upto])
    return Diff(_at(moments.get(after)), _at(moments.get(upto)), tuple(found))


def _changed(
    reader: Reader,
    nodes: list[int],
    pairs: dict[int, list[tuple[int, int | None, int | None]]],
    after: int,
    upto: int,
    within: Ref | None,
) -> Iterable[ObjectChange]:
    known = reader.nodes(nodes)
    wanted = [f for n in nodes for _, was, now in pairs[n] for f in (was, now) if f is not None]
    bodies = {i: codec.decode(b) for i, b in reader.bodies(wanted).items()}
    entities = tuple(ENTITY_ASPECTS)
    lived = {f.node for f in reader.facts(nodes, entities, at=after)}
    live = {f.node for f in reader.facts(nodes, entities, at=upto)}
    for node in nodes:
        ref = known[node].ref
        if within is not None and not (ref == within or naming.within(within, ref)):
            continue
        kind = known[node].kind
        if node in live and node not in lived:
            yield ObjectChange(ref, "created", kind)
        elif node in lived and node not in live:
            yield ObjectChange(ref, "retired", kind)
        else:
            details = tuple(
                d
                for aspect, was, now in sorted(pairs[node], key=lambda p: p[0])
                for d in differences(_record(bodies, was), _record(bodies, now))
            )
            if details:
                yield ObjectChange(ref, "changed", kind, details)


def _record(bodies: dict[int, Record], fact: int | None) -> Record | None:
    return None if fact is None else bodies[fact]


def _at(moment: object) -> datetime | None:
    at = getattr(moment, "at", None)
    return None if at is None else from_micros(at)


def history(reader: Reader, nodes: list[int]) -> list[Event]:
    """All that was ever said of these nodes, newest first, each change against the version before it."""
    facts = sorted([*reader.facts(nodes), *reader.past(nodes)], key=lambda f: f.id)
    records = {f.id: codec.decode(f.body) for f in facts}
    steps: list[tuple[int, int, Verb, int, tuple[Difference, ...]]] = []
    before: dict[tuple[int, int, int, str], tuple[int, int | None]] = {}
    for fact in facts:
        key = (fact.node, fact.aspect, fact.feed, fact.part)
        old = before.get(key)
        before[key] = (fact.id, fact.until)
        if old is None or old[1] != fact.since:  # new, or back after having been away
            change: Verb = "created" if fact.aspect in ENTITY_ASPECTS else "changed"
            steps.append((fact.since, fact.feed, change, fact.aspect, differences(None, records[fact.id])))
        else:
            steps.append(
                (fact.since, fact.feed, "changed", fact.aspect, differences(records[old[0]], records[fact.id]))
            )
    begun = {(f.node, f.aspect, f.feed, f.part, f.since) for f in facts}
    for fact in facts:
        if fact.until is not None and (fact.node, fact.aspect, fact.feed, fact.part, fact.until) not in begun:
            change = "retired" if fact.aspect in ENTITY_ASPECTS else "changed"
            steps.append((fact.until, fact.feed, change, fact.aspect, differences(records[fact.id], None)))
    feeds = reader.feeds()
    moments = reader.moments({s[0] for s in steps})
    steps.sort(key=lambda s: (-s[0], s[3]))
    return [
        Event(
            at=from_micros(moments[tx].at),
            feed=feeds[feed].name if feed in feeds else "",
            change=verb,
            aspect=ASPECT_NAMES[aspect],
            differences=details,
            run=moments[tx].run,
            actor=moments[tx].actor,
        )
        for tx, feed, verb, aspect, details in steps
    ]
