"""Which idioms a dialect has that its parser does not read, or misreads, and what they are in words that it knows.

Each takes a statement's tokens and hands them back, as they are where it has nothing to say. What the parser misreads
is respelled before it; what it refuses after, so the usual statement pays for nothing.
"""

from collections.abc import Callable

from sqlglot.tokenizer_core import Token

from strabo.sql.idioms import db2, doris, druid, making, other, snowflake, vertica

_Idiom = Callable[[list[Token]], list[Token]]

# By dialect: a word without which the text has no such idiom, and the idiom.
_MISREAD: dict[str, tuple[tuple[str, _Idiom], ...]] = {
    "clickhouse": (("alter", other.mutations),),
    "databricks": (("identifier", snowflake.identifiers),),
    "db2": (("table", db2.lateral),),
    "doris": (("(", doris.files), ("replace", doris.statements), ("switch", doris.statements)),
    "druid": (("extern", druid.files),),
    "pinot": (("file", druid.loaded),),
    "snowflake": (("identifier", snowflake.identifiers),),
    "starrocks": (("(", doris.files), ("replace", doris.statements)),
}
_REFUSED: dict[str, tuple[_Idiom, ...]] = {
    "clickhouse": (other.united,),
    "databricks": (other.evolved,),
    "db2": (db2.statements, db2.clauses, db2.words, db2.export),
    "doris": (doris.statements, doris.clauses),
    "druid": (druid.statements,),
    "fabric": (other.output_into,),
    "oracle": (other.errors_logged,),
    "pinot": (druid.pinot,),
    "snowflake": (snowflake.statements,),
    "starrocks": (doris.statements, doris.clauses),
    "teradata": (other.phrases,),
    "tsql": (other.output_into,),
    "vertica": (vertica.statements, vertica.clauses),
}
_SAY_MINUS = frozenset({
    "databricks", "db2", "doris", "exasol", "hive", "redshift", "snowflake", "spark", "spark2", "starrocks", "teradata",
    "vertica",
})  # fmt: skip


def settled(tokens: list[Token], text: str, dialect: str) -> list[Token]:
    """The tokens with what the parser would misread in other words."""
    if "[" in text:
        tokens = other.fields(tokens)
    misread = _MISREAD.get(dialect)
    if misread is not None and tokens:
        lowered = text.lower()
        for word, idiom in misread:
            if word in lowered:
                tokens = idiom(tokens)
    return tokens


def respelled(tokens: list[Token], dialect: str) -> list[Token] | None:
    """A statement that the parser refused in other words; None where we know none."""
    found = tokens
    for idiom in _REFUSED.get(dialect, ()):
        found = idiom(found)
    if dialect in _SAY_MINUS:
        found = other.minus(found)
    found = making.made(found)
    return None if found is tokens or not found else found
