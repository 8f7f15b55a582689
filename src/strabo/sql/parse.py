"""Text to syntax trees, by sqlglot, within limits.

The tree is the parser's own, plain or compiled. It needs guards: a refusal of what is nested more deeply than its
recursion bears (the compiled one would take the process with it), a refusal of joins in a row without a condition
(each doubles its time), and an end to going back and trying again. That end is a count of nodes, which holds in the
middle of compiled code too and is the same on every machine; the plain build looks at the clock besides.
"""

import logging
import re
import threading
from functools import lru_cache
from time import monotonic
from typing import Any

import msgspec
from sqlglot import Dialect
from sqlglot import expressions as e
from sqlglot import parser as sqlglot_parser
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.dialects import facts
from strabo.sql.errors import BROKEN, TooLong
from strabo.sql.idioms import rewriting
from strabo.sql.places import Written
from strabo.sql.result import Limits, Unknown
from strabo.sql.script import spelled_out
from strabo.sql.text import place

# It warns of statements that it keeps as plain text; the result says so itself.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

COMPILED = not str(sqlglot_parser.__file__).endswith(".py")

# Joins in a row without ON or USING: the parser tries both readings of each, 2 ** 12 of them in 0.1 s.
_MOST_BARE_JOINS = 12

# Nesting that any thread's stack bears: the compiled parser, unlike the plain one, may not notice where it ends.
_SHALLOW = 40

# Subscripts, calls and functions of functions in a row, `x[1][2]`, `x.f(1).g(2)` and `(x) -> f(x) -> g(x)`: the parser
# looks at all before them, or copies all behind them, for each.
_MOST_STEPS = 100

# Nodes that the parser may make: of valid SQL it makes one a token at most, and one of each that it tries in vain, of
# which joins without a condition are the most. Compiled, it makes 100 to 200 in a millisecond.
_NODES_A_TOKEN, _NODES_BESIDES = 8, 20_000
_TOO_MANY = "Maximum number of AST nodes"  # how its own message begins

_OPEN, _CLOSE, _CASE, _END, _PREFIX, _TYPE, _LESS, _MORE, _JOIN, _WHOLE, _MET, _FRESH = range(12)
_CODES = {
    TokenType.L_PAREN: _OPEN, TokenType.L_BRACKET: _OPEN, TokenType.L_BRACE: _OPEN,
    TokenType.R_PAREN: _CLOSE, TokenType.R_BRACKET: _CLOSE, TokenType.R_BRACE: _CLOSE,
    TokenType.CASE: _CASE, TokenType.END: _END,
    TokenType.NOT: _PREFIX, TokenType.DASH: _PREFIX, TokenType.PLUS: _PREFIX, TokenType.TILDE: _PREFIX,
    TokenType.ARRAY: _TYPE, TokenType.STRUCT: _TYPE, TokenType.MAP: _TYPE, TokenType.NULLABLE: _TYPE,
    TokenType.LIST: _TYPE, TokenType.LT: _LESS, TokenType.GT: _MORE,
    TokenType.JOIN: _JOIN, TokenType.STRAIGHT_JOIN: _JOIN,
    TokenType.CROSS: _WHOLE, TokenType.NATURAL: _WHOLE,  # a join after these has no condition
    TokenType.ON: _MET, TokenType.USING: _MET,
    TokenType.SEMICOLON: _FRESH, TokenType.WHERE: _FRESH, TokenType.GROUP_BY: _FRESH, TokenType.UNION: _FRESH,
}  # fmt: skip


class _Measure(msgspec.Struct):
    """How deep a text nests, how many joins without a condition and how many steps it has in a row, and where."""

    nesting: int = 0
    nesting_at: int = 0
    joins: int = 0
    joins_at: int = 0
    steps: int = 0
    steps_at: int = 0


