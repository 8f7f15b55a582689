"""MySQL and MariaDB: several tables in DELETE, defaults of JSON_TABLE, CREATE … IGNORE SELECT, several changes at once.

After MySQL's "DELETE Statement", "JSON Table Functions", "CREATE TABLE … SELECT" and "ALTER TABLE".
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import (
    COMMA,
    DOT,
    Tokens,
    find,
    is_a,
    like,
    name_end,
    outside,
    put,
    says,
    without,
    word,
)

_OF_COLUMNS = frozenset({"ADD", "CHANGE", "DROP", "RENAME"})
_OF_KEYS = frozenset({
    "INDEX", "KEY", "CONSTRAINT", "PRIMARY", "UNIQUE", "FULLTEXT", "SPATIAL", "FOREIGN", "PARTITION", "CHECK",
})  # fmt: skip
_FIELDS = frozenset({"EMPTY", "ERROR"})


def deleted(tokens: Tokens) -> Tokens:
    """`DELETE FROM a, b USING …` as `DELETE a, b FROM …`; a name may have `.*` behind it."""
    if not says(tokens, 0, "DELETE"):
        return tokens
    for at in range(len(tokens) - 2, 0, -1):
        if is_a(tokens, at, DOT) and is_a(tokens, at + 1, TokenType.STAR):
            tokens = without(tokens, at, at + 2)
    using = find(tokens, "USING")
    if not says(tokens, 1, "FROM") or using < 0:
        return tokens
    return [tokens[0], *tokens[2:using], like(tokens[1], TokenType.FROM, "FROM"), *tokens[using + 1 :]]


def defaults(tokens: Tokens) -> Tokens:
    """JSON_TABLE's `DEFAULT x ON EMPTY`, `NULL ON ERROR` and `ERROR ON ERROR`, of which the parser knows some."""
    for at in range(len(tokens) - 1, 1, -1):
        if says(tokens, at - 1, "ON") and word(tokens, at) in _FIELDS:
            start = at - 3 if says(tokens, at - 3, "DEFAULT") else at - 2
            tokens = without(tokens, start, at + 1)
    return tokens


def made(tokens: Tokens) -> Tokens:
    """`CREATE TABLE t (…) IGNORE SELECT …`: what is done with rows of the same key says nothing of columns."""
    if not says(tokens, 0, "CREATE"):
        return tokens
    query = find(tokens, "SELECT")
    if query > 0 and word(tokens, query - 1) in {"IGNORE", "REPLACE"}:
        return put(tokens, query - 1, query, [like(tokens[query], TokenType.ALIAS, "AS")])
    return tokens


def altered(tokens: Tokens) -> Tokens:
    """ALTER TABLE with several changes as one statement for each; `CHANGE a b type` renames."""
    if not says(tokens, 0, "ALTER", "TABLE"):
        return tokens
    end = name_end(tokens, 2)
    head = tokens[:end]
    cuts = [at for at in outside(tokens, end) if is_a(tokens, at, COMMA)]
    done: Tokens = []
    for start, stop in zip([end, *(cut + 1 for cut in cuts)], [*cuts, len(tokens)], strict=True):
        part = tokens[start:stop]
        if word(part, 0) not in _OF_COLUMNS or word(part, 1) in _OF_KEYS:
            continue
        if says(part, 0, "CHANGE"):
            at = 2 if says(part, 1, "COLUMN") else 1
            near = part[0]
            part = [like(near, TokenType.VAR, "RENAME"), like(near, TokenType.COLUMN, "COLUMN"), part[at],
                    like(near, TokenType.VAR, "TO"), *part[at + 1 : at + 2]]  # fmt: skip
        where = find(part, "AFTER")
        part = part[:where] if where > 0 else part[:-1] if word(part, len(part) - 1) == "FIRST" else part
        done += [*([like(tokens[start], TokenType.SEMICOLON, ";")] if done else []), *head, *part]
    return tokens if done == tokens else done
