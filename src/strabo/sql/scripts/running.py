"""Steps of a script, followed in their order: every statement resolved, with what variables hold where it stands.

Branches are followed each from the same beginning, and hold either's values behind; a loop is followed twice, first for
what its variables hold when it comes around. So nothing depends on values, but for text that is executed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Protocol

import msgspec
from sqlglot import expressions as e
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql import parse, script
from strabo.sql.errors import BROKEN
from strabo.sql.names import TableName
from strabo.sql.places import Written
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Edge, Flow, Kind, Made, Output, Read, Statement, Target, Unknown
from strabo.sql.scope import AGGREGATION, FILTER, HOW, IDENTITY, split_path
from strabo.sql.scripts import blocks, constants, reading, shapes
from strabo.sql.scripts.bound import Bound, around, marked
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
from strabo.sql.scripts.variables import Carried, Inside, Tables, Variable, either, through_all
from strabo.sql.scripts.words import STRINGS, like, word_of
from strabo.sql.text import place
from strabo.sql.working import Working

_MOST_TEXTS = 3  # texts that execute texts
_SQL = frozenset({"", "sql", "plpgsql", "plsql", "tsql", "spl", "sqlscript"})
_POSTGRES = frozenset({"postgres", "redshift", "vertica", "materialize", "risingwave"})
_QUERY = frozenset({"SELECT", "WITH", "VALUES"})
_HARMLESS = ("dbms_", "utl_", "raise_application_error", "owa", "htp")  # of Oracle: they change no table


class Engine(Protocol):
    """What reads one statement: `engine.Reader`."""

    text: str
    parsing: parse.Parsing
    working: Working
    statements: list[Statement]
    unparsed: list[Unknown]
    bind: Callable[[e.Expr], None] | None
    resolver: Callable[[Written, float], Resolver]

    def step(self, tokens: Tokens, number: int, *, within: bool = False) -> None: ...

    def another(self, text: str, at: int) -> "Engine | None": ...


class Script:
    """The run of one text. on: the table whose NEW and OLD rows a trigger's body sees."""

    def __init__(self, engine: Engine, *, on: TableName | None = None, parent: "Script | None" = None) -> None:
        self.engine = engine
        self.text = engine.text
        self.dialect = engine.working.dialect
        self.working = engine.working
        self.on = on
        self.tables: Tables = Tables() if parent is None else parent.tables
        self.level: int = 0 if parent is None else parent.level + 1
        self.control: list[frozenset[Carried]] = [] if parent is None else parent.control
        self.values: dict[str, Variable] = {}
        self.prepared: dict[str, Prepare] = {}
        self.texts: dict[str, str | None] = {}
        self.watched: Read | None = None
        self.wins = self.dialect in blocks.MYSQL
        self.inside = False
        self.silent: int = 0 if parent is None else parent.silent
        self.watching: dict[str, Routine] = {}  # triggers by the function that they run
        self.followed: set[str] = set()  # routines whose bodies are in the text
        self._rows: list[Variable] = []
        self._row = Variable()
        self._told = False
        engine.bind = self._bind
        engine.resolver = self._resolver

    def run(self, tokens: Tokens, *, inside: bool = False) -> None:
        self.inside = inside
        steps = blocks.Reader(tokens, self.dialect, inside=inside).steps()
        self.watching = {s.calls: s for s in steps if isinstance(s, Routine) and s.calls and s.on is not None}
        self.steps(steps)

    def steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            _FOLLOWED[type(step)](self, step)

    # --- one statement -----------------------------------------------------------------------------------------------

    def _bind(self, tree: e.Expr) -> None:
        if self.values:
            marked(tree, self.values, wins=self.wins)

    def _resolver(self, written: Written, deadline: float) -> Resolver:
        context = Inside(written, self.working)
        context.tables = self.tables
        control = {(number, column, how) for number, column, how, _ in context.numbered(self._deciding())}
        scope = around(self.values, context, bare=not self.wins)
        return Bound(context, deadline, scope, control, self._tell)

    def _tell(self, context: Inside, relation: Relation) -> None:
        self._rows, self._row = context.variables(relation)
        self._told = True

    def _deciding(self) -> frozenset[Carried]:
        return frozenset().union(*self.control) if self.control else frozenset()

    def read(self, tokens: Tokens) -> list[Statement]:
        """What one statement says, which is in the answer; its rows are then in `_rows`."""
        self._rows, self._row, self._told = [], Variable(), False
        if not tokens:
            return []
        tokens = self.plain(tokens)
        rules = self.engine.parsing.rules
        if tokens[0].token_type in rules.tokenizer_class.COMMANDS:
            tokens = script.tokens_of(self.engine.parsing.text, rules, tokens[0].start, tokens[-1].end + 1)
        before, failed = len(self.engine.statements), len(self.engine.unparsed)
        self.engine.step(tokens, tokens[0].start, within=True)
        found = self.engine.statements[before:]
        if self.silent:
            del self.engine.statements[before:], self.engine.unparsed[failed:]
        return found

    def change(self, found: list[Statement], to: Callable[[Statement], Statement]) -> None:
        """Puts others in the place of the statements that were read last."""
        if not self.silent and found:
            self.engine.statements[-len(found) :] = [to(each) for each in found]

    def plain(self, tokens: Tokens) -> Tokens:
        """Tokens in the words of plain SQL: variables that are tables, names in variables, marks of rows."""
        done: Tokens = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            if token.token_type == TokenType.PARAMETER and following is not None and token.end + 1 == following.start:
                if self._is_table(f"{token.text}{following.text}"):
                    done.append(_joined(token, following, f"{token.text}{following.text}"))
                    at += 2
                    continue
            elif token.token_type == TokenType.COLON and following is not None and self.dialect == "oracle":
                if word_of(following) in {"NEW", "OLD"} and self.values.get(following.text.lower()) is not None:
                    at += 1
                    continue
                name = following.text.lower()
                if name not in self.values and f"${name}" in self.values:
                    done += [
                        _joined(token, following, "$vars"),
                        like(token, TokenType.DOT, "."),
                        like(following, TokenType.IDENTIFIER, f"${name}"),
                    ]
                    at += 2
                    continue
            elif (
                word_of(token) in {"IDENTIFIER", "TABLE"}
                and following is not None
                and following.token_type == TokenType.L_PAREN
            ):
                end = shapes.closing(tokens, at + 1)
                name_ = (
                    constants.text_of(tokens[at + 2 : end], self.constant)
                    if self.dialect in {"snowflake", "databricks", "spark"}
                    else None
                )
                if name_ is not None and all(part for part in name_.split(".")):
                    for number, part in enumerate(name_.split(".")):
                        done += [like(token, TokenType.DOT, ".")] if number else []
                        quoted = part.startswith('"')
                        done.append(like(token, TokenType.IDENTIFIER if quoted else TokenType.VAR, part.strip('"')))
                    at = end + 1
                    continue
            done.append(token)
            at += 1
        return done

    def _is_table(self, name: str) -> bool:
        return bool(self.working.tables) and ("", self.working.rules.table(name, True)) in self.working.tables

    def constant(self, name: str) -> str | None:
        variable = self.values.get(name)
        return None if variable is None else variable.constant

    def say(
        self, kind: Kind, at: int, *, unknown: str = "", reads: tuple[Read, ...] = (), flows: tuple[Flow, ...] = ()
    ) -> None:
        if self.silent:
            return
        line, column = place(self.text, at)
        told = (Unknown(unknown, line, column),) if unknown else ()
        self.engine.statements.append(
            Statement(kind=kind, line=line, column=column, reads=reads, flows=flows, unknown=told)
        )

    def sql(self, step: Sql) -> None:
        if self._calls_known(step.tokens):
            self.say("other", step.at)
            return
        current = self._current(step.tokens)
        if current:
            held = self.values.get(step.tokens[current + 3].text.lower(), Variable())
            tokens = [*step.tokens[:current], *step.tokens[current + 4 :]]
            with self._only_when(frozenset([(r, c, h, g) for r, c, h, g in held.uses if h > AGGREGATION])):
                found = self.read(tokens)
        else:
            found = self.read(step.tokens)
        if step.ours:
            self.change(found, _only_read)
        if step.targets and self._told:
            self.assign(step.targets, self._rows, self._row, step.at)

    def _current(self, tokens: Tokens) -> int:
        """Where `WHERE CURRENT OF c` begins; 0 where there is none."""
        if word_of(tokens[0]) not in {"UPDATE", "DELETE"}:
            return 0
        words = [word_of(t) for t in tokens]
        return next((at for at in range(len(words) - 3) if words[at : at + 3] == ["WHERE", "CURRENT", "OF"]), 0)

    def value(self, tokens: Tokens) -> Variable:
        """What an expression holds. A query in it is told as a statement that only reads."""
        if not tokens:
            return Variable()
        inner = shapes.bare(tokens)
        query = bool(inner) and word_of(inner[0]) in _QUERY
        silent = not any(word_of(t) == "SELECT" for t in tokens)
        first = tokens[0]
        whole = inner if query else [like(first, TokenType.SELECT, "SELECT"), *tokens]
        constant = None if query else constants.text_of(tokens, self.constant)
        if constant is not None:
            return Variable(constant=constant)
        self.silent += silent
        try:
            found = self.read(whole)
        finally:
            self.silent -= silent
        if not silent:
            self.change(found, _only_read)
        if not self._rows:
            return self._row
        one = self._rows[0]
        if len(self._rows) > 1 or (query and self._row.fields):
            return Variable(
                one.uses if len(self._rows) == 1 else self._row.uses, fields=self._row.fields, names=self._row.names
            )
        if len(inner) == 1 and (known := self.values.get(inner[0].text.lower())) is not None:
            return known
        return one

    # --- variables ---------------------------------------------------------------------------------------------------

    def assign(self, targets: Sequence[Tokens], values: Sequence[Variable], row: Variable, at: int) -> None:
        """Gives variables the values of a row; one variable for many columns is a record."""
        targets = [target for target in targets if target]
        if len(targets) == 1 and (len(values) != 1 or row.rest):
            self.put(targets[0], row, at)
            return
        if len(targets) == 1:
            one = values[0]
            self.put(targets[0], Variable(one.uses, constant=one.constant, fields=row.fields, names=row.names), at)
            return
        for number, target in enumerate(targets):
            self.put(target, values[number] if number < len(values) else Variable(), at)

    def put(self, target: Tokens, value: Variable, at: int) -> None:
        deciding = self._deciding()
        if deciding:
            value = Variable(
                value.uses | deciding, constant=value.constant, fields=value.fields, names=value.names, rest=value.rest
            )
        tokens = [t for t in target if t.token_type != TokenType.COLON]
        if not tokens:
            return
        sign = tokens[0].text if tokens[0].token_type == TokenType.PARAMETER else ""
        tokens = [t for t in tokens if t.token_type != TokenType.PARAMETER]
        if not tokens:
            return
        name = sign + tokens[0].text.lower()
        if len(tokens) == 1:
            self.values[name] = value
        elif tokens[1].token_type == TokenType.DOT and len(tokens) > 2:
            holder = self.values.get(name, Variable())
            key = self.working.rules.column(tokens[2].text, tokens[2].token_type == TokenType.IDENTIFIER)
            names = {**holder.names, key: holder.names.get(key, tokens[2].text)}
            whole = len(tokens) == 3
            fields = dict(holder.fields or {})
            fields[key] = value if whole or key not in fields else either(fields[key], value)
            self.values[name] = Variable(
                holder.uses | through_all(value.uses), fields=fields, names=names, rest=holder.rest
            )
            if name == "new" and self.watched is not None and whole:
                self._changed(names[key], value, at)
        else:  # an element of an array
            self.values[name] = either(self.values.get(name, Variable()), value)

    def _changed(self, column: str, value: Variable, at: int) -> None:
        """A trigger that gives the new row another value."""
        watched = self.watched
        assert watched is not None  # noqa: S101  (asked before)
        edges: dict[Edge, None] = {}
        for read, source, how, guessed in sorted(value.uses, key=repr):
            name, field = split_path(source)
            if (read.table, name, how) != (watched.table, column, IDENTITY):
                edges[Edge(read.table, name, column, HOW[how], guessed, field)] = None
        into = Target(watched.table, "update", watched.guessed, watched.temporary)
        flow = Flow(into=into, outputs=(Output(column),), edges=tuple(edges))
        tables = {edge.table for edge in edges}
        reads = tuple(dict.fromkeys(read for read, *_ in sorted(value.uses, key=repr) if read.table in tables))
        self.say("update", at, reads=reads, flows=(flow,))

    def assigned(self, step: Assign) -> None:
        inner = shapes.bare(step.value)
        if len(step.targets) == 1 and inner and word_of(inner[0]) in {"EXECUTE", "EXEC"}:
            self.put(step.targets[0], self._cursor(step.value, dynamic=False), step.at)
            return
        value = self.value(step.value)
        if step.adds:
            held = self.values.get("".join(t.text for t in step.targets[0][:2]).lower(), Variable())
            whole = None
            if held.constant is not None and value.constant is not None and not value.constant.isdecimal():
                whole = held.constant + value.constant
            mixed = either(Variable(through_all(value.uses)), Variable(through_all(held.uses)))
            value = Variable(mixed.uses, constant=whole)
        if len(step.targets) > 1:
            row = list((value.fields or {}).values())
            self.assign(step.targets, row, value, step.at)
        else:
            self.put(step.targets[0], value, step.at)

    def declared(self, step: Declare) -> None:
        words = [word_of(t) for t in step.kind]
        if step.value and word_of(shapes.bare(step.value)[0]) in {"EXECUTE", "EXEC"}:
            words.append("RESULTSET")
        value = self.value(step.value) if step.value and "RESULTSET" not in words else Variable()
        if "ROWTYPE" in words or "RECORD" in words:
            value = either(value, Variable(fields={}))
        for name in step.names:
            if step.sign and words[:1] == ["TABLE"]:
                self._table(f"@{name.text}", step.kind[1:])
            self.values[("@" if step.sign else "") + name.text.lower()] = value
        if "RESULTSET" in words and step.value:
            self.values[step.names[0].text.lower()] = self._cursor(step.value, dynamic=False)

    def _table(self, name: str, kind: Tokens) -> None:
        """A variable that is a table."""
        inner = shapes.bare(kind)
        words = {"PRIMARY", "UNIQUE", "CHECK", "INDEX", "CONSTRAINT", "FOREIGN"}
        columns = tuple(part[0].text for part in shapes.split(inner) if part and word_of(part[0]) not in words)
        self.working.make(TableName((name,), (True,)), columns or None, temporary=True)

    # --- cursors and loops -------------------------------------------------------------------------------------------

    def _cursor(self, query: Tokens, *, dynamic: bool) -> Variable:
        tokens = shapes.bare(query)
        if tokens and word_of(tokens[0]) in {"EXECUTE", "EXEC"}:  # Snowflake: a RESULTSET of text
            immediate = len(tokens) > 1 and word_of(tokens[1]) == "IMMEDIATE"
            query, dynamic = tokens[1 + immediate :], True
        if dynamic:
            using = shapes.split(shapes.after(query, "USING"))
            if len(using) == 1:
                using = shapes.split(shapes.bare(using[0]))
            self.executed(Execute(query[0].start if query else 0, shapes.before(query, "USING"), (), using), ours=True)
            return self._row
        if tokens and word_of(tokens[0]) not in _QUERY:
            return self.values.get(tokens[0].text.lower(), Variable())
        found = self.read(tokens)
        self.change(found, _only_read)
        return self._row

    def cursor(self, step: Cursor) -> None:
        before, self.values = self.values, {**self.values, **{name: Variable() for name in step.parameters}}
        held = self._cursor(step.query, dynamic=step.dynamic) if step.query else Variable()
        self.values = before
        self.values[step.name] = held

    def fetched(self, step: Fetch) -> None:
        row = self.values.get(step.cursor, Variable())
        values = list((row.fields or {}).values())
        if row.rest and len(step.targets) > 1:
            self.assign(step.targets, [], Variable(), step.at)
            self.say("other", step.at, unknown=f"which columns {step.cursor} has is not known")
        else:
            self.assign(step.targets, values, row, step.at)

    def loop(self, step: Loop) -> None:
        over = Variable()
        if step.record or step.targets:
            over = self._over(step)
        deciding = frozenset([(r, c, h, g) for r, c, h, g in over.uses if h > AGGREGATION])
        before = dict(self.values)
        with self._only_when(self._decides(step.condition) | deciding):
            if not self.silent:
                tables, path = dict(self.working.tables), self.working.search_path
                self.silent += 1
                try:
                    self._once(step, over)
                finally:
                    self.silent -= 1
                self.working.tables, self.working.search_path = tables, path
                self.values = _merged(before, self.values)
            self._once(step, over)
        self.values = _merged(before, self.values)
        if step.record:
            self.values.pop(step.record, None)
            if step.record in before:
                self.values[step.record] = before[step.record]

    def _once(self, step: Loop, over: Variable) -> None:
        if step.record:
            self.values[step.record] = over
        elif step.targets:
            self.assign(step.targets, list((over.fields or {}).values()), over, step.at)
        self.steps(step.body)

    def _over(self, step: Loop) -> Variable:
        """What the rows or elements hold that a loop runs over."""
        tokens = shapes.bare(step.over)
        if step.how == "execute":
            return self._cursor(shapes.before(step.over, "USING"), dynamic=True)
        if not tokens or word_of(tokens[0]) in _QUERY:
            return self._cursor(tokens, dynamic=False)
        held = self.values.get(tokens[0].text.lower())
        if held is not None and (len(tokens) == 1 or tokens[1].token_type == TokenType.L_PAREN):
            return held
        if (
            any(
                t.token_type == TokenType.DOT and s.token_type in (TokenType.DOT, TokenType.NUMBER)
                for t, s in pairwise(tokens)
            )
            or ".." in self.text[tokens[0].start : tokens[-1].end + 1]
        ):
            return Variable()  # a range of numbers
        self.silent += 1
        try:
            value = self.value(step.over)
        finally:
            self.silent -= 1
        return Variable(through_all(value.uses))

    def _decides(self, condition: Tokens) -> frozenset[Carried]:
        """What a condition looks at."""
        return frozenset([(r, c, h if h > AGGREGATION else FILTER, g) for r, c, h, g in self.value(condition).uses])

    @contextmanager
    def _only_when(self, deciding: frozenset[Carried]) -> Iterator[None]:
        """What runs within, runs only if something holds."""
        self.control.append(deciding)
        try:
            yield
        finally:
            self.control.pop()

    def branch(self, step: Branch) -> None:
        before = self.values
        ends: list[dict[str, Variable]] = [] if step.whole else [before]
        deciding: frozenset[Carried] = frozenset()
        for condition, body in step.arms:
            self.values = dict(before)
            deciding |= self._decides(condition)  # an arm is reached if none before it was taken
            with self._only_when(deciding):
                self.steps(body)
            ends.append(self.values)
        merged = ends[0]
        for end in ends[1:]:
            merged = _merged(merged, end)
        self.values = dict(merged)

    def block(self, step: Block) -> None:
        own = {
            ("@" if s.sign else "") + name.text.lower()
            for s in step.body
            if isinstance(s, Declare) and not s.sign
            for name in s.names
        }
        before = self.values
        self.values = dict(before)
        self.steps(step.body)
        after = self.values
        for handler in step.handlers:
            self.values = _merged(before, after)
            self.steps(handler)
            after = _merged(after, self.values)
        self.values = {name: value for name, value in after.items() if name not in own}
        self.values.update({name: before[name] for name in own if name in before})

    # --- text that is run --------------------------------------------------------------------------------------------

    def executed(self, step: Execute, *, ours: bool = False) -> None:
        using = self._using(step.using, constants.text_of(step.named, self.constant) or "")
        left = self._execute(step.text, step.at, using, ours=ours or bool(step.targets))
        if step.targets:
            self.assign(step.targets, self._rows, self._row, step.at)
        for part, name in zip(step.using, using, strict=False):
            if any(word_of(t) in {"OUTPUT", "OUT"} for t in part[3:]):  # T-SQL: @a = @b OUTPUT
                self.put(shapes.before(shapes.after_equals(part), "OUTPUT", "OUT"), left.get(name, Variable()), step.at)

    def _execute(self, what: Tokens, at: int, using: dict[str, Variable], *, ours: bool) -> dict[str, Variable]:
        """Follows the text that an expression makes. What its parameters hold behind it comes back."""
        self._rows, self._row, self._told = [], Variable(), False
        literal = what[0] if len(what) == 1 and what[0].token_type in STRINGS else None
        if literal is not None and self.level < _MOST_TEXTS:
            try:
                placed = reading.inside(literal, self.engine.parsing.text, self.dialect)
            except BROKEN:
                placed = None
            if placed:
                return self._within(placed, using, ours=ours)
        return self._execute_text(constants.text_of(what, self.constant), at, using, ours=ours)

    def _within(self, tokens: Tokens, using: dict[str, Variable], *, ours: bool) -> dict[str, Variable]:
        """Follows text that stands in this one, where it stands."""
        before = len(self.engine.statements)
        values, wins, self.values, self.wins = self.values, self.wins, using, self.dialect in blocks.MYSQL
        self.level += 1
        try:
            self.steps(blocks.Reader(self._numbered(tokens, using), self.dialect).steps())
        finally:
            left, self.values, self.wins = self.values, values, wins
            self.level -= 1
        if ours and not self.silent:
            self.engine.statements[before:] = [_only_read(each) for each in self.engine.statements[before:]]
        return left

    def _execute_text(
        self, text: str | None, at: int, using: dict[str, Variable], *, ours: bool
    ) -> dict[str, Variable]:
        if text is None or self.level >= _MOST_TEXTS:
            self.say("other", at, unknown="what is executed is not known")
            return {}
        try:
            engine = self.engine.another(text, at)
            tokens = reading.rules_of(self.dialect).tokenize(text)
        except BROKEN:
            self.say("other", at, unknown="what is executed is no SQL")
            return {}
        if engine is None:
            self.say("other", at, unknown="what is executed takes too long to read")
            return {}
        below = Script(engine, parent=self)
        below.values = using
        below.run(self._numbered(tokens, using))
        self._rows, self._row, self._told = below._rows, below._row, below._told
        if self.silent:
            return below.values
        line, column = place(self.text, at)
        for statement in engine.statements:
            told = tuple(dict.fromkeys(Unknown(unknown.reason, line, column) for unknown in statement.unknown))
            here = msgspec.structs.replace(statement, line=line, column=column, unknown=told)
            self.engine.statements.append(_only_read(here) if ours else here)
        for unknown in engine.unparsed:
            self.say("other", at, unknown=f"what is executed is not understood: {unknown.reason}")
        return below.values

    def _numbered(self, tokens: Tokens, using: dict[str, Variable]) -> Tokens:
        """Oracle's `:name` by its number, for what it is called tells nothing; in a block, a name is one parameter."""
        if self.dialect != "oracle" or not tokens:
            return tokens
        names: dict[str, int] = {}
        block = word_of(tokens[0]) in {"BEGIN", "DECLARE"}
        done = tokens[:1]
        for before, token in pairwise(tokens):
            if before.token_type == TokenType.COLON and token.start == before.end + 1:
                name = token.text.lower() if block else str(token.start)
                number = names.setdefault(name, len(names) + 1)
                if f"${number}" in using:
                    done.append(like(token, TokenType.NUMBER, str(number)))
                    continue
            done.append(token)
        return done

    def _using(self, parts: Sequence[Tokens], declared: str = "") -> dict[str, Variable]:
        """The values of a text's parameters: by position, and by name where they are given one, or are declared."""
        found: dict[str, Variable] = {}
        names = re.findall(r"@[\w$#]+", declared.lower())
        for number, part in enumerate(parts, 1):
            name = names[number - 1] if number <= len(names) else f"${number}"
            if (
                self.dialect in blocks.TSQL
                and len(part) > 3
                and part[0].token_type == TokenType.PARAMETER
                and part[2].token_type == TokenType.EQ
            ):
                name, part = f"@{part[1].text.lower()}", part[3:]  # noqa: PLW2901
            if self.dialect == "bigquery" and len(part) > 2 and word_of(part[-2]) == "AS":
                name = f"@{part[-1].text.lower()}"
            part = shapes.before(part, "AS", "OUTPUT", "OUT")  # noqa: PLW2901
            found[name] = self.value(part)
        return found

    def prepares(self, step: Prepare) -> None:
        self.prepared[step.name] = step
        if step.dynamic:
            self.texts[step.name] = constants.text_of(step.body, self.constant)
        else:  # it does not run yet
            self.change(self.read(step.body), _nothing_done)

    def runs(self, step: Run) -> None:
        prepared = self.prepared.get(step.name)
        if prepared is None:
            self.change(self.read(step.tokens), lambda statement: statement)
        elif prepared.dynamic:
            self._execute_text(self.texts.get(step.name), step.at, self._using(step.using), ours=False)
        else:
            using = self._using(step.using)
            before, self.values = self.values, using
            line, column = place(self.text, step.at)
            found = self.read(prepared.body)
            self.values = before
            self.change(found, lambda s: msgspec.structs.replace(s, line=line, column=column))

    # --- routines ----------------------------------------------------------------------------------------------------

    def routine(self, step: Routine) -> None:
        body = step.body
        if step.kind != "DO":
            unknown = ""
            if step.quoted is not None and step.language not in _SQL:
                unknown = f"the body is {step.language}, which is not followed"
            self.say("other", step.at, unknown=unknown)
            if unknown:
                return
        tokens: Tokens | None = None
        if step.quoted is not None:
            try:
                tokens = reading.inside(step.quoted, self.engine.parsing.text, self.dialect)
            except BROKEN:
                tokens = None
            if tokens is None:
                self.say("other", step.quoted.start, unknown="the body is no SQL that is understood")
                return
        elif body is None:
            return
        self.followed.add(step.name.rpartition(".")[2].lower())
        with self._apart(step):
            if tokens is not None:
                procedural = step.language == "plpgsql" or self.dialect not in _POSTGRES
                if self.wins and tokens and word_of(tokens[-1]) == "USE_COLUMN":
                    self.wins = False
                if tokens and tokens[0].token_type == TokenType.HASH:  # #variable_conflict …
                    self.wins = not any(word_of(t) == "USE_COLUMN" for t in tokens[:4])
                    tokens = tokens[3:]
                self.steps(blocks.Reader(tokens, self.dialect, inside=procedural).steps())
            else:
                self.steps(body or [])

    @contextmanager
    def _apart(self, step: Routine) -> Iterator[None]:
        """A body: it sees its parameters, and leaves nothing behind, for it does not run yet."""
        values, wins, watched = self.values, self.wins, self.watched
        tables, path = self.working.tables, self.working.search_path
        nested = self.inside and step.kind in {"PROCEDURE", "FUNCTION"}
        self.values = {} if not nested else dict(values)
        if step.kind == "DO":
            self.values = {}
        else:
            self.working.tables = dict(tables)
        for name, kind in step.tables.items():
            self._table(name, kind)
        self.values.update({name: Variable() for name in step.parameters if name not in step.tables})
        self.values.update({f"${n}": Variable() for n in range(1, len(step.parameters) + 1)})
        if step.kind == "PACKAGE":
            self.values = dict(values)
        self.wins = self.dialect in blocks.MYSQL or (self.dialect in _POSTGRES and step.language == "plpgsql")
        trigger = step if step.on is not None else self.watching.get(step.name.rpartition(".")[2].lower())
        if trigger is not None and trigger.on is not None:
            self._watch(trigger.on, trigger)
        elif self.on is not None and not nested:
            self._watch(self.on, step)
        try:
            yield
        finally:
            self.values, self.wins, self.watched = values, wins, watched
            if step.kind != "DO":
                self.working.tables, self.working.search_path = tables, path

    def _watch(self, on: TableName, trigger: Routine) -> None:
        found = self.working.find(on)
        read = Read(found.name, found.guessed, found.temporary)
        self.watched = read
        self.tables.learn(read, found.columns, found)
        fold = self.working.rules.column
        columns = found.columns or ()
        fields = {fold(c, True): Variable(frozenset([(read, c, IDENTITY, False)])) for c in columns}
        names = {fold(c, True): c for c in columns}
        rest = () if found.columns is not None else (read,)
        row = Variable(frozenset().union(*(v.uses for v in fields.values())), fields=fields, names=names, rest=rest)
        for word in ("new", "old", *trigger.records):
            self.values[word] = row
        rows = trigger.rows
        if self.dialect in blocks.TSQL:
            rows = [TableName((word,), (False,)) for word in ("inserted", "deleted")]
        for name in rows:
            key = name.key(self.working.rules)
            self.working.tables[("", *key)] = Made(found.name, found.columns)

    def called(self, step: Call) -> None:
        name = shapes.before(step.tokens, kinds=(TokenType.L_PAREN,))
        if not name or name[0].text.lower().startswith(_HARMLESS):
            return
        known = name[-1].text.lower() in self.followed
        self.say("other", step.at, unknown="" if known else "what the procedure does is not known")

    def _calls_known(self, tokens: Tokens) -> bool:
        """Whether a statement calls a procedure whose body the text has."""
        if not self.followed or word_of(tokens[0]) not in {"CALL", "EXEC", "EXECUTE"} or len(tokens) < 2:
            return False
        at = 1
        while at + 2 < len(tokens) and tokens[at + 1].token_type == TokenType.DOT:
            at += 2
        return tokens[at].text.lower() in self.followed

    def looked_at(self, step: Value) -> None:
        self.value(step.tokens)


