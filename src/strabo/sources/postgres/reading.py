"""One database, read once: its schemas in name order, each with its relations, routines and triggers."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import errors

from strabo.kit.patterns import excluded_by
from strabo.model.records import Failed, Filtered, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref
from strabo.sources.postgres import queries, rows
from strabo.sources.postgres.config import PostgresConfig
from strabo.sources.postgres.records import Records
from strabo.sources.postgres.session import Item, Key, Session, Stream, quoted
from strabo.sources.postgres.types import Types

_BEFORE_14 = 140000  # servers that write 0 rows for "never counted"

# What is missing where the login may not call the function that prints it.
_PRINTED = {
    "pg_get_expr": "defaults, bounds of partitions and conditions of indexes",
    "pg_get_viewdef": "view definitions",
    "pg_get_indexdef": "expressions of indexes",
    "pg_total_relation_size": "sizes",
    "pg_get_functiondef": "routine definitions",
    "pg_get_triggerdef": "trigger definitions",
}


class _Part(msgspec.Struct):
    """One kind of thing that a schema holds."""

    name: str  # "tables and views"
    covers: str  # the tag of its records
    withheld: str  # what a row lacks that the server would not print in full
    stream: Stream[Any]
    records: Callable[[Key, Any], Iterator[Record]]
    ref: Callable[[Key], Ref]
    over: bool = False  # it broke: what came before is listed, what would follow is not


class Reading:
    """What a session finds in its database."""

    def __init__(
        self, config: PostgresConfig, session: Session, namespace: str, database: rows.Database, done: frozenset[Ref]
    ) -> None:
        self._config, self._session, self._database, self._done = config, session, database, done
        self._records = Records(namespace, database.name, Types(()))
        self._namespace = namespace
        self._user = quoted(session.login.who)

    def records(self) -> Iterator[Record]:
        """All of it. What breaks is accounted for; after a lost connection nothing follows."""
        yield self._records.database(self._database)
        try:
            yield from self._schemas()
        except psycopg.Error as error:
            call = "read the catalog" if self._session.lost else "list schemas and types"
            yield self._trouble(error, call, self._records.ref())

    def _schemas(self) -> Iterator[Record]:
        whole = True
        left: list[rows.Schema] = []
        for schema in self._session.all(queries.SCHEMAS, rows.Schema, {"system": self._config.include_system}):
            ref = self._records.ref(schema.name)
            rule = excluded_by(schema.name, self._config.schemas, self._config.exclude_schemas)
            if rule is not None:
                yield Filtered(ref=ref, rule=f"schemas: {rule}")
            elif ref not in self._done:
                left.append(schema)
                continue
            whole = False  # of what was not listed now, nothing may be said to be gone
        covered = {"container", "dataset", "job"} if self._config.routines else {"container", "dataset"}
        if left:
            parts = yield from self._parts([schema.id for schema in left])
            for schema in left:
                covered &= {"container"} | (yield from self._schema(schema, parts))
        if whole and "dataset" in covered:
            yield ScopeComplete(ref=self._records.ref(), covers=tuple(sorted(covered)))

    def _parts(self, schemas: list[int]) -> Generator[Record, None, list[_Part]]:
        """The long queries, none of them begun; and what they lean on, read. Accounts for functions it may not call."""
        records = self._records = Records(
            self._namespace, self._database.name, Types(self._session.all(queries.TYPES, rows.Type))
        )
        obstacles = self._obstacles()
        refused = [name.partition("(")[0] for name in obstacles.refused or ()]
        for name in refused:
            yield Skipped(
                ref=records.ref(),
                part=_PRINTED[name],
                reason=f"{self._user} may not call {name}",
                fix=f"GRANT EXECUTE ON FUNCTION pg_catalog.{queries.PRINTERS[name]} TO {self._user}",
            )
        parameters = {
            "schemas": schemas,
            "blocked": list(obstacles.blocked or ()),
            "system": self._config.include_system,
            "old": self._session.version < _BEFORE_14,
        }

        def stream(name: str, sql: str, kind: type[Any]) -> Stream[Any]:
            return Stream(self._session, name, queries.without(sql, refused), kind, parameters)

        parts = [
            _Part(
                name="tables and views",
                covers="dataset",
                withheld="definition, defaults and sizes",
                stream=stream("relations", queries.RELATIONS, rows.Relation),
                records=lambda key, row: records.relation(key[0], key[1], row),
                ref=lambda key: records.ref(key[0], key[1]),
            )
        ]
        if self._config.routines:
            parts += [
                _Part(
                    name="routines",
                    covers="job",
                    withheld="definition",
                    stream=stream("routines", queries.ROUTINES, rows.Routine),
                    records=lambda key, row: records.routine(*key, row),
                    ref=lambda key: records.routine_ref(*key),
                ),
                _Part(
                    name="triggers",
                    covers="job",
                    withheld="definition",
                    stream=stream("triggers", queries.TRIGGERS, rows.Trigger),
                    records=lambda key, row: records.trigger(*key, row),
                    ref=lambda key: records.ref(*key),
                ),
            ]
        return parts

    def _obstacles(self) -> rows.Obstacles:
        """What to go round; nothing where the server does not show its locks, for waiting has a limit too."""
        functions = {"functions": list(queries.PRINTERS.values())}
        try:
            return self._session.all(queries.OBSTACLES, rows.Obstacles, functions)[0]
        except errors.InsufficientPrivilege:
            return rows.Obstacles(None, None)

    def _schema(self, schema: rows.Schema, parts: Sequence[_Part]) -> Generator[Record, None, set[str]]:
        """One schema's records; returns the tags of what was listed completely."""
        ref = self._records.ref(schema.name)
        yield self._records.schema(schema)
        if not schema.usage:
            yield Skipped(
                ref=ref,
                part="rows",
                reason=f"{self._user} has no USAGE on the schema: the catalog was read, the rows stay closed",
                fix=f"GRANT USAGE ON SCHEMA {quoted(schema.name)} TO {self._user}",
            )
        covered = {part.covers for part in parts}
        for part in parts:
            if part.over or not (yield from self._listed(part, schema.name)):
                covered.discard(part.covers)
        if covered:
            yield ScopeComplete(ref=ref, covers=tuple(sorted(covered)))
        return covered

    def _listed(self, part: _Part, schema: str) -> Generator[Record, None, bool]:
        """One kind of thing in one schema; returns whether nothing of it failed."""
        sound = True
        try:
            for item in part.stream.of(schema):
                yield from part.records(item.key, item.row)
                if item.row.withheld:
                    account = self._withheld(part, item)
                    sound = sound and not isinstance(account, Failed)
                    yield account
        except psycopg.Error as error:
            if self._session.lost:
                raise
            part.over, sound = True, False
            yield self._trouble(error, f"list {part.name}", self._records.ref(), part.name)
        return sound

    def _withheld(self, part: _Part, item: Item[Any]) -> Skipped | Failed:
        ref = part.ref(item.key)
        if item.trouble is not None:
            return self._trouble(item.trouble, f"print {part.withheld}", ref, part.withheld)
        return Skipped(
            ref=ref,
            part=part.withheld,
            reason="another session holds an exclusive lock on it, or on a table that it reads",
            fix="run again when that session is done",
        )

    def _trouble(self, error: psycopg.Error, call: str, ref: Ref, part: str | None = None) -> Skipped | Failed:
        """The account of an error: a missing grant is a reason outside the run."""
        said = self._session.login.clean(str(error)) or type(error).__name__
        if isinstance(error, errors.InsufficientPrivilege):
            return Skipped(ref=ref, part=part, reason=f"{call}: {said}", fix=self._grant(said))
        if self._session.lost:
            fix = "run again; if it happens again, the server's log tells why it ended the session"
        elif isinstance(error, errors.QueryCanceled):
            fix = "raise `statement_timeout`, or read fewer `schemas`"
        elif isinstance(error, errors.LockNotAvailable):
            fix = "run again when no other session holds an exclusive lock"
        else:
            fix = "run again; if it happens again, the server's log tells more"
        return Failed(ref=ref, part=part, call=call, error=said, fix=fix)

    def _grant(self, said: str) -> str:
        found = re.search(r"permission denied for (table|view|relation|function) (\w+)", said)
        if found is None:
            return f"grant {self._user} what the server says is missing; `strabo test` lists it"
        what, name = found.groups()
        if what == "function":
            return f"GRANT EXECUTE ON FUNCTION pg_catalog.{name} TO {self._user}"
        return f"GRANT SELECT ON pg_catalog.{name} TO {self._user}"
