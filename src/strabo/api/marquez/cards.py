"""What is known of some objects, read in sets: a page of a hundred costs as many reads as one object."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from strabo.catalog.entries import by_precedence, comment_of
from strabo.catalog.view import with_ref
from strabo.model import codec
from strabo.model.records import Dataset, Description, Job, JobRun, Lineage, Owner, Ownership, Record, Tag, Tags
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, Node

R = TypeVar("R")

DATASET = tuple(ASPECTS[a] for a in ("dataset", "stats", "lineage", "ownership", "tags", "description", "check_result"))
JOB = tuple(ASPECTS[a] for a in ("job", "run", "ownership", "tags", "description"))
ANY = tuple(dict.fromkeys(DATASET + JOB))
_NODES = 5000  # asked for in one read


class Told(msgspec.Struct, frozen=True):
    """One fact: its id, its feed's name, since which transaction, when that was (microseconds), and what it says."""

    fact: int
    feed: str
    tx: int
    since: int
    record: Record


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One object, its aliases taken as one; what was said of it, best first."""

    node: int
    ref: Ref
    aliases: tuple[Ref, ...]
    kind: str  # empty for what is only mentioned
    job: bool
    live: bool
    told: tuple[Told, ...]

    def all(self, kind: type[R]) -> list[R]:
        return [t.record for t in self.told if isinstance(t.record, kind)]

    @property
    def entity(self) -> Told | None:
        """The best word on what the object is, as the job or as the dataset that it is seen as."""
        return next((t for t in self.told if isinstance(t.record, Job if self.job else Dataset)), None)

    def seen_as(self, *, job: bool) -> "Card | None":
        """The object as a job or as a dataset: one name may be both. None when it is not that."""
        fits = self.job == job or any(isinstance(t.record, Job if job else Dataset) for t in self.told)
        return msgspec.structs.replace(self, job=job) if fits or not self.kind else None

    @property
    def dataset(self) -> Dataset:
        """As a dataset; an empty one where nobody announced it."""
        found = self.entity
        return found.record if found is not None and isinstance(found.record, Dataset) else Dataset(ref=self.ref)

    @property
    def task(self) -> Job:
        """As a job; an empty one where nobody announced it."""
        found = self.entity
        return found.record if found is not None and isinstance(found.record, Job) else Job(ref=self.ref)

    @property
    def deleted(self) -> bool:
        """Whether it was there once and is not any more."""
        return not self.live and bool(self.kind)

    @property
    def created(self) -> int:
        """Microseconds since 1970; 0 for what is only mentioned."""
        return min((t.since for t in self.told), default=0)

    @property
    def updated(self) -> int:
        return max((t.since for t in self.told), default=0)

    @property
    def last_tx(self) -> int:
        return max((t.tx for t in self.told), default=0)

    @property
    def description(self) -> str | None:
        """What a person wrote, else what the source says."""
        written = next((d.text for d in self.all(Description) if d.column is None), None)
        found = self.entity
        return written or (comment_of(found.record) if found is not None else None)  # type: ignore[arg-type]

    @property
    def column_descriptions(self) -> dict[str, str]:
        return {d.column: d.text for d in reversed(self.all(Description)) if d.column is not None}

    @property
    def tags(self) -> tuple[Tag, ...]:
        return tuple(dict.fromkeys(t for said in self.all(Tags) for t in said.tags))

    @property
    def owners(self) -> tuple[Owner, ...]:
        return tuple(dict.fromkeys(o for said in self.all(Ownership) for o in said.owners))

    @property
    def lineages(self) -> list[Lineage]:
        return self.all(Lineage)

    @property
    def runs(self) -> list[Told]:
        """The runs of a job, the last one that began first."""
        found = [t for t in self.told if isinstance(t.record, JobRun)]
        return sorted(found, key=_began, reverse=True)


def _began(told: Told) -> tuple[float, int]:
    run = told.record
    began = run.started_at if isinstance(run, JobRun) else None
    return (began.timestamp() if began is not None else told.since / 1_000_000, told.fact)


def cards(
    reader: Reader,
    nodes: Iterable[int],
    aspects: Sequence[int] = ANY,
    *,
    at: int | None = None,
    as_jobs: Collection[int] = (),
) -> dict[int, Card]:
    """By the node asked for, in that order; what has no node is left out.

    aspects: which facts to read. at: as known after that transaction. as_jobs: nodes that are jobs though nobody
    announced them.
    """
    wanted = list(dict.fromkeys(nodes))
    found: dict[int, Card] = {}
    for start in range(0, len(wanted), _NODES):
        found.update(_cards(reader, wanted[start : start + _NODES], aspects, at, as_jobs))
    return found


def _cards(
    reader: Reader, wanted: Sequence[int], aspects: Sequence[int], at: int | None, as_jobs: Collection[int]
) -> dict[int, Card]:
    known = reader.nodes(wanted)
    heads = {node: known[node].same or node for node in wanted if node in known}
    aliases = reader.aliases(sorted(set(heads.values())))
    missing = {n for head, others in aliases.items() for n in (head, *others)} | set(heads.values())
    known |= reader.nodes(missing - known.keys()) if missing - known.keys() else {}
    owner = {other: head for head, others in aliases.items() for other in others}
    every = by_node(reader, sorted({*heads.values(), *owner}), aspects, known=known, owner=owner, at=at)
    found: dict[int, Card] = {}
    for node, head in heads.items():
        said = every.get(head, ())
        entity = next((t.record for t in said if isinstance(t.record, Dataset | Job)), None)
        found[node] = Card(
            node=head,
            ref=known[head].ref,
            aliases=tuple(known[n].ref for n in aliases.get(head, ())),
            kind=known[head].kind,
            job=isinstance(entity, Job) if entity is not None else head in as_jobs or node in as_jobs,
            live=entity is not None,
            told=said,
        )
    return found


def by_node(
    reader: Reader,
    nodes: Sequence[int],
    aspects: Sequence[int],
    *,
    known: Mapping[int, Node] | None = None,
    owner: Mapping[int, int] | None = None,
    at: int | None = None,
) -> dict[int, tuple[Told, ...]]:
    """What is said of these nodes, the best word first. owner: the node under which an alias' facts go."""
    if not nodes:
        return {}
    known = reader.nodes(nodes) if known is None else known
    facts = reader.facts(nodes, aspects, at=at)
    feeds = reader.feeds()
    moments = reader.moments({f.since for f in facts})
    told: dict[int, list[Told]] = {}
    for fact in by_precedence(facts, feeds):
        record = with_ref(codec.decode(fact.body), known[fact.node].ref)
        feed = feeds[fact.feed].name if fact.feed in feeds else ""
        since = moments[fact.since].at if fact.since in moments else 0
        head = owner.get(fact.node, fact.node) if owner else fact.node
        told.setdefault(head, []).append(Told(fact.id, feed, fact.since, since, record))
    return {node: tuple(said) for node, said in told.items()}