def _measure(tokens: list[Token]) -> _Measure:
    found = _Measure()
    depth = cases = run = angles = joins = deepest = 0
    chains = [0]  # of each depth, the brackets in a row
    before: int | None = None
    last = -1  # the token before, if it was one of those that count
    code_of = _CODES.get
    for at, token in enumerate(tokens):
        code = code_of(token.token_type)
        if code is None:
            continue
        if last != at - 1:
            before = None
            run = 0
        last = at
        run = run + 1 if code == _PREFIX else 0
        if code == _OPEN:
            chains[depth] = chains[depth] + 1 if _goes_on(tokens, at) else 0
            if chains[depth] > found.steps:
                found.steps = chains[depth]
                if found.steps <= _MOST_STEPS + 1:
                    found.steps_at = token.start
            depth += 1
            if depth == len(chains):
                chains.append(0)
        elif code == _CLOSE:
            depth = max(0, depth - 1)
        elif code == _CASE:
            cases += 1
        elif code == _END:
            cases = max(0, cases - 1)
        elif code == _LESS:
            angles += before == _TYPE
        elif code == _MORE and angles:
            angles -= 1
        elif code == _JOIN:
            if before != _WHOLE:
                joins += 1
                if joins > found.joins:
                    found.joins, found.joins_at = joins, token.start
        elif code == _MET:
            joins = max(0, joins - 1)
        elif code == _FRESH:
            joins = 0
        now = depth + cases + run + angles
        if now > deepest:
            deepest, found.nesting_at = now, token.start
        before = code
    found.nesting = deepest
    return found


_LINKS = frozenset({TokenType.DOT, TokenType.ARROW})


def _goes_on(tokens: list[Token], at: int) -> bool:
    """Whether a bracket follows one, at once or behind a dot or an arrow, with a name between or not."""
    for back in (1, 2, 3):
        if back > at:
            return False
        kind = tokens[at - back].token_type
        if _CODES.get(kind) == _CLOSE:
            return back == 1 or tokens[at - back + 1].token_type in _LINKS
    return False


# What is counted to see at once that a statement cannot nest deeply: each nests by one at most.
_NESTING = ("(", "[", "{", "<", "-", "+", "~", "!", "case", "not")


def _is_flat(text: str) -> bool:
    """Whether there is too little in a text for any of the limits on its shape: true of most, and soon found out."""
    text = text.lower()
    return sum(map(text.count, _NESTING)) <= _SHALLOW and text.count("join") <= _MOST_BARE_JOINS


def _refused(text: str, found: _Measure, limits: Limits) -> Unknown | None:
    """Why, and where, a text is not even tried; None when it is."""
    if found.nesting > limits.nesting:
        return Unknown(f"nested more than {limits.nesting} deep", *place(text, found.nesting_at))
    if found.joins > _MOST_BARE_JOINS:
        reason = f"more than {_MOST_BARE_JOINS} joins in a row without ON or USING"
        return Unknown(reason, *place(text, found.joins_at))
    if found.steps > _MOST_STEPS:
        return Unknown(f"more than {_MOST_STEPS} subscripts, calls or arrows in a row", *place(text, found.steps_at))
    return None


@lru_cache(maxsize=64)
def _parser(base: type[Parser]) -> type[Parser]:
    if COMPILED:  # its classes cannot be extended
        return base

    class Timed(base):  # type: ignore[misc, valid-type]
        deadline = 0.0
        looks = 0

        def _retreat(self, index: int) -> None:
            self.looks += 1
            if not self.looks & 31 and monotonic() > self.deadline:
                raise TooLong
            super()._retreat(index)

    return Timed


@lru_cache(maxsize=64)
def rules_of(dialect: str) -> Any:
    """The parser's dialect for one of ours. Raises ValueError where there is none."""
    parser = facts(dialect).parser
    return Dialect.get_or_raise(dialect if parser is None else parser)


class _Parsers(threading.local):
    """The parsers of a thread, by dialect: making one takes as long as parsing a short statement."""

    def __init__(self) -> None:
        self.of: dict[type[Dialect], list[Any]] = {}


_parsers = _Parsers()

# Athena's parser hands each statement to one of two others, which know nothing of limits that it is told.
_WITHIN = ("_hive_parser", "_trino_parser")


def _parsers_of(rules: Any) -> list[Any]:
    """The parser of a dialect, and those that it leaves its work to."""
    found = _parsers.of.get(type(rules))
    if found is None:
        found = _parsers.of[type(rules)] = [_new(rules.parser_class, rules)]
        for name in _WITHIN:
            if (inner := getattr(found[0], name, None)) is not None:
                found.append(_new(type(inner), inner.dialect))
                setattr(found[0], name, found[-1])
    return found


