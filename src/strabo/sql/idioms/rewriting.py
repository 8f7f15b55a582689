"""Which idioms a dialect has that its parser does not read, or misreads, and what they are in words that it knows.

Each takes a statement's tokens and hands them back, as they are where it has nothing to say. What the parser misreads
is respelled before it; what it refuses after, so the usual statement pays for nothing.
"""

from collections.abc import Callable

from sqlglot.tokenizer_core import Token

from strabo.sql.idioms import (
    bound,
    clickhouse,
    databricks,
    db2,
    doris,
    druid,
    duckdb,
    making,
    mysql,
    other,
    postgres,
    snowflake,
    sqlite,
    teradata,
    through,
    tsql,
    vertica,
)

_Idiom = Callable[[list[Token]], list[Token]]

# By dialect: a word without which the text has no such idiom, and the idiom.
_MISREAD: dict[str, tuple[tuple[str, _Idiom], ...]] = {
    "clickhouse": (
        ("alter", other.mutations),
        ("cluster", clickhouse.tables),
        ("dictionary", clickhouse.tables),
        ("infile", clickhouse.from_files),
    ),
    "databricks": (("identifier", snowflake.identifiers),),
    "db2": (("table", db2.lateral), ("delete", through.changed)),
    "doris": (("(", doris.files), ("replace", doris.statements), ("switch", doris.statements)),
    "druid": (("extern", druid.files), ("table", druid.sources)),
    "duckdb": (("merge", duckdb.merged),),
    "fabric": (("output", other.output), ("open", tsql.files)),
    "mysql": (("using", mysql.deleted), (".*", mysql.deleted)),
    "oracle": (("delete", through.changed),),
    "pinot": (("file", druid.loaded),),
    "singlestore": (("using", mysql.deleted),),
    "snowflake": (("identifier", snowflake.identifiers),),
    "spark": (("identifier", snowflake.identifiers),),
    "starrocks": (("(", doris.files), ("replace", doris.statements)),
    "teradata": (("(", teradata.phrases), ("ins", teradata.inserted), ("all", teradata.all_of)),
    "tsql": (("output", other.output), ("open", tsql.files)),
}
_REFUSED: dict[str, tuple[_Idiom, ...]] = {
    "ansi": (bound.numbered, postgres.clauses),
    "clickhouse": (other.united, clickhouse.cloned, clickhouse.given),
    "databricks": (databricks.evolved, databricks.statements, databricks.windows),
    "db2": (db2.statements, db2.clauses, db2.words, db2.export, through.changed, through.put_in, bound.numbered),
    "doris": (doris.statements, doris.clauses),
    "druid": (druid.unloaded, druid.statements),
    "fabric": (other.hints, tsql.copied),
    "mysql": (mysql.deleted, mysql.defaults, mysql.made, mysql.altered),
    "oracle": (
        other.errors_logged,
        other.partitions,
        through.changed,
        through.put_in,
        bound.numbered,
        bound.substitutions,
    ),
    "pinot": (druid.pinot,),
    "postgres": (postgres.clauses, postgres.foreign, bound.of_psql),
    "redshift": (postgres.clauses, bound.of_psql),
    "snowflake": (snowflake.statements, bound.numbered, bound.substitutions),
    "spark": (databricks.evolved, databricks.windows),
    "sqlite": (sqlite.virtual,),
    "starrocks": (doris.statements, doris.clauses),
    "teradata": (teradata.clauses,),
    "tsql": (other.hints, tsql.copied),
    "vertica": (vertica.statements, vertica.clauses),
}
_SAY_MINUS = frozenset({
    "databricks", "db2", "doris", "exasol", "hive", "redshift", "snowflake", "spark", "spark2", "starrocks", "teradata",
    "vertica",
})  # fmt: skip


def misread(text: str, dialect: str) -> tuple[_Idiom, ...]:
    """The idioms that a text may have and that the parser would misread: looked for once, in all of it."""
    found: list[_Idiom] = [other.fields] if "[" in text else []
    known = _MISREAD.get(dialect)
    if known is not None:
        lowered = text.lower()
        found += [idiom for word, idiom in known if word in lowered and idiom not in found]
    return tuple(found)


def respelled(tokens: list[Token], dialect: str) -> list[Token] | None:
    """A statement that the parser refused in other words; None where we know none."""
    found = tokens
    for idiom in _REFUSED.get(dialect, ()):
        found = idiom(found)
    if dialect in _SAY_MINUS:
        found = other.minus(found)
    found = making.made(postgres.unnested(postgres.arrays(found)))
    return None if found is tokens or not found else found
