"""One object as people see it: the best word of every feed, and who said what since when."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from strabo.catalog.entries import by_precedence, comment_of, kind_of, title_of
from strabo.catalog.refs import exact
from strabo.catalog.times import from_micros
from strabo.model import codec
from strabo.model.records import (
    ENTITIES,
    Column,
    Dataset,
    Definition,
    Description,
    Entity,
    Lineage,
    Owner,
    Ownership,
    Partitions,
    Record,
    Stats,
    Tag,
    Tags,
)
from strabo.model.ref import Ref
from strabo.store.pack import Bits
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, ENTITY_ASPECTS, Fact, Node

_RECENT = 50  # runs of one feed

R = TypeVar("R")


class Said(msgspec.Struct, frozen=True):
    """One fact: a record, who says it, and since when."""

    feed: str
    standing: int
    since: datetime
    record: Record


class Thing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An object of the catalog. `record` is what announces it; None for one that is only spoken of."""

    ref: Ref
    kind: str = ""
    live: bool = True
    title: str | None = None
    description: str | None = None  # what a person wrote, else what the source says
    record: Entity | None = None
    definition: Definition | None = None
    stats: Stats | None = None
    partitions: Partitions | None = None
    owners: tuple[Owner, ...] = ()
    tags: tuple[Tag, ...] = ()
    column_descriptions: dict[str, str] = {}
    aliases: tuple[Ref, ...] = ()
    since: datetime | None = None  # first known
    seen: datetime | None = None  # last listed by a run
    seen_run: int = 0
    said: tuple[Said, ...] = ()  # every fact, best first; of its runs and its use, the newest 50

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.record.columns if isinstance(self.record, Dataset) else ()

    def all(self, kind: type[R]) -> list[R]:
        """The records of one kind, best first."""
        return [s.record for s in self.said if isinstance(s.record, kind)]


def thing(reader: Reader, node: Node, *, at: int | None = None) -> Thing:
    """The object as it stands, or stood after transaction `at`, all its aliases taken together."""
    members = reader.members(node.id)
    nodes = reader.nodes(members)
    head = nodes[members[0]]
    facts = reader.facts(members, at=at) if at is not None else _facts(reader, members)
    feeds = reader.feeds()
    moments = reader.moments({f.since for f in facts})
    said = tuple(
        Said(
            feed=feeds[f.feed].name if f.feed in feeds else "",
            standing=feeds[f.feed].standing if f.feed in feeds else 9,
            since=from_micros(moments[f.since].at),
            record=with_ref(codec.decode(f.body), nodes[f.node].ref),
        )
        for f in by_precedence(facts, feeds)
    )
    entity: Any = next((s.record for s in said if type(s.record) in ENTITIES), None)
    seen_run, seen = (0, None) if at is not None else last_seen(reader, members)
    written = {d.column or "": d.text for d in reversed(_all(said, Description))}
    description = written.pop("", None)
    return Thing(
        ref=head.ref if entity is None or head.live else entity.ref,
        kind=kind_of(entity) if entity is not None else node.kind,
        live=entity is not None,
        title=title_of(entity) if entity is not None else None,
        description=description or (comment_of(entity) if entity is not None else None),
        record=entity,
        definition=_first(said, Definition),
        stats=_first(said, Stats),
        partitions=_first(said, Partitions),
        owners=_distinct(o for r in _all(said, Ownership) for o in r.owners),
        tags=_distinct(t for r in _all(said, Tags) for t in r.tags),
        column_descriptions=written,
        aliases=tuple(n.ref for n in nodes.values() if n.id != head.id),
        since=min((s.since for s in said), default=None),
        seen=seen,
        seen_run=seen_run,
        said=said,
    )


_MANY = (ASPECTS["run"], ASPECTS["usage"])  # of which an object can have a hundred thousand
_FEW = tuple(number for number in ASPECTS.values() if number not in _MANY)
_NEWEST = 50


def _facts(reader: Reader, members: Sequence[int]) -> list[Fact]:
    return [*reader.facts(members, _FEW), *(f for aspect in _MANY for f in reader.newest(members, aspect, _NEWEST))]


def column_names(reader: Reader, ref: Ref) -> tuple[str, ...] | None:
    """The column names of the live dataset that a ref means, by the best word there is; None when there is none."""
    node = exact(reader, ref)
    if node is None or not node.live:
        return None
    facts = by_precedence(reader.facts(reader.members(node.id), (ASPECTS["dataset"],)), reader.feeds())
    for fact in facts:
        record = codec.decode(fact.body)
        if isinstance(record, Dataset) and record.columns:
            return tuple(c.name for c in record.columns)
    return None


def with_ref(record: Record, ref: Ref) -> Record:
    """A stored record has no ref of its own: it takes its node's."""
    return msgspec.structs.replace(record, ref=ref)


def last_seen(reader: Reader, nodes: Sequence[int]) -> tuple[int, datetime | None]:
    """The newest run that listed any of these nodes, and when it ended; (0, None) when none of its feed's last did.

    Only runs of the feeds that ever announced them are looked through: others can be many, and cannot have listed them.
    """
    known = reader.feeds()
    feeds = {f.feed for f in reader.facts(nodes, tuple(ENTITY_ASPECTS))} or {f.feed for f in reader.past(nodes)}
    best: tuple[int, datetime | None] = (0, None)
    for feed in feeds & known.keys():
        for report in reader.runs(_RECENT, known[feed].name):
            if report.run <= best[0]:
                break
            if any(node in listed for listed in map(Bits, reader.seen(report.run).values()) for node in nodes):
                best = report.run, report.ended_at or report.started_at
                break
    return best


def _first(said: Iterable[Said], kind: type[R]) -> R | None:
    return next((s.record for s in said if isinstance(s.record, kind)), None)


def _all(said: Iterable[Said], kind: type[R]) -> list[R]:
    return [s.record for s in said if isinstance(s.record, kind)]


def _distinct(items: Iterable[R]) -> tuple[R, ...]:
    return tuple(dict.fromkeys(items))


def lineages(thing: Thing) -> list[Lineage]:
    """How the object is made, one a way."""
    return thing.all(Lineage)
