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
