"""The queries that ran: as performance_schema counts them by digest, or one by one out of the general log's table.

https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-digests.html,
https://mariadb.com/docs/server/server-management/server-monitoring-logs/general-query-log.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from strabo.errors import BadRecord
from strabo.ingest.contracts import Capability
from strabo.kit.logged import Logged, QueryLog
from strabo.model.naming import join
from strabo.model.records import Failed, Record, Skipped
from strabo.model.ref import Ref
from strabo.sources.mysql.grants import Rights
from strabo.sources.mysql.queries import SYSTEM_SCHEMAS, Query, Row
from strabo.sources.mysql.records import when
from strabo.sources.mysql.wire import Session

Kept = Literal["digests", "general_log"]

# How digests spell `day` and its like, also where they are names of columns that nobody put in quotes.
_AS_A_WORD = re.compile(r"\bSQL_TSI_(\w+)\b")
_OF_THE_SERVER = re.compile(rf"\b(?:{'|'.join(sorted(SYSTEM_SCHEMAS))})`?\s*\.", re.IGNORECASE)
_PICOSECONDS = 1e9  # in a millisecond


class SettingsRow(Row, frozen=True):
    performance_schema: int
    general_log: int
    log_output: str


class DigestRow(Row, frozen=True):
    text: str
    database: str | None
    count: int
    mean: int | None  # picoseconds
    first: str | None
    last: str | None


class LogRow(Row, frozen=True):
    at: str
    user: str  # "root[root] @  [127.0.0.1]"
    thread: int
    command: str
    text: str


_SETTINGS = Query(
    "server variables", "SELECT @@global.performance_schema, @@global.general_log, @@global.log_output", SettingsRow
)
_DIGESTS = Query(
    "performance_schema.events_statements_summary_by_digest",
    """SELECT DIGEST_TEXT, SCHEMA_NAME, CAST(COUNT_STAR AS SIGNED) - CAST(SUM_ERRORS AS SIGNED), AVG_TIMER_WAIT,
              FIRST_SEEN, LAST_SEEN
         FROM performance_schema.events_statements_summary_by_digest
        WHERE DIGEST_TEXT IS NOT NULL AND COUNT_STAR > SUM_ERRORS
        ORDER BY SCHEMA_NAME, DIGEST_TEXT""",
    DigestRow,
)
_LOG = Query(
    "mysql.general_log",
    """SELECT event_time, user_host, thread_id, command_type, argument FROM mysql.general_log
        WHERE command_type IN ('Connect', 'Init DB', 'Query', 'Execute')""",
    LogRow,
)


def queries_of(
    session: Session, rights: Rights, namespace: str, kept: Kept, wanted: Callable[[str], bool]
) -> Iterator[Record]:
    """The records of the queries that ran with one of the wanted databases as their own, or with none.

    What reads the server's own tables alone is left out, as this login's queries are: they are Strabo's.
    """
    ref = Ref(namespace, "")
    log = QueryLog(namespace, "mysql")
    cut = 0
    try:
        if (lacks := _lacks(session, kept)) is not None:
            yield Skipped(ref=ref, part="queries", reason=lacks[0], fix=lacks[1])
            return
        for one in _digests(session) if kept == "digests" else _logged(session):
            if one.database and not wanted(one.database):
                continue
            if one.text.endswith("..."):  # MySQL's mark; MariaDB leaves none, and the text is half a statement
                cut += one.count
            else:
                log.add(one)
    except BadRecord as error:
        yield _refused(ref, error, rights, kept)
        return
    yield from log.records()
    if cut:
        fix = "raise max_digest_length and performance_schema_max_digest_length"
        yield Skipped(ref=ref, part="queries", reason=f"the server cut off {cut:,} queries, for they are long", fix=fix)


def capability(session: Session, rights: Rights, kept: Kept) -> Capability:
    """Whether queries can be read: that the server keeps them, and that this login may see where."""
    name, ref = "queries", Ref("", "")
    try:
        if (lacks := _lacks(session, kept)) is not None:
            return Capability(name=name, ok=False, detail=lacks[0], fix=lacks[1])
        query = _DIGESTS if kept == "digests" else _LOG
        with session.rows(Query(query.name, f"{query.sql} LIMIT 1", query.row)):
            return Capability(name=name, ok=True, detail=query.name)
    except BadRecord as error:
        account = _refused(ref, error, rights, kept)
        return Capability(name=name, ok=False, detail=account.error, fix=account.fix or "")


def _digests(session: Session) -> Iterator[Logged]:
    with session.rows(_DIGESTS) as rows:
        for row in rows:
            text = _AS_A_WORD.sub(r"\1", row.text.replace("(...)", "(?)"))
            if _is_ours(text, row.database):
                continue
            yield Logged(
                text=text.rstrip(),
                database=row.database or "",
                search_path=_search_path(row.database),
                at=when(row.last),
                since=when(row.first),
                count=max(0, row.count),
                duration_ms=None if row.mean is None else row.mean / _PICOSECONDS,
            )


def _logged(session: Session) -> Iterator[Logged]:
    ours = session.account.rpartition("@")[0]
    databases: dict[int, str] = {}  # of each session that is under way
    with session.rows(_LOG) as rows:
        for row in rows:
            if row.command == "Connect":  # "ann@localhost on shop using Socket"
                databases[row.thread] = row.text.partition(" on ")[2].rpartition(" using ")[0]
                continue
            if row.command == "Init DB":
                databases[row.thread] = row.text
                continue
            words = row.text.split(None, 1)
            if len(words) > 1 and words[0].lower() == "use":
                databases[row.thread] = words[1].rstrip(" ;").strip("`").replace("``", "`")
            user = row.user.partition("[")[0]
            database = databases.get(row.thread, "")
            if user == ours or _is_ours(row.text, database):
                continue
            yield Logged(
                text=row.text, database=database, search_path=_search_path(database), user=user, at=when(row.at)
            )


def _is_ours(text: str, database: str | None) -> bool:
    """Whether a query is about the server itself. A table of somebody's that is called so is lost with them."""
    if not database and ("." not in text or "@@" in text):  # outside all databases, it names no table of any
        return True
    return _OF_THE_SERVER.search(text) is not None


def _search_path(database: str | None) -> tuple[str, ...]:
    return (join(database),) if database else ()


def _lacks(session: Session, kept: Kept) -> tuple[str, str] | None:
    """Why the server has nothing to show, and what to set."""
    with session.rows(_SETTINGS) as rows:
        said = next(iter(rows))
    if kept == "digests" and not said.performance_schema:
        return "performance_schema is off", "start the server with performance_schema=ON, or set `queries: general_log`"
    if kept == "general_log" and not (said.general_log and "TABLE" in said.log_output.upper()):
        return "the general log is not kept in a table", "SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON"
    return None


def _refused(ref: Ref, error: BadRecord, rights: Rights, kept: Kept) -> Failed:
    database, table = ("performance_schema", None) if kept == "digests" else ("mysql", "general_log")
    held = rights.has("SELECT", database, table)
    fix = error.fix if held else rights.grant("SELECT", database, table)
    return Failed(ref=ref, part="queries", call=error.where, error=error.what, fix=fix or None)
