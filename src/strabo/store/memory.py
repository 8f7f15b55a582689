"""A catalog in memory: the plainest store there can be, against which the others are measured.

A transaction works on a copy of the state and puts it in the place of the old one at its end. That costs time in
proportion to all there is, which is right for tests and small catalogs and for nothing else.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from strabo.errors import Unavailable
from strabo.ingest.report import Account, Report
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.search.query import Query, matches
from strabo.store.rows import (
    ASPECTS,
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


class _Kept(NamedTuple):
    fact: Fact
    hash: bytes


class _Entry(NamedTuple):
    row: EntryRow
    since: int
    until: int | None


class _Run(NamedTuple):
    report: bytes
    info: dict[str, Any]


class _State:
    """All there is. Values are immutable, so that a copy of the dictionaries is a copy of the state."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.by_ref: dict[Ref, int] = {}
        self.current: dict[tuple[int, int, int, str], int] = {}  # node, aspect, feed, part -> fact
        self.facts: dict[int, _Kept] = {}  # current and past ones
        self.edges: dict[tuple[int, int, int], Edge] = {}  # current and past ones; their fact says which
        self.entries: dict[int, _Entry] = {}
        self.old_entries: tuple[_Entry, ...] = ()
        self.labels: dict[int, tuple[tuple[str, str], ...]] = {}
        self.feeds: dict[int, Feed] = {}
        self.moments: dict[int, Moment] = {}
        self.runs: dict[int, _Run] = {}
        self.accounts: dict[int, tuple[Account, ...]] = {}
        self.seen: dict[int, dict[str, bytes]] = {}
        self.scopes: dict[int, tuple[Ref, ...]] = {}
        self.events: dict[int, Event] = {}
        self.digests: dict[tuple[int, bytes], int] = {}
        self.states: dict[tuple[int, bytes], bytes] = {}
        self.sightings: dict[tuple[int, int, int, int, int, int, bytes], Sighting] = {}
        self.notes: dict[tuple[str, str], Note] = {}

    def copy(self) -> "_State":
        new = _State()
        new.take(self)
        return new

    def take(self, other: "_State") -> None:
        """Becomes a copy of another state."""
        for name, value in vars(other).items():
            setattr(self, name, value.copy() if isinstance(value, dict) else value)


