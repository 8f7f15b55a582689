"""Cursors, branches and loops.

Branches are followed each from the same beginning, and hold either's values behind; a loop is followed twice, first for
what its variables hold when it comes around. So nothing depends on values, but for text that is executed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from sqlglot.tokenizer_core import TokenType

from strabo.sql.scope import AGGREGATION, FILTER
from strabo.sql.scripts import shapes
from strabo.sql.scripts.executing import Executing
from strabo.sql.scripts.saying import only_read
from strabo.sql.scripts.steps import Assign, Block, Branch, Cursor, Declare, Execute, Fetch, Loop, Tokens
from strabo.sql.scripts.variables import Carried, Variable, either, through_all
from strabo.sql.scripts.words import word_of

_QUERY = frozenset({"SELECT", "WITH", "VALUES"})


class Paths(Executing):
    """Goes where a script may go."""

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
            return self.row
        if tokens and word_of(tokens[0]) not in _QUERY:
            return self.values.get(tokens[0].text.lower(), Variable())
        found = self.read(tokens)
        self.change(found, only_read)
        return self.row

    def cursor(self, step: Cursor) -> None:
        before, self.values = self.values, {**self.values, **{name: Variable() for name in step.parameters}}
        held = self._cursor(step.query, dynamic=step.dynamic) if step.query else Variable()
        self.values = before
        self.values[step.name] = held
        if len(step.query) == 1 and not held.uses and not held.is_record:  # for a statement that is yet to be prepared
            self.awaiting.setdefault(step.query[0].text.lower(), []).append(step.name)

    def fetched(self, step: Fetch) -> None:
        row = self.values.get(step.cursor, Variable())
        values = list((row.fields or {}).values())
        if row.rest and len(step.targets) > 1:
            self.assign(step.targets, [], Variable(), step.at)
            self.say("other", step.at, unknown=f"which columns {step.cursor} has is not known")
        else:
            self.assign(step.targets, values, row, step.at)

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


def _merged(one: dict[str, Variable], other: dict[str, Variable]) -> dict[str, Variable]:
    both = dict(one)
    for name, variable in other.items():
        both[name] = either(both[name], variable) if name in both else variable
    return both
