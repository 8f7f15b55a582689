"""Statements of procedural languages that do one thing: SET, OPEN, FETCH, EXECUTE, PREPARE, RETURN and their kin."""

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import TokenType

from strabo.sql.scripts import shapes
from strabo.sql.scripts.kin import MYSQL, SECTIONS, SPARK
from strabo.sql.scripts.steps import NOT, Assign, Cursor, Execute, Fetch, Prepare, Routine, Run, Sql, Step, Value
from strabo.sql.scripts.words import STRINGS, like, word_of

if TYPE_CHECKING:
    from strabo.sql.scripts.blocks import Reader

_SEMICOLON, _L = TokenType.SEMICOLON, TokenType.L_PAREN
_EQUALS = frozenset({TokenType.EQ, TokenType.COLON_EQ})
_QUERY = frozenset({"SELECT", "WITH", "VALUES", "FROM", "TABLE"})
_OF_DB2 = frozenset({"CURRENT", "SCHEMA", "PATH", "SESSION", "INTEGRITY", "PASSTHRU", "ROLE"})  # what SET sets there


def set_(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    dialect = reader.dialect
    tokens = reader.tokens[reader.at + 1 : reader.end()]
    if len(tokens) < 3 or dialect in SECTIONS - {"snowflake", "db2"}:
        return NOT
    if dialect == "db2" and (not reader.inside or word_of(tokens[0]) in _OF_DB2):
        return NOT
    if reader.tsql and tokens[0].token_type != TokenType.PARAMETER:
        if word_of(tokens[0]) != "TRANSACTION":
            return NOT
        reader.rest()
        return None
    if dialect in MYSQL and word_of(tokens[0]) in {"GLOBAL", "PERSIST", "NAMES", "CHARACTER", "TRANSACTION"}:
        return NOT
    reader.at += 1
    if dialect in SPARK and reader.word() in {"VAR", "VARIABLE"}:
        reader.at += 1
    tokens = reader.rest()
    if len(tokens) < 3:
        return NOT
    if tokens[0].token_type == _L:  # (a, b) = …
        close = shapes.closing(tokens, 0)
        if close + 1 < len(tokens) and tokens[close + 1].token_type == TokenType.EQ:
            return Assign(at, shapes.split(tokens[1:close]), shapes.bare(tokens[close + 2 :]))
        return NOT
    found: list[Step] = []
    for part in shapes.split(tokens) if dialect in MYSQL or dialect == "db2" else [tokens]:
        equals = next((i for i, t in enumerate(part[:8]) if t.token_type in _EQUALS), 0)
        if not equals:
            return NOT
        target = part[:equals]
        adds = target[-1].token_type in (TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH)
        value = part[equals + 1 :]
        if dialect == "snowflake" and not reader.inside:
            target = [like(target[0], TokenType.PARAMETER, "$"), *target]
        if reader.tsql and value and word_of(value[0]) == "CURSOR":
            words = [word_of(t) for t in value]
            begin = words.index("FOR") + 1 if "FOR" in words else len(value)
            found.append(Cursor(at, "@" + target[-1].text.lower(), value[begin:]))
            continue
        found.append(Assign(at, [target[:-1] if adds else target], value, adds=adds))
    return found


def open_(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    if "FOR" not in words:
        return None
    name = tokens[0].text.lower()
    query = tokens[words.index("FOR") + 1 :]
    if query and word_of(query[0]) == "EXECUTE":
        return Cursor(at, name, query[1:], dynamic=True)
    dynamic = bool(query) and word_of(query[0]) not in _QUERY and query[0].token_type != _L
    return Cursor(at, name, query, dynamic=dynamic)


def fetch(reader: "Reader") -> Step | list[Step] | None:
    if not reader.inside and not reader.tsql and reader.dialect not in {"bigquery", "snowflake"}:
        return NOT
    at = reader.tokens[reader.at].start
    reader.at += 1
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    into = next((i for i, word in enumerate(words) if word in {"INTO", "BULK COLLECT INTO"}), 0)
    before = tokens[:into]
    if not before:
        return None
    name = before[-1].text.lower()
    if len(before) > 1 and before[-2].token_type == TokenType.PARAMETER:
        name = "@" + name
    return Fetch(at, name, shapes.split(shapes.before(tokens[into + 1 :], "LIMIT")))


def get(reader: "Reader") -> Step | list[Step] | None:
    """GET DIAGNOSTICS a = …, b = …: what variables then hold is of no table. GET of Snowflake moves files."""
    if reader.word(1) not in {"DIAGNOSTICS", "CURRENT", "STACKED"}:
        return NOT
    at = reader.tokens[reader.at].start
    found: list[Step] = []
    for part in shapes.split(reader.rest()):
        target = shapes.before(part, kinds=tuple(_EQUALS))
        begin = len(target) - 1
        if begin > 0 and target[begin - 1].token_type == TokenType.PARAMETER:
            begin -= 1
        if begin >= 0 and len(target) < len(part):
            found.append(Assign(at, [target[begin:]], []))
    return found


def execute(reader: "Reader") -> Step | list[Step] | None:
    if reader.tsql:
        return _tsql_execute(reader)
    at = reader.tokens[reader.at].start
    start = reader.at
    reader.at += 1
    immediate = reader.take("IMMEDIATE")
    if not immediate and not (reader.inside and reader.dialect in {"postgres", "redshift", "vertica"}):
        tokens = reader.rest()
        if not tokens:
            return NOT
        values = shapes.after(tokens, "USING")
        if not values and len(tokens) > 2 and tokens[1].token_type == _L:
            values = tokens[2:-1]
        return Run(at, tokens[0].text.lower(), shapes.split(values), reader.tokens[start : reader.at])
    tokens = reader.rest()
    text = shapes.before(tokens, "INTO", "USING", "RETURNING", "BULK")
    rest = tokens[len(text) :]
    into = shapes.before(shapes.after(rest, "INTO"), "USING")
    given = shapes.split(shapes.before(shapes.after(rest, "USING"), "INTO", "RETURNING"))
    using = [part[1:] if part and word_of(part[0]) in {"IN", "OUT"} else part for part in given]
    if using and len(using) == 1 and using[0] and using[0][0].token_type == _L:
        using = shapes.split(shapes.bare(using[0]))  # Snowflake
    targets = [t[1:] if t and word_of(t[0]) == "STRICT" else t for t in shapes.split(into)]
    return Execute(at, text, targets, using)


def _tsql_execute(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    start = reader.at
    reader.at += 1
    tokens = reader.rest()
    if tokens and tokens[0].token_type == _L:
        return Execute(at, shapes.bare(tokens[: shapes.closing(tokens, 0) + 1]))
    name = shapes.before(tokens, "", kinds=(TokenType.COMMA, *STRINGS, TokenType.PARAMETER))
    if name and name[-1].text.lower() == "sp_executesql":
        parts = shapes.split(tokens[len(name) :])
        first = [shapes.after_equals(part) for part in parts[:2]]
        return Execute(at, first[0] if first else [], (), parts[2:], named=first[1] if len(first) > 1 else [])
    return Sql(reader.tokens[start : reader.at])


def prepare(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    if reader.dialect in MYSQL and "FROM" in words:
        return Prepare(at, tokens[0].text.lower(), tokens[words.index("FROM") + 1 :], dynamic=True)
    if "AS" in words:
        return Prepare(at, tokens[0].text.lower(), tokens[words.index("AS") + 1 :], dynamic=False)
    if "FROM" in words and tokens:  # Trino a statement; Db2 and Teradata text
        begin = words.index("FROM") + 1
        dynamic = begin < len(words) and words[begin] not in shapes.STARTS
        return Prepare(at, tokens[0].text.lower(), tokens[begin:], dynamic=dynamic)
    return NOT


def return_(reader: "Reader") -> Step | list[Step] | None:
    if not (reader.inside or reader.level > 1 or reader.tsql or reader.kind(1) in (None, _SEMICOLON)):
        return NOT
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.take("QUERY", "EXECUTE"):
        tokens = reader.rest()
        text = shapes.before(tokens, "USING")
        return Execute(at, text, (), shapes.split(shapes.after(tokens, "USING")), query=True)
    reader.take("QUERY")
    if reader.tsql and reader.word() in shapes.STARTS - {"SELECT", "WITH"}:
        return None  # nothing is returned, and the next statement begins
    next_ = reader.take("NEXT")
    tokens = reader.rest()
    inner = shapes.bare(tokens)
    if inner and word_of(inner[0]) in _QUERY - {"TABLE", "FROM"}:
        return Sql(inner)
    if word_of(tokens[0]) == "TABLE" if tokens else False:  # Snowflake: RETURN TABLE(rs)
        inner = shapes.bare(tokens[1:])
        if inner and word_of(inner[0]) in _QUERY:
            return Sql(inner)
    if next_ and tokens and not any(t.token_type == _L for t in tokens):
        return None
    return Value(tokens) if tokens else None


def call(reader: "Reader") -> Step | list[Step] | None:
    """Teradata's procedure that runs a text."""
    tokens = reader.tokens[reader.at + 1 : reader.end()]
    name = tokens[: next((at for at, token in enumerate(tokens) if token.token_type == _L), 0)]
    if reader.dialect != "teradata" or not name or word_of(name[-1]) not in {"SYSEXECSQL", "SYSEXECSQLV"}:
        return NOT
    at = reader.tokens[reader.at].start
    reader.rest()
    return Execute(at, shapes.bare(tokens[len(name) :]))


def async_(reader: "Reader") -> Step | list[Step] | None:
    """Snowflake: a statement that nobody waits for, in brackets; AWAIT waits for all of them."""
    if reader.dialect != "snowflake" or not reader.inside or reader.kind(1) != _L:
        return NOT
    reader.at += 1
    inner = shapes.bare(reader.rest())
    return Sql(inner) if inner else None


def perform(reader: "Reader") -> Step | list[Step] | None:
    if not reader.inside:
        return NOT
    first = reader.tokens[reader.at]
    reader.at += 1
    if reader.word() in shapes.STARTS:  # Vertica
        return reader.step()
    return Sql([like(first, TokenType.SELECT, "SELECT"), *reader.rest()], [[]], ours=True)


def do(reader: "Reader") -> Step | list[Step] | None:
    """PostgreSQL's DO, with a body in a string."""
    if reader.dialect not in {"postgres", "redshift", "vertica", "materialize", "risingwave"} or reader.inside:
        return NOT
    at = reader.tokens[reader.at].start
    start = reader.at
    reader.at += 1
    tokens = reader.rest()
    body = next((t for t in tokens if t.token_type in STRINGS), None)
    if body is None:
        return NOT
    routine = Routine(at, "DO", "", reader.tokens[start : reader.at])
    routine.language = "plpgsql"
    routine.quoted = body
    return routine
