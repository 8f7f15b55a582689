"""Questions about runs of tokens: where a part begins and ends, which parts a list has."""

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.scripts.words import word_of

if TYPE_CHECKING:
    from strabo.sql.scripts.blocks import Reader

_L, _R, _COMMA, _SEMICOLON = TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.SEMICOLON
_ROUTINES = frozenset({"PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "PACKAGE", "EVENT", "TASK", "MACRO"})
_NO_ROUTINES = frozenset({
    "TABLE", "VIEW", "INDEX", "SCHEMA", "DATABASE", "ROLE", "USER", "SEQUENCE", "AGGREGATE", "MATERIALIZED", "CAST",
    "TYPE", "EXTENSION", "POLICY", "RULE", "STREAM", "STAGE", "DYNAMIC",
})  # fmt: skip
STARTS = frozenset({
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "CREATE", "DROP", "ALTER", "TRUNCATE", "EXEC", "EXECUTE",
    "DECLARE", "SET", "IF", "WHILE", "BEGIN", "END", "RETURN", "PRINT", "RAISERROR", "THROW", "OPEN", "FETCH", "CLOSE",
    "DEALLOCATE", "GOTO", "USE", "GRANT", "REVOKE", "DENY", "COMMIT", "ROLLBACK", "SAVE", "ELSE", "BULK", "WAITFOR",
    "BREAK", "CONTINUE", "CALL", "UPDATE STATISTICS",
})  # fmt: skip

_WITH_WHAT = frozenset({  # WITH that begins no query, in T-SQL
    "TIES", "ROLLUP", "CUBE", "CHECK", "SCHEMABINDING", "ENCRYPTION", "VIEW_METADATA",
})  # fmt: skip


def is_routine(tokens: list[Token], at: int, dialect: str) -> bool:
    """Whether a statement makes a procedure, a function, a trigger, a package."""
    if word_of(tokens[at]) not in {"CREATE", "ALTER", "REPLACE"}:
        return False
    word = ""
    for token in tokens[at + 1 : at + 16]:
        before_, word = word, word_of(token)
        if word in _ROUTINES:
            return word != "MACRO" or dialect == "teradata"
        if word == "TABLE":  # BigQuery: CREATE TABLE FUNCTION
            continue
        if word in _NO_ROUTINES or before_ == "TABLE" or token.token_type in (_L, _SEMICOLON):
            return False
    return False


def is_cursor(tokens: list[Token], at: int) -> bool:
    """DECLARE c CURSOR …, as a statement."""
    for token in tokens[at + 2 : at + 7]:
        word = word_of(token)
        if word == "CURSOR":
            return True
        if word not in {"BINARY", "ASENSITIVE", "INSENSITIVE", "NO", "SCROLL"}:
            return False
    return False


def closing(tokens: list[Token], at: int) -> int:
    """The index of the bracket that closes the one here; of the last token where none does."""
    depth = 0
    for i in range(at, len(tokens)):
        kind = tokens[i].token_type
        depth += (kind == _L) - (kind == _R)
        if not depth:
            return i
    return len(tokens) - 1


def bare(tokens: list[Token]) -> list[Token]:
    """Without brackets around all of it."""
    around = 0
    while around < len(tokens) and tokens[around].token_type == _L:
        around += 1
    if not around:
        return tokens
    ends = _closed(tokens, around)
    last = len(tokens) - 1
    pairs = 0
    while pairs < around and ends.get(pairs) == last - pairs:
        pairs += 1
    return tokens[pairs : len(tokens) - pairs]


def _closed(tokens: list[Token], first: int) -> dict[int, int]:
    """Where each of the first brackets is closed."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for at, token in enumerate(tokens):
        if token.token_type == _L:
            stack.append(at)
        elif token.token_type == _R:
            if not stack:
                break
            start = stack.pop()
            if start < first:
                found[start] = at
    return found


def split(tokens: list[Token]) -> list[list[Token]]:
    """The parts between commas."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        kind = token.token_type
        depth += (kind in (_L, TokenType.L_BRACKET)) - (kind in (_R, TokenType.R_BRACKET))
        if kind == _COMMA and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if tokens else []


def before(tokens: list[Token], *words: str, kinds: tuple[TokenType, ...] = ()) -> list[Token]:
    """What comes before the first of some words, or kinds of token, outside of brackets; all, where there is none."""
    depth = 0
    for at, token in enumerate(tokens):
        kind = token.token_type
        depth += (kind == _L) - (kind == _R)
        if not depth and (kind in kinds or (word_of(token) in words and word_of(token))):
            return tokens[:at]
    return tokens


def after(tokens: list[Token], word: str) -> list[Token]:
    """What comes after a word; nothing, where it is not there."""
    return tokens[len(before(tokens, word)) + 1 :]


def after_equals(tokens: list[Token]) -> list[Token]:
    """The value of `@name = value`; of anything else, itself."""
    if len(tokens) > 3 and tokens[0].token_type == TokenType.PARAMETER and tokens[2].token_type == TokenType.EQ:
        return tokens[3:]
    return tokens


def without_into(tokens: list[Token], *, variables_only: bool) -> tuple[list[Token], list[list[Token]]]:
    """A SELECT, or a statement with RETURNING, without `INTO a, b`; and what stands there.

    variables_only: only where it is said to be variables (`@a`, `:a`).
    """
    first = word_of(tokens[0])
    ready = first in {"SELECT", "WITH", "FETCH"}
    depth = 0
    for at, token in enumerate(tokens):
        kind = token.token_type
        depth += (kind == _L) - (kind == _R)
        if depth:
            continue
        word = word_of(token)
        if word in {"RETURNING", "RETURN"}:
            ready = True
        elif word in {"INSERT", "MERGE", "DELETE", "UPDATE"} and at:
            ready = ready and first == "SELECT"
        elif (
            word in {"INTO", "BULK COLLECT INTO"}
            and ready
            and at
            and word_of(tokens[at - 1]) not in {"INSERT", "MERGE", "OVERWRITE"}
        ):
            start = at
            names = at + 1
            if names < len(tokens) and word_of(tokens[names]) == "STRICT":
                names += 1
            end = _names_end(tokens, names)
            marked = end > names and tokens[names].token_type in (TokenType.PARAMETER, TokenType.COLON)
            if end == names or (variables_only and not marked):
                return tokens, []
            return [*tokens[:start], *tokens[end:]], split(tokens[names:end])
    return tokens, []


def _names_end(tokens: list[Token], at: int) -> int:
    """The index behind names, with commas between them."""
    while at < len(tokens):
        while at < len(tokens) and tokens[at].token_type in (TokenType.PARAMETER, TokenType.COLON):
            at += 1
        if at >= len(tokens) or tokens[at].token_type in (_L, _R):
            return at
        at += 1
        while at + 1 < len(tokens) and tokens[at].token_type == TokenType.DOT:
            at += 2
        if at < len(tokens) and tokens[at].token_type == _L:
            at = closing(tokens, at) + 1
        if at < len(tokens) and tokens[at].token_type == TokenType.L_BRACKET:
            while at < len(tokens) and tokens[at].token_type != TokenType.R_BRACKET:
                at += 1
            at += 1
        if at >= len(tokens) or tokens[at].token_type != _COMMA:
            return at
        at += 1
    return at


# --- T-SQL -----------------------------------------------------------------------------------------------------------


def assigned_in_select(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """T-SQL's SELECT @a = x, @b = y: without the variables; and these, in their order."""
    if word_of(tokens[0]) != "SELECT":
        return tokens, []
    kept = [tokens[0]]
    targets: list[list[Token]] = []
    depth, at, fresh = 0, 1, True
    while at < len(tokens):
        token = tokens[at]
        kind = token.token_type
        depth += (kind == _L) - (kind == _R)
        if not depth and word_of(token) in {"FROM", "WHERE", "UNION", "ORDER", "GROUP"}:
            return ([*kept, *tokens[at:]], targets) if targets else (tokens, [])
        if fresh and kind == TokenType.PARAMETER and at + 2 < len(tokens):
            equals = at + 2
            if tokens[equals].token_type in (TokenType.PLUS, TokenType.DASH, TokenType.STAR):
                equals += 1
            if equals < len(tokens) and tokens[equals].token_type == TokenType.EQ:
                targets.append(tokens[at : at + 2])
                if equals > at + 2:  # `@a += x` is made of both
                    kept += [*tokens[at : at + 2], tokens[at + 2]]
                at = equals + 1
                fresh = False
                continue
        if fresh and word_of(token) == "TOP" and at + 1 < len(tokens):  # TOP n, TOP (n) PERCENT
            end = closing(tokens, at + 1) + 1 if tokens[at + 1].token_type == _L else at + 2
            while end < len(tokens) and word_of(tokens[end]) in {"PERCENT", "WITH", "TIES"}:
                end += 1
            kept += tokens[at:end]
            at = end
            continue
        fresh = not depth and (kind == _COMMA or (fresh and word_of(token) in {"DISTINCT", "ALL"}))
        if depth == 0 and kind == TokenType.PARAMETER and targets and kept[-1].token_type == _COMMA:
            return tokens, []  # some are given a value, others are put out: no such statement is one
        kept.append(token)
        at += 1
    return (kept, targets) if targets else (tokens, [])


_JOINED = frozenset({"UNION", "ALL", "EXCEPT", "INTERSECT", "FOR", "AS", "THEN", "OR", "BY", "AFTER", "INSTEAD"})
_PAIRS = frozenset(
    {("FETCH", "ROWS"), ("FETCH", "ROW"), ("DELETE", "ON"), ("UPDATE", "ON")}
)  # OFFSET …; a key's ON DELETE
_BODY = {
    "INSERT": frozenset({"SELECT", "WITH", "EXEC", "EXECUTE"}),
    "UPDATE": frozenset({"SET"}), "WITH": frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"}),
    "ALTER": frozenset({"DROP", "ALTER", "SET", "WITH"}),
    "GRANT": frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE", "ALTER"}),
    "DECLARE": frozenset({"SELECT", "WITH"}),
    "SET": frozenset({"WITH"}), "BULK": frozenset({"INSERT"}),
}  # fmt: skip
_GRANTS = frozenset({"GRANT", "REVOKE", "DENY"})
_BODY["DENY"] = _BODY["REVOKE"] = _BODY["GRANT"]


def _is_cte(tokens: list[Token], at: int) -> bool:
    """Whether WITH begins `WITH c AS (` or `WITH c (a, b) AS (`."""
    at += 2
    if at < len(tokens) and tokens[at].token_type == _L:
        at = closing(tokens, at) + 1
    return at + 1 < len(tokens) and word_of(tokens[at]) == "AS" and tokens[at + 1].token_type == _L


_OBJECTS = frozenset(
    {"TABLE", "VIEW", "PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "DATABASE", "SCHEMA", "ROLE", "LOGIN"}
)


def tsql_end(tokens: list[Token], start: int) -> int:
    """The index behind a statement of T-SQL, which a semicolon or the first word of another one ends."""
    if start >= len(tokens):
        return start
    first = word_of(tokens[start])
    if first == "MERGE":  # it must have its semicolon
        return next((i for i in range(start, len(tokens)) if tokens[i].token_type == _SEMICOLON), len(tokens))
    allowed = set(_BODY.get(first, ()))
    depth, cases = int(tokens[start].token_type == _L), 0
    for at in range(start + 1, len(tokens)):
        token = tokens[at]
        kind = token.token_type
        if kind == _SEMICOLON:
            return at
        if kind == _L:
            depth += 1
        elif kind == _R:
            depth -= 1
        elif kind == TokenType.CASE:
            cases += 1
        elif kind == TokenType.END and cases:
            cases -= 1
        elif (first in _GRANTS and kind == TokenType.ON) or (kind == TokenType.VALUES and not depth):
            allowed.clear()
        elif depth <= 0 and not cases and (word := word_of(token)) in STARTS:
            before_ = word_of(tokens[at - 1])
            next_ = tokens[at + 1].token_type if at + 1 < len(tokens) else None
            if word == "WITH" and next_ == _L:  # a hint
                continue
            if word == "WITH" and at + 1 < len(tokens) and word_of(tokens[at + 1]) in _WITH_WHAT:
                continue
            if tokens[at - 1].token_type in (TokenType.DOT, TokenType.PARAMETER) or next_ == TokenType.DOT:
                continue
            if before_ in _JOINED or ((word, before_) in _PAIRS and (before_ != "ON" or first in {"CREATE", "ALTER"})):
                if word == "WITH" and before_ == "AS":  # CREATE VIEW v AS WITH …
                    allowed.add("SELECT")
                continue
            if word == "WITH" and first in {"CREATE", "ALTER"} and not _is_cte(tokens, at):  # options
                continue
            if first == "ALTER" and word in allowed and at + 1 < len(tokens) and word_of(tokens[at + 1]) in _OBJECTS:
                return at
            if (  # ALTER TABLE t SET (…), ALTER DATABASE d SET …; any other is the next statement
                (first, word) == ("ALTER", "SET")
                and next_ != _L
                and (at - start > 3 or word_of(tokens[start + 1]) == "TABLE")
            ):
                return at
            if (
                word == "IF"
                and first in {"DROP", "CREATE", "ALTER"}
                and (at - start <= 2 or before_ in {"COLUMN", "CONSTRAINT"})
            ):
                continue
            if word in {"UPDATE", "SET"} and first == "SELECT" and before_ == "FOR":
                continue
            if word in allowed:
                if first in {"INSERT", "WITH", "UPDATE", "CREATE", "DECLARE"}:
                    allowed.discard(word)
                    if word in {"SELECT", "EXEC", "EXECUTE", "SET"}:
                        allowed.clear()
                    elif word == "WITH" and first == "INSERT":
                        allowed = {"SELECT"}
                    elif word in _BODY and first == "WITH":
                        allowed = set(_BODY[word])
                        if word == "MERGE":
                            return tsql_end(tokens, at)
                    elif word == "MERGE":
                        return tsql_end(tokens, at)
                continue
            return at
    return len(tokens)


def tsql_condition(reader: "Reader") -> list[Token]:
    """What stands between IF or WHILE and the statement that it leads to."""
    start = reader.at
    depth = cases = 0
    tokens = reader.tokens
    while reader.at < len(tokens):
        token = tokens[reader.at]
        kind = token.token_type
        if kind == _L:
            depth += 1
        elif kind == _R:
            depth -= 1
        elif kind == TokenType.CASE:
            cases += 1
        elif kind == TokenType.END and cases:
            cases -= 1
        elif kind == _SEMICOLON:
            break
        elif depth <= 0 and not cases and reader.at > start and word_of(token) in STARTS:
            following = tokens[reader.at + 1].token_type if reader.at + 1 < len(tokens) else None
            if not (word_of(token) == "UPDATE" and following == _L):
                break
        reader.at += 1
    return tokens[start : reader.at]
