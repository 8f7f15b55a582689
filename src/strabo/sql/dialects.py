"""What is so in one dialect and not in another, in one table.

How names compare: PostgreSQL 4.1.1, MySQL 9.2.3, Oracle "Database Object Names and Qualifiers", Snowflake "Identifier
requirements", BigQuery "Case sensitivity", ClickHouse "Syntax: identifiers", Db2 "SQL identifiers", Teradata
"Object names"; SQLite, DuckDB, SQL Server (by its usual collation), Spark, Hive, Trino and the others treat quoted and
plain names alike, regardless of case.
"""

from collections.abc import Callable
from functools import lru_cache

import msgspec

Fold = Callable[[str, bool], str]  # a name, and whether it was quoted -> its key


class Case(msgspec.Struct, frozen=True):
    """The keys of one dialect: of tables and their containers, of columns, and of the aliases of tables."""

    table: Fold
    column: Fold
    alias: Fold
    renames: bool  # whether a plain name is stored folded: `AS Foo` makes foo in postgres, Foo in duckdb


def lower(name: str) -> str:
    """ASCII letters only, as the engines do: folding more would make two objects one."""
    return name.lower() if name.isascii() else "".join(c.lower() if c < "\x80" else c for c in name)


def _upper(name: str) -> str:
    return name.upper() if name.isascii() else "".join(c.upper() if c < "\x80" else c for c in name)


def _exact(name: str, _: bool) -> str:
    return name


@lru_cache(maxsize=1 << 16)  # the same few names come again and again
def _any(name: str, _: bool) -> str:
    return lower(name)


@lru_cache(maxsize=1 << 16)
def _any_letter(name: str, _: bool) -> str:
    return name.lower()


@lru_cache(maxsize=1 << 16)
def _down(name: str, quoted: bool) -> str:
    return name if quoted else lower(name)


@lru_cache(maxsize=1 << 16)
def _up(name: str, quoted: bool) -> str:
    return name if quoted else _upper(name)


class Plain(dict[str, str]):
    """The keys of names that nobody quoted, by name: most names are met again and again."""

    def __init__(self, fold: Fold) -> None:
        super().__init__()
        self._fold = fold

    def __missing__(self, name: str) -> str:
        if len(self) >= _MOST_NAMES:
            self.clear()
        key = self[name] = self._fold(name, False)
        return key


_MOST_NAMES = 1 << 16


@lru_cache(maxsize=64)
def plain(fold: Fold) -> Plain:
    """One for each way to fold."""
    return Plain(fold)


