"""What a column is called that nobody named."""

from sqlglot import expressions as e

_TYPES = {
    "int": "int4",
    "bigint": "int8",
    "smallint": "int2",
    "boolean": "bool",
    "double": "float8",
    "decimal": "numeric",
}
_POSTGRES_KIN = frozenset({"postgres", "redshift", "materialize", "risingwave"})


def name_of(node: e.Expr, text: str, dialect: str, position: int) -> str:
    """The name that the engine gives an expression without an alias.

    PostgreSQL names it by its outermost function (FigureColname in its sources); SQLite, MySQL and DuckDB by its
    text. Elsewhere the parser's guess, or `_col_N`, counted from 0.
    """
    if dialect in _POSTGRES_KIN:
        return _figured(node) or "?column?"
    if dialect in {"sqlite", "mysql", "duckdb", "singlestore"} and text:
        return text
    return node.output_name or f"_col_{position}"


def _figured(node: e.Expr) -> str:
    while isinstance(node, e.Paren | e.Filter | e.WithinGroup | e.Window):
        node = node.this
    if isinstance(node, e.Column | e.Dot):
        return str(node.output_name)
    if isinstance(node, e.Cast):
        inner = _figured(node.this)
        if inner:
            return inner
        to = node.to.sql("postgres").partition("(")[0].lower()
        return _TYPES.get(to, to)
    if isinstance(node, e.Case):
        default = node.args.get("default")
        return (_figured(default) if isinstance(default, e.Column) else "") or "case"
    if isinstance(node, e.Subquery):
        first = next(iter(node.this.selects), None) if isinstance(node.this, e.Query) else None
        return "" if first is None else str(first.alias) or _figured(first)
    if isinstance(node, e.Exists):
        return "exists"
    if isinstance(node, e.Array):
        return "array"
    if isinstance(node, e.Anonymous):
        return node.name.lower()
    if isinstance(node, e.Func) and not isinstance(node, e.Binary | e.Connector):
        return _SPELLED.get(type(node).__name__) or node.sql_name().lower()
    return ""


# Functions that the parser knows by another name than PostgreSQL does.
_SPELLED = {
    "LogicalOr": "bool_or",
    "LogicalAnd": "bool_and",
    "GroupConcat": "string_agg",
    "Substring": "substring",
    "TimestampTrunc": "date_trunc",
    "CurrentTimestamp": "now",
    "Stddev": "stddev",
    "JSONArrayAgg": "json_agg",
    "ToChar": "to_char",
    "Extract": "extract",
}
