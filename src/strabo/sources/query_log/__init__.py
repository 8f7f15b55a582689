"""Query logs: files of queries that ran, as databases and warehouses export them."""

import glob
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from strabo.errors import BadRecord, Unavailable, UsageError
from strabo.ingest.contracts import Capability
from strabo.kit.logged import Logged, QueryLog
from strabo.kit.patterns import excluded_by
from strabo.model import naming
from strabo.model.records import Failed, Record, Skipped
from strabo.model.ref import Ref
from strabo.sources.query_log import rows
from strabo.sources.query_log.lines import lines
from strabo.sql.dialects import NAMES, called, facts

__all__ = ["QueryLogConfig", "QueryLogSource"]

_SHAPES = 1000  # of lines of JSON that are remembered
_TELLS = 20  # lines of one file that could not be read and are told one by one; the rest is counted


class QueryLogConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files, what their columns mean, and where the tables are that the queries name."""

    path: str  # a file, or a pattern of files: "logs/*.csv.gz"; compressed when a name ends in .gz or .zst
    namespace: str  # of the tables, as the catalog has it: "postgres://db:5432"
    format: Literal["csv", "tsv", "jsonl"] | None = None  # None: by the file's name
    delimiter: str | None = None  # of CSV; a comma, or a tab for .tsv
    columns: dict[str, str] = {}  # what the log calls text, user, start, duration_ms, database, schema, count, error
    dialect: str | None = None  # of the SQL; None: that of the namespace's system
    database: str = ""  # of queries whose line names none
    schema: str = ""  # the same for the schema; none means the system's usual one
    mask_literals: bool = True  # false keeps what was typed into queries, customers' names among it
    exclude_users: tuple[str, ...] = ()  # patterns: "monitoring_*"
    max_queries: int = 200_000  # different ones; literals make no difference
    max_characters: int = 200_000  # of one query


class QueryLogSource:
    """For each query that differs in more than its literals: a job, how often it ran by day, when last, and its text.

    All files are read before the first record comes, for only then it is known how often a query ran. Queries that
    failed, where the log tells, moved nothing and are left out. No scope is closed: a log never lists all there is.
    """

    def __init__(self, config: QueryLogConfig) -> None:
        """Reads nothing. Raises UsageError for settings that cannot be meant."""
        self.config = config
        self.namespace = naming.normal_namespace(config.namespace)
        said = config.dialect or naming.platform(self.namespace)
        self.dialect = called(said)
        if not self.dialect:
            raise UsageError(
                f"the SQL dialect {said!r} is not known",
                where="query_log, dialect" if config.dialect else "query_log, namespace",
                fix=f"set `dialect` to one of {', '.join(NAMES)}",
            )
        if unknown := sorted(config.columns.keys() - rows.USUAL.keys()):
            raise UsageError(
                f"columns: {', '.join(unknown)} has no meaning here",
                where="query_log, columns",
                fix=f"say what the log calls {', '.join(rows.USUAL)}",
            )
        if config.delimiter is not None and len(config.delimiter) != 1:
            raise UsageError("a delimiter is one character", where="query_log, delimiter", fix='delimiter: ";"')

    def read(self) -> Iterator[Record]:
        log = QueryLog(
            self.namespace,
            self.dialect,
            mask=self.config.mask_literals,
            most=self.config.max_queries,
            longest=self.config.max_characters,
        )
        for path in self._paths():
            yield from self._file(path, log)
        yield from log.records()

    def check(self) -> Iterator[Capability]:
        """Whether each file opens, and which of its columns hold what."""
        for path in self._paths():
            first = next((row for row in self._rows(path) if row.fields is not None), None)
            if first is None or first.fields is None:
                yield Capability(name=str(path), ok=True, detail="it holds no queries")
                continue
            found = rows.chosen(first.fields, self.config.columns, str(path))
            said = ", ".join(f"{meaning}: {name}" for meaning, name in sorted(found.items()))
            yield Capability(name=str(path), ok=True, detail=said)

    def _paths(self) -> list[Path]:
        spelled = str(Path(self.config.path).expanduser())
        if Path(spelled).exists():
            return [Path(spelled)]
        found = [Path(name) for name in sorted(glob.glob(spelled, recursive=True))]  # noqa: PTH207 absolute ones too
        if not found:
            raise Unavailable("no such log file", where=spelled, fix="check `path`")
        return found

    def _rows(self, path: Path) -> Iterator[rows.Row]:
        kind = self.config.format or _kind(path)
        if kind == "jsonl":
            return rows.of_json(lines(path))
        return rows.of_csv(lines(path), self.config.delimiter or ("\t" if kind == "tsv" else ","), str(path))

    def _file(self, path: Path, log: QueryLog) -> Iterator[Record]:
        ref = Ref("file", str(path.absolute()))
        reading = _Reading(self.config, self.dialect, str(path), datetime.fromtimestamp(path.stat().st_mtime, UTC))
        bad = excluded = failed = 0
        for row in self._rows(path):
            try:
                one = reading.logged(row)
            except BadRecord as error:
                bad += 1
                if bad <= _TELLS:
                    yield Failed(ref=ref, part=f"line {row.line}", call="read query", error=error.what)
                continue
            if one is None:
                failed += 1
            elif self.config.exclude_users and excluded_by(one.user, (), self.config.exclude_users):
                excluded += 1
            else:
                log.add(one)
        yield from _left_out(ref, bad - _TELLS, failed, excluded)


class _Reading:
    """The rows of one file, as queries. `written`: when a query ran whose row does not tell."""

    def __init__(self, config: QueryLogConfig, dialect: str, where: str, written: datetime) -> None:
        self._config, self._dialect, self._where, self._written = config, dialect, where, written
        self._chosen: dict[tuple[str, ...], dict[str, str]] = {}  # by the fields that a row has

    def logged(self, row: rows.Row) -> Logged | None:
        """None for a query that failed. Raises BadRecord; UsageError where the first row has nothing of a query."""
        if row.fields is None:
            raise BadRecord(row.why)
        found, fields = self._columns(row.fields), row.fields

        def of(meaning: str) -> Any:
            return fields.get(found.get(meaning, ""))

        if rows.text(of("error")):
            return None
        said = of("text")
        if not isinstance(said, str) or not said.strip():
            raise BadRecord("it has no text of a query")
        database = rows.text(of("database")) or self._config.database
        schema = rows.text(of("schema")) or self._config.schema
        count = rows.number(of("count"), "the count")
        return Logged(
            text=said,
            database=database,
            search_path=_search_path(self._dialect, database, schema),
            user=rows.text(of("user")),
            at=rows.moment(of("start")) or self._written,
            duration_ms=rows.number(of("duration_ms"), "the duration"),
            count=1 if count is None else max(0, int(count)),
        )

    def _columns(self, fields: Mapping[str, Any]) -> dict[str, str]:
        there = tuple(fields)
        found = self._chosen.get(there)
        if found is None:
            if self._chosen:  # lines of JSON leave out what they do not know
                found = rows.usual(there, self._config.columns)
            else:
                found = rows.chosen(there, self._config.columns, self._where)
            if len(self._chosen) < _SHAPES:
                self._chosen[there] = found
        return found


def _left_out(ref: Ref, bad: int, failed: int, excluded: int) -> Iterator[Skipped]:
    for count, why in (
        (bad, "more lines could not be read"),
        (failed, "queries that failed"),
        (excluded, "queries of users that are left out"),
    ):
        if count > 0:
            yield Skipped(ref=ref, part="queries", reason=f"{count:,} {why}")


def _kind(path: Path) -> Literal["csv", "tsv", "jsonl"]:
    suffixes: Iterable[str] = [s.lower() for s in path.suffixes if s.lower() not in {".gz", ".zst"}]
    last = next(iter(reversed(list(suffixes))), "")
    return "jsonl" if last in {".jsonl", ".ndjson", ".json"} else "tsv" if last in {".tsv", ".tab"} else "csv"


def _search_path(dialect: str, database: str, schema: str) -> tuple[str, ...]:
    """Where a name that lacks parts is looked up: () where the log does not tell, and names are whole."""
    said = facts(dialect)
    if dialect == "sqlite":  # its main database has no name in the catalog
        return (naming.join(schema),) if schema and schema.lower() != said.default_schema else ()
    if said.parts < 3:  # a database is a schema there
        inner = schema or database or said.default_schema
        return (naming.join(inner),) if inner else ()
    if not database and not schema:
        return ()
    schema = schema or said.default_schema
    return (naming.join(*(part for part in (database, schema) if part)),)
