"""One statement of a script: read among the variables that there are, and told where it stands."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from sqlglot import expressions as e
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql import parse, script
from strabo.sql.places import Written
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Flow, Kind, Read, Statement, Unknown
from strabo.sql.scripts import constants, holes, kin, shapes
from strabo.sql.scripts.bound import Bound, around, marked
from strabo.sql.scripts.steps import Prepare, Routine, Step, Tokens
from strabo.sql.scripts.variables import Carried, Inside, Tables, Variable
from strabo.sql.scripts.words import like, word_of
from strabo.sql.text import place
from strabo.sql.working import Working

_QUERY = frozenset({"SELECT", "WITH", "VALUES"})

_BLOCKS = frozenset({"oracle", "snowflake"})  # where they are known outside of routines, too

# Variables that nobody declares: what went wrong, and what a trigger is told.
_OF_POSTGRES = (
    "sqlerrm", "sqlstate", "found", "tg_op", "tg_name", "tg_when", "tg_level", "tg_relid", "tg_relname",
    "tg_table_name", "tg_table_schema", "tg_nargs", "tg_argv", "tg_event", "tg_tag",
)  # fmt: skip
_STANDING = {
    "postgres": _OF_POSTGRES, "redshift": ("sqlerrm", "sqlstate", "found"), "vertica": ("sqlerrm", "sqlstate", "found"),
    "oracle": ("sqlerrm", "sqlcode"), "db2": ("sqlcode", "sqlstate"), "teradata": ("sqlcode", "sqlstate"),
    "snowflake": ("sqlerrm", "sqlcode", "sqlstate", "sqlrowcount", "sqlfound", "sqlnotfound"),
}  # fmt: skip


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


class Saying:
    """What a script is read with."""

    def __init__(self, engine: Engine, *, parent: "Saying | None" = None) -> None:
        self.engine = engine
        self.text = engine.text
        self.dialect = engine.working.dialect
        self.working = engine.working
        self.tables: Tables = Tables() if parent is None else parent.tables
        self.level: int = 0 if parent is None else parent.level + 1
        self.control: list[frozenset[Carried]] = [] if parent is None else parent.control
        self.prepared: dict[str, Prepare] = {}
        self.awaiting: dict[str, list[str]] = {}  # cursors by the prepared statement that they are for
        self.texts: dict[str, str | None] = {}
        self.watched: Read | None = None
        self.fresh: frozenset[str] = frozenset()  # what a trigger calls the new row
        self.standing = {name: Variable() for name in _STANDING.get(self.dialect, ())}
        self.values: dict[str, Variable] = dict(self.standing) if self.dialect in _BLOCKS else {}
        self.within = False  # whether in a routine, which others may be declared in
        self.wins = self.dialect in kin.MYSQL
        self.inside = False
        self.silent: int = 0 if parent is None else parent.silent
        self.watching: dict[str, Routine] = {}  # triggers by the function that they run
        self.followed: set[str] = set()  # routines whose bodies are in the text
        self.rows: list[Variable] = []  # what the statement that was read last gives: its columns, its row
        self.row = Variable()
        self.told = False  # whether it gives any
        engine.bind = self._bind
        engine.resolver = self._resolver

    def run(self, tokens: Tokens, *, inside: bool = False) -> None:
        raise NotImplementedError

    def steps(self, steps: Sequence[Step]) -> None:
        raise NotImplementedError

    def _bind(self, tree: e.Expr) -> None:
        if self.values:
            marked(tree, self.values, wins=self.wins, rows=self.dialect == "oracle")

    def _resolver(self, written: Written, deadline: float) -> Resolver:
        context = Inside(written, self.working)
        context.tables = self.tables
        control = {(number, column, how) for number, column, how, _ in context.numbered(self._deciding())}
        scope = around(self.values, context, bare=not self.wins)
        return Bound(context, deadline, scope, control, self._tell)

    def _tell(self, context: Inside, relation: Relation) -> None:
        self.rows, self.row = context.variables(relation)
        self.told = True

    def _deciding(self) -> frozenset[Carried]:
        return frozenset().union(*self.control) if self.control else frozenset()

    def read(self, tokens: Tokens) -> list[Statement]:
        """What one statement says, which is in the answer; its rows are then in `_rows`."""
        self.rows, self.row, self.told = [], Variable(), False
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
                row = self.values.get(following.text.lower()) if self.watched is not None else None
                if row is not None and row.is_record:  # :new, :old, and what REFERENCING calls them
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
        constant = self.pattern(name)
        return None if constant is None or holes.HOLE in constant else constant

    def pattern(self, name: str) -> str | None:
        """As `constant`, but with holes in it where a part is not told."""
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

    def value(self, tokens: Tokens) -> Variable:
        """What an expression holds. A query in it is told as a statement that only reads."""
        if not tokens:
            return Variable()
        found = self._value(tokens)
        if found.constant is None and (pattern := holes.pattern_of(tokens, self.pattern)) is not None:
            return found.reading(pattern)
        return found

    def _value(self, tokens: Tokens) -> Variable:
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
            self.change(found, only_read)
        if not self.rows:
            return self.row
        one = self.rows[0]
        if len(self.rows) > 1 or (query and self.row.fields):
            return (one if len(self.rows) == 1 else Variable(self.row.uses)).as_record(self.row)
        if len(inner) == 1 and (known := self.values.get(inner[0].text.lower())) is not None:
            return known
        return one


def _joined(token: Token, following: Token, text: str) -> Token:
    return Token(TokenType.IDENTIFIER, text, token.line, token.col, token.start, following.end, [])


def only_read(statement: Statement) -> Statement:
    """A query whose rows go nowhere but into variables."""
    if statement.kind == "select":
        return msgspec.structs.replace(statement, kind="other", flows=())
    kept = tuple(flow for flow in statement.flows if flow.into is not None)
    return msgspec.structs.replace(statement, flows=kept)
