"""Steps of a script, followed in their order: every statement resolved, with what variables hold where it stands."""

from collections.abc import Callable, Sequence
from typing import Any

from strabo.sql.scope import AGGREGATION
from strabo.sql.scripts import blocks
from strabo.sql.scripts.bodies import Bodies
from strabo.sql.scripts.saying import only_read
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
)
from strabo.sql.scripts.variables import Variable
from strabo.sql.scripts.words import word_of


class Script(Bodies):
    """The run of one text, from its first step to its last."""

    def run(self, tokens: Tokens, *, inside: bool = False) -> None:
        self.inside = inside
        steps = blocks.Reader(tokens, self.dialect, inside=inside).steps()
        self.watching = {s.calls: s for s in steps if isinstance(s, Routine) and s.calls and s.on is not None}
        self.steps(steps)

    def steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            _FOLLOWED[type(step)](self, step)

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
            self.change(found, only_read)
        if step.targets and self.told:
            self.assign(step.targets, self.rows, self.row, step.at)

    def _current(self, tokens: Tokens) -> int:
        """Where `WHERE CURRENT OF c` begins; 0 where there is none."""
        if word_of(tokens[0]) not in {"UPDATE", "DELETE"}:
            return 0
        words = [word_of(t) for t in tokens]
        return next((at for at in range(len(words) - 3) if words[at : at + 3] == ["WHERE", "CURRENT", "OF"]), 0)

    def looked_at(self, step: Value) -> None:
        self.value(step.tokens)


_FOLLOWED: dict[type[Step], Callable[[Script, Any], None]] = {
    Sql: Script.sql, Assign: Script.assigned, Declare: Script.declared, Cursor: Script.cursor, Fetch: Script.fetched,
    Branch: Script.branch, Loop: Script.loop, Block: Script.block, Execute: Script.executed, Prepare: Script.prepares,
    Run: Script.runs, Call: Script.called, Routine: Script.routine, Value: Script.looked_at,
}  # fmt: skip
