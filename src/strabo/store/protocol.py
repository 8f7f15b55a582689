"""The Store: what a catalog needs of a database, in sets, never row by row.

One contract suite, `strabo.testing.store`, says what each method must do; SQLite, and memory for tests, pass it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from strabo.ingest.report import Account, Report
from strabo.model.ref import Ref
from strabo.search.query import Query
from strabo.store.rows import (
    Change,
    Edge,
    EntryRow,
    Event,
    Fact,
    Feed,
    Held,
    Moment,
    NewEvent,
    NewFact,
    Node,
    Note,
    Seen,
    Sighting,
)


class Reader(Protocol):
    """Reads see one consistent state: inside a Writer its own, outside the last committed one."""

    def find(self, refs: Sequence[Ref]) -> dict[Ref, int]:
        """The node ids of those refs that have a node under exactly this spelling."""
        ...

    def find_folded(self, namespace: str, folds: Sequence[str]) -> dict[str, list[int]]:
        """The node ids by folded name, for the folds that have any."""
        ...

    def nodes(self, ids: Iterable[int]) -> dict[int, Node]:
        """The nodes by id; an id without a node is left out."""
        ...

    def by_leaf(self, leaf: str, limit: int) -> list[Node]:
        """Nodes whose last name part is `leaf`, letter case aside; live ones first, then by name."""
        ...

    def by_prefix(self, namespace: str, prefix: str, limit: int, *, after: str = "") -> list[Node]:
        """Nodes of a namespace whose name begins so, by name; those behind `after` only, when it is given."""
        ...

    def members(self, node: int) -> list[int]:
        """All nodes that are the same object as this one, itself included, the one that stands for them first."""
        ...

    def aliases(self, nodes: Sequence[int]) -> dict[int, list[int]]:
        """The nodes that these ones stand for, of those that stand for any."""
        ...

    def held(self, feed: int, nodes: Sequence[int]) -> list[Held]:
        """The current facts of one feed about these nodes."""
        ...

    def held_at(self, feed: int, keys: Sequence[tuple[int, int, str]]) -> list[Held]:
        """Those current facts of one feed that have one of these keys: node, aspect and part."""
        ...

    def facts(self, nodes: Sequence[int], aspects: Sequence[int] = (), *, at: int | None = None) -> list[Fact]:
        """Facts about these nodes as they stand, or stood after transaction `at`; of all aspects if none is named."""
        ...

    def newest(self, nodes: Sequence[int], aspect: int, limit: int) -> list[Fact]:
        """The current facts of one aspect about each of these nodes, newest first, at most so many of each."""
        ...

    def of_run(self, run: str) -> list[Fact]:
        """The current facts about runs with this id, whatever their job."""
        ...

    def past(self, nodes: Sequence[int]) -> list[Fact]:
        """Facts about these nodes that have ended."""
        ...

    def bodies(self, facts: Sequence[int]) -> dict[int, bytes]:
        """The bodies of facts, current or past."""
        ...

    def scan(self, aspects: Sequence[int] = ()) -> Iterator[Fact]:
        """All current facts, in the order they became known."""
        ...

    def edges(self, nodes: Sequence[int], *, upstream: bool, at: int | None = None) -> list[Edge]:
        """The lineage edges that enter these nodes (upstream) or leave them. Of a job: all that it moves."""
        ...

    def all_edges(self) -> Iterator[tuple[int, int]]:
        """Source and target of every current edge."""
        ...

    def candidates(self, query: Query, limit: int, *, relaxed: bool = False) -> list[int]:
        """Nodes that match a query, most used first, at most `limit`; those with any of the words when relaxed."""
        ...

    def count(self, query: Query, most: int, *, relaxed: bool = False) -> int:
        """How many nodes match a query; `most` when there are as many or more."""
        ...

    def candidates_at(self, query: Query, limit: int, at: int) -> list[int]:
        """As `candidates`, among what was known after transaction `at`."""
        ...

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        """Every indexed word with the number of entries that hold it."""
        ...

    def labels(self, nodes: Sequence[int]) -> list[tuple[str, str, int]]:
        """(field, value, count) of the tags and owners of these nodes, for facets."""
        ...

    def counts(self) -> dict[str, int]:
        """How many live nodes there are, by kind."""
        ...

    def namespaces(self) -> dict[str, int]:
        """How many live nodes there are, by namespace."""
        ...

    def feeds(self) -> dict[int, Feed]: ...

    def moment(self, tx: int) -> Moment | None: ...

    def moments(self, ids: Iterable[int]) -> dict[int, Moment]: ...

    def last(self, *, at: int | None = None, run: int | None = None) -> int:
        """The newest transaction; at or before a time in microseconds; or of a run. 0 when there is none."""
        ...

    def first_of(self, run: int) -> int:
        """The first transaction of a run; 0 when it has written nothing."""
        ...

    def changes(self, after: int, upto: int) -> Iterator[Change]:
        """What began and ended after one transaction and up to another, in the order it happened."""
        ...

    def runs(self, limit: int, feed: str | None = None) -> list[Report]:
        """The newest runs first."""
        ...

    def run(self, run: int) -> Report | None: ...

    def run_info(self, run: int) -> dict[str, Any]:
        """Who ran it: host, pid, workflow."""
        ...

    def accounts(self, run: int) -> Iterator[Account]:
        """What the run left out, and why."""
        ...

    def seen(self, run: int) -> dict[str, bytes]:
        """The nodes a run has written and left unchanged, as bitmaps by node id."""
        ...

    def scopes_done(self, run: int) -> list[Ref]: ...

    def size(self) -> int:
        """Bytes on disk."""
        ...

    # --- what was pushed

    def events(self, *, after: int = 0, subject: bytes | None = None, limit: int | None = None) -> Iterator[Event]:
        """Events with an id above `after`, in the order of their ids; of one subject only, when one is named."""
        ...

    def events_by_time(self, *, since: int, until: int, newest: bool, offset: int, limit: int) -> list[Event]:
        """Events that say they happened from one time and up to, not at, another (microseconds), in that order."""
        ...

    def event_count(self) -> int: ...

    def states(self, feed: int, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What the events of a feed add up to, of those keys that have something."""
        ...

    def all_states(self, feed: int) -> Iterator[tuple[bytes, bytes]]:
        """Every key and state of a feed."""
        ...

    def best_sighting(self, feed: int, target: int, source: int, via: int) -> Sighting | None:
        """The sighting of an edge that tells most; of equals the last one."""
        ...

    def seen_edges(self, targets: Sequence[int]) -> list[Seen]:
        """When, and by how many runs, the edges that enter these nodes were seen."""
        ...

    def notes(self, space: str, keys: Sequence[str] | None = None) -> list[Note]:
        """The notes of a space, by key; only these keys, when any are named."""
        ...

    def writes(self, *, before: int | None, limit: int) -> list[Moment]:
        """The newest transactions first, below an id."""
        ...


