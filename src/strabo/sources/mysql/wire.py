"""One read-only session with a server: connects, asks, and says in Strabo's words what went wrong."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from strabo.errors import AccessDenied, BadRecord, StraboError, Unavailable, UsageError
from strabo.sources.mysql.config import MySqlConfig, place
from strabo.sources.mysql.grants import Rights, rights
from strabo.sources.mysql.queries import Flavour, Query, flavour
from strabo.sources.mysql.spool import Spool

T = TypeVar("T")

_BATCH = 1000  # rows
# Times and decimals stay text: MySQL knows dates (0000-00-00) that Python does not.
_AS_TEXT = {
    FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME,
    FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL,
}  # fmt: skip
_CONVERT = {key: how for key, how in conversions.items() if key not in _AS_TEXT}

# https://mariadb.com/docs/server/reference/error-codes, https://dev.mysql.com/doc/mysql-errors/8.4/en/
_DENIED = {1044, 1045, 1130, 1142, 1143, 1227, 1524, 1698, 1820, 1862, 3118, 4151}
_BUSY = {1040, 1129, 1203, 1226}  # it answers, but takes no more connections from here
_LOST = {0, 1053, 1079, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 2014, 2055, 3169, 4031}
_UNREACHED = {2001, 2002, 2003, 2005}
_UNKNOWN_DATABASE = 1049
_NO_TLS = 2026
_OUT_OF_TIME = {1969, 3024}
_INTERRUPTED = 1317


class Session:
    """A connection that can only read. Close it, or use it in `with`."""

    def __init__(self, config: MySqlConfig) -> None:
        """Connects. Raises Unavailable, AccessDenied or UsageError."""
        self._config = config
        self._where = place(config)
        self._connection = _connect(config)
        try:
            version, self.account = self._one("SELECT VERSION(), CURRENT_USER()")
            self.server: Flavour = flavour(version)
            for statement in _setup(self.server, config.statement_timeout):
                self._run(statement)
        except BaseException:
            self._connection.close()
            raise

    def rows(self, query: Query[T], *databases: str) -> Spool[T]:
        """The answer, read whole. Raises BadRecord when this query fails, Unavailable when the connection is gone.

        The names of the databases are repeated as often as the statement asks for them.
        """
        times = query.sql.count("%s") // max(1, len(databases))
        spool = Spool(query.row)
        try:
            with self._asking(query.name), self._connection.cursor(SSCursor) as cursor:
                cursor.execute(query.sql, databases * times or None)
                while batch := cursor.fetchmany(_BATCH):
                    spool.add([_plain(row) for row in batch])
        except BaseException:
            spool.close()
            raise
        return spool

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A read-only transaction around some queries; it ends with them, so that nobody's ALTER waits for us."""
        self._run("START TRANSACTION READ ONLY")
        yield
        self._run("ROLLBACK")

    def rights(self) -> Rights:
        """What this login may do. Rights of everything when the server does not tell (it runs without grants)."""
        try:
            with self._asking("show grants"):
                return rights(self.account, self._grants())
        except BadRecord:
            return Rights(self.account, unknown=True)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _grants(self) -> list[str]:
        sql = "SHOW GRANTS"
        if not self.server.maria and self.server.version >= (8, 0):
            # Without USING, MySQL lists the names of the roles and not what they allow. It hands out names quoted.
            (roles,) = self._one("SELECT CURRENT_ROLE()")
            sql = sql if roles == "NONE" else f"SHOW GRANTS FOR CURRENT_USER() USING {roles}"
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return [str(line) for (line,) in cursor.fetchall()]

    def _one(self, sql: str) -> tuple[Any, ...]:
        with self._asking(sql), self._connection.cursor() as cursor:
            cursor.execute(sql)
            return tuple(_plain(cursor.fetchone() or ()))

    def _run(self, sql: str) -> None:
        with self._asking(sql), self._connection.cursor() as cursor:
            cursor.execute(sql)

    @contextmanager
    def _asking(self, call: str) -> Iterator[None]:
        try:
            yield
        except pymysql.err.Error as error:
            raise understood(error, self._config, call) from error
        except OSError as error:
            raise Unavailable(f"the connection broke: {error}", where=f"{self._where}, {call}") from error