class MemoryReader:
    """All reads, of whatever state `_state` gives."""

    def __init__(self, state: Callable[[], _State]) -> None:
        self._state = state

    # --- nodes

    def find(self, refs: Sequence[Ref]) -> dict[Ref, int]:
        by_ref = self._state().by_ref
        return {ref: by_ref[ref] for ref in refs if ref in by_ref}

    def find_folded(self, namespace: str, folds: Sequence[str]) -> dict[str, list[int]]:
        wanted = set(folds)
        found: dict[str, list[int]] = {}
        for node in self._state().nodes.values():
            if node.ref.namespace == namespace and naming.fold(node.ref) in wanted:
                found.setdefault(naming.fold(node.ref), []).append(node.id)
        return found

    def nodes(self, ids: Iterable[int]) -> dict[int, Node]:
        nodes = self._state().nodes
        return {i: nodes[i] for i in ids if i in nodes}

    def by_leaf(self, leaf: str, limit: int) -> list[Node]:
        wanted = leaf.casefold()
        found = [n for n in self._state().nodes.values() if naming.leaf(n.ref).casefold() == wanted]
        return sorted(found, key=lambda n: (not n.live, n.ref))[:limit]

    def by_prefix(self, namespace: str, prefix: str, limit: int, *, after: str = "") -> list[Node]:
        nodes = (n for n in self._state().nodes.values() if n.ref.namespace == namespace)
        found = [n for n in nodes if n.ref.name.startswith(prefix) and (not after or n.ref.name > after)]
        return sorted(found, key=lambda n: n.ref.name)[:limit]

    def members(self, node: int) -> list[int]:
        nodes = self._state().nodes
        if node not in nodes:
            return [node]
        head = nodes[node].same or node
        return [head, *sorted(n.id for n in nodes.values() if n.same == head)]

    def aliases(self, nodes: Sequence[int]) -> dict[int, list[int]]:
        wanted = set(nodes)
        found: dict[int, list[int]] = {}
        for node in self._state().nodes.values():
            if node.same is not None and node.same in wanted:
                found.setdefault(node.same, []).append(node.id)
        return found

    # --- facts

    def held(self, feed: int, nodes: Sequence[int]) -> list[Held]:
        state, wanted = self._state(), set(nodes)
        return [
            Held(fact, node, aspect, part, state.facts[fact].hash)
            for (node, aspect, by, part), fact in state.current.items()
            if by == feed and node in wanted
        ]

    def held_at(self, feed: int, keys: Sequence[tuple[int, int, str]]) -> list[Held]:
        state, found = self._state(), []
        for node, aspect, part in dict.fromkeys(keys):
            fact = state.current.get((node, aspect, feed, part))
            if fact is not None:
                found.append(Held(fact, node, aspect, part, state.facts[fact].hash))
        return found

    def facts(self, nodes: Sequence[int], aspects: Sequence[int] = (), *, at: int | None = None) -> list[Fact]:
        wanted = set(nodes)
        return [
            f
            for f in self._all_facts()
            if f.node in wanted
            and (not aspects or f.aspect in aspects)
            and (f.until is None if at is None else f.since <= at and (f.until is None or f.until > at))
        ]

    def newest(self, nodes: Sequence[int], aspect: int, limit: int) -> list[Fact]:
        found: list[Fact] = []
        for node in dict.fromkeys(nodes):
            facts = [f for f in self._all_facts() if f.until is None and (f.node, f.aspect) == (node, aspect)]
            found += facts[::-1][:limit]
        return found

    def of_run(self, run: str) -> list[Fact]:
        return [f for f in self.scan((ASPECTS["run"],)) if f.part == run]

    def past(self, nodes: Sequence[int]) -> list[Fact]:
        wanted = set(nodes)
        return [f for f in self._all_facts() if f.node in wanted and f.until is not None]

    def _all_facts(self) -> Iterator[Fact]:
        """By id, without those that began and ended in one transaction: nobody ever saw them."""
        return (k.fact for k in self._state().facts.values() if k.fact.since != k.fact.until)

    def bodies(self, facts: Sequence[int]) -> dict[int, bytes]:
        known = self._state().facts
        return {i: known[i].fact.body for i in facts if i in known}

    def scan(self, aspects: Sequence[int] = ()) -> Iterator[Fact]:
        return (f for f in self._all_facts() if f.until is None and (not aspects or f.aspect in aspects))

    # --- lineage

    def edges(self, nodes: Sequence[int], *, upstream: bool, at: int | None = None) -> list[Edge]:
        wanted, facts = set(nodes), self._state().facts
        found = []
        for edge in self._state().edges.values():
            fact = facts[edge.fact].fact
            holds = fact.until is None if at is None else fact.since <= at and (fact.until is None or fact.until > at)
            if holds and ((edge.target if upstream else edge.source) in wanted or (edge.via and edge.via in wanted)):
                found.append(edge)
        return found

    def all_edges(self) -> Iterator[tuple[int, int]]:
        facts = self._state().facts
        current = (e for e in self._state().edges.values() if facts[e.fact].fact.until is None)
        return iter(dict.fromkeys((e.source, e.target) for e in current))

    # --- search

    def candidates(self, query: Query, limit: int, *, relaxed: bool = False) -> list[int]:
        if query.empty:
            return []
        return self._matching(self._state().entries.values(), query, limit, relaxed=relaxed)

    def count(self, query: Query, most: int, *, relaxed: bool = False) -> int:
        return len(self.candidates(query, most, relaxed=relaxed))

    def candidates_at(self, query: Query, limit: int, at: int) -> list[int]:
        state = self._state()
        entries = [*state.entries.values(), *state.old_entries]
        then = [e for e in entries if e.since <= at and (e.until is None or e.until > at)]
        return self._matching(then, query, limit, relaxed=False)

    @staticmethod
    def _matching(entries: Iterable[_Entry], query: Query, limit: int, *, relaxed: bool) -> list[int]:
        rows = sorted(e.row for e in entries)
        found = [r for r in rows if matches(query, r.name, r.path, r.words, relaxed=relaxed)]
        return [r.node for r in sorted(found, key=lambda r: (r.rank, r.node))][:limit]

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        counts = Counter(word for e in self._state().entries.values() for word in set(e.row.words.split()))
        return iter(sorted(counts.items()))

    def labels(self, nodes: Sequence[int]) -> list[tuple[str, str, int]]:
        labels = self._state().labels
        counts = Counter(pair for node in nodes for pair in labels.get(node, ()))
        return sorted(((field, value, n) for (field, value), n in counts.items()), key=lambda r: (-r[2], r[0], r[1]))

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(n.kind for n in self._state().nodes.values() if n.live).items()))

    def namespaces(self) -> dict[str, int]:
        return dict(sorted(Counter(n.ref.namespace for n in self._state().nodes.values() if n.live).items()))

    # --- time

    def feeds(self) -> dict[int, Feed]:
        return dict(self._state().feeds)

    def moment(self, tx: int) -> Moment | None:
        return self._state().moments.get(tx)

    def moments(self, ids: Iterable[int]) -> dict[int, Moment]:
        known = self._state().moments
        return {i: known[i] for i in ids if i in known}

    def last(self, *, at: int | None = None, run: int | None = None) -> int:
        moments = self._state().moments.values()
        return max(
            (m.id for m in moments if (at is None or m.at <= at) and (run is None or m.run == run)),
            default=0,
        )

    def first_of(self, run: int) -> int:
        return min((m.id for m in self._state().moments.values() if m.run == run), default=0)

    def changes(self, after: int, upto: int) -> Iterator[Change]:
        found = []
        for fact in self._all_facts():
            rest = (fact.id, fact.node, fact.aspect, fact.feed, fact.part)
            if after < fact.since <= upto:
                found.append(Change(fact.since, True, *rest))
            if fact.until is not None and after < fact.until <= upto:
                found.append(Change(fact.until, False, *rest))
        return iter(sorted(found))

    # --- runs

    def runs(self, limit: int, feed: str | None = None) -> list[Report]:
        state = self._state()
        reports = [_report(state.runs[run]) for run in sorted(state.runs, reverse=True)]
        return [r for r in reports if feed is None or r.feed == feed][:limit]

    def run(self, run: int) -> Report | None:
        found = self._state().runs.get(run)
        return _report(found) if found else None

    def run_info(self, run: int) -> dict[str, Any]:
        found = self._state().runs.get(run)
        return dict(found.info) if found else {}

    def accounts(self, run: int) -> Iterator[Account]:
        return iter(self._state().accounts.get(run, ()))

    def seen(self, run: int) -> dict[str, bytes]:
        return {state: bits.rstrip(b"\0") for state, bits in self._state().seen.get(run, {}).items()}

    def scopes_done(self, run: int) -> list[Ref]:
        return list(self._state().scopes.get(run, ()))

    # --- what was pushed

    def events(self, *, after: int = 0, subject: bytes | None = None, limit: int | None = None) -> Iterator[Event]:
        found = [e for e in self._state().events.values() if e.id > after and subject in {None, e.subject}]
        return iter(found[:limit])

    def events_by_time(self, *, since: int, until: int, newest: bool, offset: int, limit: int) -> list[Event]:
        found = [e for e in self._state().events.values() if since <= e.at < until]
        return sorted(found, key=lambda e: (e.at, e.id), reverse=newest)[offset : offset + limit]

    def event_count(self) -> int:
        return len(self._state().events)

    def states(self, feed: int, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        states = self._state().states
        return {key: states[feed, key] for key in keys if (feed, key) in states}

    def all_states(self, feed: int) -> Iterator[tuple[bytes, bytes]]:
        return iter([(key, body) for (by, key), body in self._state().states.items() if by == feed])

    def best_sighting(self, feed: int, target: int, source: int, via: int) -> Sighting | None:
        edge = (target, source, via, feed)
        found = [row for key, row in self._state().sightings.items() if key[:4] == edge]
        return max(found, key=lambda s: (s.grade, s.last, s.run), default=None)

    def seen_edges(self, targets: Sequence[int]) -> list[Seen]:
        by_edge: dict[tuple[int, int, int], list[Sighting]] = {}
        for row in self._state().sightings.values():
            if row.target in targets:
                by_edge.setdefault((row.target, row.source, row.via), []).append(row)
        return [
            Seen(*edge, min(r.first for r in rows), max(r.last for r in rows), len(rows))
            for edge, rows in sorted(by_edge.items())
        ]

    def notes(self, space: str, keys: Sequence[str] | None = None) -> list[Note]:
        found = [
            n for (where, key), n in self._state().notes.items() if where == space and (keys is None or key in keys)
        ]
        return sorted(found)

    def writes(self, *, before: int | None, limit: int) -> list[Moment]:
        moments = self._state().moments
        return [moments[i] for i in sorted(moments, reverse=True) if before is None or i < before][:limit]

    def size(self) -> int:
        """Bytes of the bodies: there is no disk."""
        return sum(len(k.fact.body) for k in self._state().facts.values())


class MemoryWriter(MemoryReader):
    """One transaction on its own copy of the state."""

    def __init__(self, state: _State) -> None:
        super().__init__(lambda: state)
        self._own = state
        self.tx: int = max(state.moments, default=0)

    def begin(self, *, feed: str, standing: int, run: int, actor: str, origin: str, what: str) -> None:
        """A moment: all that is written from now on was said by this feed."""
        state = self._own
        self.tx += 1
        newest = max((m.at for m in state.moments.values()), default=0)
        by = self.feed(feed, standing) if feed else 0
        state.moments[self.tx] = Moment(self.tx, max(time.time_ns() // 1000, newest + 1), by, run, actor, origin, what)

    def turn(self, *, feed: str, standing: int, actor: str = "", origin: str = "", what: str = "") -> None:
        self.begin(feed=feed, standing=standing, run=0, actor=actor, origin=origin, what=what)

    @contextmanager
    def trying(self) -> Iterator[None]:
        before, tx = self._own.copy(), self.tx
        try:
            yield
        except BaseException:
            self._own.take(before)
            self.tx = tx
            raise

    def feed(self, name: str, standing: int) -> int:
        feeds = self._own.feeds
        number = next((f.id for f in feeds.values() if f.name == name), len(feeds) + 1)
        feeds[number] = Feed(number, name, standing)
        return number

    def add_nodes(self, refs: Sequence[Ref]) -> dict[Ref, int]:
        state = self._own
        added = {}
        for ref in dict.fromkeys(refs):
            added[ref] = state.by_ref[ref] = node = len(state.nodes) + 1
            state.nodes[node] = Node(node, ref, "", False, None)
        return added

    def respell(self, node: int, ref: Ref) -> None:
        state = self._own
        del state.by_ref[state.nodes[node].ref]
        state.by_ref[ref] = node
        state.nodes[node] = state.nodes[node]._replace(ref=ref)

    def set_nodes(self, rows: Iterable[tuple[int, str, bool]]) -> None:
        for node, kind, live in rows:
            self._own.nodes[node] = self._own.nodes[node]._replace(kind=kind, live=live)

    def set_same(self, rows: Iterable[tuple[int, int | None]]) -> None:
        for node, same in rows:
            self._own.nodes[node] = self._own.nodes[node]._replace(same=same)

    def open_facts(self, feed: int, facts: Sequence[NewFact]) -> list[int]:
        state = self._own
        ids = []
        for new in facts:
            key = (new.node, new.aspect, feed, new.part)
            if key in state.current:
                raise ValueError(f"there is a current fact of {key}")
            number = len(state.facts) + 1
            fact = Fact(number, new.node, new.aspect, feed, new.part, self.tx, None, new.body)
            state.facts[number] = _Kept(fact, new.hash)
            state.current[key] = number
            ids.append(number)
        return ids

    def close_facts(self, facts: Sequence[int]) -> None:
        state = self._own
        for number in facts:
            kept = state.facts[number]
            if kept.fact.until is None:
                fact = kept.fact._replace(until=self.tx)
                state.facts[number] = kept._replace(fact=fact)
                del state.current[fact.node, fact.aspect, fact.feed, fact.part]

    def open_edges(self, edges: Sequence[Edge]) -> None:
        for edge in edges:
            self._own.edges.setdefault((edge.target, edge.source, edge.fact), edge)

    def put_entries(self, entries: Sequence[EntryRow], labels: Mapping[int, Sequence[tuple[str, str]]]) -> None:
        self.drop_entries([e.node for e in entries])
        for row in entries:
            self._own.entries[row.node] = _Entry(row, self.tx, None)
        for node, pairs in labels.items():
            self._own.labels[node] = tuple(dict.fromkeys((*self._own.labels.get(node, ()), *pairs)))

    def drop_entries(self, nodes: Sequence[int]) -> None:
        state = self._own
        for node in nodes:
            old = state.entries.pop(node, None)
            if old is not None and old.since < self.tx:
                state.old_entries += (old._replace(until=self.tx),)
            state.labels.pop(node, None)

    def feed_nodes(
        self, feed: int, namespace: str, prefix: str, aspects: Sequence[int]
    ) -> Iterator[tuple[int, int, int]]:
        for (node, aspect, by, _), fact in self._own.current.items():
            ref = self._own.nodes[node].ref
            below = ref.namespace == namespace and ref.name.startswith(prefix)
            if by == feed and below and (not aspects or aspect in aspects):
                yield fact, node, aspect

    def add_events(self, feed: int, events: Sequence[NewEvent]) -> list[bool]:
        state, fresh = self._own, []
        for event in events:
            fresh.append((feed, event.digest) not in state.digests)
            if fresh[-1]:
                number = state.digests[feed, event.digest] = len(state.events) + 1
                received = time.time_ns() // 1000
                state.events[number] = Event(number, feed, event.at, received, event.subject, event.body)
        return fresh

    def put_states(self, feed: int, states: Mapping[bytes, bytes]) -> None:
        self._own.states.update(((feed, key), body) for key, body in states.items())

    def drop_states(self, feed: int) -> None:
        state = self._own
        state.states = {key: body for key, body in state.states.items() if key[0] != feed}
        state.sightings = {key: row for key, row in state.sightings.items() if row.feed != feed}

    def add_sightings(self, rows: Iterable[Sighting]) -> None:
        self._own.sightings.update((row[:7], row) for row in rows)

    def drop_sightings(self, rows: Iterable[Sighting]) -> None:
        for row in rows:
            self._own.sightings.pop(row[:7], None)

    def put_note(self, space: str, key: str, body: bytes) -> None:
        self._own.notes[space, key] = Note(key, time.time_ns() // 1000, body)

    def drop_notes(self, space: str, keys: Sequence[str]) -> None:
        for key in keys:
            self._own.notes.pop((space, key), None)

    def drop_old_notes(self, space: str, before: int) -> None:
        notes = self._own.notes
        self._own.notes = {k: n for k, n in notes.items() if k[0] != space or n.at >= before}

    def add_accounts(self, run: int, accounts: Sequence[Account]) -> None:
        self._own.accounts[run] = (*self._own.accounts.get(run, ()), *accounts)

    def add_scope(self, run: int, scope: Ref) -> None:
        self._own.scopes[run] = (*self._own.scopes.get(run, ()), scope)

    def save_run(self, report: Report) -> None:
        found = self._own.runs.get(report.run)
        if found is not None:
            self._own.runs[report.run] = found._replace(report=msgspec.json.encode(report))

    def save_seen(self, run: int, seen: Mapping[str, bytes]) -> None:
        self._own.seen[run] = {**self._own.seen.get(run, {}), **seen}


class MemoryStore(MemoryReader):
    """A store that is gone when the process is. patience: seconds to wait for another writer."""

    def __init__(self, *, patience: float = 30.0) -> None:
        self._committed = _State()
        self._lock = threading.Lock()
        self._patience = patience
        super().__init__(lambda: self._committed)

    @contextmanager
    def writing(
        self, *, feed: str = "", standing: int = 1, run: int = 0, actor: str = "", origin: str = "", what: str = ""
    ) -> Iterator[MemoryWriter]:
        """One transaction at a time; see Store.writing."""
        with self._transaction() as state:
            writer = MemoryWriter(state)
            writer.begin(feed=feed, standing=standing, run=run, actor=actor, origin=origin, what=what)
            yield writer

    @contextmanager
    def _transaction(self) -> Iterator[_State]:
        if not self._lock.acquire(timeout=self._patience):
            runs = [_report(r) for r in self._committed.runs.values()]
            holder = ", ".join(f"run {r.run} of {r.feed}" for r in runs if r.status == "running")
            raise Unavailable(
                f"another thread is writing to the catalog{holder and ': '}{holder}", fix="wait until it is done"
            )
        try:
            state = self._committed.copy()
            yield state
            self._committed = state
        finally:
            self._lock.release()

    def start_run(self, feed: str, *, workflow: str) -> int:
        with self._transaction() as state:
            run = len(state.runs) + 1
            report = Report(run=run, feed=feed, status="running", started_at=datetime.now(UTC))
            host = os.uname().nodename if hasattr(os, "uname") else ""
            info = {"host": host, "pid": os.getpid(), "workflow": workflow}
            state.runs[run] = _Run(msgspec.json.encode(report), info)
        return run

    def end_run(self, report: Report) -> None:
        with self._transaction() as state:
            state.runs[report.run] = state.runs[report.run]._replace(report=msgspec.json.encode(report))

    def check(self) -> list[str]:
        """Nothing: there are no files."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""


def _report(run: _Run) -> Report:
    return msgspec.json.decode(run.report, type=Report)
