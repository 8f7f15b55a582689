"""What a column is called that nobody named, and which columns a pattern of names picks."""

import fnmatch
import re
from collections.abc import Callable

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
        return _figured(node, text) or "?column?"
    if dialect == "duckdb" and isinstance(node, e.Count) and isinstance(node.this, e.Star):
        return "count_star()"
    if dialect in {"sqlite", "mysql", "duckdb", "singlestore"} and text:
        return text
    return node.output_name or f"_col_{position}"


def _figured(node: e.Expr, text: str = "") -> str:
    """text: how the whole expression is written, where it begins with this part of it."""
    while isinstance(node, e.Paren | e.Filter | e.WithinGroup | e.Window | e.Bracket):
        node = node.this
    if isinstance(node, e.Column | e.Dot):
        return str(node.output_name)
    if isinstance(node, e.Cast):
        inner = _figured(node.this, text)
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
    if isinstance(node, e.Func) and not isinstance(node, e.Connector):
        if isinstance(node, e.Binary):  # most are operators
            return ""
        called = _CALL.match(text)  # the parser knows many functions by other names
        name = called[1].lower() if called is not None and called[1].lower() not in _CASTS else ""
        if not name and text.isidentifier():  # CURRENT_TIMESTAMP
            return text.lower()
        return _OWN.get(name, name) or _SPELLED.get(type(node).__name__) or node.sql_name().lower()
    return ""


_CALL = re.compile(r"(?:\w+\.)?(\w+)\s*\(")
_CASTS = frozenset({"cast", "try_cast"})
_OWN = {"trim": "btrim"}  # written in a way of its own, and named by what it runs

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


_LONGEST_PATTERN = 200  # characters: a longer one is no pattern of names, and might take for ever


def like(pattern: str, *, any_case: bool) -> Callable[[str], bool]:
    """The test that SQL's LIKE makes of a name."""
    written = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    compiled = re.compile(written, re.DOTALL | (re.IGNORECASE if any_case else 0))
    return lambda name: compiled.fullmatch(name) is not None


def picker(node: e.Expr) -> Callable[[str], bool] | None:
    """The test that COLUMNS(…) makes of names: a pattern found in them, a list, a lambda; None if not understood."""
    if isinstance(node, e.Literal) and node.is_string and len(node.name) <= _LONGEST_PATTERN:
        try:
            pattern = re.compile(node.name)
        except re.error:
            return None
        return lambda name: pattern.search(name) is not None
    if isinstance(node, e.Array) and all(isinstance(x, e.Literal) for x in node.expressions):
        names = {x.name.lower() for x in node.expressions}
        return lambda name: name.lower() in names
    if isinstance(node, e.Lambda) and len(node.expressions) == 1:
        return _test(node.this, node.expressions[0].name)
    return None


def _test(node: e.Expr, variable: str) -> Callable[[str], bool] | None:
    if isinstance(node, e.Paren):
        return _test(node.this, variable)
    if isinstance(node, e.Not):
        inner = _test(node.this, variable)
        return None if inner is None else lambda name: not inner(name)
    if isinstance(node, e.And | e.Or):
        one, other = _test(node.this, variable), _test(node.expression, variable)
        if one is None or other is None:
            return None
        both = isinstance(node, e.And)
        return lambda name: (one(name) and other(name)) if both else (one(name) or other(name))
    if not isinstance(node.this, e.Identifier | e.Column) or node.this.name != variable:
        return None
    return compared(node)


def compared(node: e.Expr) -> Callable[[str], bool] | None:
    """The test that a comparison with a string makes of the name at its left; None if not understood."""
    value = node.args.get("expression")
    if not isinstance(value, e.Literal) or not value.is_string or len(value.name) > _LONGEST_PATTERN:
        return None
    text = str(value.name)
    test: Callable[[str], bool]
    if isinstance(node, e.Like | e.ILike):
        test = like(text, any_case=isinstance(node, e.ILike))
    elif isinstance(node, e.Glob):
        test = re.compile(fnmatch.translate(text)).match  # type: ignore[assignment]
    elif isinstance(node, e.SimilarTo):
        try:
            test = re.compile(text).fullmatch  # type: ignore[assignment]
        except re.error:
            return None
    elif isinstance(node, e.EQ):
        return lambda name: name == text
    else:
        return None
    wanted = not node.args.get("negate")
    return lambda name: bool(test(name)) == wanted


def renamed(alias: str, many: e.Expr, name: str) -> str:
    r"""What DuckDB calls one of COLUMNS(…) AS 'x_\1': the number stands for what a group of the pattern found."""
    if "\\" not in alias:
        return alias
    pattern = many.this
    found = None
    if isinstance(pattern, e.Literal) and pattern.is_string and len(pattern.name) <= _LONGEST_PATTERN:
        found = re.search(pattern.name, name)

    def part(number: re.Match[str]) -> str:
        at = int(number[1])
        if found is None:
            return name if at == 0 else ""
        return (found[at] or "") if at <= (found.re.groups) else ""

    return re.sub(r"\\(\d)", part, alias)
