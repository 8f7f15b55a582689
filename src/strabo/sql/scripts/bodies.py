"""Routines: their bodies are followed with their parameters, and a trigger's with the rows of the table it watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot.tokenizer_core import TokenType

from strabo.sql.errors import BROKEN
from strabo.sql.names import TableName
from strabo.sql.result import Made, Read
from strabo.sql.scope import IDENTITY
from strabo.sql.scripts import blocks, kin, reading, shapes
from strabo.sql.scripts.paths import Paths
from strabo.sql.scripts.steps import Call, Routine, Tokens
from strabo.sql.scripts.variables import Variable
from strabo.sql.scripts.words import word_of

_SQL = frozenset({"", "sql", "plpgsql", "plvsql", "plsql", "tsql", "spl", "sqlscript"})
_PROCEDURAL = frozenset({"plpgsql", "plvsql"})
_HARMLESS = ("dbms_", "utl_", "raise_application_error", "owa", "htp")  # of Oracle: they change no table


class Bodies(Paths):
    """Follows routines, and calls of them."""

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
                procedural = step.language in _PROCEDURAL or self.dialect not in kin.POSTGRES
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
        values, wins, watched, fresh = self.values, self.wins, self.watched, self.fresh
        tables, path = self.working.tables, self.working.search_path
        nested = (self.inside or self.within) and step.kind in {"PROCEDURE", "FUNCTION"}
        self.within, within = True, self.within
        self.values = {**self.standing, **(values if nested else {})}
        if step.kind == "DO":
            self.values = dict(self.standing)
        else:
            self.working.tables = dict(tables)
        for name, kind in step.tables.items():
            self._table(name, kind)
        self.values.update({name: Variable() for name in step.parameters if name not in step.tables})
        self.values.update({f"${n}": Variable() for n in range(1, len(step.parameters) + 1)})
        if step.kind == "PACKAGE":
            self.values = dict(values)
        self.wins = self.dialect in kin.MYSQL or (self.dialect in kin.POSTGRES and step.language in _PROCEDURAL)
        trigger = step if step.on is not None else self.watching.get(step.name.rpartition(".")[2].lower())
        if trigger is not None and trigger.on is not None:
            self._watch(trigger.on, trigger)
        try:
            yield
        finally:
            self.values, self.wins, self.watched, self.fresh = values, wins, watched, fresh
            self.within = within
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
        self.fresh = frozenset({"new", *trigger.fresh})
        rows = trigger.rows
        if self.dialect in kin.TSQL:
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
