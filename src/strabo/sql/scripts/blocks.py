"""Tokens of a script into steps: statements, and what the procedural languages put around them.

One reader for all of PL/pgSQL, PL/SQL, MySQL, Snowflake scripting, BigQuery and their kin, for they differ in words
more than in shape; T-SQL, which ends statements without a mark, has its own way of finding where one ends.
Nothing here is refused: what has no known shape is a statement up to its end.
"""

from collections.abc import Callable

from sqlglot.tokenizer_core import TokenType

from strabo.sql.scripts import routines, shapes
from strabo.sql.scripts.steps import (
    Assign,
    Block,
    Branch,
    Call,
    Cursor,
    Declare,
    Execute,
    Fetch,
    Loop,
    Prepare,
    Routine,
    Run,
    Sql,
    Step,
    Tokens,
    Value,
)  # fmt: skip
from strabo.sql.scripts.words import STRINGS, like, word_of

_MOST_LEVELS = 60  # blocks within blocks; what is deeper is read as if it were flat
_SEMICOLON, _L, _R, _COMMA = TokenType.SEMICOLON, TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA
_EQUALS = frozenset({TokenType.EQ, TokenType.COLON_EQ})
_QUERY = frozenset({"SELECT", "WITH", "VALUES", "FROM", "TABLE"})
_SECTIONS = frozenset({
    "postgres", "redshift", "oracle", "snowflake", "vertica", "materialize", "risingwave", "db2", "exasol",
})  # fmt: skip  # where DECLARE is followed by any number of declarations
_TRANSACTION = frozenset(
    {"TRANSACTION", "TRAN", "WORK", "ISOLATION", "READ", "DISTRIBUTED", "DEFERRED", "IMMEDIATE", "EXCLUSIVE"}
)
_POSTGRES = frozenset({"postgres", "redshift", "vertica", "materialize", "risingwave"})
TSQL = frozenset({"tsql", "fabric"})
_SPARK = frozenset({"databricks", "spark"})
MYSQL = frozenset({"mysql", "singlestore", "doris", "starrocks"})
_END = frozenset({"END"})
_ARM = frozenset({"ELSE", "ELSIF", "ELSEIF", "END"})
_NOTHING = frozenset({
    "NULL", "EXIT", "CONTINUE", "LEAVE", "ITERATE", "BREAK", "RAISE", "SIGNAL", "RESIGNAL", "RAISERROR", "THROW",
    "CLOSE", "DEALLOCATE", "ASSERT", "PRINT", "GOTO", "GET", "PRAGMA",
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
            if step is not _NOT:
                return step
            self.at = start
        if word == "DEALLOCATE" or (word in _NOTHING and (self.inside or self.level or self.tsql) and not self.gets()):
            self.rest()
            return None
        return self.assignment() or self.call() or self.leaf()

    def gets(self) -> bool:
        """GET of Snowflake's stages, which moves files; GET DIAGNOSTICS moves nothing."""
        return self.word() == "GET" and self.word(1) not in {"DIAGNOSTICS", "CURRENT", "STACKED"}

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
        routine = routines.read(self, declarations)
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


class _Not(Step):
    """What a reader gives back that finds something else than it is for."""


_NOT = _Not(0)


# --- one function a first word ---------------------------------------------------------------------------------------


def _begin(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    following = reader.word(1)
    if reader.tsql and following in {"TRY", "CATCH"}:
        return _try(reader)
    if following in _TRANSACTION or reader.kind(1) in (None, _SEMICOLON):
        return _NOT
    reader.at += 1
    reader.take("NOT")
    reader.take("ATOMIC")
    body = reader.within(lambda: reader.steps(frozenset({"END", "EXCEPTION"})))
    handlers: list[list[Step]] = []
    if reader.take("EXCEPTION"):
        while reader.take("WHEN"):
            reader.upto("THEN")
            reader.take("THEN")
            handlers.append(reader.within(lambda: reader.steps(frozenset({"END", "WHEN"}))))
    reader.end_of()
    return Block(at, body, handlers)


def _try(reader: Reader) -> Step:
    at = reader.tokens[reader.at].start
    reader.at += 2
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("TRY", "CATCH")
    if reader.kind() == _SEMICOLON:
        reader.at += 1
    handlers: list[list[Step]] = []
    if reader.take("BEGIN", "CATCH"):
        handlers.append(reader.within(lambda: reader.steps(_END)))
        reader.end_of("CATCH")
    return Block(at, body, handlers)


def _declare(reader: Reader) -> Step | list[Step] | None:
    if reader.dialect in _SECTIONS and (
        reader.inside or reader.dialect not in _POSTGRES or not shapes.is_cursor(reader.tokens, reader.at)
    ):
        start = reader.at
        reader.at += 1
        found = declarations(reader)
        if reader.word() == "BEGIN":
            block = _begin(reader)
            if isinstance(block, Block):
                return Block(block.at, [*found, *block.body], block.handlers)
        reader.at = start
        if not reader.inside:
            return _NOT
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.dialect in _SPARK:  # DECLARE OR REPLACE VARIABLE a INT
        reader.take("OR", "REPLACE")
        reader.take("VARIABLE")
    return declared(reader, at)


_NO_NAMES = frozenset({
    "BEGIN", "END", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT",
})  # fmt: skip


def declarations(reader: Reader) -> list[Step]:
    """A section of declarations, up to BEGIN or END."""
    found: list[Step] = []
    while reader.more and reader.word() not in _NO_NAMES:
        if reader.kind() == _SEMICOLON:
            reader.at += 1
            continue
        before = reader.at
        if reader.word() in {"PROCEDURE", "FUNCTION"}:
            step: Step | list[Step] | None = reader.routine()
        elif reader.take("DECLARE"):
            continue
        else:
            step = declared(reader, reader.tokens[reader.at].start)
        if step is not None:
            found += step if isinstance(step, list) else [step]
        if reader.at == before:
            reader.at += 1
    return found


def declared(reader: Reader, at: int) -> Step | list[Step] | None:
    """One declaration, without the word."""
    if reader.tsql:
        return _tsql_declared(reader, at)
    if reader.word(1) == "HANDLER" and reader.word() in {"CONTINUE", "EXIT", "UNDO"}:
        reader.at += 3
        reader.upto(*shapes.STARTS)
        step = reader.within(lambda: _one(reader))
        return Branch(at, [([], step)], whole=False)
    if reader.word() == "CURSOR":  # Oracle: CURSOR c [(…)] IS …
        name = reader.tokens[reader.at + 1].text.lower() if reader.kind(1) is not None else ""
        tokens = reader.rest()
        begin = next((i for i, t in enumerate(tokens) if word_of(t) in _QUERY and i > 1), len(tokens))
        return Cursor(at, name, tokens[begin:], parameters=_parameters(tokens))
    if reader.word() in {"TYPE", "SUBTYPE", "PRAGMA", "USE"}:
        reader.rest()
        return None
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    if "CURSOR" in words[1:6]:
        begin = next(
            (i for i in range(2, len(tokens)) if words[i] in _QUERY and words[i - 1] in {"FOR", "IS", "(", ")"}), 0
        )
        if begin:
            query = shapes.bare(tokens[begin:])
            return Cursor(at, tokens[0].text.lower(), query, parameters=_parameters(tokens[:begin]))
        named = words.index("FOR") + 1 if "FOR" in words else 0
        return Cursor(at, tokens[0].text.lower(), tokens[named:] if named else [])
    names = [tokens[0]] if tokens else []
    i = 1
    while i + 1 < len(tokens) and tokens[i].token_type == _COMMA:
        names.append(tokens[i + 1])
        i += 2
    value = len(tokens)
    depth = 0
    for j in range(i, len(tokens)):
        kind = tokens[j].token_type
        depth += (kind == _L) - (kind == _R)
        if not depth and (kind in _EQUALS or words[j] == "DEFAULT"):
            value = j
            break
    return Declare(at, names, tokens[i:value], tokens[value + 1 :]) if names else None


def _parameters(tokens: Tokens) -> list[str]:
    """The names of a cursor's parameters, which are between its first brackets."""
    start = next((i for i, t in enumerate(tokens[:4]) if t.token_type == _L), None)
    if start is None:
        return []
    parts = shapes.split(tokens[start + 1 : shapes.closing(tokens, start)])
    return [part[0].text.lower() for part in parts if part and word_of(part[0]) not in _QUERY]


def _tsql_declared(reader: Reader, at: int) -> Step | list[Step] | None:
    tokens = reader.rest()
    if len(tokens) > 2 and tokens[0].token_type != TokenType.PARAMETER:
        words = [word_of(t) for t in tokens]
        begin = words.index("FOR") + 1 if "FOR" in words else len(tokens)
        return Cursor(at, tokens[0].text.lower(), tokens[begin:])
    found: list[Step] = []
    for part in shapes.split(tokens):
        if len(part) < 2:
            continue
        equals = next((i for i, t in enumerate(part) if t.token_type == TokenType.EQ), len(part))
        found.append(Declare(at, [part[1]], part[2:equals], part[equals + 1 :], sign=True))
    return found


def _one(reader: Reader) -> list[Step]:
    """One statement, as a list; a semicolon behind it is taken."""
    step = reader.step()
    if reader.kind() == _SEMICOLON:
        reader.at += 1
    return [] if step is None else step if isinstance(step, list) else [step]


def _if(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.tsql:
        condition = shapes.tsql_condition(reader)
        arms = [(condition, _one(reader))]
        if reader.take("ELSE"):
            arms.append(([], _one(reader)))
            return Branch(at, arms, whole=True)
        return Branch(at, arms, whole=False)
    condition = reader.upto("THEN")
    if not reader.take("THEN"):
        return _NOT
    arms = [(condition, reader.within(lambda: reader.steps(_ARM)))]
    whole = False
    while reader.word() in {"ELSE", "ELSIF", "ELSEIF"}:
        if reader.take("ELSE"):
            whole = True
            condition = []
        else:
            reader.at += 1
            condition = reader.upto("THEN")
            reader.take("THEN")
        arms.append((condition, reader.within(lambda: reader.steps(_ARM))))
    reader.end_of("IF")
    return Branch(at, arms, whole=whole)


def _case(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    subject = reader.upto("WHEN")
    arms: list[tuple[Tokens, list[Step]]] = []
    stop = frozenset({"WHEN", "ELSE", "END"})
    whole = False
    while reader.take("WHEN"):
        condition = reader.upto("THEN")
        if not reader.take("THEN"):
            return _NOT
        if subject and condition:
            condition = [*subject, like(condition[0], TokenType.EQ, "="), *condition]
        arms.append((condition, reader.within(lambda: reader.steps(stop))))
    if reader.take("ELSE"):
        whole = True
        arms.append(([], reader.within(lambda: reader.steps(_END))))
    reader.end_of("CASE")
    return Branch(at, arms, whole=whole) if arms else _NOT


def _loop(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("LOOP")
    return Loop(at, body)


def _while(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.tsql:
        condition = shapes.tsql_condition(reader)
        return Loop(at, _one(reader), condition=condition)
    condition = reader.upto("LOOP", "DO")
    if reader.word() not in {"LOOP", "DO"}:
        return _NOT
    reader.at += 1
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("LOOP", "WHILE")
    return Loop(at, body, condition=condition)


def _repeat(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    body = reader.within(lambda: reader.steps(frozenset({"UNTIL", "END"})))
    condition: Tokens = []
    if reader.take("UNTIL"):
        condition = reader.upto("END")
    reader.end_of("REPEAT")
    return Loop(at, body, condition=condition)


def _for(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    names = reader.upto("IN", "AS", "LOOP", "DO")
    name = names[0].text.lower() if names else ""
    if reader.word() not in {"IN", "AS"} or len(names) > 8:
        return _NOT
    reader.at += 1
    reader.take("ARRAY")
    reader.take("REVERSE")
    how = "execute" if reader.take("EXECUTE") else ""
    reader.take("IMMEDIATE")
    over = reader.upto("LOOP", "DO")
    if reader.word() not in {"LOOP", "DO"}:
        return _NOT
    if len(over) > 3 and word_of(over[1]) == "CURSOR":  # Teradata: r AS c CURSOR FOR …
        over = shapes.after(over, "FOR")
    reader.at += 1
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("LOOP", "FOR")
    many = shapes.split(names) if len(names) > 1 else []
    return Loop(at, body, record="" if many else name, targets=many, over=over, how=how)


def _forall(reader: Reader) -> Step | list[Step] | None:
    """Oracle: one statement for each element of a collection."""
    at = reader.tokens[reader.at].start
    reader.upto("INSERT", "UPDATE", "DELETE", "MERGE", "EXECUTE")
    return Loop(at, _one(reader))


def _set(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    dialect = reader.dialect
    tokens = reader.tokens[reader.at + 1 : reader.end()]
    if len(tokens) < 3 or dialect in _SECTIONS - {"snowflake"}:
        return _NOT
    if reader.tsql and tokens[0].token_type != TokenType.PARAMETER:
        return _NOT
    if dialect in MYSQL and word_of(tokens[0]) in {"GLOBAL", "PERSIST", "NAMES", "CHARACTER", "TRANSACTION"}:
        return _NOT
    reader.at += 1
    if dialect in _SPARK and reader.word() in {"VAR", "VARIABLE"}:
        reader.at += 1
    tokens = reader.rest()
    if len(tokens) < 3:
        return _NOT
    if tokens[0].token_type == _L:  # (a, b) = …
        close = shapes.closing(tokens, 0)
        if close + 1 < len(tokens) and tokens[close + 1].token_type == TokenType.EQ:
            return Assign(at, shapes.split(tokens[1:close]), shapes.bare(tokens[close + 2 :]))
        return _NOT
    found: list[Step] = []
    for part in shapes.split(tokens) if dialect in MYSQL else [tokens]:
        equals = next((i for i, t in enumerate(part[:8]) if t.token_type in _EQUALS), 0)
        if not equals:
            return _NOT
        target = part[:equals]
        adds = target[-1].token_type in (TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH)
        value = part[equals + 1 :]
        if dialect == "snowflake" and not reader.inside:
            target = [like(target[0], TokenType.PARAMETER, "$"), *target]
        if reader.tsql and value and word_of(value[0]) == "CURSOR":
            words = [word_of(t) for t in value]
            begin = words.index("FOR") + 1 if "FOR" in words else len(value)
            found.append(Cursor(at, "@" + target[-1].text.lower(), value[begin:]))
            continue
        found.append(Assign(at, [target[:-1] if adds else target], value, adds=adds))
    return found


def _let(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    return declared(reader, at)


def _open(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    if "FOR" not in words:
        return None
    name = tokens[0].text.lower()
    query = tokens[words.index("FOR") + 1 :]
    if query and word_of(query[0]) == "EXECUTE":
        return Cursor(at, name, query[1:], dynamic=True)
    dynamic = bool(query) and word_of(query[0]) not in _QUERY and query[0].token_type != _L
    return Cursor(at, name, query, dynamic=dynamic)


def _fetch(reader: Reader) -> Step | list[Step] | None:
    if not reader.inside and not reader.tsql and reader.dialect not in {"bigquery", "snowflake"}:
        return _NOT
    at = reader.tokens[reader.at].start
    reader.at += 1
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    into = next((i for i, word in enumerate(words) if word in {"INTO", "BULK COLLECT INTO"}), 0)
    before = tokens[:into]
    if not before:
        return None
    name = before[-1].text.lower()
    if len(before) > 1 and before[-2].token_type == TokenType.PARAMETER:
        name = "@" + name
    return Fetch(at, name, shapes.split(shapes.before(tokens[into + 1 :], "LIMIT")))


def _execute(reader: Reader) -> Step | list[Step] | None:
    if reader.tsql:
        return _tsql_execute(reader)
    at = reader.tokens[reader.at].start
    start = reader.at
    reader.at += 1
    immediate = reader.take("IMMEDIATE")
    if not immediate and not (reader.inside and reader.dialect in {"postgres", "redshift", "vertica"}):
        tokens = reader.rest()
        if not tokens:
            return _NOT
        values = shapes.after(tokens, "USING")
        if not values and len(tokens) > 2 and tokens[1].token_type == _L:
            values = tokens[2:-1]
        return Run(at, tokens[0].text.lower(), shapes.split(values), reader.tokens[start : reader.at])
    tokens = reader.rest()
    text = shapes.before(tokens, "INTO", "USING", "RETURNING", "BULK")
    rest = tokens[len(text) :]
    into = shapes.before(shapes.after(rest, "INTO"), "USING")
    given = shapes.split(shapes.before(shapes.after(rest, "USING"), "INTO", "RETURNING"))
    using = [part[1:] if part and word_of(part[0]) in {"IN", "OUT"} else part for part in given]
    if using and len(using) == 1 and using[0] and using[0][0].token_type == _L:
        using = shapes.split(shapes.bare(using[0]))  # Snowflake
    targets = [t[1:] if t and word_of(t[0]) == "STRICT" else t for t in shapes.split(into)]
    return Execute(at, text, targets, using)


def _tsql_execute(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    start = reader.at
    reader.at += 1
    tokens = reader.rest()
    if tokens and tokens[0].token_type == _L:
        return Execute(at, shapes.bare(tokens[: shapes.closing(tokens, 0) + 1]))
    name = shapes.before(tokens, "", kinds=(TokenType.COMMA, *STRINGS, TokenType.PARAMETER))
    if name and name[-1].text.lower() == "sp_executesql":
        parts = shapes.split(tokens[len(name) :])
        first = [shapes.after_equals(part) for part in parts[:2]]
        return Execute(at, first[0] if first else [], (), parts[2:], named=first[1] if len(first) > 1 else [])
    return Sql(reader.tokens[start : reader.at])


def _prepare(reader: Reader) -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    if reader.dialect in MYSQL and "FROM" in words:
        return Prepare(at, tokens[0].text.lower(), tokens[words.index("FROM") + 1 :], dynamic=True)
    if "AS" in words:
        return Prepare(at, tokens[0].text.lower(), tokens[words.index("AS") + 1 :], dynamic=False)
    if "FROM" in words and tokens:  # Trino
        return Prepare(at, tokens[0].text.lower(), tokens[words.index("FROM") + 1 :], dynamic=False)
    return _NOT


def _return(reader: Reader) -> Step | list[Step] | None:
    if not (reader.inside or reader.level > 1 or reader.tsql or reader.kind(1) in (None, _SEMICOLON)):
        return _NOT
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.take("QUERY", "EXECUTE"):
        tokens = reader.rest()
        text = shapes.before(tokens, "USING")
        return Execute(at, text, (), shapes.split(shapes.after(tokens, "USING")), query=True)
    reader.take("QUERY")
    next_ = reader.take("NEXT")
    tokens = reader.rest()
    inner = shapes.bare(tokens)
    if inner and word_of(inner[0]) in _QUERY - {"TABLE", "FROM"}:
        return Sql(inner)
    if word_of(tokens[0]) == "TABLE" if tokens else False:  # Snowflake: RETURN TABLE(rs)
        inner = shapes.bare(tokens[1:])
        if inner and word_of(inner[0]) in _QUERY:
            return Sql(inner)
    if next_ and tokens and not any(t.token_type == _L for t in tokens):
        return None
    return Value(tokens) if tokens else None


def _perform(reader: Reader) -> Step | list[Step] | None:
    if not reader.inside:
        return _NOT
    first = reader.tokens[reader.at]
    reader.at += 1
    return Sql([like(first, TokenType.SELECT, "SELECT"), *reader.rest()], [[]], ours=True)


def _do(reader: Reader) -> Step | list[Step] | None:
    """PostgreSQL's DO, with a body in a string."""
    if reader.dialect not in {"postgres", "redshift", "vertica", "materialize", "risingwave"} or reader.inside:
        return _NOT
    at = reader.tokens[reader.at].start
    start = reader.at
    reader.at += 1
    tokens = reader.rest()
    body = next((t for t in tokens if t.token_type in STRINGS), None)
    if body is None:
        return _NOT
    routine = Routine(at, "DO", "", reader.tokens[start : reader.at])
    routine.language = "plpgsql"
    routine.quoted = body
    return routine


_READERS: dict[str, Callable[[Reader], Step | list[Step] | None]] = {
    "BEGIN": _begin, "DECLARE": _declare, "IF": _if, "CASE": _case, "LOOP": _loop, "WHILE": _while, "REPEAT": _repeat,
    "FOR": _for, "FOREACH": _for, "FORALL": _forall, "SET": _set, "LET": _let, "OPEN": _open, "FETCH": _fetch,
    "EXECUTE": _execute, "EXEC": _execute, "PREPARE": _prepare, "RETURN": _return, "PERFORM": _perform, "DO": _do,
}  # fmt: skip
