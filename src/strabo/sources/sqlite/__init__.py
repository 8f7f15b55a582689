"""SQLite: the tables, views and triggers of one file."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from strabo.errors import AccessDenied, StraboError, Unavailable, UsageError
from strabo.ingest.contracts import Capability
from strabo.kit.dbapi import Groups
from strabo.model.naming import join
from strabo.model.records import (
    CanonicalType,
    Column,
    Container,
    Dataset,
    Definition,
    Filtered,
    ForeignKey,
    Index,
    Job,
    Key,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)
from strabo.model.ref import Ref
from strabo.sources.sqlite import ddl

# One statement each, however many tables there are. The first column is the table's name as bytes: what rows are
# sorted and joined by, for bytes sort alike in SQLite and in Python whatever a name holds.
OBJECTS = """
    with kinds as materialized (select name, type, wr, strict from pragma_table_list where schema = 'main')
    select cast(m.name as blob), m.name, m.sql, k.type, k.wr, k.strict
    from sqlite_schema m join kinds k on k.name = m.name
    where m.type in ('table', 'view') and m.name not glob 'sqlite_*' order by 1
"""
COLUMNS = """
    select cast(m.name as blob), x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    from sqlite_schema m join pragma_table_xinfo(m.name) x where m.type in ('table', 'view') order by 1, x.cid
"""
# The same without what may be broken: views, and virtual tables (they have no page of their own).
COLUMNS_OF_TABLES = COLUMNS.replace("m.type in ('table', 'view')", "m.type = 'table' and m.rootpage > 0")
COLUMNS_OF_ONE = 'select name, type, "notnull", dflt_value, pk, hidden from pragma_table_xinfo(?) order by cid'
# `seq` counts from the newest index to the oldest.
INDEXES = """
    select cast(m.name as blob), l.name, l."unique", l.origin, i.name
    from sqlite_schema m join pragma_index_list(m.name) l join pragma_index_xinfo(l.name) i
    where m.type = 'table' and i.key order by 1, l.seq desc, i.seqno
"""
INDEX_TEXTS = """
    select cast(tbl_name as blob), name, sql from sqlite_schema where type = 'index' and sql is not null order by 1
"""
# A foreign key that names no columns means the primary key of its target; `id` counts from the last one declared.
FOREIGN_KEYS = """
    select cast(m.name as blob), f.id, coalesce(t.name, f."table"), f."from", coalesce(x.name, f."to")
    from sqlite_schema m join pragma_foreign_key_list(m.name) f
    left join sqlite_schema t on t.type = 'table' and t.name = f."table" collate nocase
    left join pragma_table_info(case when t.rootpage > 0 then t.name end) x
        on case when f."to" is null then x.pk = f.seq + 1 else x.name = f."to" collate nocase end
    where m.type = 'table' order by 1, f.id desc, f.seq
"""
TRIGGERS = """
    select r.name, r.sql, coalesce(t.name, r.tbl_name)
    from sqlite_schema r
    left join sqlite_schema t on t.type in ('table', 'view') and t.name = r.tbl_name collate nocase
    where r.type = 'trigger' order by cast(coalesce(t.name, r.tbl_name) as blob), cast(r.name as blob)
"""
# What ANALYZE left behind (https://www.sqlite.org/fileformat2.html#stat1tab): the first number of `stat`.
ROWS = "select cast(tbl as blob), max(cast(stat as integer)) from sqlite_stat1 group by 1 order by 1"
# Pages of a table together with those of its indexes (https://www.sqlite.org/dbstat.html). Grouped and not joined:
# SQLite guesses that dbstat is short, and would search the whole schema for each of its rows.
BYTES = """
    select cast(tbl as blob), sum(size) from (
        select max(tbl) as tbl, sum(size) as size from (
            select name, null as tbl, pgsize as size from dbstat where aggregate = 1
            union all select name, tbl_name, 0 from sqlite_schema where type in ('table', 'index')
        ) group by name
    ) where tbl is not null group by 1 order by 1
