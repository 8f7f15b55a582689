"""Statements that the parser knows in other words: EXPLAIN, and others with clauses of a dialect's own."""

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.commands.actions import Action, Rewritten, Unfollowed
from strabo.sql.commands.cursor import Cursor, all_top_words, top_words
from strabo.sql.commands.renaming import alias
from strabo.sql.idioms.tokens import DOT, L, R, like, name_end


def explain(cursor: Cursor, _: str) -> Rewritten | None:
    cursor.at += 1
    runs = False
    while cursor.at < len(cursor.tokens):
        if cursor.is_next(L):
            start = cursor.at
            inside = cursor.brackets() or []
            if inside and inside[0].text.upper() in {"SELECT", "WITH", "FROM"}:
                cursor.at = start
                break
            runs = runs or any(token.text.upper() in {"ANALYZE", "ANALYSE"} for token in inside)
        elif cursor.any_of("ANALYZE", "ANALYSE"):
            runs = True
        elif cursor.word in _STARTS:
            break
        else:
            cursor.at += 1
    return Rewritten(cursor.rest, only_reads=not runs) if cursor.rest else None


_STARTS = frozenset({
    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "FROM", "VALUES", "REPLACE", "COPY",
})  # fmt: skip


def replace(cursor: Cursor, _: str) -> Rewritten | None:
    tokens = cursor.tokens
    if len(tokens) > 1 and tokens[1].text.upper() in {"VIEW", "TABLE", "MACRO", "PROCEDURE"}:
        return None
    rest = tokens[1:]
    while rest and rest[0].text.upper() in {"LOW_PRIORITY", "DELAYED"}:
        rest = rest[1:]
    into = [] if rest and rest[0].text.upper() == "INTO" else [like(tokens[0], TokenType.INTO, "INTO")]
    return Rewritten([like(tokens[0], TokenType.INSERT, "INSERT"), *into, *rest])


def create(cursor: Cursor, _: str) -> Rewritten | Action | None:
    """CREATE with clauses that the parser stumbles over; they say nothing of columns."""
    made = alias(cursor)
    if made is not None:
        return made
    tokens = cursor.tokens
    kept = [tokens[0]]
    at, changed = 1, False
    while at < len(tokens):
        words = [token.text.upper() for token in tokens[at : at + 4]]
        if words[:2] == ["ON", "COMMIT"]:
            at += 3 + (words[2:3] in (["PRESERVE"], ["DELETE"]))
        elif (words[:1] == ["SNAPSHOT"] and at == 1) or words[:2] in (["DEEP", "CLONE"], ["SHALLOW", "CLONE"]):
            at += 1
        elif words[:1] == ["CLONE"] and at > 2:  # what comes behind the name says as of when, and where it lies
            end = name_end(tokens, at + 1)
            kept += tokens[at:end]
            changed = changed or end < len(tokens)
            break
        elif words[:1] in (["ALGORITHM"], ["DEFINER"]) and len(words) > 1 and words[1] == "=":
            at += 3
            while at < len(tokens) and tokens[at].text == "@":  # DEFINER = user@host
                at += 2
        elif words[:2] == ["SQL", "SECURITY"]:
            at += 3
        else:
            kept.append(tokens[at])
            at += 1
            continue
        changed = True
    return Rewritten(kept) if changed else None


def insert(cursor: Cursor, _: str) -> Rewritten | Action | None:
    tokens = cursor.tokens
    at = tokens[0].start
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        words = [token.text.upper() for token in tokens[i : i + 3]]
        if words[:1] == ["DIRECTORY"] and "USING" in words[2:3]:  # Spark's file format
            kept += tokens[i : i + 2]
            i += 4
            if i < len(tokens) and tokens[i].text.upper() == "OPTIONS":
                after = Cursor(tokens)
                after.at = i + 1
                after.brackets()
                i = after.at
        elif words[:2] == ["WITH", "LABEL"]:  # Doris, StarRocks
            i += 3
        elif words[:1] == ["PROPERTIES"] and len(kept) < 8 and tokens[i + 1 : i + 2] and words[1:2] == ["("]:
            after = Cursor(tokens)
            after.at = i + 1
            after.brackets()
            i = after.at
        elif words[:1] in (["EXEC"], ["EXECUTE"], ["CALL"]) and i >= 2:
            cursor.at = 1
            cursor.any_of("INTO")
            return Unfollowed(at, "what the procedure returns is not known", cursor.name())
        else:
            kept.append(tokens[i])
            i += 1
    return Rewritten(kept) if len(kept) < len(tokens) else None


