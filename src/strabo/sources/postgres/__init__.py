"""PostgreSQL: databases, schemas, tables and views with all that the catalog knows of them, routines, triggers."""

import re
from collections.abc import Iterator
from contextlib import closing

import psycopg

from strabo.errors import AccessDenied, StraboError, Unavailable, UsageError
from strabo.ingest.contracts import Capability
from strabo.model.naming import join
from strabo.model.records import Failed, Record, Skipped
from strabo.model.ref import Ref
from strabo.sources.postgres import queries, rows, statements
from strabo.sources.postgres.config import PostgresConfig, login
from strabo.sources.postgres.reading import Reading
from strabo.sources.postgres.session import Session, quoted

__all__ = ["PostgresConfig", "PostgresSource"]


class PostgresSource:
    """One server's databases in name order; in each its schemas, in each its tables and views, routines, triggers.

    Logs in read-only and reads the catalog alone, never a table. A schema is a scope, closed for datasets, and for
    jobs where routines are read; a database whose schemas were all listed is one too. Partitions and sequences are
    no datasets of their own, and what an extension brought is left out.
    """

    def __init__(self, config: PostgresConfig) -> None:
        """Raises UsageError for settings that contradict each other; does not connect."""
        self.config = config
        self.login = login(config)
        self.namespace = config.namespace or self.login.namespace

    def read(self) -> Iterator[Record]:
        return self.read_rest(frozenset())

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        databases = self._databases()
        yield from self._listed(databases, done)
        if self.config.queries:
            yield from self._queries([database.name for database in databases])

    def _listed(self, databases: list[rows.Database], done: frozenset[Ref]) -> Iterator[Record]:
        for database in databases:
            ref = Ref(self.namespace, join(database.name))
            if ref in done:
                continue
            if not database.connect:
                yield Skipped(
                    ref=ref,
                    reason=f"{self._user} may not connect to it",
                    fix=f"GRANT CONNECT ON DATABASE {quoted(database.name)} TO {self._user}",
                )
                continue
            try:
                session = self._session(database.name)
            except AccessDenied as error:
                yield Skipped(ref=ref, reason=error.what, fix=error.fix)
                continue
            except UsageError as error:  # it was there a moment ago, when the databases were listed
                yield Failed(
                    ref=ref,
                    call=f"connect to {database.name}",
                    error=f"the database vanished while the server was being read: {error.what}",
                    fix="run it again; if it is gone for good, take it out of `databases`",
                )
                continue
            with closing(session):
                yield from self._one(session, database, done)

    def check(self) -> Iterator[Capability]:
        """Per database, whether the login gets in, and what it may read there; then whether queries can be read."""
        databases = self._databases()
        yield from self._entered(databases)
        if self.config.queries:
            yield self._sees_queries([database.name for database in databases])

    def _entered(self, databases: list[rows.Database]) -> Iterator[Capability]:
        for database in databases:
            name = f"connect to {database.name}"
            if not database.connect:
                grant = f"GRANT CONNECT ON DATABASE {quoted(database.name)} TO {self._user}"
                yield Capability(name=name, ok=False, detail="no CONNECT on the database", fix=grant)
                continue
            try:
                session = self._session(database.name)
            except (AccessDenied, UsageError) as error:
                yield Capability(name=name, ok=False, detail=error.what, fix=error.fix)
                continue
            with closing(session):
                yield Capability(
                    name=name, ok=True, detail=f"PostgreSQL {session.version // 10000}.{session.version % 10000}"
                )
                yield from self._granted(session, database.name)

    def _queries(self, databases: list[str]) -> Iterator[Record]:
        """Those of these databases. The server counts them all in one place, which any database may show."""
        for session in self._looking(databases):
            try:
                found = statements.queries_of(session, self.namespace, databases)
            except psycopg.Error as error:
                yield statements.failure(error, session, self.namespace)
                return
            if found is not None:
                yield from found
                return
        yield statements.missing(self.namespace)

    def _sees_queries(self, databases: list[str]) -> Capability:
        for session in self._looking(databases):
            found = statements.capability(session)
            if found is not None:
                return found
        lacks = statements.missing(self.namespace)
        return Capability(name="queries", ok=False, detail=lacks.reason, fix=lacks.fix or "")

    def _looking(self, databases: list[str]) -> Iterator[Session]:
        """A session in each database that lets us in, one after the other."""
        for name in dict.fromkeys((*databases, self.login.database, "postgres")):
            try:
                session = self._session(name)
            except (AccessDenied, UsageError):
                continue
            with closing(session):
                yield session

    def _one(self, session: Session, database: rows.Database, done: frozenset[Ref]) -> Iterator[Record]:
        yield from Reading(self.config, session, self.namespace, database, done).records()
        if session.lost:  # accounted for; when the server itself is gone, the other databases are too
            self._first().close()

    @property
    def _user(self) -> str:
        return quoted(self.login.who)

    def _session(self, database: str) -> Session:
        return Session(self.login, database, statement_timeout=self.config.statement_timeout)

    def _first(self) -> Session:
        """A login to any database: which others there are, each of them knows."""
        first: StraboError | None = None
        for database in dict.fromkeys((self.login.database, *self.login.databases, "postgres", "template1")):
            try:
                return self._session(database)
            except (AccessDenied, UsageError) as error:
                first = first or error
                if isinstance(error, AccessDenied) and not re.search(r"for database|pg_hba\.conf", error.what):
                    break  # a wrong password is as wrong for the next one
        raise first or UsageError("no database to log in to", where=self.login.where)

    def _databases(self) -> list[rows.Database]:
        """Those to read. Raises UsageError for a configured one that is not there."""
        with closing(self._first()) as session:
            try:
                found = {d.name: d for d in session.all(queries.DATABASES, rows.Database)}
            except psycopg.Error as error:
                raise Unavailable(
                    f"the databases could not be listed: {self.login.clean(str(error))}",
                    where=self.login.where,
                    fix="raise `statement_timeout`, or try again",
                ) from None
        if not self.login.databases:
            return [d for d in found.values() if not d.template]
        if unknown := [name for name in self.login.databases if name not in found]:
            raise UsageError(
                f"no database {', '.join(map(repr, unknown))} on this server",
                where=self.login.where,
                fix=f"it has {', '.join(found)}",
            )
        return [found[name] for name in sorted(set(self.login.databases))]

    def _granted(self, session: Session, database: str) -> Iterator[Capability]:
        tables = sorted({t for needs in _NEEDS.values() for t in needs[0]})
        functions = sorted({f for needs in _NEEDS.values() for f in needs[1]})
        try:
            (grants,) = session.all(queries.GRANTS, rows.Grants, {"tables": tables, "functions": functions})
        except psycopg.Error as error:
            detail = self.login.clean(str(error))
            yield Capability(name=f"{database}: catalog", ok=False, detail=detail, fix="see the server's message")
            return
        closed = grants.closed or ()
        yield Capability(
            name=f"{database}: schemas",
            ok=not closed,
            detail=f"{grants.schemas - len(closed)} of {grants.schemas} schemas",
            fix=f"GRANT USAGE ON SCHEMA {', '.join(map(quoted, closed))} TO {self._user}" if closed else "",
        )
        hidden, refused = set(grants.hidden or ()), set(grants.refused or ())
        for name, (needed, called) in _NEEDS.items():
            if name == "routines" and not self.config.routines:
                continue
            grant = [f"GRANT SELECT ON pg_catalog.{t} TO {self._user}" for t in needed if t in hidden]
            grant += [f"GRANT EXECUTE ON FUNCTION pg_catalog.{f} TO {self._user}" for f in called if f in refused]
            yield Capability(name=f"{database}: {name}", ok=not grant, fix="; ".join(grant))


# What each kind of metadata needs: catalog tables to select from, functions to call.
_NEEDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tables and columns": (
        ("pg_class", "pg_attribute", "pg_type", "pg_attrdef", "pg_depend", "pg_inherits", "pg_partitioned_table"),
        ("format_type(oid,int4)", "pg_get_expr(pg_node_tree,oid)"),
    ),
    "keys and indexes": (("pg_constraint", "pg_index", "pg_am"), ("pg_get_indexdef(oid,int4,bool)",)),
    "view definitions": (("pg_rewrite",), ("pg_get_viewdef(oid)",)),
    "routines": (("pg_proc", "pg_trigger", "pg_language"), ("pg_get_functiondef(oid)", "pg_get_triggerdef(oid)")),
    "sizes": ((), ("pg_total_relation_size(regclass)",)),
    "row estimates": (("pg_class",), ()),
    "comments": (("pg_description", "pg_shdescription"), ("obj_description(oid,name)",)),
    "foreign tables": (("pg_foreign_table", "pg_foreign_server", "pg_foreign_data_wrapper"), ()),
}
