"""The base tables that one statement reads, and what it could not be told about them."""

from collections.abc import Sequence
from functools import lru_cache

from sqlglot import expressions as e

from strabo.model import naming
from strabo.sql.names import Case, Parts, TableName, candidates, case
from strabo.sql.parse import BROKEN
from strabo.sql.places import Written, spot
from strabo.sql.result import Read, Schemas, Unknown


class Context:
    """One statement's text, dialect and schemas; its base tables by number; its unknowns, each told once."""

    def __init__(self, written: Written, dialect: str, schemas: Schemas, search_path: Sequence[str]) -> None:
        self.written = written
        self.text = text = written.text
        self.dialect = dialect
        self.rules: Case = case(dialect)
        self.schemas = schemas
        self.search_path = tuple(search_path)
        # Whether an expression may stand for several outputs: DuckDB's and ClickHouse's COLUMNS(…).
        self.many = dialect in {"duckdb", "clickhouse"} and "columns" in text.lower()
        self.reads: list[Read] = []
        self.keys: list[dict[str, str] | None] = []  # per table: column key -> name; None without a schema
        self.unknown: dict[Unknown, None] = {}
        self._numbers: dict[TableName, int] = {}
        self._by_name: dict[Parts, int] = {}

    def tell(self, reason: str, node: e.Expr) -> None:
        self.unknown.setdefault(Unknown(reason, *spot(self.text, node)))

    def quoted(self, node: e.Expr, inside: int = 0, after: int = 0) -> str:
        """An output's expression as it is written; "" where it can be neither found nor generated."""
        found = self.written.expression(node, inside, after)
        if found is not None:
            return found
        body = node.this if isinstance(node, e.Alias) else node
        try:
            return body.sql(dialect=self.dialect)
        except (*BROKEN, RecursionError):
            return ""  # a text for people to read; the edges do not need it

    def number(self, name: TableName, node: e.Expr) -> int:
        """The table's index in `reads`; asks the schemas for it the first time."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = self._look_up(name, node)
        return found

    def _look_up(self, name: TableName, node: e.Expr) -> int:
        tried = candidates(name.parts, name.quoted, self.search_path, self.dialect)
        for candidate in tried:
            table = self.schemas(candidate)
            if table is not None:
                if table.columns is None:
                    self.tell(f"no columns are known of {naming.join(*name.parts)}", node)
                return self._add(Read(table.name), table.columns)
        self.tell(f"no schema for {naming.join(*name.parts)}", node)
        return self._add(Read(tried[0].spelled(self.rules), guessed=True), None)

    def _add(self, read: Read, columns: tuple[str, ...] | None) -> int:
        if read.table in self._by_name:  # another spelling of one table
            return self._by_name[read.table]
        self.reads.append(read)
        self.keys.append(None if columns is None else _keys(columns, self.rules))
        self._by_name[read.table] = len(self.reads) - 1
        return len(self.reads) - 1


@lru_cache(maxsize=4096)
def _keys(columns: tuple[str, ...], rules: Case) -> dict[str, str]:
    """Column key -> name; shared by all statements that read a table of these columns, so nobody may change it."""
    keys: dict[str, str] = {}
    for column in columns:
        keys.setdefault(rules.column(column, True), column)
    return keys