def update(cursor: Cursor, dialect: str) -> Rewritten | None:
    """UPDATE OR IGNORE (SQLite); UPDATE t FROM s SET (Teradata); `+=` (SQL Server)."""
    tokens = cursor.tokens
    if len(tokens) > 2 and tokens[1].text.upper() == "OR":
        return Rewritten([tokens[0], *tokens[3:]])
    tops = top_words(tokens)
    if "FROM" in tops and "SET" in tops and tops["FROM"] < tops["SET"]:
        source, assigned = tops["FROM"], tops["SET"]
        if dialect == "teradata":  # known to the parser, but for a name without an alias, which it takes SET for
            named = tokens[assigned - 1]
            alias = [like(named, TokenType.ALIAS, "AS"), named]
            return Rewritten([*tokens[:assigned], *alias, *tokens[assigned:]])
        end = min([tops[w] for w in ("WHERE", "ELSE") if w in tops and tops[w] > assigned] or [len(tokens)])
        return Rewritten([*tokens[:source], *tokens[assigned:end], *tokens[source:assigned], *tokens[end:]])
    signs = {TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.AMP,
             TokenType.PIPE, TokenType.CARET}  # fmt: skip
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        touches = after is not None and after.token_type == TokenType.EQ and after.start == token.end + 1
        if token.token_type in signs and touches:
            continue  # `a += 1` becomes `a = a + 1`: the name comes before the sign
        if token.token_type == TokenType.EQ and at and tokens[at - 1].token_type in signs:
            name = at - 2
            while name >= 2 and tokens[name - 1].token_type == DOT:
                name -= 2
            kept += [token, *tokens[name : at - 1], tokens[at - 1]]
            continue
        kept.append(token)
    return Rewritten(kept) if len(kept) > len(tokens) else None


def merge(cursor: Cursor, _: str) -> Rewritten | None:
    """Oracle's WHERE and DELETE WHERE in the branches of MERGE, as conditions of branches of their own."""
    tokens = cursor.tokens
    starts = [i for i, t in enumerate(tokens) if t.text.upper() == "WHEN" and _depth(tokens, i) == 0]
    if not starts:
        return None
    kept = list(tokens[: starts[0]])
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        branch = tokens[start:end]
        tops = all_top_words(branch)
        then = next((i for word, i in tops if word == "THEN"), None)
        wheres = [i for word, i in tops if word == "WHERE"]
        if then is None or not wheres:
            kept += branch
            continue
        deletes = [i for word, i in tops if word == "DELETE" and i > then + 1]
        first = min([*wheres, *deletes])
        head, body = branch[:then], branch[then:first]
        own = [i for i in wheres if not deletes or i < deletes[0]]
        stop = deletes[0] if deletes else len(branch)
        condition = branch[own[0] + 1 : stop] if own else []
        kept += [*head, *_and(condition, branch[then]), *body]
        if deletes:
            after = [i for i in wheres if i > deletes[0]]
            condition = branch[after[0] + 1 :] if after else []
            kept += [*head, *_and(condition, branch[then]), branch[then], branch[deletes[0]]]
    return Rewritten(kept) if len(kept) != len(tokens) or kept != tokens else None


def _and(condition: list[Token], near: Token) -> list[Token]:
    if not condition:
        return []
    return [like(near, TokenType.AND, "AND"), like(near, L, "("), *condition, like(near, R, ")")]


def _depth(tokens: list[Token], at: int) -> int:
    return sum((t.token_type == L) - (t.token_type == R) for t in tokens[:at])


def queried(cursor: Cursor, _: str) -> Rewritten | None:
    """DECLARE c CURSOR FOR a query; PREPARE p AS a statement, which does not run yet."""
    for at, token in enumerate(cursor.tokens[1:], 1):
        if token.text.upper() in {"SELECT", "WITH"}:
            return Rewritten(cursor.tokens[at:], only_reads=True)
    return None
