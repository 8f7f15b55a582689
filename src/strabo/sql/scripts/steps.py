"""What a script or a body is made of: a small tree of steps, each with the tokens that it was read from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import Token

if TYPE_CHECKING:
    from strabo.sql.names import TableName

Tokens = list[Token]


class Step:
    """at: the offset at which it begins."""

    def __init__(self, at: int) -> None:
        self.at = at


class Sql(Step):
    """A statement. `targets` are the variables that its rows go to; `ours`: its rows go to nobody else."""

    def __init__(self, tokens: Tokens, targets: Sequence[Tokens] = (), *, ours: bool = False) -> None:
        super().__init__(tokens[0].start)
        self.tokens, self.targets, self.ours = tokens, targets, ours


class Assign(Step):
    def __init__(self, at: int, targets: Sequence[Tokens], value: Tokens, *, adds: bool = False) -> None:
        super().__init__(at)
        self.targets, self.value, self.adds = targets, value, adds


class Declare(Step):
    """A variable. `kind`: the tokens of its type, behind which `value` may follow."""

    def __init__(self, at: int, names: Sequence[Token], kind: Tokens, value: Tokens, *, sign: bool = False) -> None:
        super().__init__(at)
        self.names, self.kind, self.value, self.sign = names, kind, value, sign


class Cursor(Step):
    """A cursor, or what it is opened for: a query, or `dynamic` text that is one."""

    def __init__(
        self, at: int, name: str, query: Tokens, *, dynamic: bool = False, parameters: Sequence[str] = ()
    ) -> None:
        super().__init__(at)
        self.name, self.query, self.dynamic, self.parameters = name, query, dynamic, parameters


class Fetch(Step):
    def __init__(self, at: int, cursor: str, targets: Sequence[Tokens]) -> None:
        super().__init__(at)
        self.cursor, self.targets = cursor, targets


class Branch(Step):
    """Arms of which at most one runs; `whole`: one does. Each is a condition and what it leads to."""

    def __init__(self, at: int, arms: list[tuple[Tokens, list[Step]]], *, whole: bool) -> None:
        super().__init__(at)
        self.arms, self.whole = arms, whole


class Loop(Step):
    """`record` is what each row is called, or each element; `over`: a query, the name of a cursor, an expression."""

    def __init__(
        self,
        at: int,
        body: list[Step],
        *,
        condition: Tokens | None = None,
        record: str = "",
        targets: Sequence[Tokens] = (),
        over: Tokens | None = None,
        how: str = "",
    ) -> None:
        super().__init__(at)
        self.body, self.condition, self.record, self.over, self.how = body, condition or [], record, over or [], how
        self.targets = targets


class Block(Step):
    """Statements in a scope of their own, and what is done when one fails."""

    def __init__(self, at: int, body: list[Step], handlers: list[list[Step]]) -> None:
        super().__init__(at)
        self.body, self.handlers = body, handlers


class Execute(Step):
    """Text that is run as SQL. `using`: the values of its parameters."""

    def __init__(
        self,
        at: int,
        text: Tokens,
        targets: Sequence[Tokens] = (),
        using: Sequence[Tokens] = (),
        *,
        query: bool = False,
        named: Tokens | None = None,
    ) -> None:
        super().__init__(at)
        self.text, self.targets, self.using, self.query = text, targets, using, query
        self.named = named or []  # T-SQL: the text that declares the parameters


class Prepare(Step):
    """A statement under a name, as text (`dynamic`) or as it is."""

    def __init__(self, at: int, name: str, body: Tokens, *, dynamic: bool) -> None:
        super().__init__(at)
        self.name, self.body, self.dynamic = name, body, dynamic


class Run(Step):
    """A prepared statement is run."""

    def __init__(self, at: int, name: str, using: Sequence[Tokens], tokens: Tokens) -> None:
        super().__init__(at)
        self.name, self.using, self.tokens = name, using, tokens


class Call(Step):
    """A procedure is called, by its name alone."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens[0].start)
        self.tokens = tokens


class Value(Step):
    """An expression that is only looked at: what is returned, what CALL is given."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens[0].start)
        self.tokens = tokens


class Routine(Step):
    """A procedure, function, trigger or package: what it declares, and its body; None where that is no SQL.

    on: the table that a trigger watches; rows: what its new and old rows are called as tables; records: what a new or
    old row is called, besides NEW and OLD; fresh: those of them that are new.
    """

    def __init__(self, at: int, kind: str, name: str, tokens: Tokens) -> None:
        super().__init__(at)
        self.kind, self.name, self.tokens = kind, name, tokens
        self.parameters: list[str] = []
        self.tables: dict[str, Tokens] = {}  # T-SQL: parameters, or what is returned, that are tables; their columns
        self.language = ""
        self.on: TableName | None = None
        self.rows: list[TableName] = []
        self.records: list[str] = []
        self.fresh: list[str] = []
        self.calls = ""  # the function that a trigger runs
        self.body: list[Step] | None = None
        self.quoted: Token | None = None  # the string that holds the body


class Not(Step):
    """What a reader gives back that finds something else than it is for."""


NOT = Not(0)
