"""Databases of a MySQL or MariaDB server: tables, views, what they hold, and the code that is kept beside them."""

from collections.abc import Iterator
from difflib import get_close_matches

from strabo.ingest.contracts import Capability
from strabo.kit.patterns import excluded_by
from strabo.model.naming import join
from strabo.model.records import Container, Failed, Filtered, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref
from strabo.sources.mysql import statements
from strabo.sources.mysql.check import capabilities
from strabo.sources.mysql.config import MySqlConfig, namespace_of, resolved
from strabo.sources.mysql.grants import Rights
from strabo.sources.mysql.listing import datasets, jobs
from strabo.sources.mysql.queries import SYSTEM_SCHEMAS, SchemaRow, schemas
from strabo.sources.mysql.wire import Session

_WILD = frozenset("*?[]/")


class MySqlSource:
    """The databases of one server in name order; in each, first its tables and views, then its code.

    A database is read with ten catalog queries at most, each answer whole before the next one is asked for, and
    then given out; nothing is held open on the server meanwhile. It is one scope.
    """

    def __init__(self, config: MySqlConfig) -> None:
        """Connects to nothing. Raises UsageError for a URL that is none."""
        self.config = resolved(config)
        self.namespace = namespace_of(self.config)

    def read(self) -> Iterator[Record]:
        return self.read_rest(frozenset())

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        """Raises Unavailable when the connection is lost on the way: databases given out whole are complete then."""
        with Session(self.config) as session:
            rights = session.rights()
            found = _databases(session)
            yield from self._unseen(found, rights)
            for row in found:
                ref = Ref(self.namespace, join(row.name))
                rule = excluded_by(row.name, self.config.databases, self.config.exclude_databases)
                if rule is not None:
                    yield Filtered(ref=ref, rule=rule)
                elif ref not in done:
                    yield from self._database(session, rights, ref, row)
            if self.config.queries is not None:
                yield from statements.queries_of(session, rights, self.namespace, self.config.queries, self._wanted)

    def check(self) -> Iterator[Capability]:
        with Session(self.config) as session:
            found = _databases(session)
            wanted = [
                row.name
                for row in found
                if excluded_by(row.name, self.config.databases, self.config.exclude_databases) is None
            ]
            missing = unseen(self.config.databases, [row.name for row in found])
            rights = session.rights()
            yield from capabilities(session, rights, wanted, missing, routines=self.config.routines)
            if self.config.queries is not None:
                yield statements.capability(session, rights, self.config.queries)

    def _wanted(self, database: str) -> bool:
        if database.lower() in SYSTEM_SCHEMAS:
            return False
        return excluded_by(database, self.config.databases, self.config.exclude_databases) is None

    def _database(self, session: Session, rights: Rights, ref: Ref, row: SchemaRow) -> Iterator[Record]:
        yield Container(ref=ref, kind="database", comment=row.comment or None)
        covers = []
        if (yield from datasets(session, rights, ref, row.name)):
            if rights.sees_tables(row.name):
                covers.append("dataset")
            else:
                yield Skipped(
                    ref=ref,
                    part="complete list of tables",
                    reason="the login is granted single tables, so that one it does not see may still be there",
                    fix=rights.grant("SELECT, SHOW VIEW", row.name),
                )
        if self.config.routines and (yield from jobs(session, rights, ref, row.name)):
            if lacks := rights.missing_for_jobs(session.server, row.name):
                yield Skipped(
                    ref=ref,
                    part="procedures, triggers, events",
                    reason="the login does not see those of other people",
                    fix="; ".join(lacks),
                )
            else:
                covers.append("job")
        if covers:
            yield ScopeComplete(ref=ref, covers=tuple(covers))

    def _unseen(self, found: list[SchemaRow], rights: Rights) -> Iterator[Failed]:
        names = [row.name for row in found]
        for name, guess in unseen(self.config.databases, names):
            yield Failed(
                ref=Ref(self.namespace, join(name)),
                call="information_schema.schemata",
                error=f"the login sees no database {name!r}",
                fix=f"did you mean {guess!r}?" if guess else rights.grant("SELECT, SHOW VIEW", name),
            )


def unseen(patterns: tuple[str, ...], names: list[str]) -> list[tuple[str, str | None]]:
    """The databases that a config names outright and the login does not see, each with the name that may be meant."""
    by_fold = {name.lower(): name for name in names}
    plain = [pattern for pattern in patterns if not _WILD & set(pattern) and pattern not in names]
    return [
        (name, next((by_fold[close] for close in get_close_matches(name.lower(), by_fold, n=1)), None))
        for name in plain
    ]


def _databases(session: Session) -> list[SchemaRow]:
    with session.rows(schemas(session.server)) as rows:
        return [row for row in rows if row.name.lower() not in SYSTEM_SCHEMAS]


__all__ = ["MySqlConfig", "MySqlSource"]
