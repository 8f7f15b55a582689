"""The tables of a statement that could not be read: those that stand after FROM, JOIN, INTO and the like.

Nothing is certain here, so all of them are marked guessed, and no column is said to come from another.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.commands.cursor import Cursor
from strabo.sql.names import TableName
from strabo.sql.places import Written
from strabo.sql.result import Flow, Read, Statement, Target, Unknown
from strabo.sql.text import place
from strabo.sql.working import Working

_READ = frozenset({"FROM", "JOIN", "USING"})
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


def tables(written: Written, working: Working) -> Statement | None:
    """What is left to say of a statement that is no SQL that we know; None where that is nothing."""
    if written.tokens[0].text.upper() not in _MOVES and not any(t.token_type in _QUERY for t in written.tokens):
        return None
    cursor = Cursor(written.tokens)
    reads: dict[tuple[str, ...], Read] = {}
    writes: dict[tuple[str, ...], Target] = {}
    ctes = _named_queries(written)
    while cursor.at < len(cursor.tokens):
        word = cursor.word
        cursor.at += 1
        into = word in {"INTO", "UPDATE", "OVERWRITE"} and cursor.at > 0
        if not into and word not in _READ:
            continue
        while cursor.any_of("TABLE", "ONLY", "IF", "NOT", "EXISTS"):
            pass
        name = _table(cursor, into=into)
        if name is None or (len(name.parts) == 1 and name.parts[0].lower() in ctes):
            continue
        found = working.find(name)
        if into:
            writes.setdefault(found.name, Target(found.name, "update" if word == "UPDATE" else "insert", guessed=True))
        else:
            reads.setdefault(found.name, Read(found.name, guessed=True))
    if not reads and not writes:
        return None
    line, column = place(written.text, written.tokens[0].start)
    unknown = Unknown("not understood: only its tables are known, by guess", line, column)
    flows = tuple(Flow(into=target) for target in writes.values())
    return Statement(
        kind="other", line=line, column=column, reads=tuple(reads.values()), flows=flows, unknown=(unknown,)
    )


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
