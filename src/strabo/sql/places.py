"""Where in the text a part of the tree stands, and what is written there."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from sqlglot import expressions as e
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.text import place

_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_BEHIND = frozenset({
    TokenType.COMMA, TokenType.FROM, TokenType.INTO, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING,
    TokenType.ORDER_BY, TokenType.LIMIT, TokenType.OFFSET, TokenType.FETCH, TokenType.UNION, TokenType.EXCEPT,
    TokenType.INTERSECT, TokenType.QUALIFY, TokenType.WINDOW, TokenType.SEMICOLON,
})  # fmt: skip  # what comes after the last output of a SELECT
_MODIFIERS = frozenset({
    "TOP", "PERCENT", "WITH", "TIES", "STRAIGHT_JOIN", "SQL_CALC_FOUND_ROWS", "SQL_NO_CACHE", "SQL_SMALL_RESULT",
    "SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "HIGH_PRIORITY",
})  # fmt: skip  # between SELECT and the first output
_NEXT = re.compile(r"\s*,\s*(?!--|/\*|\#|\s|//)")  # the comma before an expression that no comment leads
_AS = re.compile(r"\bas\Z", re.IGNORECASE)


def spot(text: str, node: e.Expr) -> tuple[int, int]:
    """Line and column, from 1, where a node begins; (0, 0) where the parser did not keep it."""
    near = _starts(node.walk(prune=lambda part: part is not node and isinstance(part, e.Query)))
    first = min(near, default=None)
    if first is None:
        first = next(_starts(node.walk()), None)
    return (0, 0) if first is None else place(text, first)


def _starts(parts: Iterator[e.Expr]) -> Iterator[int]:
    return (meta["start"] for part in parts if (meta := part._meta) and "start" in meta)  # noqa: SLF001


class Written:
    """A text by its tokens: quotes expressions as they are written, which is faster than generating them."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self._depths: list[int] | None = None
        self._begins: list[int] = []
        self._within: list[int] = []  # of each token, the index of its SELECT; -1 of none
        self._around: dict[int, int] = {}  # of each SELECT, the index of the one around it

    @property
    def depths(self) -> list[int]:
        """Of each token, within how many brackets it stands; a bracket is outside of itself."""
        if self._depths is None:
            self._depths = depths = []
            depth = 0
            for token in self.tokens:
                kind = token.token_type
                if kind in _CLOSE:
                    depth = max(0, depth - 1)
                depths.append(depth)
                if kind in _OPEN:
                    depth += 1
        return self._depths

    def says(self, word: str) -> bool:
        """Whether a word, in small letters, is among the tokens."""
        return any(len(token.text) == len(word) and token.text.lower() == word for token in self.tokens)

    def expression(self, node: e.Expr, inside: int = 0, after: int = 0) -> str | None:
        """An output's expression without its alias; None where the parser kept too little of its place.

        inside: how many brackets there are between the SELECT and the list that the expression is in. after: where
        the output before it ends, if that is known: most are found at once by it.
        """
        if after and isinstance(node, e.Alias) and (comma := _NEXT.match(self.text, after)):
            named = node.args["alias"]._meta  # noqa: SLF001
            if named and named.get("start", 0) > comma.end():
                return _without_as(self.text[comma.end() : named["start"]])
        alias: e.Expr | None = None
        body = node
        if isinstance(node, e.Alias):
            alias, body = node.args.get("alias"), node.this
        leaf = min(body.walk(), key=_start, default=None)
        if leaf is None or (first := _start(leaf)) == _NOWHERE:
            return None
        queries = 0
        while leaf is not body and leaf is not None:
            if isinstance(leaf, e.With):  # written before the SELECT that it belongs to
                return None
            queries += isinstance(leaf, e.Select)
            leaf = leaf.parent
        queries += isinstance(body, e.Select)
        if not self._begins:
            self._begins = [token.start for token in self.tokens]
        at = bisect_right(self._begins, first) - 1
        select = self._select(at, queries)
        if select is None:
            return None
        depth = self.depths[select] + inside
        begin = self._begin(at, select, depth)
        if alias is None:
            return self.text[begin : self._end(at, depth)].strip()
        named = alias._meta or {}  # noqa: SLF001
        if "start" not in named:
            return None
        if named["start"] <= begin:  # DuckDB's `name: expression`, SQL Server's `name = expression`
            return self.text[named["end"] + 1 : self._end(at, depth)].lstrip(" \t\r\n:=").rstrip()
        return _without_as(self.text[begin : named["start"]])

    def _select(self, at: int, queries: int) -> int | None:
        """The SELECT of the list that holds a token; `queries` are between it and the list."""
        if not self._within:
            self._nest()
        found = self._within[at]
        while found >= 0 and queries:
            found, queries = self._around[found], queries - 1
        return found if found >= 0 else None

    def _nest(self) -> None:
        """Finds, for each token, the SELECT that it belongs to, and for each of those the one around it."""
        depths = self.depths
        open_: list[int] = []  # SELECTs, each deeper than the one before
        for at, token in enumerate(self.tokens):
            depth = depths[at]
            while open_ and depths[open_[-1]] > depth:
                open_.pop()
            if token.token_type == TokenType.SELECT:
                if open_ and depths[open_[-1]] == depth:
                    open_.pop()
                self._around[at] = open_[-1] if open_ else -1
                open_.append(at)
            self._within.append(open_[-1] if open_ else -1)

    def _begin(self, at: int, select: int, depth: int) -> int:
        """The offset where the item of a list begins that holds this token."""
        tokens, depths = self.tokens, self.depths
        while at - 1 > select:
            token = tokens[at - 1]
            kind = token.token_type
            if depths[at - 1] == depth:
                if kind in (TokenType.COMMA, TokenType.ALL):
                    break
                if kind == TokenType.DISTINCT and tokens[at].token_type != TokenType.FROM:
                    if tokens[at].token_type == TokenType.ON:  # DISTINCT ON (…)
                        at += 2
                        while at + 1 < len(tokens) and depths[at] > depth:
                            at += 1
                        at += 1
                    break
            elif depths[at - 1] < depth:
                break
            at -= 1
        return tokens[self._past_modifiers(at) if at == select + 1 else at].start

    def _past_modifiers(self, at: int) -> int:
        """The index of the first output: behind TOP and other words about the SELECT."""
        tokens = self.tokens
        while at + 1 < len(tokens) and (said := tokens[at].text.upper()) in _MODIFIERS:
            at += 1
            if said == "TOP":  # a number, or an expression in brackets
                outside = self.depths[at]
                at += 1
                while at + 1 < len(tokens) and self.depths[at] > outside:
                    at += 1
                at += tokens[at].text == ")"
        return at

    def _end(self, at: int, depth: int) -> int:
        """The offset where the item ends."""
        last = self.tokens[at]
        for i in range(at + 1, len(self.tokens)):
            token = self.tokens[i]
            if self.depths[i] < depth or (self.depths[i] == depth and self._closes(i)):
                break
            last = token
        return last.end + 1

    def _closes(self, at: int) -> bool:
        kind = self.tokens[at].token_type
        if kind == TokenType.FROM and self.tokens[at - 1].token_type == TokenType.DISTINCT:
            return False  # IS DISTINCT FROM
        return kind in _BEHIND


def _without_as(text: str) -> str:
    """An expression without the AS that it ends with."""
    text = text.strip()
    return _AS.sub("", text).rstrip() if text[-2:].lower() == "as" else text


def end_of(node: e.Expr) -> int:
    """The offset behind an output; 0 where the parser did not keep it."""
    of = type(node)
    last = node.args["alias"] if of is e.Alias else node.args["this"] if of is e.Column else None
    meta = last._meta if type(last) is e.Identifier else None  # noqa: SLF001
    return int(meta["end"]) + 1 if meta and "end" in meta else 0


_NOWHERE = 1 << 62


def _start(part: e.Expr) -> int:
    meta = part._meta  # noqa: SLF001  (`meta` would make one)
    return meta.get("start", _NOWHERE) if meta else _NOWHERE
