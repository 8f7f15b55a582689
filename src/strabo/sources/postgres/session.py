"""One login to one database: read-only, one snapshot, and long queries that go on after an error."""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Generic, TypeVar

import msgspec
import psycopg
from psycopg import errors
from psycopg.adapt import Loader

from strabo.errors import AccessDenied, StraboError, Unavailable, UsageError
from strabo.sources.postgres import queries
from strabo.sources.postgres.config import Login

OLDEST = 120000  # the catalogs of PostgreSQL 11 and before lack columns that the queries ask for

T = TypeVar("T")
Row = tuple[Any, ...]
Parameters = dict[str, Any]
Key = tuple[str, str, str]

_BATCH = 200  # rows of a long query that are in memory at a time
_PATIENCE = 5.0  # seconds that a query waits for a lock, at most
_MANY = 8  # rows that had to be read carefully, after which all are
_READ_ONLY = "default_transaction_read_only"
_START: Key = ("", "", "")


class _Raw(Loader):
    """JSON as the bytes that came, for msgspec to decode."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


class _Lenient(Loader):
    """Text of a database that may hold any bytes, as those with the encoding SQL_ASCII do."""

    def load(self, data: Any) -> str:
        return bytes(data).decode(errors="replace")


class Session:
    """A connection to one database, and its one transaction: REPEATABLE READ, READ ONLY, names printed in full."""

    def __init__(self, login: Login, database: str, *, statement_timeout: float) -> None:
        """Connects. Raises Unavailable, AccessDenied or UsageError, saying which host, login or database."""
        self.login, self.database = login, database
        self.connection = _connected(login, database)
        self.version = self.connection.info.server_version
        if self.version < OLDEST:
            self.connection.close()
            raise UsageError(
                f"PostgreSQL {self.version // 10000} is too old: the catalog is read from version 12 on",
                where=login.where,
                fix="upgrade the server, or push its records",
            )
        self.connection.read_only = True
        self.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self.connection.prepare_threshold = None  # a pool in front may hand the next statement to another session
        self.connection.adapters.register_loader("json", _Raw)
        for kind in ("text", "name"):
            self.connection.adapters.register_loader(kind, _Lenient)
        milliseconds = statement_timeout * 1000
        # A database of encoding SQL_ASCII holds any bytes; asked for UTF-8, the server refuses to hand some over.
        bare = self.connection.info.parameter_status("server_encoding") == "SQL_ASCII"
        self._settings = {
            "client_encoding": "SQL_ASCII" if bare else "UTF8",
            "statement_timeout": str(max(1, int(milliseconds))),
            "lock_timeout": str(max(1, int(min(milliseconds / 2, _PATIENCE * 1000)))),
        }
        self._begun = False
        self._cursors: list[psycopg.ServerCursor[Row]] = []

    def close(self) -> None:
        self._let_go()
        self.connection.close()

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, so that nothing more can be asked."""
        return bool(self.connection.closed or self.connection.broken)

    def again(self) -> None:
        """Ends the transaction, which an error has broken, and with it every cursor; the next query begins another."""
        self._begun = False
        if not self.lost:
            self.connection.rollback()
        self._let_go()

    def all(self, sql: str, kind: type[T], parameters: Parameters | None = None) -> list[T]:
        """The JSON values of a short query, each as a `kind`. Raises psycopg.Error; the session is usable after it."""
        decoder = msgspec.json.Decoder(kind)
        return [decode(decoder, row[0]) for row in self.rows(sql, parameters)]

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """The rows of a short query, as they came. Raises as `all` does."""
        try:
            self._begin()
            with closing(self.connection.execute(sql, parameters)) as cursor:
                return cursor.fetchall()
        except psycopg.Error:
            self.again()
            raise

    def opened(self, name: str, sql: str, parameters: Parameters) -> "psycopg.ServerCursor[Row]":
        """A cursor on the server, which lives as long as the transaction. Raises psycopg.Error."""
        self._begin()
        cursor = self.connection.cursor(name=name)
        self._cursors.append(cursor)
        cursor.execute(sql, parameters)
        return cursor

    def _begin(self) -> None:
        if not self._begun:
            self.connection.execute(queries.SETTINGS, self._settings)
            self._begun = True

    def _let_go(self) -> None:
        for cursor in self._cursors:
            with suppress(psycopg.Error):  # a cursor of a broken session is gone anyway
                cursor.close()
        self._cursors.clear()


class Item(msgspec.Struct, Generic[T]):
    """A row of a stream."""

    key: Key
    row: T
    trouble: psycopg.Error | None  # what broke when the server was asked for all of it