"""

# Words of a declared type -> what it holds; tried in this order. SQLite itself knows affinities only, and takes any
# words (https://www.sqlite.org/datatype3.html); these are the ones that people and ORMs write.
KINDS: tuple[tuple[str, CanonicalType], ...] = (
    (r"INTERVAL", "interval"),
    (r"BOOL", "boolean"),
    (r"DATETIME|TIMESTAMP", "timestamp"),
    (r"^DATE\b", "date"),
    (r"^TIME\b", "time"),
    (r"JSON", "json"),
    (r"UUID|GUID|UNIQUEIDENTIFIER", "uuid"),
    (r"GEOMETRY|POINT|LINESTRING|POLYGON", "geometry"),
    (r"INT|SERIAL", "integer"),
    (r"CHAR|CLOB|TEXT|STRING|ENUM", "text"),
    (r"BLOB|BINARY|BYTEA", "binary"),
    (r"REAL|FLOA|DOUB", "float"),
    (r"DEC|NUMERIC|NUMBER|MONEY", "decimal"),
)
_KINDS = tuple((re.compile(words), kind) for words, kind in KINDS)


class SqliteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SQLite file."""

    path: str  # the file; "~" is the home directory
    namespace: str | None = None  # of its names; without it, `sqlite://` and the absolute path
    routines: bool = True  # list the triggers
    sizes: bool = True  # bytes per table; SQLite looks at every page of the file for it
    immutable: bool = False  # the file cannot change while it is read, as on read-only media: no locks are taken
    timeout: float = 5.0  # seconds to wait while another program locks the file