def _merged(one: dict[str, Variable], other: dict[str, Variable]) -> dict[str, Variable]:
    both = dict(one)
    for name, variable in other.items():
        both[name] = either(both[name], variable) if name in both else variable
    return both


def _only_read(statement: Statement) -> Statement:
    """A query whose rows go nowhere but into variables."""
    if statement.kind == "select":
        return msgspec.structs.replace(statement, kind="other", flows=())
    kept = tuple(flow for flow in statement.flows if flow.into is not None)
    return msgspec.structs.replace(statement, flows=kept)


def _nothing_done(statement: Statement) -> Statement:
    return msgspec.structs.replace(statement, kind="other", flows=())


def _joined(token: Token, following: Token, text: str) -> Token:
    return Token(TokenType.IDENTIFIER, text, token.line, token.col, token.start, following.end, [])


_FOLLOWED: dict[type[Step], Callable[[Script, Any], None]] = {
    Sql: Script.sql, Assign: Script.assigned, Declare: Script.declared, Cursor: Script.cursor, Fetch: Script.fetched,
    Branch: Script.branch, Loop: Script.loop, Block: Script.block, Execute: Script.executed, Prepare: Script.prepares,
    Run: Script.runs, Call: Script.called, Routine: Script.routine, Value: Script.looked_at,
}  # fmt: skip