class Stream(Generic[T]):
    """The rows of one long query, in the order of their keys, fetched from a cursor on the server a batch at a time.

    When a batch breaks, smaller ones are tried. A single row that breaks is read once more without what the server
    has to print (`careful`). When that breaks too, or the connection is lost, psycopg.Error is raised.
    """

    def __init__(self, session: Session, name: str, sql: str, kind: type[T], parameters: Parameters) -> None:
        self._session, self._name, self._sql, self._parameters = session, name, sql, parameters
        self._decoder = msgspec.json.Decoder(kind)
        self._cursor: psycopg.ServerCursor[Row] | None = None
        self._fetched = 0  # rows of this cursor
        self._after = _START
        self._items: deque[Item[T]] = deque()
        self._size = _BATCH
        self._spoilt = 0
        self._careful: psycopg.Error | None = None  # why all of the rest is read carefully
        self._ended = False

    def of(self, schema: str) -> Iterator[Item[T]]:
        """The rows of one schema; to be asked for schema by schema, in order. Raises psycopg.Error."""
        while True:
            while not self._items and not self._ended:
                self._fetch()
            if not self._items or self._items[0].key[0] != schema:
                return
            yield self._items.popleft()

    def _fetch(self) -> None:
        try:
            rows = self._of_cursor() if self._size == _BATCH else self._at_once(self._size)
        except psycopg.Error as error:
            self._session.again()
            if self._session.lost or self._careful:
                raise
            if isinstance(error, errors.OutOfMemory) and self._fetched:
                return  # its transaction held locks on too many views' tables: the next one begins with none
            if self._size > 1:
                self._size = max(1, self._size // 8)
                return
            self._take(self._at_once(1, careful=True), 1, error)
            self._spoilt += 1
            if self._spoilt == _MANY:
                self._size, self._careful = _BATCH, error
                self._sql = queries.without(self._sql, queries.PRINTERS)
            return
        self._take(rows, self._size, self._careful)
        self._size = min(_BATCH, self._size * 2)

    def _of_cursor(self) -> list[Row]:
        if self._cursor is None or self._cursor.closed:
            self._fetched = 0
            parameters = self._from(limit=None, careful=self._careful is not None)
            self._cursor = self._session.opened(self._name, self._sql, parameters)
        rows = self._cursor.fetchmany(_BATCH)
        self._fetched += len(rows)
        return rows

    def _at_once(self, limit: int, *, careful: bool = False) -> list[Row]:
        sql = queries.without(self._sql, queries.PRINTERS) if careful else self._sql
        return self._session.rows(sql, self._from(limit=limit, careful=careful))

    def _from(self, *, limit: int | None, careful: bool) -> Parameters:
        after = dict(zip(("after_1", "after_2", "after_3"), self._after, strict=True))
        return {**self._parameters, **after, "limit": limit, "careful": careful}

    def _take(self, rows: list[Row], asked: int, trouble: psycopg.Error | None) -> None:
        for schema, name, more, value in rows:
            key = (schema, name, more)
            self._items.append(Item(key, decode(self._decoder, value), trouble))
            self._after = key
        if len(rows) < asked:
            self._ended = True


def decode(decoder: "msgspec.json.Decoder[T]", value: bytes) -> T:
    """The value of JSON as the server sent it; bytes that are no text become the replacement character."""
    try:
        return decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(value.decode(errors="replace"))


def _connected(login: Login, database: str) -> "psycopg.Connection[Row]":
    parameters = login.conninfo(database)
    try:
        try:
            return psycopg.connect(parameters, options=f"-c {_READ_ONLY}=on")
        except psycopg.OperationalError as error:
            # A connection pool may refuse what it cannot keep apart; our transactions are read-only all the same.
            if "unsupported startup parameter" not in str(error):
                raise
            return psycopg.connect(parameters)
    except psycopg.Error as error:
        raise refusal(login, database, str(error)) from None


# What a refused login reads like, the error to raise, and what to try. The server's code for it is not handed on by
# libpq, so there is only the text; a server that speaks another language is taken to be out of reach.
_REFUSALS: tuple[tuple[str, type[StraboError], str], ...] = (
    (r'database ".*" does not exist', UsageError, "name a database that the server has"),
    (
        r"authentication failed|no password supplied|role \".*\" does not exist|not permitted to log in",
        AccessDenied,
        "check `user` and `password`, and that pg_hba.conf lets {user} log in to {database} from this machine",
    ),
    (
        r"no pg_hba.conf entry|pg_hba.conf rejects",
        AccessDenied,
        "let {user} log in to {database} from this machine in the server's pg_hba.conf, or set `sslmode`",
    ),
    (r"permission denied for database", AccessDenied, "GRANT CONNECT ON DATABASE {quoted} TO {user}"),
    (
        r"certificate file .* does not exist|private key file .*|invalid sslmode",
        UsageError,
        "check `sslrootcert`, `sslcert` and `sslkey`",
    ),
    (r"SSL|certificate", Unavailable, "check `sslmode` and `sslrootcert` against what the server offers"),
    (r"too many (clients|connections)|remaining connection slots", Unavailable, "try again when there are fewer"),
    (r"starting up|shutting down|recovery", Unavailable, "try again in a moment"),
    (r"could not translate host name|Name or service not known|resolve", Unavailable, "check the spelling of `host`"),
)


def refusal(login: Login, database: str, said: str) -> StraboError:
    """The error for what libpq said when it did not connect."""
    said = login.clean(said)
    where = f"{login.where}, database {database}"
    for pattern, kind, fix in _REFUSALS:
        if re.search(pattern, said, re.IGNORECASE):
            advice = fix.format(user=quoted(login.who), database=database, quoted=quoted(database))
            return kind(f"PostgreSQL did not let us in: {said}", where=where, fix=advice)
    return Unavailable(
        f"PostgreSQL did not answer: {said}",
        where=where,
        fix="check `host` and `port`, that the server is up, and that no firewall is between",
    )


def quoted(name: str) -> str:
    """An identifier as SQL spells it, in double quotes where it needs them."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'
