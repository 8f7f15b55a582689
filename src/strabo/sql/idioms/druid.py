"""Druid and Pinot: INSERT and REPLACE with the granularity behind them, files as EXTERN, options at the end.

After Druid's "SQL-based ingestion: reference" and Pinot's "Query options" and "Ingestion: INSERT INTO".
"""

import re

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import L, R, Tokens, behind, find, is_a, like, put, says, without, word

_PLACES = re.compile(r'"(?:uris|prefixes|objects|paths|filter)"\s*:\s*\[?\s*"((?:[^"\\]|\\.)*)"\s*\]?')


def statements(tokens: Tokens) -> Tokens:
    for words in (("PARTITIONED BY",), ("CLUSTERED", "BY")):
        end = find(tokens, *words)
        tokens = tokens if end < 0 else tokens[:end]
    if says(tokens, 0, "REPLACE", "INTO"):
        over = find(tokens, "OVERWRITE")
        start = next((at for at in range(over, len(tokens)) if word(tokens, at) in {"SELECT", "WITH"}), -1)
        if 0 < over < start:
            near = tokens[0]
            head = [like(near, TokenType.INSERT, "INSERT"), like(near, TokenType.OVERWRITE, "OVERWRITE"),
                    like(near, TokenType.TABLE, "TABLE")]  # fmt: skip
            if says(tokens, over + 1, "WHERE"):  # the rest of the table stays
                head[1:] = [like(near, TokenType.INTO, "INTO")]
            return [*head, *tokens[2:over], *tokens[start:]]
    return tokens


def files(tokens: Tokens) -> Tokens:
    """`TABLE(EXTERN('{…}', …)) EXTEND (…)` as a function of the place that is read, where it is one."""
    for at in range(len(tokens) - 4):
        if says(tokens, at, "TABLE", "(", "EXTERN", "(") and is_a(tokens, at + 4, TokenType.STRING):
            end = behind(tokens, at + 1)
            if says(tokens, end, "EXTEND"):
                end = behind(tokens, end + 1)
            places = _PLACES.findall(tokens[at + 4].text)
            near = tokens[at]
            what = like(near, TokenType.VAR, "url" if len(places) == 1 else "extern")
            text = like(near, TokenType.STRING, places[0] if len(places) == 1 else "")
            return put(tokens, at, end, [what, like(near, L, "("), text, like(near, R, ")")])
    return tokens


_SOURCES = frozenset({"S3", "HTTP", "INLINE", "LOCALFILES", "GOOGLE", "AZURE", "HDFS"})
_GIVEN = frozenset({"URIS", "PREFIXES", "OBJECTS", "FILES", "BASEDIR", "FILTER", "PREFIX", "PATHS"})


def sources(tokens: Tokens) -> Tokens:
    """`TABLE(S3(uris => ARRAY['place'], …)) (a VARCHAR, b BIGINT)` as a function of the place."""
    for at in range(len(tokens) - 4):
        if says(tokens, at, "TABLE", "(") and word(tokens, at + 2) in _SOURCES and is_a(tokens, at + 3, L):
            end = behind(tokens, at + 1)
            places = [
                tokens[i].text
                for given in range(at + 3, end)
                if word(tokens, given) in _GIVEN
                for i in range(given, _value_end(tokens, given + 2, end))
                if tokens[i].token_type == TokenType.STRING
            ]
            if says(tokens, end, "EXTEND"):
                end += 1
            end = behind(tokens, end) if is_a(tokens, end, L) else end
            near = tokens[at]
            what = like(near, TokenType.VAR, "url" if len(places) == 1 else "extern")
            text = like(near, TokenType.STRING, places[0] if len(places) == 1 else "")
            return put(tokens, at, end, [what, like(near, L, "("), text, like(near, R, ")")])
    return tokens


def _value_end(tokens: Tokens, at: int, end: int) -> int:
    """Where the value of an argument ends: at the comma behind it, outside of its brackets."""
    depth = 0
    for i in range(at, end):
        depth += is_a(tokens, i, L, TokenType.L_BRACKET) - is_a(tokens, i, R, TokenType.R_BRACKET)
        if depth < 0 or (not depth and is_a(tokens, i, TokenType.COMMA)):
            return i
    return end


def unloaded(tokens: Tokens) -> Tokens:
    """`INSERT INTO EXTERN(S3(…)) AS CSV SELECT …` as one into a folder."""
    if not says(tokens, 0, "INSERT", "INTO", "EXTERN", "("):
        return tokens
    end = behind(tokens, 3)
    start = next((i for i in range(end, len(tokens)) if word(tokens, i) in {"SELECT", "WITH"}), -1)
    texts = [token.text for token in tokens[3:end] if token.token_type == TokenType.STRING]
    if start < 0 or not texts:
        return tokens
    near = tokens[0]
    return [near, like(near, TokenType.OVERWRITE, "OVERWRITE"), like(near, TokenType.VAR, "DIRECTORY"),
            like(near, TokenType.STRING, "/".join(texts)), *tokens[start:]]  # fmt: skip


def pinot(tokens: Tokens) -> Tokens:
    end = find(tokens, "OPTION")
    if end > 0 and is_a(tokens, end + 1, L):
        tokens = without(tokens, end, behind(tokens, end + 1))
    return tokens


def loaded(tokens: Tokens) -> Tokens:
    """Pinot's `INSERT INTO t FROM FILE 'place'`."""
    start = find(tokens, "FROM", "FILE")
    if not says(tokens, 0, "INSERT", "INTO") or start < 0 or not is_a(tokens, start + 2, TokenType.STRING):
        return tokens
    near = tokens[0]
    return [like(near, TokenType.COPY, "COPY"), *tokens[1:start], tokens[start], tokens[start + 2]]