ANY = Case(_any, _any, _any, renames=False)
DOWN = Case(_down, _down, _down, renames=True)
UP = Case(_up, _up, _up, renames=True)
EXACT = Case(_exact, _exact, _exact, renames=False)
MYSQL = Case(_exact, _any_letter, _exact, renames=False)  # its columns fold every alphabet
BIGQUERY = Case(_exact, _any, _any, renames=False)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect. What is left out is as in standard SQL."""

    parser: str | None = None  # sqlglot's name of it, or of its nearest kin; None: the same name
    case: Case = ANY
    quotes: str = '""'  # of identifiers, each an opening and a closing character
    default_schema: str = ""  # where a table is made and found if nobody says where; "" where the session tells
    parts: int = 3  # of a full table name: database, schema, table
    alias_first: bool = False  # whether an output's alias hides a column of that name in the same SELECT
    laterals: bool = False  # whether an output may use the alias of one before it
    merged_in_place: bool = False  # USING leaves the merged column where the left table has it, not in front
    recursive_unsaid: bool = False  # a query of WITH may name itself without the word RECURSIVE
    fields: bool = False  # `a.b` may be the field b of the column a
    comma_joins: bool = False  # a comma in FROM binds no weaker than JOIN: an ON sees all tables before it
    lateral_from: bool = False  # a subquery in FROM sees the tables before it without the word LATERAL
    files: bool = False  # a quoted table name in FROM is a file
    values: tuple[int, str] = (1, "column")  # what columns of VALUES are called: the first number, and the word
    hidden: frozenset[str] = frozenset()  # columns that every table has without declaring them
    puts_by_name: bool = False  # INSERT without a list pairs columns by their names
    targets_bare: bool = False  # what SET assigns to has no table before it: `a.b` is the field b of the column a
    named_partitions: bool = False  # PARTITION (p) of a table names partitions, not columns
    temporary: str = ""  # what the name of a temporary table begins with
    nothing: frozenset[tuple[str, ...]] = frozenset()  # tables of one row that are there because FROM must be


_POSTGRES_HIDDEN = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_TSQL = Facts(quotes='[]""', default_schema="dbo", recursive_unsaid=True, temporary="#", hidden=frozenset({"$action"}))
_SPARK = Facts(
    quotes="``", default_schema="default", laterals=True, fields=True, values=(1, "col"),
    hidden=frozenset({"_metadata", "_change_type", "_commit_version", "_commit_timestamp"}),
)  # fmt: skip
_OF_FILES = frozenset({"$path", "$file_size", "$file_modified_time", "$partition", "$bucket"})
_TRINO = Facts(fields=True, values=(0, "_col"), hidden=_OF_FILES)
_DRUID = Facts(case=EXACT, quotes='""', default_schema="druid", parts=2, puts_by_name=True)
_MYSQL_KIN = Facts(
    case=MYSQL, quotes="``", parts=2, values=(0, "column_"), named_partitions=True,
    nothing=frozenset({("dual",), ("DUAL",)}),
)  # fmt: skip

FACTS: dict[str, Facts] = {
    "ansi": Facts(parser=""),
    "": Facts(),
    "athena": Facts(quotes='""``', fields=True, values=(0, "_col"), hidden=_OF_FILES),
    "bigquery": Facts(
        case=BIGQUERY, quotes="``", fields=True,
        hidden=frozenset({"_partitiontime", "_partitiondate", "_table_suffix", "_file_name"}),
    ),
    "clickhouse": Facts(
        case=EXACT, quotes='``""', default_schema="default", parts=2, alias_first=True, laterals=True, fields=True,
        hidden=frozenset({"_part", "_partition_id", "_path", "_file", "_table", "_part_index", "_sample_factor"}),
    ),
    "databricks": _SPARK,
    "db2": Facts(
        parser="", case=UP, recursive_unsaid=True, nothing=frozenset({("SYSIBM", "SYSDUMMY1"), ("SYSDUMMY1",)})
    ),
    "doris": _MYSQL_KIN,
    "druid": _DRUID,
    "duckdb": Facts(
        default_schema="main", laterals=True, merged_in_place=True, fields=True, comma_joins=True, lateral_from=True,
        files=True, values=(0, "col"), hidden=frozenset({"rowid", "merge_action"}),
    ),
    "exasol": Facts(case=UP, parts=2),
    "fabric": _TSQL,
    "hive": Facts(quotes="``", default_schema="default", parts=2, fields=True, values=(1, "col")),
    "materialize": Facts(case=DOWN, default_schema="public", hidden=_POSTGRES_HIDDEN),
    "mysql": _MYSQL_KIN,
    "oracle": Facts(
        case=UP, parts=2, recursive_unsaid=True, named_partitions=True,
        hidden=frozenset({"ROWID", "ROWNUM", "LEVEL", "ORA_ROWSCN", "CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE"}),
        nothing=frozenset({("DUAL",), ("SYS", "DUAL")}),
    ),
    "pinot": msgspec.structs.replace(
        _DRUID, parser="", default_schema="default", hidden=frozenset({"$docId", "$segmentName", "$hostName"})
    ),
    "postgres": Facts(case=DOWN, default_schema="public", targets_bare=True, hidden=_POSTGRES_HIDDEN),
    "presto": _TRINO,
    "redshift": Facts(
        default_schema="public", laterals=True, fields=True, temporary="#", hidden=frozenset({"$path", "$size"})
    ),
    "risingwave": Facts(case=DOWN, default_schema="public"),
    "singlestore": _MYSQL_KIN,
    "snowflake": Facts(
        case=UP, default_schema="PUBLIC", laterals=True, values=(1, "COLUMN"), fields=True,
        hidden=frozenset({"METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID"}), nothing=frozenset({("DUAL",)}),
    ),
    "spark": _SPARK,
    "spark2": msgspec.structs.replace(_SPARK, laterals=False),
    "sqlite": Facts(
        quotes='""``[]', default_schema="main", parts=2, merged_in_place=True, recursive_unsaid=True, comma_joins=True,
        hidden=frozenset({"rowid", "oid", "_rowid_"}),
    ),
    "starrocks": _MYSQL_KIN,
    "teradata": Facts(
        parts=2, laterals=True,
        hidden=frozenset({"date", "time", "user", "session", "database", "account", "profile", "role"}),  # functions
    ),
    "trino": _TRINO,
    "tsql": _TSQL,
    "vertica": Facts(parser="postgres", default_schema="public", hidden=frozenset({"epoch"})),
}  # fmt: skip

NAMES = tuple(sorted(name for name in FACTS if name))

# What else dialects are called: by drivers, platforms, other tools, and people.
_ALSO = {
    "alloydb": "postgres", "awsathena": "athena", "azuresql": "tsql", "bq": "bigquery", "cockroachdb": "postgres",
    "fabric-warehouse": "fabric", "googlesql": "bigquery", "greenplum": "postgres", "impala": "hive",
    "mariadb": "mysql", "mssql": "tsql", "pg": "postgres", "pgsql": "postgres", "plpgsql": "postgres",
    "plsql": "oracle", "postgresql": "postgres", "prestodb": "presto", "prestosql": "trino", "pyspark": "spark",
    "spark3": "spark", "sparksql": "spark", "sqlite3": "sqlite", "sqlserver": "tsql", "synapse": "tsql",
    "timescaledb": "postgres", "transact-sql": "tsql", "t-sql": "tsql", "yugabytedb": "postgres",
}  # fmt: skip

_OTHER = Facts()


def called(name: str) -> str:
    """A dialect's name in the table, by whatever it is called; "" for one that is not there."""
    name = name.strip().lower()
    name = _ALSO.get(name, name)
    return name if name in FACTS else ""


def facts(dialect: str) -> Facts:
    """What is known of a dialect; one that is not in the table is taken for standard SQL that ignores case."""
    return FACTS.get(dialect, _OTHER)
