"""Doris and StarRocks: files by their properties, tasks around a statement, tables that take another's place.

After Doris's "Table-valued functions", "BROKER LOAD", "ALTER TABLE REPLACE" and StarRocks' "FILES", "SUBMIT TASK".
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import L, R, Tokens, behind, find, is_a, like, name_end, outside, put, says, without, word

_FILES = frozenset({"S3", "HDFS", "LOCAL", "FILES", "FILE", "HTTP"})
_PLACES = frozenset({"uri", "path", "file_path"})


def _place(tokens: Tokens, at: int) -> str | None:
    """The value of the property that names the place, of those in the brackets here."""
    inside = tokens[at + 1 : behind(tokens, at) - 1]
    for i in range(len(inside) - 2):
        if inside[i].text.lower() in _PLACES and inside[i + 1].token_type == TokenType.EQ:
            return str(inside[i + 2].text)
    return None


def files(tokens: Tokens) -> Tokens:
    """`S3('uri' = 'x', …)` as `S3('x')`."""
    at = 0
    while at < len(tokens) - 2:
        if word(tokens, at) in _FILES and is_a(tokens, at + 1, L) and is_a(tokens, at + 3, TokenType.EQ):
            place = _place(tokens, at + 1)
            if place is not None:
                near = tokens[at]
                given = [like(near, TokenType.VAR, "files"), like(near, L, "("),
                         like(near, TokenType.STRING, place), like(near, R, ")")]  # fmt: skip
                tokens = put(tokens, at, behind(tokens, at + 1), given)
        at += 1
    return _into_files(tokens)


def _into_files(tokens: Tokens) -> Tokens:
    """INSERT INTO FILES(…) as one into a folder."""
    if not says(tokens, 0, "INSERT", "INTO", "FILES", "(") or not is_a(tokens, 4, TokenType.STRING):
        return tokens
    near = tokens[0]
    head = [near, like(near, TokenType.OVERWRITE, "OVERWRITE"), like(near, TokenType.VAR, "DIRECTORY"), tokens[4]]
    return [*head, *tokens[6:]]


def statements(tokens: Tokens) -> Tokens:
    near = tokens[0]
    if says(tokens, 0, "SUBMIT"):
        start = find(tokens, "AS")
        return tokens[start + 1 :] if start > 0 else tokens
    if says(tokens, 0, "SWITCH") or says(tokens, 0, "SET", "CATALOG"):
        catalog = [like(near, TokenType.USE, "USE"), like(near, TokenType.VAR, "CATALOG")]
        return [*catalog, *tokens[1 + says(tokens, 0, "SET") :]]
    if says(tokens, 0, "ALTER", "TABLE"):
        return _replaced(tokens)
    if says(tokens, 0, "LOAD", "LABEL"):
        return _loaded(tokens)
    if says(tokens, 0, "EXPORT", "TABLE"):
        return _exported(tokens)
    if says(tokens, 0, "CREATE", "JOB") or says(tokens, 0, "CREATE", "PIPE"):
        start = next((i for i in outside(tokens, 2) if says(tokens, i, "INSERT")), -1)
        return tokens[start:] if start > 0 else tokens
    if says(tokens, 0, "DELETE") or says(tokens, 0, "CREATE", "TABLE"):
        return _trimmed(tokens)
    return tokens


def _exported(tokens: Tokens) -> Tokens:
    """`EXPORT TABLE t PARTITION (p) WHERE … TO 'place'`."""
    end = name_end(tokens, 2)
    to = find(tokens, "TO")
    if to < 0 or not is_a(tokens, to + 1, TokenType.STRING):
        return tokens
    near = tokens[0]
    where = find(tokens[:to], "WHERE")
    query = [like(near, TokenType.SELECT, "SELECT"), like(near, TokenType.STAR, "*"),
             like(near, TokenType.FROM, "FROM"), *tokens[2:end], *(tokens[where:to] if where > 0 else [])]  # fmt: skip
    return [like(near, TokenType.COPY, "COPY"), like(near, L, "("), *query, like(near, R, ")"), *tokens[to : to + 2]]


def _trimmed(tokens: Tokens) -> Tokens:
    """DELETE of a partition; CREATE TABLE … LIKE … WITH ROLLUP."""
    at = find(tokens, "PARTITION")
    if says(tokens, 0, "DELETE") and at > 0:
        return without(tokens, at, behind(tokens, at + 1))
    at = find(tokens, "WITH", "ROLLUP")
    return tokens[:at] if at > 0 else tokens


def _replaced(tokens: Tokens) -> Tokens:
    """`REPLACE WITH TABLE`, which swaps the two unless it says that the other is to go."""
    at = name_end(tokens, 2)
    if not says(tokens, at, "REPLACE", "WITH", "TABLE"):
        return tokens
    end = name_end(tokens, at + 3)
    near = tokens[at]
    if any(token.text.lower() == "swap" and tokens[i + 2].text.lower() == "false"
           for i, token in enumerate(tokens[:-2]) if i > end):  # fmt: skip
        other = tokens[at + 3 : end]
        return [*tokens[:2], *other, like(near, TokenType.VAR, "RENAME"), like(near, TokenType.VAR, "TO"),
                *tokens[2:at]]  # fmt: skip
    return put(tokens[:end], at, at + 3, [like(near, TokenType.VAR, "SWAP"), like(near, TokenType.WITH, "WITH")])


def _loaded(tokens: Tokens) -> Tokens:
    """A broker load, of its first file, as COPY."""
    start = next((i for i in range(len(tokens)) if says(tokens, i, "INFILE", "(")), -1)
    into = next((i for i in range(start, len(tokens)) if says(tokens, i, "INTO", "TABLE")), -1)
    if start < 0 or into < 0 or not is_a(tokens, start + 2, TokenType.STRING):
        return tokens
    end = name_end(tokens, into + 2)
    near = tokens[0]
    columns = next((i for i in range(end, len(tokens)) if is_a(tokens, i, L)), -1)
    listed = [] if columns < 0 else tokens[columns : behind(tokens, columns)]
    computed = any(says(tokens, i, "SET", "(") for i in range(end, len(tokens)))  # the list is of the file's columns
    if computed or any(is_a(listed, i, TokenType.EQ, TokenType.STRING) for i in range(len(listed))):
        listed = []
    head = [like(near, TokenType.COPY, "COPY"), tokens[into], *tokens[into + 2 : end]]
    return [*head, *listed, like(near, TokenType.FROM, "FROM"), tokens[start + 2]]


def clauses(tokens: Tokens) -> Tokens:
    """MINUS and the like are the business of others; properties at the end say nothing of columns."""
    at = find(tokens, "PROPERTIES")
    return without(tokens, at, behind(tokens, at + 1)) if at > 0 and is_a(tokens, at + 1, L) else tokens
