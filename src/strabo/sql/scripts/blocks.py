"""Tokens of a script into steps: statements, and what the procedural languages put around them.

One reader for all of PL/pgSQL, PL/SQL, MySQL, Snowflake scripting, BigQuery and their kin, for they differ in words
more than in shape; T-SQL, which ends statements without a mark, has its own way of finding where one ends.
Nothing here is refused: what has no known shape is a statement up to its end.
"""

from collections.abc import Callable

from sqlglot.tokenizer_core import TokenType

from strabo.sql.scripts import actions, control, declares, routines, shapes
from strabo.sql.scripts.kin import MYSQL, TSQL
from strabo.sql.scripts.steps import NOT, Assign, Call, Sql, Step, Tokens, Value
from strabo.sql.scripts.words import word_of

_MOST_LEVELS = 60  # blocks within blocks; what is deeper is read as if it were flat
_SEMICOLON, _L, _R, _COMMA = TokenType.SEMICOLON, TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA
_DASH = TokenType.DASH
_EQUALS = frozenset({TokenType.EQ, TokenType.COLON_EQ})
_NOTHING = frozenset({
    "NULL", "EXIT", "CONTINUE", "LEAVE", "ITERATE", "BREAK", "RAISE", "SIGNAL", "RESIGNAL", "RAISERROR", "THROW",
    "CLOSE", "DEALLOCATE", "ASSERT", "PRINT", "GOTO", "PRAGMA", "WAITFOR", "AWAIT",
})  # fmt: skip


