"""The tables of a statement that could not be read: those that stand after FROM, JOIN, INTO and the like.

Nothing is certain here, so all of them are marked guessed, and no column is said to come from another.
"""

from collections.abc import Iterator

from sqlglot.tokenizer_core import TokenType

from strabo.sql.commands.cursor import Cursor
from strabo.sql.names import TableName
from strabo.sql.places import Written
from strabo.sql.result import Flow, Read, Statement, Target, Unknown, Way
from strabo.sql.text import place
from strabo.sql.working import Working

_READ = frozenset({"FROM", "JOIN", "USING"})
_WRITTEN = frozenset({"INTO", "UPDATE", "OVERWRITE"})
_BEFORE_NAMES = _READ | _WRITTEN
_NO_NAMES = frozenset({
    "SELECT", "VALUES", "WHERE", "SET", "ON", "AS", "LATERAL", "UNNEST", "TABLE", "DUAL", "STDIN", "EXISTS", "IF",
    "NOT", "ONLY", "INTO", "FROM", "JOIN", "GROUP", "ORDER", "CURSOR", "IMMEDIATE", "STATISTICS", "LOCAL", "SOURCE",
})  # fmt: skip
_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
# First words of what moves rows; what begins otherwise (GRANT, CLUSTER, IMPORT FOREIGN SCHEMA) does only with a query.
_QUERY = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.VALUES})
_MOVES = frozenset({
    "INSERT", "INS", "UPDATE", "UPD", "DELETE", "DEL", "MERGE", "UPSERT", "REPLACE", "COPY", "LOAD", "UNLOAD", "EXPORT",
    "BULK", "FROM", "TABLE", "USING", "LOCKING", "TRUNCATE",
})  # fmt: skip
_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER})

# Functions that write FROM between their arguments.
_WITH_FROM = frozenset({"EXTRACT", "SUBSTRING", "SUBSTR", "TRIM", "OVERLAY", "NORMALIZE", "LTRIM", "RTRIM"})


def tables(written: Written, working: Working) -> Statement | None:
    """What is left to say of a statement that is no SQL that we know; None where that is nothing."""
    if written.tokens[0].text.upper() not in _MOVES and not any(t.token_type in _QUERY for t in written.tokens):
        return None
    cursor = Cursor(written.tokens)
    reads: dict[tuple[str, ...], Read] = {}
    writes: dict[tuple[str, ...], Target] = {}
    ctes = _named_queries(written)
    inside: list[bool] = []  # of the brackets that are open, whether they are of such a function
    before = ""
    for at, token in enumerate(written.tokens):
        last, before = before, token.text.upper()
        if token.token_type == TokenType.L_PAREN:
            inside.append(last in _WITH_FROM)
        elif token.token_type == TokenType.R_PAREN and inside:
            inside.pop()
        if at < cursor.at or before not in _BEFORE_NAMES or token.token_type in _QUOTED:
            continue
        if before == "FROM" and (last == "DISTINCT" or (inside and inside[-1])):
            continue
        cursor.at = at + 1
        for name in _tables(cursor, into=before in _WRITTEN):
            if len(name.parts) == 1 and name.parts[0].lower() in ctes:
                continue
            found = working.find(name)
            if before not in _WRITTEN:
                reads.setdefault(found.name, Read(found.name, guessed=True))
                continue
            way: Way = "update" if before == "UPDATE" else "insert"
            writes.setdefault(found.name, Target(found.name, way, guessed=True))
    if not reads and not writes:
        return None
    line, column = place(written.text, written.tokens[0].start)
    unknown = Unknown("not understood: only its tables are known, by guess", line, column)
    flows = tuple(Flow(into=target) for target in writes.values())
    return Statement(
        kind="other", line=line, column=column, reads=tuple(reads.values()), flows=flows, unknown=(unknown,)
    )


def _tables(cursor: Cursor, *, into: bool) -> Iterator[TableName]:
    """The names that are next, with commas between them and perhaps other names behind them."""
    while cursor.any_of("TABLE", "ONLY", "IF", "NOT", "EXISTS"):
        pass
    while (name := _table(cursor, into=into)) is not None:
        yield name
        cursor.take("AS")
        if cursor.at < len(cursor.tokens) and cursor.tokens[cursor.at].token_type in _NAMES:
            cursor.at += 1
        if not cursor.is_next(TokenType.COMMA):
            return
        cursor.at += 1


def _table(cursor: Cursor, *, into: bool) -> TableName | None:
    if cursor.at >= len(cursor.tokens):
        return None
    token = cursor.tokens[cursor.at]
    if token.token_type not in _NAMES or (token.token_type == TokenType.VAR and token.text.upper() in _NO_NAMES):
        return None
    name = cursor.name()
    if cursor.is_next(TokenType.L_PAREN) and not into:
        return None  # a function
    return name


def _named_queries(written: Written) -> frozenset[str]:
    """The names of queries of WITH, and whatever else comes before AS (SELECT."""
    tokens = written.tokens
    return frozenset(
        tokens[at].text.lower()
        for at in range(len(tokens) - 2)
        if tokens[at + 1].text.upper() == "AS" and tokens[at + 2].token_type == TokenType.L_PAREN
    )
