"""SQL without its literals: what people typed into a query stays out of the catalog.

A scanner, no parser: it takes text that was cut off, or that no parser reads, and errs on the side of taking out.
"""

import re
from functools import lru_cache

# Dialects in which "…" is a text and not a name; a server may be set to the opposite, and then a name is lost.
_TEXTS_IN_DOUBLE_QUOTES = frozenset({
    "bigquery", "databricks", "doris", "hive", "mysql", "singlestore", "spark", "spark2", "starrocks",
})  # fmt: skip
_BACKSLASHES = _TEXTS_IN_DOUBLE_QUOTES | {"clickhouse", "snowflake"}
_NAMES_IN_BRACKETS = frozenset({"fabric", "sqlite", "tsql"})
_DOLLAR_QUOTES = frozenset({"", "duckdb", "materialize", "postgres", "redshift", "risingwave", "snowflake", "vertica"})
_NAMES_FROM_DIGITS = frozenset({"doris", "mysql", "singlestore", "starrocks"})  # `2020_orders` without any quotes
_HASH_COMMENTS = frozenset({"bigquery", "doris", "mysql", "singlestore", "starrocks"})

# A place of data is no secret, and tells where it came from; what follows a ? in it, or a password, may be one.
_PLACE = re.compile(
    r"(?:(?:s3[an]?|gs|gcs|hdfs|dbfs|file|oss|cosn?|az|adl)://[^?@#]+|(?:abfss?|wasbs?)://[^?#:]+|@[\w./%~-]+)\Z",
    re.IGNORECASE,
)
_BEFORE_A_PLACE = frozenset({"from", "to", "into", "infile", "inpath", "outfile", "location", "directory"})
_ENDS_BY = frozenset({
    "having", "limit", "offset", "qualify", "union", "intersect", "except", "select", "from", "where", "rows", "range",
    "fetch", "window", "with", "for", "into",
})  # fmt: skip
_HOLDS_CODE = frozenset({"create", "alter", "do", "replace"})

# Most queries of a log differ from one before in plain literals alone. These are put right first, which is quick, and
# what comes out is remembered; not of texts in which a quote may not begin a text.
_SHORT = 4_000  # characters
_ODD = re.compile(r"--|/\*|[#\\\[]|\$(?!\d)|://|'@|\'\'\'|\"\"\"")
_PLAIN = re.compile(
    r"""\"(?:[^"]|"")*(?:\"|\Z)|`(?:[^`]|``)*(?:`|\Z)|'(?:[^']|'')*(?:'|\Z)|(?<![\w.$:@])\d{3,}(?![\w.])"""
)

_LISTED = r"(?:-?\s*0|'\?'|\?|\$\d+|%s)"
_IN = re.compile(rf"(\bin\s*\(\s*{_LISTED})(?:\s*,\s*{_LISTED})+\s*\)", re.IGNORECASE)
_VALUES = re.compile(r"\bvalues?\s*(?=\()", re.IGNORECASE)
_PIECE = re.compile(r"""'[^']*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[()]|\s+|[^\s()'"`]+|.""", re.DOTALL)
_NEXT_ROW = re.compile(r"\s*,\s*(?=\()")
# A row of nothing but these is like any other such row of its statement.
_CONSTANT = re.compile(rf"\((?:{_LISTED}|[:@]\w+|null|default|true|false|[\s,+-])*\)\Z", re.IGNORECASE)


def masked(text: str, dialect: str) -> str:
    """The statement with '?' for every text and 0 for every number, on one line, without comments and last semicolon.

    Lists of IN and rows of VALUES become one item each, so that however many there were makes no difference. What
    stays: numbers that stand for an output column (GROUP BY 1), places of data (FROM 's3://bucket/path'), hints.
    """
    if len(text) > _SHORT or _ODD.search(text) is not None:
        return _masked(text, dialect)
    return _remembered(_PLAIN.sub(_alike, text), dialect)


@lru_cache(maxsize=8_192)
def _remembered(text: str, dialect: str) -> str:
    return _masked(text, dialect)


def _masked(text: str, dialect: str) -> str:
    return _one_row(_IN.sub(r"\1)", _scan(text, dialect))).strip(" ;")


def _alike(found: re.Match[str]) -> str:
    """A name as it is; in place of any text or number one that is masked as it would be."""
    piece = found.group()
    return piece if piece[0] in '"`' else "'?'" if piece[0] == "'" else "000"


def one_line(text: str) -> str:
    """The statement as it is, but for blanks and the last semicolon: what is kept when nothing is to be masked."""
    return text.strip().rstrip(";").rstrip()


