"""Text that is run as SQL, where it is told: it stands in the script, or is put together from constants."""

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec
from sqlglot.tokenizer_core import TokenType

from strabo.sql.errors import BROKEN
from strabo.sql.result import Statement, Unknown
from strabo.sql.scripts import blocks, constants, holes, kin, reading, shapes
from strabo.sql.scripts.holding import Holding
from strabo.sql.scripts.saying import only_read
from strabo.sql.scripts.steps import Execute, Prepare, Run, Tokens
from strabo.sql.scripts.variables import Variable
from strabo.sql.scripts.words import STRINGS, like, word_of
from strabo.sql.text import place

_MOST_TEXTS = 3  # texts that execute texts


class Executing(Holding):
    """Runs text."""

    def executed(self, step: Execute, *, ours: bool = False) -> None:
        using = self._using(step.using, constants.text_of(step.named, self.constant) or "")
        left = self._execute(step.text, step.at, using, ours=ours or bool(step.targets))
        if step.targets:
            self.assign(step.targets, self.rows, self.row, step.at)
        for part, name in zip(step.using, using, strict=False):
            if any(word_of(t) in {"OUTPUT", "OUT"} for t in part[3:]):  # T-SQL: @a = @b OUTPUT
                self.put(shapes.before(shapes.after_equals(part), "OUTPUT", "OUT"), left.get(name, Variable()), step.at)

    def _execute(self, what: Tokens, at: int, using: dict[str, Variable], *, ours: bool) -> dict[str, Variable]:
        """Follows the text that an expression makes. What its parameters hold behind it comes back."""
        self.rows, self.row, self.told = [], Variable(), False
        literal = what[0] if len(what) == 1 and what[0].token_type in STRINGS else None
        if literal is not None and self.level < _MOST_TEXTS:
            try:
                placed = reading.inside(literal, self.engine.parsing.text, self.dialect)
            except BROKEN:
                placed = None
            if placed:
                return self._within(placed, using, ours=ours)
        return self._execute_text(self._text(what), at, using, ours=ours)

    def _text(self, what: Tokens) -> str | None:
        """What an expression makes, with holes where a part is not told; None where that is too little."""
        whole = constants.text_of(what, self.pattern)
        return whole if whole is not None else holes.pattern_of(what, self.pattern)

    def _within(self, tokens: Tokens, using: dict[str, Variable], *, ours: bool) -> dict[str, Variable]:
        """Follows text that stands in this one, where it stands."""
        before = len(self.engine.statements)
        values, wins, self.values, self.wins = self.values, self.wins, using, self.dialect in kin.MYSQL
        self.level += 1
        try:
            self.steps(blocks.Reader(self._numbered(tokens, using), self.dialect).steps())
        finally:
            left, self.values, self.wins = self.values, values, wins
            self.level -= 1
        if ours and not self.silent:
            self.engine.statements[before:] = [only_read(each) for each in self.engine.statements[before:]]
        return left

    def _execute_text(
        self, text: str | None, at: int, using: dict[str, Variable], *, ours: bool
    ) -> dict[str, Variable]:
        if text is None or self.level >= _MOST_TEXTS:
            self.say("other", at, unknown="what is executed is not known")
            return {}
        try:
            tokens = reading.rules_of(self.dialect).tokenize(text)
            engine = self.engine.another(text.replace(holes.HOLE, "?"), at)
        except BROKEN:
            why = "is no SQL" if holes.HOLE not in text else "is not known"
            self.say("other", at, unknown=f"what is executed {why}")
            return {}
        whole = holes.HOLE not in text
        filled = tokens if whole else holes.filled(tokens)
        if filled is None:
            self.say("other", at, unknown="what is executed is not known")
            return {}
        if engine is None:
            self.say("other", at, unknown="what is executed takes too long to read")
            return {}
        below = type(self)(engine, parent=self)
        below.values = using
        below.run(self._numbered(filled, using))
        self.rows, self.row, self.told = below.rows, below.row, below.told
        if self.silent:
            return below.values
        line, column = place(self.text, at)
        for statement in engine.statements:
            reasons = [unknown.reason for unknown in statement.unknown]
            reasons += [] if whole else ["a value in what is executed is not known"]
            told = tuple(dict.fromkeys(Unknown(reason, line, column) for reason in reasons))
            here = msgspec.structs.replace(statement, line=line, column=column, unknown=told)
            self.engine.statements.append(only_read(here) if ours else here)
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
                self.dialect in kin.TSQL
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
            self.texts[step.name] = self._text(step.body)
            for cursor in self.awaiting.get(step.name, ()):  # they were declared for it before there was a text
                self.executed(Execute(step.at, step.body), ours=True)
                self.values[cursor] = self.row
        else:  # it does not run yet
            self.change(self.read(step.body), _nothing_done)

    def runs(self, step: Run) -> None:
        prepared = self.prepared.get(step.name)
        if prepared is None and step.name in self.followed:  # Teradata: a macro
            self.say("other", step.at)
            return
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


def _nothing_done(statement: Statement) -> Statement:
    return msgspec.structs.replace(statement, kind="other", flows=())