class Reader:
    """bodies: whether what is read is within a routine or a block, where a few words mean something else."""

    def __init__(self, tokens: Tokens, dialect: str, *, inside: bool = False) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.tsql = dialect in TSQL
        self.inside = inside
        self.at = 0
        self.level = 0

    # --- looking ---------------------------------------------------------------------------------------------------

    def word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return word_of(self.tokens[at]) if at < len(self.tokens) else ""

    def kind(self, ahead: int = 0) -> TokenType | None:
        at = self.at + ahead
        return self.tokens[at].token_type if at < len(self.tokens) else None

    def take(self, *words: str) -> bool:
        for ahead, word in enumerate(words):
            if self.word(ahead) != word:
                return False
        self.at += len(words)
        return True

    @property
    def more(self) -> bool:
        return self.at < len(self.tokens)

    def until(self, *words: str, start: int | None = None) -> int:
        """The index of the first of some words, or of a semicolon, outside of brackets and CASE."""
        depth = 0
        tokens = self.tokens
        for at in range(self.at if start is None else start, len(tokens)):
            kind = tokens[at].token_type
            if kind == _L:
                depth += 1
            elif kind == _R:
                depth -= 1
            elif kind == TokenType.CASE and "CASE" not in words:
                depth += 1
            elif kind == TokenType.END and depth > 0:
                depth -= 1
            elif kind == _SEMICOLON or (depth <= 0 and word_of(tokens[at]) in words):
                return at
        return len(tokens)

    def upto(self, *words: str) -> Tokens:
        """The tokens before the first of some words; the word is next."""
        start, self.at = self.at, self.until(*words)
        return self.tokens[start : self.at]

    def end(self) -> int:
        """The index behind a statement that begins here."""
        if self.tsql:
            return shapes.tsql_end(self.tokens, self.at)
        for at in range(self.at, len(self.tokens)):
            if self.tokens[at].token_type == _SEMICOLON:
                return at
        return len(self.tokens)

    def rest(self) -> Tokens:
        """The tokens up to the end of the statement, which is behind."""
        start, self.at = self.at, self.end()
        return self.tokens[start : self.at]

    # --- steps -----------------------------------------------------------------------------------------------------

    def steps(self, stop: frozenset[str] = frozenset()) -> list[Step]:
        found: list[Step] = []
        while self.more:
            if self.kind() == _SEMICOLON:
                self.at += 1
                continue
            if self.word() in stop:
                break
            before = self.at
            step = self.step()
            if step is not None:
                found += step if isinstance(step, list) else [step]
            if self.at == before:
                self.at += 1
        return found

    def step(self) -> Step | list[Step] | None:
        self.label()
        if not self.more:
            return None
        if shapes.is_routine(self.tokens, self.at, self.dialect):
            return self.routine()
        word = self.word()
        reader = _READERS.get(word)
        if reader is not None and self.level < _MOST_LEVELS:
            self.level += 1
            start = self.at
            try:
                step = reader(self)
            finally:
                self.level -= 1
            if step is not NOT:
                return step
            self.at = start
        if word == "DEALLOCATE" or (word in _NOTHING and (self.inside or self.level or self.tsql)):
            self.rest()
            return None
        return self.assignment() or self.call() or self.leaf()

    def label(self) -> None:
        if (self.kind() == TokenType.LT and self.kind(1) == TokenType.LT) or self.word() == "<<":
            start = self.at
            while self.more and self.kind() not in (TokenType.GT, _SEMICOLON) and self.word() != ">>":
                self.at += 1
            if self.kind() == _SEMICOLON or not self.more:
                self.at = start
            elif self.word() == ">>":
                self.at += 1
            else:
                self.at += 2
        if self.kind(1) == TokenType.COLON and (
            self.word(2) in {"LOOP", "WHILE", "BEGIN", "REPEAT", "FOR"} or (self.tsql and self.kind() == TokenType.VAR)
        ):
            self.at += 2

    def call(self) -> Step | None:
        """PL/SQL calls a procedure by its name, with its arguments behind or none."""
        if self.dialect != "oracle" or not (self.inside or self.level) or self.word() in shapes.STARTS:
            return None
        at = self.at
        while self.kind(at - self.at + 1) == TokenType.DOT:
            at += 2
        following = self.kind(at - self.at + 1)
        if self.kind(at - self.at) not in (TokenType.VAR, TokenType.IDENTIFIER) or following not in (_L, _SEMICOLON):
            return None
        return Call(self.rest())

    def leaf(self) -> Step | None:
        tokens = self.rest()
        return self.statement(tokens) if tokens else None

    def statement(self, tokens: Tokens) -> Step:
        """A statement of SQL, without the INTO that gives rows to variables."""
        if self.tsql:
            kept, targets = shapes.assigned_in_select(tokens)
            return Sql(kept, targets, ours=bool(targets)) if targets else Sql(tokens)
        if self.inside or self.level or self.dialect in MYSQL:
            kept, targets = shapes.without_into(tokens, variables_only=not (self.inside or self.level))
            if targets:
                return Sql(kept, targets, ours=True)
        return Sql(tokens)

    def assignment(self) -> Step | None:
        """`a.b[1] := …`, and in PL/pgSQL `=` for it."""
        at = self.at
        tokens = self.tokens
        signs = _EQUALS if self.inside and self.dialect in {"postgres", "redshift"} else (TokenType.COLON_EQ,)
        if at < len(tokens) and tokens[at].token_type == TokenType.COLON:
            at += 1
        depth = 0
        limit = min(len(tokens), at + 40)
        while at < limit:
            kind = tokens[at].token_type
            if not depth and kind in signs and at > self.at:
                target = [tokens[self.at : at]]
                start = self.at
                self.at = at + 1
                return Assign(tokens[start].start, target, self.rest())
            if (
                kind == TokenType.LT
                and self.dialect == "vertica"
                and self.inside
                and self.kind(at - self.at + 1) == _DASH
            ):
                target, start, self.at = [tokens[self.at : at]], self.at, at + 2
                return Assign(tokens[start].start, target, self.rest())  # `a <- …`, which wants a value
            if kind in (_L, TokenType.L_BRACKET):
                depth += 1
            elif kind in (_R, TokenType.R_BRACKET):
                depth -= 1
            elif not depth and at > self.at and kind not in (TokenType.DOT, TokenType.PARAMETER, TokenType.COLON):
                before = tokens[at - 1].token_type
                if before not in (TokenType.DOT, TokenType.PARAMETER, TokenType.COLON):
                    return None
            elif kind == _SEMICOLON:
                return None
            at += 1
        return None

    def end_of(self, *words: str) -> None:
        """Takes END and what may follow it."""
        if not self.take("END"):
            return
        for word in words:
            if self.take(word):
                break
        if not self.tsql and self.kind() not in (None, _SEMICOLON) and self.kind(1) in (None, _SEMICOLON):
            self.at += 1  # the label

    def routine(self) -> Step:
        start = self.at
        routine = routines.read(self, declares.declarations)
        if routine is None:
            self.at = start
            return self.leaf() or Value(self.tokens[start : start + 1])
        return routine

    def within(self, read: Callable[[], list[Step]]) -> list[Step]:
        was, self.inside = self.inside, True
        try:
            return read()
        finally:
            self.inside = was


_READERS: dict[str, Callable[[Reader], Step | list[Step] | None]] = {
    "BEGIN": control.begin, "DECLARE": declares.declare, "IF": control.if_, "CASE": control.case, "LOOP": control.loop,
    "WHILE": control.while_, "REPEAT": control.repeat, "FOR": control.for_, "FOREACH": control.for_,
    "FORALL": control.forall, "SET": actions.set_, "LET": declares.let, "OPEN": actions.open_, "FETCH": actions.fetch,
    "GET": actions.get, "EXECUTE": actions.execute, "EXEC": actions.execute, "PREPARE": actions.prepare,
    "RETURN": actions.return_, "PERFORM": actions.perform, "DO": actions.do, "ASYNC": actions.async_,
    "CALL": actions.call,
}  # fmt: skip
