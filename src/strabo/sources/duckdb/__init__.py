"""DuckDB: the schemas, tables, views and macros of one database file."""

import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from strabo.errors import AccessDenied, StraboError, Unavailable, UsageError
from strabo.ingest.contracts import Capability
from strabo.kit.patterns import excluded_by
from strabo.model.naming import join
from strabo.model.records import Container, Filtered, Record, ScopeComplete
from strabo.model.ref import Ref
from strabo.sources.duckdb import queries
from strabo.sources.duckdb.listing import Listing, Schema
from strabo.sources.duckdb.listing import schemas as all_schemas


class DuckDbConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One DuckDB file."""

    path: str  # the file; "~" is the home directory
    namespace: str | None = None  # of its names; without it, `duckdb://` and the absolute path
    schemas: tuple[str, ...] = ()  # patterns of schema names: `sales_*`, or a regular expression between slashes
    exclude_schemas: tuple[str, ...] = ()  # patterns of those to leave out; they win over `schemas`
    routines: bool = True  # list the macros and triggers


class DuckDbSource:
    """Schemas of one DuckDB file in name order; in each its tables and views, its macros, its triggers.

    A name is `database.schema.table`, the database being called as DuckDB calls it: by its file's name. A schema is a
    scope; so is the database when all its schemas were listed. The file is opened read only, with neither network,
    other files nor extensions within reach of what its views say.
    """

    def __init__(self, config: DuckDbConfig) -> None:
        """Raises UsageError for a path that is no file's; does not connect."""
        if config.path.startswith(":memory:") or not config.path:
            raise UsageError(
                "a database in memory belongs to the process that made it",
                where=f"path: {config.path!r}",
                fix="write it to a file: ATTACH 'copy.duckdb' AS copy; COPY FROM DATABASE memory TO copy",
            )
        self.config = config
        self._path = Path(os.path.abspath(os.path.expanduser(config.path)))  # noqa: PTH100, PTH111 Path keeps ".."
        self._namespace = config.namespace or f"duckdb://{self._path}"

    def read(self) -> Iterator[Record]:
        return self.read_rest(frozenset())

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        with self._errors(), closing(self._open()) as db:
            database, comment = _one(db, queries.DATABASE)
            schemas = all_schemas(db)
            yield Container(ref=self._ref(database), kind="database", comment=comment)
            left: list[Schema] = []
            for schema in schemas:
                ref = self._ref(database, *schema.path)
                rule = excluded_by(schema.name, self.config.schemas, self.config.exclude_schemas)
                if rule is not None:
                    yield Filtered(ref=ref, rule=f"schemas: {rule}")
                elif ref not in done:
                    left.append(schema)
            covers = yield from self._schemas(db, database, schemas, left) if left else _nothing()
            if len(left) == len(schemas):  # of what was not listed now, nothing may be said to be gone
                yield ScopeComplete(ref=self._ref(database), covers=("container", *sorted(covers)))

    def _schemas(
        self, db: duckdb.DuckDBPyConnection, database: str, schemas: Sequence[Schema], left: Sequence[Schema]
    ) -> Generator[Record, None, set[str]]:
        """The records of the schemas that are left; returns the tags of what was listed completely in all of them."""
        asked = {"dataset", "job"} if self.config.routines else {"dataset"}
        listed: dict[Schema, set[str]] = {}
        with Listing(db, self._namespace, database, schemas, left, routines=self.config.routines) as listing:
            for place, schema in enumerate(left):
                ref = self._ref(database, *schema.path)
                yield Container(ref=ref, comment=schema.comment)
                yield from listing.datasets(place, schema)
                listed[schema] = set(asked)
                if self.config.routines and not (yield from listing.routines(place, schema)):
                    listed[schema].discard("job")
                # What is in a nested schema lies in this one's scope, too.
                nested = [other for other in schemas if other.is_in(schema)]
                if all(other in listed for other in nested):
                    covers = listed[schema].intersection(*(listed[other] for other in nested))
                    yield ScopeComplete(ref=ref, covers=tuple(sorted(covers)))
        return asked.intersection(*listed.values())

    def check(self) -> Iterator[Capability]:
        """What may be read: whoever may open the file may read all of it."""
        with self._errors(), closing(self._open()) as db:
            for name, function in (
                ("tables", "duckdb_tables"),
                ("views", "duckdb_views"),
                ("columns", "duckdb_columns"),
                ("keys", "duckdb_constraints"),
                ("indexes", "duckdb_indexes"),
                ("macros", "duckdb_functions"),
                ("triggers", "duckdb_triggers"),
            ):
                internal = "not internal" if function in {"duckdb_tables", "duckdb_views"} else "true"
                try:
                    (count,) = _one(
                        db, f"select count(*) from {function}() where {internal} and database_name = current_database()"
                    )
                except duckdb.CatalogException:
                    yield Capability(
                        name=name, ok=False, detail="this DuckDB has none", fix="pip install --upgrade duckdb"
                    )
                else:
                    yield Capability(name=name, ok=True, detail=f"{count} listed")

    # --- opening ------------------------------------------------------------------------------------------------

    def _open(self) -> duckdb.DuckDBPyConnection:
        """A connection that can neither write nor leave the file. The caller closes it."""
        self._refuse_what_is_no_file()
        return duckdb.connect(
            str(self._path),
            read_only=True,
            config={
                "enable_external_access": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )

    def _refuse_what_is_no_file(self) -> None:
        where = str(self._path)
        try:
            with self._path.open("rb") as file:
                start = file.read(16)
        except ValueError as error:  # a zero byte
            raise UsageError(f"not a path: {error}", where=repr(self.config.path)) from error
        except FileNotFoundError as error:
            raise Unavailable(
                "no such file", where=where, fix="check `path`, and that the disk it is on is mounted"
            ) from error
        except IsADirectoryError as error:
            raise UsageError(
                "a directory, not a DuckDB file", where=where, fix="set `path` to the file itself"
            ) from error
        except PermissionError as error:
            raise AccessDenied("no right to read the file", where=where, fix=f"chmod +r {where!r}") from error
        except OSError as error:
            raise Unavailable(f"cannot open the file: {error.strerror}", where=where) from error
        if start == b"SQLite format 3\0":
            raise UsageError("a SQLite file, not a DuckDB file", where=where, fix="use the source `sqlite`")
        if start[8:12] != b"DUCK":  # https://duckdb.org/docs/stable/internals/storage
            raise UsageError("not a DuckDB file", where=where, fix="check `path`")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What DuckDB complains of, as the error that says what to do about it."""
        try:
            yield
        except duckdb.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: duckdb.Error) -> StraboError:
        where, what = str(self._path), str(error).splitlines()[0]
        if isinstance(error, duckdb.ConnectionException) and "different configuration" in what:
            return Unavailable(
                "this process has the file open for writing", where=where, fix="close that connection first"
            )
        if isinstance(error, duckdb.IOException) and "lock" in what.lower():
            holder = re.search(r"held in (.+?) \(PID (\d+)\)", what)
            return Unavailable(
                "another program has the file locked" + (f": {holder[1]}, process {holder[2]}" if holder else ""),
                where=where,
                fix="close that program, or read a copy of the file",
            )
        if isinstance(error, duckdb.SerializationException) or "version" in what.lower():
            return UsageError(
                f"this DuckDB ({duckdb.__version__}) cannot read the file: {what}",
                where=where,
                fix="pip install --upgrade duckdb",
            )
        return Unavailable(f"cannot read the file: {what}", where=where, fix="try to open it with the duckdb command")

    def _ref(self, *parts: str) -> Ref:
        return Ref(self._namespace, join(*parts))


def _nothing() -> Generator[Record, None, set[str]]:
    """No schema is left: the database as a whole says nothing about datasets either."""
    yield from ()
    return set()


def _one(db: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The one row of a query that always has one."""
    (row,) = db.execute(query).fetchall()
    return row