def _new(kind: Any, rules: Any) -> Any:
    return _parser(kind)(dialect=rules, error_level=ErrorLevel.IMMEDIATE)


class Parsing:
    """The parser of one dialect, at work on one text. Raises ValueError where it does not know the dialect."""

    def __init__(self, text: str, dialect: str, limits: Limits) -> None:
        self.rules: Any = rules_of(dialect)
        self.dialect = dialect
        self.text = text
        self.limits = limits
        self._parsers = _parsers_of(self.rules)
        self._misread = rewriting.misread(text, dialect)

    def written(self, tokens: list[Token], *, deep: bool) -> Written | Unknown:
        """The statement ready to be parsed, or why it is not even tried.

        deep: whether the caller's stack is one for what is nested deeply. Raises RecursionError to ask for that.
        """
        if tokens and _is_flat(self.text[tokens[0].start : tokens[-1].end + 1]):
            return Written(self.text, tokens)
        measure = _measure(tokens)
        refusal = _refused(self.text, measure, self.limits)
        if refusal is not None:
            return refusal
        if COMPILED and not deep and measure.nesting > _SHALLOW:
            raise RecursionError
        return Written(self.text, tokens)

    def trees(self, tokens: list[Token], deadline: float) -> list[e.Expr]:
        """The trees of a statement. Raises one of `BROKEN`, TooLong, RecursionError."""
        for idiom in self._misread:
            tokens = idiom(tokens)
        try:
            found = self._trees(tokens, deadline)
        except BROKEN:
            other = rewriting.respelled(spelled_out(tokens, self.text, self.rules), self.dialect)
            if other is None:
                raise
            again = self._again(other, deadline)
            if not again:
                raise  # what it said of the statement as it is written
            return again
        if len(found) == 1 and type(found[0]) is e.Command:
            other = rewriting.respelled(spelled_out(tokens, self.text, self.rules), self.dialect)
            if other is not None:
                return self._again(other, deadline) or found
        return found

    def _again(self, tokens: list[Token], deadline: float) -> list[e.Expr]:
        """The trees of a statement in other words; none where the parser knows those neither."""
        try:
            found = self._trees(tokens, deadline)
        except BROKEN:
            return []
        return [] if any(type(tree) is e.Command for tree in found) else found

    def _trees(self, tokens: list[Token], deadline: float) -> list[e.Expr]:
        for parser in self._parsers:
            if not COMPILED:
                parser.deadline = deadline
            parser.max_nodes = _NODES_BESIDES + _NODES_A_TOKEN * len(tokens)
        try:
            return [tree for tree in self._parsers[0].parse(tokens, self.text) if tree is not None]
        finally:
            for parser in self._parsers:
                parser.reset()  # it is kept, the text is not


_LACKS = re.compile(r"Required keyword: '\w+' missing for <class '[\w.]*?(\w+)'>")
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def why(text: str, error: Exception, tokens: list[Token]) -> Unknown:
    """What the parser did not like, and where."""
    if isinstance(error, ParseError) and error.errors:
        told = error.errors[0]
        line, end = told.get("line") or 0, told.get("col") or 0
        marked = told.get("highlight") or " "
        reason = str(told.get("description") or error).partition(" but got <")[0]
        if reason.startswith(_TOO_MANY):
            return Unknown(f"given up: too many ways to read {len(tokens):,} words", *place(text, tokens[0].start))
        if (lacks := _LACKS.match(reason)) is not None:  # the parser speaks of its own classes there
            reason = f"the {_WORDS.sub(' ', lacks[1]).lower()} is not complete"
        return Unknown(f"no SQL: {reason}", line, max(1, end - len(marked) + 1))
    return Unknown(f"no SQL: {type(error).__name__}: {error}".splitlines()[0], *place(text, tokens[0].start))


def why_no_tokens(text: str, error: Exception, start: int = 0) -> Unknown:
    end = start + (getattr(error, "end", None) or 0)
    return Unknown("no SQL: a quote or a comment is never closed, or a character fits nowhere", *place(text, end))