class SqliteSource:
    """Tables, views and triggers of one SQLite file, in name order, columns in declared order.

    A name is the table's, right below the namespace; a trigger's is its table's and its own. The file is opened read
    only, and read in one transaction: what comes out was all true at one moment.
    """

    def __init__(self, config: SqliteConfig) -> None:
        self.config = config
        self._path = Path(os.path.abspath(os.path.expanduser(config.path)))  # noqa: PTH100, PTH111 Path keeps ".."
        self._namespace = config.namespace or f"sqlite://{self._path}"

    def read(self) -> Iterator[Record]:
        with self._errors(), closing(self._open()) as db:
            root = self._ref()
            yield Container(ref=root, kind="database")
            yield from self._datasets(db)
            if self.config.routines:
                yield from self._triggers(db)
            yield ScopeComplete(ref=root, covers=("dataset", "job") if self.config.routines else ("dataset",))

    def check(self) -> Iterator[Capability]:
        """What may be read: whoever may read the file may read all of it, but not every file says everything."""
        with self._errors(), closing(self._open()) as db:
            (count,) = db.execute("select count(*) from sqlite_schema where type in ('table', 'view')").fetchone()
            yield Capability(name="tables and views", ok=True, detail=f"{count} listed")
            parts = (
                ("columns", COLUMNS, "a view or virtual table is broken; its columns will be skipped"),
                ("row estimates", ROWS, "run ANALYZE on the database"),
                ("sizes", BYTES, "use a SQLite built with SQLITE_ENABLE_DBSTAT_VTAB, or set sizes: false"),
            )
            for name, query, fix in parts:
                try:
                    db.execute(query).fetchone()
                except sqlite3.OperationalError as error:
                    if not _is_about_one_object(error):
                        raise
                    optional = query is ROWS  # a file that was never analysed lacks no grant
                    detail = "none: the database was never analysed" if optional else str(error)
                    yield Capability(name=name, ok=optional, detail=detail, fix=fix)
                else:
                    yield Capability(name=name, ok=True)

    # --- opening ------------------------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        """A connection with a read transaction begun. The caller closes it."""
        self._refuse_what_is_no_file()
        # A URI keeps SQLite from making the file; as_uri quotes what a path may hold and a URI may not.
        uri = f"{self._path.as_uri()}?mode=ro" + ("&immutable=1" if self.config.immutable else "")
        # A generator may be started by one thread and closed by another; never used by two at a time.
        db = sqlite3.connect(uri, uri=True, timeout=self.config.timeout, isolation_level=None, check_same_thread=False)
        try:
            db.text_factory = _text
            db.execute("pragma trusted_schema = off")  # what the file defines may not call what could do harm
            db.execute("begin")
            db.execute("select count(*) from sqlite_schema").fetchone()  # takes the lock, reads the header
        except BaseException:
            db.close()
            raise
        return db

    def _refuse_what_is_no_file(self) -> None:
        try:
            with self._path.open("rb"):
                pass
        except ValueError as error:  # a zero byte
            raise UsageError(f"not a path: {error}", where=repr(self.config.path)) from error
        except FileNotFoundError as error:
            raise Unavailable(
                "no such file", where=str(self._path), fix="check `path`, and that the disk it is on is mounted"
            ) from error
        except IsADirectoryError as error:
            raise UsageError(
                "a directory, not a SQLite file", where=str(self._path), fix="set `path` to the file itself"
            ) from error
        except PermissionError as error:
            raise AccessDenied(
                "no right to read the file", where=str(self._path), fix=f"chmod +r {str(self._path)!r}"
            ) from error
        except OSError as error:
            raise Unavailable(f"cannot open the file: {error.strerror}", where=str(self._path)) from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What SQLite complains of, as the error that says what to do about it."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> StraboError:
        where = str(self._path)
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte; the rest tells how it came to it
        if code == sqlite3.SQLITE_NOTADB:
            return UsageError(
                f"not a SQLite file: {error}", where=where, fix="check `path`; an encrypted file looks like this too"
            )
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return Unavailable(
                f"another program has the file locked: {error}",
                where=where,
                fix="close that program, raise `timeout`, or read a copy of the file",
            )
        if code == sqlite3.SQLITE_CORRUPT:
            return Unavailable(
                f"the file is damaged: {error}", where=where, fix="`sqlite3 FILE .recover` saves what can be saved"
            )
        if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            return Unavailable(
                f"cannot open the file: {error}",
                where=where,
                fix="a file in WAL mode needs a folder that may be written to; or set immutable: true",
            )
        return Unavailable(f"cannot read the file: {error}", where=where)

    # --- reading ------------------------------------------------------------------------------------------------

    def _ref(self, *parts: str) -> Ref:
        return Ref(self._namespace, join(*parts) if parts else "")

    def _datasets(self, db: sqlite3.Connection) -> Iterator[Record]:
        columns = _Columns(db)
        indexes, texts = Groups(db.execute(INDEXES)), Groups(db.execute(INDEX_TEXTS))
        foreign_keys = Groups(db.execute(FOREIGN_KEYS))
        rows = _optional(db, ROWS) or Groups(())
        sizes = _optional(db, BYTES) if self.config.sizes else Groups(())
        if sizes is None:
            yield Skipped(
                ref=self._ref(),
                part="sizes",
                reason="this SQLite is built without dbstat",
                fix="set sizes: false",
            )
            sizes = Groups(())
        virtual: list[str] = []
        for key, name, sql, kind, without_rowid, strict in db.execute(OBJECTS):
            ref = self._ref(name)
            if kind == "shadow":
                yield Filtered(ref=ref, rule=f"shadow table{_of(virtual, name)}: the module's own storage")
                continue
            if kind == "virtual":
                virtual.append(name)
            broken: Skipped | None = None
            try:
                described = columns.of(key, name, alone=kind in {"view", "virtual"})
            except sqlite3.OperationalError as error:
                if not _is_about_one_object(error):
                    raise
                described = []
                fix = "make what it reads again, or drop it" if kind == "view" else "use a SQLite that has the module"
                broken = Skipped(ref=ref, part="columns", reason=str(error), fix=fix)
            if kind == "view":
                yield Dataset(ref=ref, kind="view", columns=_columns(described, {}, None))
            else:
                yield _table(
                    ref,
                    sql,
                    described,
                    indexes.take(key),
                    dict(texts.take(key)),
                    [(i, self._ref(target), a, b) for i, target, a, b in foreign_keys.take(key)],
                    {
                        **({"module": ddl.module(sql)} if kind == "virtual" else {}),
                        **({"without_rowid": "true"} if without_rowid else {}),
                        **({"strict": "true"} if strict else {}),
                    },
                )
            if broken:
                yield broken
            if kind == "view":
                yield Definition(ref=ref, text=sql, dialect="sqlite")
            count, size = rows.take(key), sizes.take(key)
            if count or size:
                yield Stats(ref=ref, rows=count[0][0] if count else None, bytes=size[0][0] if size else None)

    def _triggers(self, db: sqlite3.Connection) -> Iterator[Record]:
        for name, sql, table in db.execute(TRIGGERS):
            ref = self._ref(table, name)
            event = ddl.event(sql)
            yield Job(ref=ref, kind="trigger", on=self._ref(table), properties={"event": event} if event else {})
            yield Definition(ref=ref, text=sql, dialect="sqlite")