@lru_cache(maxsize=64)
def _tokens(dialect: str) -> re.Pattern[str]:
    escaped = r"|\\." if dialect in _BACKSLASHES else ""
    plain = r"\\" if dialect in _BACKSLASHES else ""
    kinds = [
        ("hint", r"/\*\+.*?(?:\*/|\Z)"),
        ("comment", r"--[^\n]*|/\*.*?(?:\*/|\Z)" + (r"|\#[^\n]*" if dialect in _HASH_COMMENTS else "")),
    ]
    if dialect in _DOLLAR_QUOTES:
        kinds.append(("dollar", r"\$(?P<tag>[^\W\d]\w*|)\$(?P<inner>.*?)(?:\$(?P=tag)\$|\Z)"))
    texts = [rf"[nNbBxXrRuU]?&?'(?:[^'{plain}]|''{escaped})*(?:'|\Z)", r"[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)"]
    if dialect == "bigquery":
        texts = [r"[rRbB]{0,2}'''.*?(?:'''|\Z)", r'[rRbB]{0,2}""".*?(?:"""|\Z)', *texts]
    if dialect in _TEXTS_IN_DOUBLE_QUOTES:
        texts.append(rf'[rRbB]?"(?:[^"{plain}]|""{escaped})*(?:"|\Z)')
    kinds += [("text", "|".join(texts)), ("quoted", r'"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z)')]
    if dialect in _NAMES_IN_BRACKETS:
        kinds.append(("bracketed", r"\[[^\]]*\]"))
    kinds += [
        ("holder", r"\$\d+|[:@]{1,2}[\w$]+|%\(\w+\)s|%s"),
        ("word", r"[^\W\d][\w$#]*" + (r"|(?!0[xXbB]|\d+[eE]\d)\d+[^\W\d]\w*" if dialect in _NAMES_FROM_DIGITS else "")),
        ("number", r"(?:\d\w*(?:\.(?!\.)\w*)?|(?<!\.)\.\d\w*)(?:(?<=[eE])[+-]?\d+)?"),  # 1..9 are two
        ("blank", r"\s+"),
        ("other", r"."),
    ]
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in kinds), re.DOTALL)


def _scan(text: str, dialect: str) -> str:
    parts: list[str] = []
    first = before = word = ""  # the statement's first word; the piece before; the last word
    depth = 0
    by = -1  # how deep in brackets the BY is whose list this may be
    for found in _tokens(dialect).finditer(text):
        kind, piece = found.lastgroup or "", found.group()
        if kind in {"tag", "inner"}:
            kind = "dollar"
        if kind in {"blank", "comment"}:
            if parts and parts[-1] != " ":
                parts.append(" ")
            continue
        if kind == "word":
            word = piece.lower()
            first = first or word
            if word == "by":
                by = depth
            elif word in _ENDS_BY and depth <= by:
                by = -1
        elif kind == "text":
            piece = piece if _is_place(piece, before, word) else "'?'"
        elif kind == "dollar":
            tag = found.group("tag")
            inside = _scan(found.group("inner"), dialect) if first in _HOLDS_CODE else None
            piece = "'?'" if inside is None else f"${tag}${inside}${tag}$"
        elif kind == "number":
            ordinal = len(piece) <= 2 and (before == "by" or (before == "," and by == depth))
            piece = piece if ordinal else "0"
        elif piece == "(":
            depth += 1
        elif piece == ")":
            depth -= 1
            by = -1 if by > depth else by
        elif piece == ";":
            by = -1
        before = piece.lower() if kind == "word" else piece
        parts.append(piece)
    return "".join(parts)


def _one_row(text: str) -> str:
    """The text with rows of VALUES left out that are spelled like one before them, or hold constants like it."""
    parts: list[str] = []
    at = 0
    while (values := _VALUES.search(text, at)) is not None:
        parts.append(text[at : values.end()])
        at = values.end()
        seen: set[str] = set()
        comma = ""
        while True:
            end = _row_end(text, at)
            if end is None:  # the text was cut off: there is nothing more to find
                return "".join((*parts, comma, text[at:]))
            row = text[at:end]
            spelled = "()" if _CONSTANT.match(row) else "".join(row.split())
            if spelled not in seen:
                parts += (comma, row)
                seen.add(spelled)
            at, comma = end, ""
            more = _NEXT_ROW.match(text, at)
            if more is None:
                break
            at, comma = more.end(), more.group()
    parts.append(text[at:])
    return "".join(parts)


def _row_end(text: str, at: int) -> int | None:
    """Where the brackets close that open here; None when they never do."""
    depth = 0
    for piece in _PIECE.finditer(text, at):
        if piece.group() == "(":
            depth += 1
        elif piece.group() == ")":
            depth -= 1
            if not depth:
                return piece.end()
    return None


def _is_place(token: str, before: str, word: str) -> bool:
    quote = token[-1]
    inner = token[:-1].rpartition(quote)[2] if token.count(quote) == 2 else ""
    if not inner or _PLACE.match(inner) is None:
        return False
    return before in _BEFORE_A_PLACE or (before == "(" and word not in {"in", "values"})
