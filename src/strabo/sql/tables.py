"""The base tables that one statement reads, and what it could not be told about them."""

from functools import lru_cache

from sqlglot import expressions as e

from strabo.model import naming
from strabo.sql.dialects import Case
from strabo.sql.errors import BROKEN
from strabo.sql.names import Parts, TableName
from strabo.sql.places import Written, spot
from strabo.sql.result import Read, Unknown
from strabo.sql.scope import Column
from strabo.sql.shape import path_of, spelling
from strabo.sql.text import place
from strabo.sql.working import Found, Working


class Context:
    """One statement's text and session; its base tables by number; its unknowns, each told once."""

    def __init__(self, written: Written, working: Working) -> None:
        self.written = written
        self.text = written.text
        self.working = working
        self.dialect = working.dialect
        self.parser = working.parser
        self.facts = working.facts
        self.rules: Case = working.rules
        # Whether an expression may stand for several outputs: DuckDB's and ClickHouse's COLUMNS(…); or for one by its
        # number: DuckDB's `#1`.
        self.many = self.dialect in {"duckdb", "clickhouse"} and (written.says("columns") or written.says("#"))
        # Whether a group may be a window of time, which has a name of its own: Spark's.
        self.windows = self.dialect in {"spark", "databricks"} and written.says("window")
        # Whether a name in FROM may be a file or a stage.
        self.has_files = self.dialect in {"duckdb", "snowflake", "spark", "spark2", "databricks", "hive"}
        self.reads: list[Read] = []
        self.found: list[Found | None] = []  # per table; None for what is a file
        self.keys: list[dict[str, str] | None] = []  # per table: column key -> name; None without a schema
        self.offered = list[dict[str, Column]]()  # per table: its columns by key, those that were asked for
        self.named: set[int] = set()  # tables that are read whatever else is done to them
        self.unknown: dict[Unknown, None] = {}
        self._numbers: dict[TableName, int] = {}
        self._called: dict[tuple[str, bool | None], TableName] = {}
        self._by_name: dict[Parts, int] = {}

        self.elsewhere = False  # whether what is resolved stands in a string, so that its places are not the text's

    def tell(self, reason: str, node: e.Expr) -> None:
        self.unknown.setdefault(Unknown(reason, *((0, 0) if self.elsewhere else spot(self.text, node))))

    def tell_at(self, reason: str, at: int) -> None:
        self.unknown.setdefault(Unknown(reason, *place(self.text, at)))

    def quoted(self, node: e.Expr, inside: int = 0, after: int = 0) -> str:
        """An output's expression as it is written; "" where it can be neither found nor generated."""
        found = None if self.elsewhere else self.written.expression(node, inside, after)
        if found is not None:
            return found
        return self.generated(node.this if isinstance(node, e.Alias) else node)

    def generated(self, node: e.Expr) -> str:
        """A value's text, as the parser writes it; "" where it cannot: people read it, the edges do not need it."""
        try:
            return str(node.sql(dialect=self.parser))
        except (*BROKEN, RecursionError):
            return ""

    def called(self, table: e.Expr) -> TableName:
        """A table's name as it is written; for one part, the same value each time."""
        args = table.args
        inner = args["this"]
        if args.get("db") is not None or type(inner) is not e.Identifier:
            path = path_of(table)
            return TableName(tuple(map(spelling, path)), tuple([bool(i.args.get("quoted")) for i in path]))
        own = inner.args
        if "temporary" in own or "global_" in own:
            return TableName((spelling(inner),), (bool(own.get("quoted")),))
        written = own["this"], own.get("quoted")
        name = self._called.get(written)
        if name is None:
            name = self._called[written] = TableName((written[0],), (bool(written[1]),))
        return name

    def number(self, name: TableName, node: e.Expr) -> int:
        """The table's index in `reads`; asks the schemas for it the first time."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = self.add(
                self.working.find(name), naming.join(*(part for part in name.parts if part)), node
            )
        return found

    def add(self, found: Found, called: str, node: e.Expr) -> int:
        """The index of a table that was found, of which it is told what is not known."""
        at = self._by_name.get(found.name)
        if at is not None:  # another spelling of one table
            return at
        if found.guessed:
            self.tell(f"no schema for {called}", node)
        elif found.columns is None:
            self.tell(f"no columns are known of {called}", node)
        return self._add(Read(found.name, found.guessed, found.temporary), found.columns, found)

    def file(self, location: str) -> int:
        """The index of a file, a folder or a stage that is read."""
        at = self._by_name.get((location,))
        if at is not None:
            return at
        table = self.working.schemas(TableName((location,), (True,)))
        if table is None:
            return self._add(Read((location,), location=location), None)
        return self._add(Read(table.name, location=location), table.columns)

    def _add(self, read: Read, columns: tuple[str, ...] | None, found: Found | None = None) -> int:
        self.reads.append(read)
        self.found.append(found)
        self.keys.append(None if columns is None else keys_of(columns, self.rules))
        self.offered.append({})
        self._by_name[read.table] = len(self.reads) - 1
        return len(self.reads) - 1


@lru_cache(maxsize=4096)
def keys_of(columns: tuple[str, ...], rules: Case) -> dict[str, str]:
    """Column key -> name; shared by all statements that read a table of these columns, so nobody may change it."""
    keys: dict[str, str] = {}
    for column in columns:
        keys.setdefault(rules.column(column, True), column)
    return keys
