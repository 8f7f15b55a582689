"""The queries that ran, as pg_stat_statements counts them.

https://www.postgresql.org/docs/current/pgstatstatements.html. It knows each query without its constants, how often it
ran since it was first counted, and by whom; not when, nor under which search_path: that is taken from the settings
of the role and of the database.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

import msgspec
import psycopg

from strabo.ingest.contracts import Capability
from strabo.kit.logged import Logged, QueryLog
from strabo.model.naming import join
from strabo.model.records import Failed, Record, Skipped
from strabo.model.ref import Ref
from strabo.sources.postgres.records import schemas_of
from strabo.sources.postgres.session import Session, quoted

_INSTALL = (
    "put pg_stat_statements into shared_preload_libraries, restart the server, then CREATE EXTENSION pg_stat_statements"
)

# Where the extension is in this database, and what its view has in the version that is installed.
_HOME = """
SELECT json_build_object(
         'schema', n.nspname,
         'columns', (SELECT json_agg(a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                      WHERE c.relnamespace = n.oid AND c.relname IN ('pg_stat_statements', 'pg_stat_statements_info')
                        AND a.attnum > 0),
         'reads_all', pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER')
                      OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
         'usage', has_schema_privilege(n.oid, 'USAGE'),
         'now', now())
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
"""

# `{since}` and `{home}` depend on the version and on where it is installed. What this login itself asked is left out:
# reading the catalog would otherwise change what the next reading finds.
_COUNTED = """
SELECT json_build_object(
         'text', s.query, 'database', d.datname, 'user', pg_get_userbyid(s.userid), 'calls', s.calls,
         'since', {since},
         'path', (SELECT substr(c.setting, 13)
                    FROM pg_db_role_setting r, unnest(r.setconfig) AS c(setting)
                   WHERE r.setdatabase IN (0, s.dbid) AND r.setrole IN (0, s.userid)
                     AND starts_with(c.setting, 'search_path=')
                   ORDER BY (r.setrole <> 0) DESC, (r.setdatabase <> 0) DESC LIMIT 1))
  FROM {home}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
 WHERE d.datname = ANY(%(databases)s) AND s.userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
 ORDER BY d.datname, s.query, s.userid
"""


class _Home(msgspec.Struct, frozen=True):
    schema: str
    columns: tuple[str, ...]
    reads_all: bool
    usage: bool
    now: datetime


class _Counted(msgspec.Struct, frozen=True):
    text: str | None
    database: str
    user: str | None
    calls: int
    since: datetime
    path: str | None


def queries_of(session: Session, namespace: str, databases: Sequence[str]) -> Iterator[Record] | None:
    """The records of the queries that ran in these databases; None where the extension is not in the session's own.

    Each has one window, from when it was first counted to the end of this day: the server does not tell when it ran
    last. Raises psycopg.Error before the first record.
    """
    home = _home(session)
    if home is None:
        return None
    if not home.usage:
        return iter((_closed(home, session, namespace),))
    rows = session.all(_statement(home), _Counted, {"databases": list(databases)})
    return _records(rows, namespace, home.now, quoted(session.login.who))


def _records(rows: list[_Counted], namespace: str, now: datetime, user: str) -> Iterator[Record]:
    log = QueryLog(namespace, "postgres")
    end = datetime.combine(now.astimezone(UTC).date(), time(tzinfo=UTC)) + timedelta(days=1)
    hidden = 0
    for row in rows:
        if row.text is None or row.text == "<insufficient privilege>":
            hidden += 1
            continue
        schemas = ["public"] if row.path is None else schemas_of(row.path)
        log.add(
            Logged(
                text=row.text,
                database=row.database,
                search_path=tuple(join(row.database, name) for name in schemas),
                user=row.user or "",
                at=end,
                about=True,
                since=row.since,
                count=row.calls,
            )
        )
    yield from log.records()
    if hidden:
        yield Skipped(
            ref=Ref(namespace, ""),
            part="queries",
            reason=f"the text of {hidden:,} queries of other users is hidden",
            fix=f"GRANT pg_read_all_stats TO {user}",
        )


def _home(session: Session) -> _Home | None:
    return next(iter(session.all(_HOME, _Home)), None)


def _closed(home: _Home, session: Session, namespace: str) -> Skipped:
    return Skipped(
        ref=Ref(namespace, ""),
        part="queries",
        reason=f"no USAGE on the schema {home.schema!r} of {session.database!r}, which pg_stat_statements is in",
        fix=f"GRANT USAGE ON SCHEMA {quoted(home.schema)} TO {quoted(session.login.who)}",
    )


def _statement(home: _Home) -> str:
    schema = '"' + home.schema.replace('"', '""').replace("%", "%%") + '"'
    since = "pg_postmaster_start_time()"
    if "stats_reset" in home.columns:
        since = f"coalesce((SELECT i.stats_reset FROM {schema}.pg_stat_statements_info i), {since})"
    if "stats_since" in home.columns:
        since = f"coalesce(s.stats_since, {since})"
    return _COUNTED.format(since=since, home=schema)


def missing(namespace: str) -> Skipped:
    """What is said when no database that can be read has the extension."""
    return Skipped(
        ref=Ref(namespace, ""), part="queries", reason="pg_stat_statements is in none of the databases", fix=_INSTALL
    )


def failure(error: psycopg.Error, session: Session, namespace: str) -> Failed | Skipped:
    """The account of a view that could not be read."""
    said = session.login.clean(str(error)) or type(error).__name__
    ref = Ref(namespace, "")
    if isinstance(error, psycopg.errors.ObjectNotInPrerequisiteState):  # installed, and not loaded
        return Skipped(ref=ref, part="queries", reason=said, fix=_INSTALL)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        fix = f"GRANT pg_read_all_stats TO {quoted(session.login.who)}"
        return Skipped(ref=ref, part="queries", reason=said, fix=fix)
    return Failed(ref=ref, part="queries", call="read pg_stat_statements", error=said, fix="raise `statement_timeout`")


def capability(session: Session) -> Capability | None:
    """Whether queries can be read in this database; None where the extension is not in it."""
    try:
        home = _home(session)
        if home is None:
            return None
        if not home.usage:
            closed = _closed(home, session, "")
            return Capability(name="queries", ok=False, detail=closed.reason, fix=closed.fix or "")
        session.all(_statement(home), _Counted, {"databases": []})
    except psycopg.Error as error:
        account = failure(error, session, "")
        said = account.reason if isinstance(account, Skipped) else account.error
        return Capability(name="queries", ok=False, detail=said, fix=account.fix or "")
    where = f"pg_stat_statements in {session.database}"
    if not home.reads_all:
        fix = f"GRANT pg_read_all_stats TO {quoted(session.login.who)}"
        return Capability(name="queries", ok=False, detail=f"{where}; those of other users are hidden", fix=fix)
    return Capability(name="queries", ok=True, detail=where)
