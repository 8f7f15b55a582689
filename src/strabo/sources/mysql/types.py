"""What MySQL and MariaDB write about a column, read: its small type, an enum's values, its default."""

import re

from strabo.model.records import CanonicalType

# DATA_TYPE -> the small type. https://dev.mysql.com/doc/refman/8.4/en/data-types.html and MariaDB's own types.
_KINDS: dict[str, CanonicalType] = {
    "tinyint": "integer", "smallint": "integer", "mediumint": "integer", "int": "integer", "integer": "integer",
    "bigint": "integer", "year": "integer", "decimal": "decimal", "numeric": "decimal", "float": "float",
    "double": "float", "real": "float", "bit": "bit", "char": "text", "varchar": "text", "tinytext": "text",
    "text": "text", "mediumtext": "text", "longtext": "text", "nchar": "text", "nvarchar": "text", "binary": "binary",
    "varbinary": "binary", "tinyblob": "binary", "blob": "binary", "mediumblob": "binary", "longblob": "binary",
    "date": "date", "time": "time", "datetime": "timestamp", "timestamp": "timestamp", "json": "json", "enum": "enum",
    "set": "enum", "geometry": "geometry", "point": "geometry", "linestring": "geometry", "polygon": "geometry",
    "multipoint": "geometry", "multilinestring": "geometry", "multipolygon": "geometry",
    "geometrycollection": "geometry",
    "geomcollection": "geometry", "uuid": "uuid", "inet4": "network", "inet6": "network", "vector": "vector",
    "xmltype": "xml",
}  # fmt: skip

_BOOLEAN = re.compile(r"tinyint\(1\)(?! unsigned)")  # what BOOL and BOOLEAN become
_VALUE = re.compile(r"'((?:[^'\\]|''|\\.)*)'(,|\)|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"''|\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b"}
_NUMERIC: frozenset[CanonicalType] = frozenset({"integer", "decimal", "float", "boolean"})
_NOW = re.compile(r"(?:CURRENT_TIMESTAMP|NOW|LOCALTIME|LOCALTIMESTAMP)(?:\(\d*\))?", re.IGNORECASE)
_LITERAL = re.compile(r"[bx]'[0-9a-f]*'|0x[0-9a-f]+", re.IGNORECASE)
_JSON_CHECK = re.compile(r"\(*json_valid\(`((?:[^`]|``)+)`\)\)*(?: and .*)?", re.IGNORECASE | re.DOTALL)
_UPDATED = re.compile(r"on update \S+", re.IGNORECASE)


def kind_of(data_type: str | None, column_type: str | None) -> CanonicalType:
    """The small type of a column; "unknown" for a type of a plugin that nobody here has heard of."""
    if _BOOLEAN.match(column_type or ""):
        return "boolean"
    return _KINDS.get((data_type or "").lower(), "unknown")


def values_of(column_type: str | None) -> tuple[str, ...]:
    """The values of `enum('a','it''s')` or of a set; () for any other type.

    The server doubles quotes and writes backslash, line end and NUL with a backslash.
    """
    head, found, rest = (column_type or "").partition("(")
    if not found or head.lower() not in {"enum", "set"}:
        return ()
    values, at = [], 0
    while match := _VALUE.match(rest, at):
        values.append(_ESCAPE.sub(_unescape, match[1]))
        at = match.end()
    return tuple(values)


def default_of(default: str | None, extra: str | None, kind: CanonicalType, *, maria: bool) -> str | None:
    """The default as an expression of SQL, spelled alike for both servers; None where there is none.

    MariaDB writes expressions (`'a'`, `NULL`, `current_timestamp()`); MySQL writes a constant bare and marks an
    expression in EXTRA. What the column becomes on each update stands behind it.
    """
    expression = default
    if default is not None and maria:
        expression = None if default == "NULL" else default
    elif default is not None and not _is_expression(default, extra, kind):
        expression = "'" + default.replace("\\", "\\\\").replace("'", "''") + "'"
    elif default is not None and "DEFAULT_GENERATED" in (extra or ""):
        expression = unescaped(default)
    if updated := _UPDATED.search(extra or ""):
        return f"{expression or 'NULL'} {updated[0]}"
    return expression


def generated_of(expression: str | None, *, maria: bool) -> str | None:
    """The expression of a computed column; None for one that is stored as given."""
    if not expression:
        return None
    return expression if maria else unescaped(expression)


def unescaped(expression: str) -> str:
    r"""An expression of MySQL 8's catalog as it was written: quotes are stored there as `\'`."""
    return expression.replace("\\'", "'")


def json_column(clause: str | None) -> str | None:
    """The column that a check makes a JSON column on MariaDB, whose JSON is a longtext with json_valid()."""
    found = _JSON_CHECK.fullmatch(clause or "")
    return found[1].replace("``", "`") if found else None


def _is_expression(default: str, extra: str | None, kind: CanonicalType) -> bool:
    if kind in _NUMERIC or "DEFAULT_GENERATED" in (extra or "") or _LITERAL.fullmatch(default):
        return True
    return kind == "timestamp" and _NOW.fullmatch(default) is not None


def _unescape(match: re.Match[str]) -> str:
    escaped = match[1]
    return "'" if escaped is None else _ESCAPED.get(escaped, escaped)
