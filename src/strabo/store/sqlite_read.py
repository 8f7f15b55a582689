"""Reading a catalog file."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from strabo.ingest.report import Account, Report
from strabo.model.ref import Ref
from strabo.search.entry import EVERY
from strabo.search.query import Query, fts_all, fts_name, matches
from strabo.store.body import Squeeze
from strabo.store.pack import Bits
from strabo.store.rows import Change, Edge, Event, Fact, Feed, Held, Moment, Node, Note, Seen, Sighting
from strabo.store.sqlite_open import explain

_as_json = msgspec.json.encode
_report = msgspec.json.Decoder(Report)
_account = msgspec.json.Decoder(Account)

_FACT = "f.id, f.node, f.aspect, f.feed, f.part, f.since"
_MOMENT = "t.id, t.at, t.feed, t.run, t.actor, t.origin, t.what"
_EVENT = "id, feed, at, received, subject, body"
_NODE = "n.id, s.name, n.name, n.kind, n.live, n.same"


def _node(row: Sequence[Any]) -> Node:
    return Node(row[0], Ref(row[1], row[2]), row[3], bool(row[4]), row[5])


def _in_aspects(column: str, aspects: Sequence[int]) -> str:
    return f" AND {column} IN ({','.join(str(int(a)) for a in aspects)})" if aspects else ""


class SqliteReader:
    """All reads, over whatever connection `_connection` gives. Lists of ids travel as one JSON parameter."""

    def __init__(self, connection: Callable[[], sqlite3.Connection], squeeze: Squeeze, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._squeeze = squeeze

    def _all(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _one(self, sql: str, *values: Any) -> Any:
        try:
            return self._connection().execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _each(self, sql: str, *values: Any) -> Iterator[Any]:
        """Row by row, for what may be more than fits in memory."""
        try:
            yield from self._connection().execute(sql, values)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    # --- nodes

    def find(self, refs: Sequence[Ref]) -> dict[Ref, int]:
        by_namespace: dict[str, list[str]] = {}
        for ref in refs:
            by_namespace.setdefault(ref.namespace, []).append(ref.name)
        found: dict[Ref, int] = {}
        for namespace, names in by_namespace.items():
            rows = self._all(
                "SELECT n.name, n.id FROM json_each(?2) j CROSS JOIN node n"
                " ON n.ns = (SELECT id FROM namespace WHERE name = ?1) AND n.name = j.value",
                namespace,
                _as_json(names).decode(),
            )
            for name, node in rows:
                found[Ref(namespace, name)] = node
        return found

    def find_folded(self, namespace: str, folds: Sequence[str]) -> dict[str, list[int]]:
        listing = _as_json(folds).decode()
        found: dict[str, list[int]] = {}
        for column in ("fold", "name"):
            rows = self._all(
                f"SELECT n.{column}, n.id FROM json_each(?2) j CROSS JOIN node n"
                f" ON n.ns = (SELECT id FROM namespace WHERE name = ?1) AND n.{column} = j.value"
                + (" WHERE n.fold IS NULL" if column == "name" else ""),
                namespace,
                listing,
            )
            for fold, node in rows:
                found.setdefault(fold, []).append(node)
        return found

    def nodes(self, ids: Iterable[int]) -> dict[int, Node]:
        rows = self._all(
            f"SELECT {_NODE} FROM json_each(?) j CROSS JOIN node n ON n.id = j.value JOIN namespace s ON s.id = n.ns",
            _as_json(list(ids)).decode(),
        )
        return {row[0]: _node(row) for row in rows}

    def by_leaf(self, leaf: str, limit: int) -> list[Node]:
        rows = self._all(
            f"SELECT {_NODE} FROM node n JOIN namespace s ON s.id = n.ns WHERE n.leaf = ?"
            " ORDER BY n.live DESC, s.name, n.name LIMIT ?",
            leaf.casefold(),
            limit,
        )
        return [_node(row) for row in rows]

    def by_prefix(self, namespace: str, prefix: str, limit: int, *, after: str = "") -> list[Node]:
        rows = self._all(
            f"SELECT {_NODE} FROM namespace s JOIN node n ON n.ns = s.id"
            f" WHERE s.name = ?1 AND n.name {'>' if after else '>='} ?2 AND n.name < ?3 ORDER BY n.name LIMIT ?4",
            namespace,
            max(prefix, after),
            after_prefix(prefix),
            limit,
        )
        return [_node(row) for row in rows]

    def members(self, node: int) -> list[int]:
        row = self._one("SELECT coalesce(same, id) FROM node WHERE id = ?", node)
        if row is None:
            return [node]
        return [row[0], *(r[0] for r in self._all("SELECT id FROM node WHERE same = ? ORDER BY id", row[0]))]

    def aliases(self, nodes: Sequence[int]) -> dict[int, list[int]]:
        rows = self._all(
            "SELECT n.same, n.id FROM json_each(?) j CROSS JOIN node n ON n.same = j.value ORDER BY n.id",
            _as_json(list(nodes)).decode(),
        )
        found: dict[int, list[int]] = {}
        for head, alias in rows:
            found.setdefault(head, []).append(alias)
        return found

    # --- facts

    def held(self, feed: int, nodes: Sequence[int]) -> list[Held]:
        rows = self._all(
            "SELECT f.id, f.node, f.aspect, f.part, f.hash FROM json_each(?2) j"
            " CROSS JOIN fact f ON f.node = j.value WHERE f.feed = ?1",
            feed,
            _as_json(nodes).decode(),
        )
        return [Held(*row) for row in rows]

    def held_at(self, feed: int, keys: Sequence[tuple[int, int, str]]) -> list[Held]:
        plain = [key for key in keys if "\0" not in key[2]]
        rows = self._all(
            "SELECT f.id, f.node, f.aspect, f.part, f.hash FROM json_each(?1) j CROSS JOIN fact f"
            " ON f.node = j.value ->> 0 AND f.aspect = j.value ->> 1 AND f.feed = ?2 AND f.part = j.value ->> 2",
            _as_json(plain).decode(),
            feed,
        )
        for node, aspect, part in set(keys).difference(plain):  # SQLite's JSON ends a text at the character NUL
            rows += self._all(
                "SELECT id, node, aspect, part, hash FROM fact WHERE node = ? AND aspect = ? AND feed = ? AND part = ?",
                node,
                aspect,
                feed,
                part,
            )
        return [Held(*row) for row in rows]

    def facts(self, nodes: Sequence[int], aspects: Sequence[int] = (), *, at: int | None = None) -> list[Fact]:
        listing = _as_json(list(nodes)).decode()
        only = _in_aspects("f.aspect", aspects)
        unpack = self._squeeze.unpack
        rows = self._all(
            f"SELECT {_FACT}, NULL, b.data FROM json_each(?1) j CROSS JOIN fact f ON f.node = j.value"
            f" JOIN body b ON b.id = f.id WHERE (?2 IS NULL OR f.since <= ?2){only} ORDER BY f.id",
            listing,
            at,
        )
        if at is not None:
            rows += self._all(
                f"SELECT {_FACT}, f.until, b.data FROM json_each(?1) j CROSS JOIN past f ON f.node = j.value"
                f" JOIN body b ON b.id = f.id WHERE f.since <= ?2 AND f.until > ?2{only} ORDER BY f.id",
                listing,
                at,
            )
            rows.sort()
        return [Fact._make((*row[:-1], unpack(row[-1]))) for row in rows]

    def newest(self, nodes: Sequence[int], aspect: int, limit: int) -> list[Fact]:
        unpack, found = self._squeeze.unpack, []
        for node in dict.fromkeys(nodes):
            rows = self._all(
                f"SELECT {_FACT}, NULL, b.data FROM (SELECT * FROM fact WHERE node = ? AND aspect = ?"
                " ORDER BY id DESC LIMIT ?) f CROSS JOIN body b ON b.id = f.id ORDER BY f.id DESC",
                node,
                aspect,
                limit,
            )
            found += [Fact._make((*row[:-1], unpack(row[-1]))) for row in rows]
        return found

    def of_run(self, run: str) -> list[Fact]:
        unpack = self._squeeze.unpack
        rows = self._all(
            f"SELECT {_FACT}, NULL, b.data FROM fact f CROSS JOIN body b ON b.id = f.id"
            " WHERE f.aspect = 7 AND f.part = ? ORDER BY f.id",
            run,
        )
        return [Fact._make((*row[:-1], unpack(row[-1]))) for row in rows]

    def past(self, nodes: Sequence[int]) -> list[Fact]:
        rows = self._all(
            f"SELECT {_FACT}, f.until, b.data FROM json_each(?1) j CROSS JOIN past f ON f.node = j.value"
            " JOIN body b ON b.id = f.id WHERE f.since < f.until ORDER BY f.id",
            _as_json(list(nodes)).decode(),
        )
        return [Fact._make((*row[:-1], self._squeeze.unpack(row[-1]))) for row in rows]

    def bodies(self, facts: Sequence[int]) -> dict[int, bytes]:
        rows = self._all(
            "SELECT b.id, b.data FROM json_each(?) j CROSS JOIN body b ON b.id = j.value",
            _as_json(list(facts)).decode(),
        )
        return {row[0]: self._squeeze.unpack(row[1]) for row in rows}

    def scan(self, aspects: Sequence[int] = ()) -> Iterator[Fact]:
        rows = self._each(
            f"SELECT {_FACT}, NULL, b.data FROM fact f JOIN body b ON b.id = f.id"
            f" WHERE 1{_in_aspects('f.aspect', aspects)}"
            " ORDER BY f.id"
        )
        for row in rows:
            yield Fact._make((*row[:-1], self._squeeze.unpack(row[-1])))

    # --- lineage

    def edges(self, nodes: Sequence[int], *, upstream: bool, at: int | None = None) -> list[Edge]:
        listing = _as_json(list(nodes)).decode()
        ends = "target" if upstream else "source"
        sql = (
            "SELECT e.source, e.target, e.via, e.fact FROM json_each(?1) j"
            " CROSS JOIN {edge} e ON e.{end} = j.value{when}"
        )
        if at is None:
            rows = self._all(sql.format(edge="edge", end=ends, when=""), listing)
            rows += self._all(sql.format(edge="edge", end="via", when=" WHERE e.via > 0"), listing)
            return [Edge(*row) for row in dict.fromkeys(rows)]
        rows = []
        for end in (ends, "via"):
            also = " AND e.via > 0" if end == "via" else ""
            when = f" JOIN fact f ON f.id = e.fact WHERE f.since <= ?2{also}"
            rows += self._all(sql.format(edge="edge", end=end, when=when), listing, at)
            when = f" JOIN past f ON f.id = e.fact WHERE f.since <= ?2 AND f.until > ?2{also}"
            rows += self._all(sql.format(edge="edge_past", end=end, when=when), listing, at)
        return [Edge(*row) for row in dict.fromkeys(rows)]

    def all_edges(self) -> Iterator[tuple[int, int]]:
        yield from self._each("SELECT DISTINCT source, target FROM edge")

    # --- search

    def candidates(self, query: Query, limit: int, *, relaxed: bool = False) -> list[int]:
        """Names first, then any word: two index reads, each in the order of use and cut off early."""
        found: dict[int, None] = {}
        for table, match in (
            ("fn", fts_name(query, relaxed=relaxed)),
            ("fa", f'"{EVERY}"' if query.empty else fts_all(query, relaxed=relaxed)),
        ):
            if match and len(found) < limit:
                rows = self._all(
                    f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid LIMIT ?", match, limit
                )
                for (row,) in rows:
                    found[row & _ID] = None
        return list(found)[:limit]

    def count(self, query: Query, most: int, *, relaxed: bool = False) -> int:
        match = f'"{EVERY}"' if query.empty else fts_all(query, relaxed=relaxed)
        if not match:
            return 0
        return int(self._one("SELECT count(*) FROM (SELECT 1 FROM fa WHERE fa MATCH ? LIMIT ?)", match, most)[0])

    def candidates_at(self, query: Query, limit: int, at: int) -> list[int]:
        """Reads every entry of that time: history is searched seldom, and has no index of its own."""
        found = []
        rows = self._each(
            "SELECT id, rank, doc FROM entry WHERE since <= ?1 UNION ALL"
            " SELECT id, rank, doc FROM entry_past WHERE since <= ?1 AND until > ?1 ORDER BY rank, id",
            at,
        )
        for node, _, doc in rows:
            if matches(query, *self.split_doc(doc)):
                found.append(node)
                if len(found) == limit:
                    break
        return found

    def split_doc(self, doc: bytes) -> tuple[str, str, str]:
        """Name, path and words of a stored entry."""
        name, path, words = self._squeeze.unpack(doc).decode().split("\n", 2)
        return name, path, words

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        yield from self._each("SELECT term, doc FROM fa_words")

    def labels(self, nodes: Sequence[int]) -> list[tuple[str, str, int]]:
        return self._all(
            "SELECT l.field, l.value, count(*) FROM json_each(?) j CROSS JOIN label l ON l.node = j.value"
            " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
            _as_json(list(nodes)).decode(),
        )

    def counts(self) -> dict[str, int]:
        return dict(self._all("SELECT kind, count(*) FROM node WHERE live GROUP BY 1 ORDER BY 1"))

    def namespaces(self) -> dict[str, int]:
        return dict(
            self._all(
                "SELECT s.name, count(*) FROM node n JOIN namespace s ON s.id = n.ns WHERE n.live GROUP BY 1 ORDER BY 1"
            )
        )

    # --- time

    def feeds(self) -> dict[int, Feed]:
        return {row[0]: Feed(*row) for row in self._all("SELECT id, name, standing FROM feed ORDER BY id")}

    def moment(self, tx: int) -> Moment | None:
        return self.moments([tx]).get(tx)

    def moments(self, ids: Iterable[int]) -> dict[int, Moment]:
        rows = self._all(
            f"SELECT {_MOMENT} FROM json_each(?) j CROSS JOIN tx t ON t.id = j.value",
            _as_json(list(ids)).decode(),
        )
        return {row[0]: Moment(*row) for row in rows}

    def last(self, *, at: int | None = None, run: int | None = None) -> int:
        if at is not None:
            row = self._one("SELECT id FROM tx WHERE at <= ? ORDER BY at DESC, id DESC LIMIT 1", at)
        elif run is not None:
            row = self._one("SELECT max(id) FROM tx WHERE run = ?", run)
        else:
            row = self._one("SELECT max(id) FROM tx")
        return (row and row[0]) or 0

    def first_of(self, run: int) -> int:
        return self._one("SELECT min(id) FROM tx WHERE run = ?", run)[0] or 0

    def changes(self, after: int, upto: int) -> Iterator[Change]:
        # What began and ended in one transaction was never seen by anybody, and is no change.
        first = self._first_fact(after + 1)
        behind = self._first_fact(upto + 1)
        rows = self._each(
            "SELECT since, 1, id, node, aspect, feed, part FROM fact WHERE id >= ?1 AND id < ?2"
            " UNION ALL SELECT since, 1, id, node, aspect, feed, part FROM past"
            " WHERE id >= ?1 AND id < ?2 AND since < until"
            " UNION ALL SELECT until, 0, id, node, aspect, feed, part FROM past"
            " WHERE until > ?3 AND until <= ?4 AND since < until"
            " ORDER BY 1, 2, 3",
            first,
            behind,
            after,
            upto,
        )
        for row in rows:
            yield Change(row[0], bool(row[1]), *row[2:])

    def _first_fact(self, tx: int) -> int:
        row = self._one("SELECT first_fact FROM tx WHERE id >= ? ORDER BY id LIMIT 1", tx)
        return row[0] if row else 1 << 62

    # --- runs

    def runs(self, limit: int, feed: str | None = None) -> list[Report]:
        where = "WHERE feed = ?2" if feed is not None else ""
        values = (limit, feed) if feed is not None else (limit,)
        return [
            _report.decode(r[0])
            for r in self._all(f"SELECT report FROM run {where} ORDER BY id DESC LIMIT ?1", *values)
        ]

    def run(self, run: int) -> Report | None:
        row = self._one("SELECT report FROM run WHERE id = ?", run)
        return _report.decode(row[0]) if row else None

    def run_info(self, run: int) -> dict[str, Any]:
        row = self._one("SELECT host, pid, workflow FROM run WHERE id = ?", run)
        return {"host": row[0], "pid": row[1], "workflow": row[2]} if row else {}

    def accounts(self, run: int) -> Iterator[Account]:
        for (row,) in self._each("SELECT account FROM run_object WHERE run = ? ORDER BY id", run):
            yield _account.decode(row)

    def seen(self, run: int) -> dict[str, bytes]:
        return {
            state: Bits.unpacked(bits).raw()
            for state, bits in self._all("SELECT state, bits FROM run_seen WHERE run = ?", run)
        }

    def scopes_done(self, run: int) -> list[Ref]:
        return [Ref(*row) for row in self._all("SELECT namespace, name FROM run_scope WHERE run = ? ORDER BY id", run)]

    # --- what was pushed

    def events(self, *, after: int = 0, subject: bytes | None = None, limit: int | None = None) -> Iterator[Event]:
        only = "" if subject is None else " AND subject = ?3"
        rows = self._each(
            f"SELECT {_EVENT} FROM event WHERE id > ?1{only} ORDER BY id LIMIT ?2",
            after,
            -1 if limit is None else limit,
            *(() if subject is None else (subject,)),
        )
        return (self._event(row) for row in rows)

    def events_by_time(self, *, since: int, until: int, newest: bool, offset: int, limit: int) -> list[Event]:
        order = "DESC" if newest else "ASC"
        rows = self._all(
            f"SELECT {_EVENT} FROM event WHERE at >= ? AND at < ? ORDER BY at {order}, id {order} LIMIT ? OFFSET ?",
            since,
            until,
            limit,
            offset,
        )
        return [self._event(row) for row in rows]

    def _event(self, row: Sequence[Any]) -> Event:
        return Event(row[0], row[1], row[2], row[3], row[4], self._squeeze.unpack(row[5]))

    def event_count(self) -> int:
        return int(self._one("SELECT count(*) FROM event")[0])

    def states(self, feed: int, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        # One by one: for the few keys of a push this is faster than a list as a parameter, and BLOBs cannot be in one.
        sql, unpack = "SELECT body FROM state WHERE key = ? AND feed = ?", self._squeeze.unpack
        found = {}
        for key in keys:
            row = self._one(sql, key, feed)
            if row is not None:
                found[key] = unpack(row[0])
        return found

    def all_states(self, feed: int) -> Iterator[tuple[bytes, bytes]]:
        unpack = self._squeeze.unpack
        return ((k, unpack(b)) for k, b in self._each("SELECT key, body FROM state WHERE feed = ? ORDER BY id", feed))

    def best_sighting(self, feed: int, target: int, source: int, via: int) -> Sighting | None:
        row = self._one(
            "SELECT * FROM sighting WHERE target = ? AND source = ? AND via = ? AND feed = ?"
            " ORDER BY grade DESC, last DESC, run DESC LIMIT 1",
            target,
            source,
            via,
            feed,
        )
        return Sighting(*row) if row else None

    def seen_edges(self, targets: Sequence[int]) -> list[Seen]:
        rows = self._all(
            "SELECT s.target, s.source, s.via, min(s.first), max(s.last), count(*)"
            " FROM json_each(?) j CROSS JOIN sighting s ON s.target = j.value"
            " GROUP BY s.target, s.source, s.via ORDER BY s.target, s.source, s.via",
            _as_json(list(targets)).decode(),
        )
        return [Seen(*row) for row in rows]

    def notes(self, space: str, keys: Sequence[str] | None = None) -> list[Note]:
        if keys is None:
            return [Note(*r) for r in self._all("SELECT key, at, body FROM note WHERE space = ? ORDER BY key", space)]
        rows = self._all(
            "SELECT n.key, n.at, n.body FROM json_each(?2) j CROSS JOIN note n ON n.space = ?1 AND n.key = j.value"
            " ORDER BY n.key",
            space,
            _as_json(list(dict.fromkeys(keys))).decode(),
        )
        return [Note(*r) for r in rows]

    def writes(self, *, before: int | None, limit: int) -> list[Moment]:
        rows = self._all(
            f"SELECT {_MOMENT} FROM tx t WHERE t.id < ? ORDER BY t.id DESC LIMIT ?",
            (1 << 62) if before is None else before,
            limit,
        )
        return [Moment(*row) for row in rows]

    def size(self) -> int:
        pages, page = self._one("PRAGMA page_count")[0], self._one("PRAGMA page_size")[0]
        return int(pages * page)


_ID = (1 << 40) - 1
"""A row of the search index is `rank << 40 | node`: the order of its rows is the order of its answers."""


def after_prefix(prefix: str) -> str | bytes:
    """What comes right after all texts that begin with `prefix`, in SQLite's binary order of UTF-8."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return b""  # a BLOB comes after every TEXT
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)  # between them are no characters