class _Columns:
    """Columns by table: from one statement where the file is whole.

    A view over a table that is gone, or a virtual table whose module is not there, ends that statement; then they are
    asked one at a time, and only the broken ones are lost.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        try:
            self._rows, self._alone = Groups(db.execute(COLUMNS)), False
        except sqlite3.OperationalError as error:
            if not _is_about_one_object(error):
                raise
            self._rows, self._alone = Groups(db.execute(COLUMNS_OF_TABLES)), True

    def of(self, key: bytes, name: str, *, alone: bool) -> list[tuple[Any, ...]]:
        """`alone`: whether this may be one of the broken ones. Raises OperationalError if it is."""
        if self._alone and alone:
            return self._db.execute(COLUMNS_OF_ONE, (name,)).fetchall()
        return self._rows.take(key)


def _table(
    ref: Ref,
    sql: str,
    described: list[tuple[Any, ...]],
    index_columns: list[tuple[Any, ...]],
    index_texts: dict[str, str],
    references: list[tuple[int, Ref, str, str | None]],
    properties: dict[str, str],
) -> Dataset:
    """One table out of the rows of the statements above."""
    text = ddl.table_text(sql)
    indexes: dict[tuple[str, bool, str], list[str | None]] = {}
    for name, unique, origin, column in index_columns:
        indexes.setdefault((name, bool(unique), origin), []).append(column)
    key = [name for _, name in sorted((pk, name) for name, _, _, _, pk, _ in described if pk)]
    # An INTEGER PRIMARY KEY is the row's number itself, so it needs no index (https://www.sqlite.org/lang_createtable.html#rowid).
    numbered = None
    if len(key) == 1 and "without_rowid" not in properties and not any(origin == "pk" for _, _, origin in indexes):
        numbered = next((name for name, type_, *_ in described if name == key[0] and type_.upper() == "INTEGER"), None)
    if text.autoincrement:
        properties = {**properties, "autoincrement": "true"}
    if text.checks:
        properties = {**properties, "checks": "\n".join(text.checks)}
    foreign: dict[int, list[tuple[Ref, str, str | None]]] = {}
    for number, target, column, to in references:
        foreign.setdefault(number, []).append((target, column, to))
    return Dataset(
        ref=ref,
        columns=_columns(described, text.generated, numbered),
        primary_key=_key("PRIMARY", key, text) if key else None,
        unique_keys=tuple(
            _key("UNIQUE", columns, text) for (_, _, origin), columns in indexes.items() if origin == "u"
        ),
        foreign_keys=tuple(_foreign_key(pairs, text) for pairs in foreign.values()),
        indexes=tuple(
            _index(name, unique, columns, index_texts.get(name, ""))
            for (name, unique, origin), columns in indexes.items()
            if origin == "c"
        ),
        properties=properties,
    )


def _columns(described: list[tuple[Any, ...]], generated: dict[str, str], numbered: str | None) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=name,
            type=type_,
            kind=canonical(type_),
            nullable=not not_null and name != numbered,
            default=default,
            generated=generated.get(ddl.folded(name), "") if hidden in {2, 3} else None,
            identity=name == numbered,
        )
        for name, type_, not_null, default, _, hidden in described
        if hidden != 1  # a virtual table's inputs: not columns that hold anything
    )


def _key(kind: str, columns: list[str | None] | list[str], text: ddl.TableText) -> Key:
    names = tuple(c for c in columns if c is not None)
    return Key(columns=names, name=text.names.get((kind, tuple(map(ddl.folded, names)))))


def _foreign_key(pairs: list[tuple[Ref, str, str | None]], text: ddl.TableText) -> ForeignKey:
    columns = tuple(column for _, column, _ in pairs)
    to = tuple(t for _, _, t in pairs if t is not None)
    return ForeignKey(
        columns=columns,
        references=pairs[0][0],
        to=to if len(to) == len(columns) else (),
        name=text.names.get(("FOREIGN", tuple(map(ddl.folded, columns)))),
    )


def _index(name: str, unique: bool, columns: list[str | None], sql: str) -> Index:
    text = ddl.index_text(sql)
    # The pragma knows names, not expressions; the text has both, as long as the two agree on how many there are.
    written = text.columns if len(text.columns) == len(columns) else ("",) * len(columns)
    return Index(
        name=name,
        columns=tuple(w if c is None else c for c, w in zip(columns, written, strict=True)),
        unique=unique,
        where=text.where,
    )


def canonical(type_: str) -> CanonicalType:
    """What a column declared with this type is meant to hold."""
    words = type_.upper()
    return next((kind for pattern, kind in _KINDS if pattern.search(words)), "unknown")


def _optional(db: sqlite3.Connection, query: str) -> Groups | None:
    """The query's rows; None where this file or this SQLite lacks the table it reads."""
    try:
        return Groups(db.execute(query))
    except sqlite3.OperationalError as error:
        if not _is_about_one_object(error):
            raise
        return None


def _is_about_one_object(error: sqlite3.OperationalError) -> bool:
    """Whether a statement failed for what it names, not for the state of the file."""
    return error.sqlite_errorcode == sqlite3.SQLITE_ERROR


def _of(virtual: list[str], shadow: str) -> str:
    owners = [name for name in virtual if ddl.folded(shadow).startswith(ddl.folded(name) + "_")]
    return f" of {max(owners, key=len)}" if owners else ""


def _text(raw: bytes) -> str:
    """SQLite lets any bytes be text; what is no UTF-8 is marked, not fatal."""
    return raw.decode(errors="replace")