def understood(error: pymysql.err.Error, config: MySqlConfig, call: str) -> StraboError:
    """What a driver's error means: Unavailable, AccessDenied, UsageError; BadRecord for a query that failed alone."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[1] if len(error.args) > 1 else error) or "the connection is closed"
    where = place(config)
    if code == _NO_TLS or isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return UsageError(
            f"no TLS: {said}",
            where=where,
            fix="check the ssl_ settings, the server's certificate, and that it speaks TLS",
        )
    if code in _UNREACHED:
        return Unavailable(
            f"cannot reach MySQL: {said}",
            where=where,
            fix="check host, port, and that the server accepts TCP connections",
        )
    if code in _BUSY:
        return Unavailable(f"MySQL takes no connection: {said}", where=where, fix="try again later, or raise its limit")
    if code in _DENIED and call == "connect":
        return AccessDenied(
            f"MySQL refuses the login: {said} ({code})", where=where, fix="check user, password, and the account's host"
        )
    if code == _UNKNOWN_DATABASE and call == "connect":
        return UsageError(f"MySQL knows no such database: {said}", where=where)
    if code in _LOST:
        return Unavailable(f"MySQL hung up: {said} ({code})", where=f"{where}, {call}", fix="run it again")
    fix = ""
    if code in _OUT_OF_TIME:
        fix = f"raise statement_timeout (now {config.statement_timeout} s), or name fewer databases"
    elif code == _INTERRUPTED:
        fix = "somebody ended the query; run it again"
    elif code in _DENIED:
        fix = "let the login read what the message names"
    return BadRecord(f"{said} ({code})", where=call, fix=fix)


def _connect(config: MySqlConfig) -> "pymysql.Connection[Any]":
    if config.unix_socket is not None and not Path(config.unix_socket).is_socket():
        raise Unavailable("there is no such socket", where=place(config), fix="check that the server runs, and where")
    try:
        return pymysql.connect(
            host=config.host,
            port=config.port,
            user=config.user,
            password=config.password.reveal() if config.password is not None else "",
            unix_socket=config.unix_socket,
            connect_timeout=config.connect_timeout,
            # The server's own limit comes first; this one is for a server, or a network, that is gone without a word.
            read_timeout=None
            if config.statement_timeout is None
            else config.statement_timeout + config.connect_timeout,
            ssl_ca=config.ssl_ca,
            ssl_cert=config.ssl_cert,
            ssl_key=config.ssl_key,
            ssl_verify_cert=config.ssl_verify_cert,
            ssl_verify_identity=config.ssl_verify_identity,
            charset="utf8mb4",
            autocommit=True,
            conv=_CONVERT,
        )
    except pymysql.err.Error as error:
        raise understood(error, config, "connect") from error
    except UnicodeError as error:
        raise UsageError(f"{config.host!r} is no host name: {error}", where=place(config), fix="check host") from error
    except (ssl.SSLError, OSError) as error:  # a file of the ssl_ settings
        raise UsageError(
            f"TLS cannot be set up: {error}", where=place(config), fix="check the ssl_ settings"
        ) from error
    except RuntimeError as error:  # the driver's word for a login method whose library is missing
        raise UsageError(
            f"this login needs more: {error}",
            where=place(config),
            fix="pip install 'pymysql[rsa]', or set ssl_ca to use TLS",
        ) from error


def _setup(server: Flavour, timeout: float | None) -> Iterator[str]:
    yield "SET SESSION TRANSACTION READ ONLY"
    # UTC for all times; `` for quotes in all texts, and backslash as an escape; patience with a slow reader of records.
    yield "SET SESSION time_zone = '+00:00', sql_mode = '', wait_timeout = 28800, net_write_timeout = 600"
    if timeout is not None and server.maria:
        yield f"SET SESSION max_statement_time = {float(timeout)!r}"
    elif timeout is not None:
        yield f"SET SESSION max_execution_time = {max(1, round(timeout * 1000))}"


def _plain(row: Sequence[Any]) -> list[Any]:
    """A row without bytes: MySQL 8 declares some texts of its catalog binary."""
    return [value.decode(errors="replace") if isinstance(value, bytes) else value for value in row]