class Writer(Reader, Protocol):
    """One transaction."""

    tx: int

    def turn(self, *, feed: str, standing: int, actor: str = "", origin: str = "", what: str = "") -> None:
        """Goes on as another moment of the same transaction: what comes now was said by somebody else."""
        ...

    def trying(self) -> AbstractContextManager[None]:
        """A part of the transaction that is undone alone when the block raises."""
        ...

    def add_events(self, feed: int, events: Sequence[NewEvent]) -> list[bool]:
        """Keeps events; for each whether it is new. The second of two with one digest is not."""
        ...

    def put_states(self, feed: int, states: Mapping[bytes, bytes]) -> None: ...

    def drop_states(self, feed: int) -> None:
        """Forgets what the events of a feed add up to, and its sightings; the events stay."""
        ...

    def add_sightings(self, rows: Iterable[Sighting]) -> None: ...

    def drop_sightings(self, rows: Iterable[Sighting]) -> None: ...

    def put_note(self, space: str, key: str, body: bytes) -> None:
        """Remembers a note, replacing the one under its key."""
        ...

    def drop_notes(self, space: str, keys: Sequence[str]) -> None: ...

    def drop_old_notes(self, space: str, before: int) -> None:
        """Forgets notes made before a time in microseconds."""
        ...

    def feed(self, name: str, standing: int) -> int: ...

    def add_nodes(self, refs: Sequence[Ref]) -> dict[Ref, int]:
        """New nodes for refs that have none."""
        ...

    def respell(self, node: int, ref: Ref) -> None:
        """Gives a node the spelling of the system that owns it."""
        ...

    def set_nodes(self, rows: Iterable[tuple[int, str, bool]]) -> None:
        """Kind and liveness of nodes."""
        ...

    def set_same(self, rows: Iterable[tuple[int, int | None]]) -> None:
        """Which node stands for a node."""
        ...

    def open_facts(self, feed: int, facts: Sequence[NewFact]) -> list[int]:
        """New current facts; their ids, rising, in the same order. None of the keys may have a current fact."""
        ...

    def close_facts(self, facts: Sequence[int]) -> None:
        """Ends current facts, and the edges that rest on them."""
        ...

    def open_edges(self, edges: Sequence[Edge]) -> None: ...

    def put_entries(self, entries: Sequence[EntryRow], labels: Mapping[int, Sequence[tuple[str, str]]]) -> None:
        """Puts nodes in the search index, replacing what was there; `labels` are their (field, value) pairs."""
        ...

    def drop_entries(self, nodes: Sequence[int]) -> None: ...

    def feed_nodes(
        self, feed: int, namespace: str, prefix: str, aspects: Sequence[int]
    ) -> Iterator[tuple[int, int, int]]:
        """(fact, node, aspect) of a feed's current facts about nodes whose name begins so; [] is all aspects."""
        ...

    def add_accounts(self, run: int, accounts: Sequence[Account]) -> None: ...

    def add_scope(self, run: int, scope: Ref) -> None: ...

    def save_run(self, report: Report) -> None: ...

    def save_seen(self, run: int, seen: Mapping[str, bytes]) -> None: ...


class Store(Reader, Protocol):
    """A catalog's memory."""

    def writing(
        self, *, feed: str = "", standing: int = 1, run: int = 0, actor: str = "", origin: str = "", what: str = ""
    ) -> AbstractContextManager[Writer]:
        """A transaction: committed and durable when the block ends, undone when it raises.

        Raises Unavailable when another writer holds the catalog for too long, or the disk is full.
        """
        ...

    def start_run(self, feed: str, *, workflow: str) -> int:
        """A new run, recorded as running, committed at once."""
        ...

    def end_run(self, report: Report) -> None: ...

    def check(self) -> list[str]:
        """What is wrong with the store's files; empty when they are sound."""
        ...

    def close(self) -> None: ...
