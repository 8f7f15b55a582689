"""How each dialect compares identifiers, and where it looks for a table.

A name is compared by its key: two spellings with one key are one object. What the catalog lists is keyed as if it
were quoted, for it is spelled exactly. Sources: PostgreSQL 4.1.1, MySQL 9.2.3, Snowflake "Identifier
requirements", SQLite and DuckDB treat quoted and plain identifiers alike, regardless of case.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from strabo.model import naming

Parts = tuple[str, ...]
Fold = Callable[[str, bool], str]  # a name, and whether it was quoted -> its key
Rule = Literal["exact", "any", "down", "up"]


class Case(msgspec.Struct, frozen=True):
    """The keys of one dialect: of tables and their containers, of columns, and of the aliases of tables."""

    table: Fold
    column: Fold
    alias: Fold
    renames: bool  # whether a plain name is stored folded: `AS Foo` makes foo in postgres, Foo in duckdb


def _lower(name: str) -> str:
    # ASCII only, as the engines do: folding more would make two objects one.
    return name.lower() if name.isascii() else "".join(c.lower() if c < "\x80" else c for c in name)


def _upper(name: str) -> str:
    return name.upper() if name.isascii() else "".join(c.upper() if c < "\x80" else c for c in name)


def _exact(name: str, _: bool) -> str:
    return name


@lru_cache(maxsize=1 << 16)  # the same few names come again and again
def _any(name: str, _: bool) -> str:
    return _lower(name)


@lru_cache(maxsize=1 << 16)
def _any_letter(name: str, _: bool) -> str:
    return name.lower()


@lru_cache(maxsize=1 << 16)
def _down(name: str, quoted: bool) -> str:
    return name if quoted else _lower(name)


@lru_cache(maxsize=1 << 16)
def _up(name: str, quoted: bool) -> str:
    return name if quoted else _upper(name)


_ANY = Case(_any, _any, _any, renames=False)
_DOWN = Case(_down, _down, _down, renames=True)
_UP = Case(_up, _up, _up, renames=True)
_EXACT = Case(_exact, _exact, _exact, renames=False)
_MYSQL = Case(_exact, _any_letter, _exact, renames=False)  # its columns fold every alphabet

CASES = {
    "bigquery": Case(_exact, _any, _any, renames=False),
    "clickhouse": _EXACT,
    "db2": _UP,
    "doris": _MYSQL,
    "exasol": _UP,
    "materialize": _DOWN,
    "mysql": _MYSQL,
    "oracle": _UP,
    "postgres": _DOWN,
    "redshift": _ANY,
    "risingwave": _DOWN,
    "singlestore": _MYSQL,
    "snowflake": _UP,
    "starrocks": _MYSQL,
}

# Dialects that put the merged columns of USING where the left table has them; the others put them first, as the
# standard says.
MERGED_IN_PLACE = frozenset({"sqlite", "duckdb"})

# Dialects in which a query of WITH may name itself without the word RECURSIVE.
RECURSIVE_UNSAID = frozenset({"sqlite", "tsql", "fabric", "oracle"})

# Columns that every table of a dialect has without declaring them.
HIDDEN_COLUMNS = {
    "sqlite": frozenset({"rowid", "oid", "_rowid_"}),
    "duckdb": frozenset({"rowid"}),
    "postgres": frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}),
    "oracle": frozenset({"ROWID", "ROWNUM", "LEVEL"}),
    "bigquery": frozenset({"_partitiontime", "_partitiondate", "_table_suffix", "_file_name"}),
}


def case(dialect: str) -> Case:
    """The case rules of a dialect; any that is not known here compares regardless of case, as most do."""
    return CASES.get(dialect, _ANY)


@lru_cache(maxsize=256)
def _prefixes(search_path: tuple[str, ...]) -> tuple[Parts, ...]:
    return tuple(tuple(naming.split(p)) if p else () for p in search_path) or ((),)


def candidates(parts: Parts, quoted: tuple[bool, ...], search_path: Sequence[str], dialect: str) -> list["TableName"]:
    """The full names that a name may mean, likeliest first; never empty.

    A prefix of the search path lends a name the leading parts that it lacks: under `shop.public`, `orders` is
    `shop.public.orders`, `audit.log` is `shop.audit.log` and a name of three parts stays as it is.
    """
    found: list[TableName] = []
    for prefix in _prefixes(tuple(search_path)):
        lent = prefix[: max(0, len(prefix) + 1 - len(parts))]
        name = TableName(lent + parts, (True,) * len(lent) + quoted)
        if name not in found:
            found.append(name)
    if len(parts) == 2:
        if dialect == "sqlite" and _lower(parts[0]) == "main":
            found.append(TableName(parts[1:], quoted[1:]))
        elif dialect == "duckdb":  # `db.table` stands for `db.main.table`
            found.append(TableName((parts[0], "main", parts[1]), (quoted[0], True, quoted[1])))
    return found


class TableName(msgspec.Struct, frozen=True):
    """A table as a statement names it: its parts, outermost first, and which of them were quoted."""

    parts: Parts
    quoted: tuple[bool, ...]

    def key(self, rules: Case) -> Parts:
        return tuple(rules.table(part, quoted) for part, quoted in zip(self.parts, self.quoted, strict=True))

    def spelled(self, rules: Case) -> Parts:
        """The parts as the dialect stores them: folded where it folds, as written elsewhere."""
        return self.key(rules) if rules.renames else self.parts
