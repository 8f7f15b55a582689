"""Writing a catalog file: what one transaction can do."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from strabo.errors import Unavailable
from strabo.ingest.report import Account, Report
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.store.body import Squeeze
from strabo.store.pack import Bits
from strabo.store.rows import Edge, EntryRow, NewEvent, NewFact, Sighting
from strabo.store.sqlite_read import SqliteReader, after_prefix

_as_json = msgspec.json.encode


class SqliteWriter(SqliteReader):
    """Everything goes to one connection inside one transaction, which `SqliteStore.writing` begins and ends."""

    def __init__(self, db: sqlite3.Connection, squeeze: Squeeze, path: Path) -> None:
        super().__init__(lambda: db, squeeze, path)
        self._db = db
        row = self._one("SELECT id, at FROM tx ORDER BY id DESC LIMIT 1") or (0, 0)
        self.tx: int = row[0]
        self._at: int = row[1]
        self._next_fact: int = (
            self._one("SELECT max((SELECT coalesce(max(id), 0) FROM fact), (SELECT coalesce(max(id), 0) FROM past))")[0]
            + 1
        )
        self._next_node: int = self._one("SELECT coalesce(max(id), 0) FROM node")[0] + 1
        self._namespaces: dict[str, int] = {}

    def begin(self, *, feed: str, standing: int, run: int, actor: str, origin: str, what: str) -> None:
        """A moment: all that is written from now on was said by this feed."""
        self.tx += 1
        # Time never runs backwards here, whatever the clock does: "as of" must find one state.
        self._at = max(time.time_ns() // 1000, self._at + 1)
        by = self.feed(feed, standing) if feed else 0
        self._db.execute(
            "INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self.tx, self._at, by, run, actor, self._next_fact, origin, what),
        )

    def turn(self, *, feed: str, standing: int, actor: str = "", origin: str = "", what: str = "") -> None:
        self.begin(feed=feed, standing=standing, run=0, actor=actor, origin=origin, what=what)

    @contextmanager
    def trying(self) -> Iterator[None]:
        if not self._db.in_transaction:  # an error of the disk has ended it: nothing may begin another one
            raise Unavailable("the transaction was undone", where=str(self.path), fix="make room and try again")
        before = (self.tx, self._at, self._next_fact, self._next_node)
        self._db.execute("SAVEPOINT trying")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk may have ended it already
                self._db.execute("ROLLBACK TO trying")
                self._db.execute("RELEASE trying")
            self.tx, self._at, self._next_fact, self._next_node = before
            self._namespaces.clear()
            raise
        self._db.execute("RELEASE trying")

    def feed(self, name: str, standing: int) -> int:
        row = self._one("SELECT id, standing FROM feed WHERE name = ?", name)
        if row is None:
            return int(self._one("INSERT INTO feed (name, standing) VALUES (?, ?) RETURNING id", name, standing)[0])
        if row[1] != standing:
            self._db.execute("UPDATE feed SET standing = ? WHERE id = ?", (standing, row[0]))
        return int(row[0])

    # --- nodes

    def add_nodes(self, refs: Sequence[Ref]) -> dict[Ref, int]:
        added: dict[Ref, int] = {}
        rows = []
        for ref in dict.fromkeys(refs):
            added[ref] = self._next_node
            rows.append(
                (self._next_node, self._namespace(ref.namespace), ref.name, _fold(ref), naming.leaf(ref).casefold())
            )
            self._next_node += 1
        self._db.executemany("INSERT INTO node (id, ns, name, fold, leaf) VALUES (?, ?, ?, ?, ?)", rows)
        return added

    def _namespace(self, name: str) -> int:
        found = self._namespaces.get(name)
        if found is None:
            self._db.execute("INSERT OR IGNORE INTO namespace (name) VALUES (?)", (name,))
            found = self._namespaces[name] = self._one("SELECT id FROM namespace WHERE name = ?", name)[0]
        return found

    def respell(self, node: int, ref: Ref) -> None:
        self._db.execute(
            "UPDATE node SET name = ?, fold = ?, leaf = ? WHERE id = ?",
            (ref.name, _fold(ref), naming.leaf(ref).casefold(), node),
        )

    def set_nodes(self, rows: Iterable[tuple[int, str, bool]]) -> None:
        self._db.executemany(
            "UPDATE node SET kind = ?2, live = ?3 WHERE id = ?1 AND (kind, live) IS NOT (?2, ?3)",
            [(node, kind, int(live)) for node, kind, live in rows],
        )

    def set_same(self, rows: Iterable[tuple[int, int | None]]) -> None:
        self._db.executemany("UPDATE node SET same = ?2 WHERE id = ?1", list(rows))

    # --- facts

    def open_facts(self, feed: int, facts: Sequence[NewFact]) -> list[int]:
        first = self._next_fact
        self._next_fact += len(facts)
        ids = list(range(first, self._next_fact))
        tx, pack = self.tx, self._squeeze.pack
        self._db.executemany(
            "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(i, f.node, f.aspect, feed, f.part, f.hash, tx) for i, f in zip(ids, facts, strict=True)],
        )
        self._db.executemany(
            "INSERT INTO body VALUES (?, ?)", [(i, pack(f.body)) for i, f in zip(ids, facts, strict=True)]
        )
        return ids

    def close_facts(self, facts: Sequence[int]) -> None:
        if not facts:
            return
        listing = _as_json(list(facts)).decode()
        self._db.execute(
            "INSERT INTO past SELECT f.id, f.node, f.aspect, f.feed, f.part, f.hash, f.since, ?2"
            " FROM json_each(?1) j CROSS JOIN fact f ON f.id = j.value",
            (listing, self.tx),
        )
        self._db.execute("DELETE FROM fact WHERE id IN (SELECT value FROM json_each(?))", (listing,))
        self._db.execute(
            "INSERT INTO edge_past SELECT e.target, e.source, e.fact, e.via"
            " FROM json_each(?1) j CROSS JOIN edge e ON e.fact = j.value",
            (listing,),
        )
        self._db.execute("DELETE FROM edge WHERE fact IN (SELECT value FROM json_each(?))", (listing,))

    def open_edges(self, edges: Sequence[Edge]) -> None:
        rows = sorted((e.target, e.source, e.fact, e.via) for e in edges)
        self._db.executemany("INSERT OR IGNORE INTO edge VALUES (?, ?, ?, ?)", rows)

    # --- search

    def put_entries(self, entries: Sequence[EntryRow], labels: Mapping[int, Sequence[tuple[str, str]]]) -> None:
        self._remove([e.node for e in entries])
        # In the order of their rows: the index starts a new segment whenever a row number goes backwards.
        rows = sorted(((e.rank << 40) | e.node, e) for e in entries)
        self._db.executemany(
            "INSERT INTO fn (rowid, name, path) VALUES (?, ?, ?)", [(r, e.name, e.path) for r, e in rows]
        )
        self._db.executemany("INSERT INTO fa (rowid, words) VALUES (?, ?)", [(r, e.words) for r, e in rows])
        pack = self._squeeze.pack
        self._db.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?)",
            [(e.node, e.rank, self.tx, pack(f"{e.name}\n{e.path}\n{e.words}".encode())) for _, e in rows],
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO label VALUES (?, ?, ?)",
            [(node, *pair) for node, pairs in labels.items() for pair in pairs],
        )

    def drop_entries(self, nodes: Sequence[int]) -> None:
        self._remove(nodes)

    def _remove(self, nodes: Sequence[int]) -> None:
        listing = _as_json(list(nodes)).decode()
        old = self._all("SELECT e.id, e.rank, e.doc FROM json_each(?) j CROSS JOIN entry e ON e.id = j.value", listing)
        if not old:
            return
        rows = sorted((rank << 40 | node, *self.split_doc(doc)) for node, rank, doc in old)
        self._db.executemany("INSERT INTO fn (fn, rowid, name, path) VALUES ('delete', ?, ?, ?)", [r[:3] for r in rows])
        self._db.executemany("INSERT INTO fa (fa, rowid, words) VALUES ('delete', ?, ?)", [(r[0], r[3]) for r in rows])
        self._db.execute(
            "INSERT INTO entry_past SELECT e.id, e.rank, e.since, ?2, e.doc"
            " FROM json_each(?1) j CROSS JOIN entry e ON e.id = j.value WHERE e.since < ?2",
            (listing, self.tx),
        )
        self._db.execute("DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))", (listing,))
        self._db.execute("DELETE FROM label WHERE node IN (SELECT value FROM json_each(?))", (listing,))

    # --- what was pushed

    def add_events(self, feed: int, events: Sequence[NewEvent]) -> list[bool]:
        received, pack = time.time_ns() // 1000, self._squeeze.pack
        known = self._event_digests(feed, [e.digest for e in events])
        rows, fresh = [], []
        for event in events:
            fresh.append(event.digest not in known)
            if fresh[-1]:
                known.add(event.digest)
                rows.append((feed, event.digest, event.at, received, event.subject, pack(event.body)))
        self._db.executemany(
            "INSERT INTO event (feed, digest, at, received, subject, body) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        return fresh

    def _event_digests(self, feed: int, digests: Sequence[bytes]) -> set[bytes]:
        sql = "SELECT digest FROM event WHERE digest = ? AND feed = ?"
        execute = self._db.execute
        return {d for d in digests if execute(sql, (d, feed)).fetchone()}

    def put_states(self, feed: int, states: Mapping[bytes, bytes]) -> None:
        pack = self._squeeze.pack
        self._db.executemany(
            "INSERT INTO state (feed, key, body) VALUES (?, ?, ?)"
            " ON CONFLICT (key, feed) DO UPDATE SET body = excluded.body",
            [(feed, key, pack(body)) for key, body in states.items()],
        )

    def drop_states(self, feed: int) -> None:
        self._db.execute("DELETE FROM state WHERE feed = ?", (feed,))
        self._db.execute("DELETE FROM sighting WHERE feed = ?", (feed,))

    def add_sightings(self, rows: Iterable[Sighting]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO sighting VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(rows))

    def drop_sightings(self, rows: Iterable[Sighting]) -> None:
        self._db.executemany(
            "DELETE FROM sighting WHERE (target, source, via, feed, grade, last, run) = (?, ?, ?, ?, ?, ?, ?)",
            [row[:7] for row in rows],
        )

    def put_note(self, space: str, key: str, body: bytes) -> None:
        self._db.execute(
            "INSERT INTO note VALUES (?, ?, ?, ?)"
            " ON CONFLICT (space, key) DO UPDATE SET at = excluded.at, body = excluded.body",
            (space, key, time.time_ns() // 1000, body),
        )

    def drop_notes(self, space: str, keys: Sequence[str]) -> None:
        self._db.executemany("DELETE FROM note WHERE space = ? AND key = ?", [(space, key) for key in keys])

    def drop_old_notes(self, space: str, before: int) -> None:
        self._db.execute("DELETE FROM note WHERE space = ? AND at < ?", (space, before))

    # --- runs

    def feed_nodes(
        self, feed: int, namespace: str, prefix: str, aspects: Sequence[int]
    ) -> Iterator[tuple[int, int, int]]:
        only = f" AND f.aspect IN ({','.join(str(int(a)) for a in aspects)})" if aspects else ""
        yield from self._db.execute(
            "SELECT f.id, f.node, f.aspect FROM namespace s CROSS JOIN node n ON n.ns = s.id"
            " CROSS JOIN fact f ON f.node = n.id"
            f" WHERE s.name = ?2 AND n.name >= ?3 AND n.name < ?4 AND f.feed = ?1{only}",
            (feed, namespace, prefix, after_prefix(prefix)),
        )

    def add_accounts(self, run: int, accounts: Sequence[Account]) -> None:
        self._db.executemany(
            "INSERT INTO run_object (run, account) VALUES (?, ?)", [(run, _as_json(a)) for a in accounts]
        )

    def add_scope(self, run: int, scope: Ref) -> None:
        self._db.execute(
            "INSERT INTO run_scope (run, namespace, name) VALUES (?, ?, ?)", (run, scope.namespace, scope.name)
        )

    def save_run(self, report: Report) -> None:
        self._db.execute(
            "UPDATE run SET status = ?2, report = ?3 WHERE id = ?1", (report.run, report.status, _as_json(report))
        )

    def save_seen(self, run: int, seen: Mapping[str, bytes]) -> None:
        self._db.executemany(
            "INSERT INTO run_seen VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bits = excluded.bits",
            [(run, state, Bits(bits).packed()) for state, bits in seen.items()],
        )


def _fold(ref: Ref) -> str | None:
    folded = naming.fold(ref)
    return None if folded == ref.name else folded
