"""What variables hold after they are given something."""

from collections.abc import Sequence

from sqlglot.tokenizer_core import TokenType

from strabo.sql.names import TableName
from strabo.sql.result import Edge, Flow, Output, Target
from strabo.sql.scope import HOW, IDENTITY, split_path
from strabo.sql.scripts import shapes
from strabo.sql.scripts.saying import Saying
from strabo.sql.scripts.steps import Tokens
from strabo.sql.scripts.variables import Variable, either, through_all
from strabo.sql.scripts.words import word_of


class Holding(Saying):
    """Gives variables, records and tables what they hold."""

    def assign(self, targets: Sequence[Tokens], values: Sequence[Variable], row: Variable, at: int) -> None:
        """Gives variables the values of a row; one variable for many columns is a record."""
        targets = [target for target in targets if target]
        if len(targets) == 1 and (len(values) != 1 or row.rest):
            self.put(targets[0], row, at)
            return
        if len(targets) == 1:
            one = values[0]
            self.put(targets[0], one.as_record(row), at)
            return
        for number, target in enumerate(targets):
            self.put(target, values[number] if number < len(values) else Variable(), at)

    def put(self, target: Tokens, value: Variable, at: int) -> None:
        deciding = self._deciding()
        if deciding:
            value = value.after(deciding)
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
            if name in self.fresh and self.watched is not None and whole:
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

    def _table(self, name: str, kind: Tokens) -> None:
        """A variable that is a table."""
        inner = shapes.bare(kind)
        words = {"PRIMARY", "UNIQUE", "CHECK", "INDEX", "CONSTRAINT", "FOREIGN"}
        columns = tuple(part[0].text for part in shapes.split(inner) if part and word_of(part[0]) not in words)
        self.working.make(TableName((name,), (True,)), columns or None, temporary=True)
