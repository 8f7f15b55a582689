"""What variables, records and cursors hold: the columns that they come from, whatever statement reads them next."""

import re
from collections.abc import Iterable

from sqlglot import expressions as e

from strabo.sql.names import Parts
from strabo.sql.relation import Relation
from strabo.sql.result import Read
from strabo.sql.scope import IDENTITY, TRANSFORMATION, Column, Influences, Item, Rest, Source, Uses
from strabo.sql.tables import Context
from strabo.sql.working import Found

Carried = tuple[Read, str, int, bool]
"""As a `scope.Use`, but for the table, which is not numbered by one statement."""

_MOST_USES = 5_000  # of one variable; one that is made of more is made of everything


class Variable:
    """uses: of its value, or of its rows. constant: its text, where only one is possible, perhaps with holes.

    fields: of a record, by key; `rest`: a table that has more of them, which nobody can list. struct: the fields of
    its value, where that is one value that has some.
    """

    __slots__ = ("constant", "fields", "names", "rest", "struct", "uses")

    def __init__(
        self,
        uses: frozenset[Carried] = frozenset(),
        *,
        constant: str | None = None,
        fields: dict[str, "Variable"] | None = None,
        names: dict[str, str] | None = None,
        rest: tuple[Read, ...] = (),
        struct: "dict[str, Variable] | None" = None,
    ) -> None:
        self.uses = uses
        self.constant = constant
        self.fields = fields
        self.names = names or {}
        self.rest = rest
        self.struct = struct

    @property
    def is_record(self) -> bool:
        return self.fields is not None or bool(self.rest)

    def like(self, other: "Variable") -> bool:
        """Whether both hold the same."""
        if self.uses != other.uses or self.constant != other.constant or self.rest != other.rest:
            return False
        return _alike(self.fields or {}, other.fields or {}) and _alike(self.struct or {}, other.struct or {})

    def as_record(self, row: "Variable") -> "Variable":
        """The same value, with the columns of the row that it was read from as fields."""
        return Variable(
            self.uses,
            constant=self.constant,
            fields=row.fields,
            names={**self.names, **row.names},
            struct=self.struct,
        )

    def reading(self, text: str) -> "Variable":
        """The same value, of which this is the text."""
        return Variable(
            self.uses, constant=text, fields=self.fields, names=self.names, rest=self.rest, struct=self.struct
        )

    def after(self, deciding: "frozenset[Carried]") -> "Variable":
        """The same where its being given that is itself decided by something."""
        struct = None if self.struct is None else {key: one.after(deciding) for key, one in self.struct.items()}
        return Variable(
            self.uses | deciding,
            constant=self.constant,
            fields=self.fields,
            names=self.names,
            rest=self.rest,
            struct=struct,
        )


def _alike(mine: dict[str, Variable], theirs: dict[str, Variable]) -> bool:
    return mine.keys() == theirs.keys() and all(mine[key].like(theirs[key]) for key in mine)


def either(one: Variable, other: Variable) -> Variable:
    """What holds the one or the other."""
    if one is other:
        return one
    fields: dict[str, Variable] | None = None
    if one.fields is not None or other.fields is not None:
        fields = _merged(one.fields or {}, other.fields or {})
    struct: dict[str, Variable] | None = None
    if (one.struct is not None or not one.uses) and (other.struct is not None or not other.uses):
        struct = _merged(one.struct or {}, other.struct or {}) or None
    uses = one.uses | other.uses
    return Variable(
        uses if len(uses) <= _MOST_USES else one.uses,
        constant=one.constant if one.constant == other.constant else None,
        fields=fields,
        names={**other.names, **one.names},
        rest=one.rest if one.rest == other.rest else (*one.rest, *(r for r in other.rest if r not in one.rest)),
        struct=struct,
    )


def _merged(one: dict[str, Variable], other: dict[str, Variable]) -> dict[str, Variable]:
    both = dict(one)
    for key, variable in other.items():
        both[key] = either(both[key], variable) if key in both else variable
    return both


class Tables:
    """The tables that variables speak of, as the statement knew them that read them."""

    def __init__(self) -> None:
        self._known: dict[Read, tuple[tuple[str, ...] | None, Found | None]] = {}

    def learn(self, read: Read, columns: tuple[str, ...] | None, found: Found | None) -> None:
        self._known.setdefault(read, (columns, found))

    def known(self, read: Read) -> tuple[tuple[str, ...] | None, Found | None]:
        return self._known.get(read, (None, None))


class Inside(Context):
    """A statement in a script: it may speak of tables that only its variables have read."""

    tables: Tables

    def adopt(self, read: Read) -> int:
        """The number of a table that another statement has read."""
        at = self._by_name.get(read.table)
        if at is not None:
            return at
        columns, found = self.tables.known(read)
        return self._add(read, columns, found)

    def generated(self, node: e.Expr) -> str:
        return _MARKED.sub("", super().generated(node))

    def numbered(self, carried: frozenset[Carried]) -> Uses:
        ordered = sorted(carried, key=_order) if len(carried) > 1 else carried  # tables are numbered as they are met
        return frozenset([(self.adopt(read), column, how, guessed) for read, column, how, guessed in ordered])

    def carried(self, uses: Iterable[tuple[int, str, int, bool]]) -> frozenset[Carried]:
        found: list[Carried] = []
        for number, column, how, guessed in uses:
            read = self.reads[number]
            keys = self.keys[number]
            self.tables.learn(read, None if keys is None else tuple(keys.values()), self.found[number])
            found.append((read, column, how, guessed))
        return frozenset(found)

    def deciding(self, influences: Influences) -> frozenset[Carried]:
        return self.carried((number, column, how, False) for number, column, how in influences)

    def variables(self, relation: Relation) -> tuple[list[Variable], Variable]:
        """A relation's columns as variables, and all of its row as one."""
        decides = self.deciding(relation.influences)
        made: list[Variable] = []
        fields: dict[str, Variable] = {}
        names: dict[str, str] = {}
        rest: list[Read] = []
        for item in relation.items:
            if isinstance(item, Column):
                one = self._holding(item, decides)
                made.append(one)
                fields.setdefault(item.key, one)
                names.setdefault(item.key, item.name)
            elif item.table is not None:
                read = self.reads[item.table]
                self.tables.learn(read, None, self.found[item.table])
                rest.append(read)
        uses = made[0].uses if len(made) == 1 else frozenset().union(*(v.uses for v in made)) if made else decides
        return made, Variable(uses, fields=fields, names=names, rest=tuple(rest))

    def _holding(self, column: Column, decides: frozenset[Carried]) -> Variable:
        of = column.fields
        struct = None if of is None else {key: self._holding(field, decides) for key, field in of.items()}
        names = None if of is None else {key: field.name for key, field in of.items()}
        return Variable(self.carried(column.uses) | decides, names=names, struct=struct)

    def column(self, name: str, key: str, variable: Variable) -> Column:
        """A variable as a column of this statement."""
        made = Column(name, key, self.numbered(variable.uses))
        if variable.struct is not None:
            names = variable.names
            made.fields = {k: self.column(names.get(k, k), k, one) for k, one in variable.struct.items()}
        return made


def _order(carried: Carried) -> tuple[Parts, str, int, bool]:
    read, column, how, guessed = carried
    return read.table, column, how, guessed


MARK = "$vars"
_MARKED = re.compile(r"[\"`\[]\$vars[\"`\]]\.", re.IGNORECASE)


class VariableSource(Source):
    """All variables of a place, as columns: each is made when it is asked for, for it may bring a table along."""

    __slots__ = ("context", "values")

    def __init__(self, alias: str, values: dict[str, Variable], context: Inside) -> None:
        super().__init__(alias, "the variables", [])
        self.values = values
        self.context = context

    def has(self, key: str) -> Column | None:
        variable = self.values.get(key.lower())
        if variable is None:
            return None
        if variable.struct is None and variable.fields is not None and len(variable.fields) > 1:
            uses = frozenset([(read, column, how, True) for read, column, how, _ in variable.uses])
            return Column(key, key, self.context.numbered(uses))  # which of them it is, nobody says
        return self.context.column(key, key, variable)


class RecordSource(Source):
    """A record, whose fields are columns."""

    __slots__ = ("context", "variable")

    def __init__(self, alias: str, what: str, variable: Variable, context: Inside) -> None:
        self.alias = alias
        self.what = what
        self.path: Parts = ()
        self.number = None
        self.value = None
        self.offered: dict[str, Column] = {}
        self.rests: list[Rest] = []  # what has no qualifier is never one of its fields
        self.variable = variable
        self.context = context

    @property
    def items(self) -> list[Item]:  # type: ignore[override]
        fields: list[Item] = [column for key in self.variable.fields or {} if (column := self.has(key)) is not None]
        return [*fields, *self.may_have("")]

    def has(self, key: str) -> Column | None:
        field = (self.variable.fields or {}).get(key)
        if field is None:
            return None
        return self.context.column(self.variable.names.get(key, key), key, field)

    def may_have(self, key: str) -> list[Rest]:  # noqa: ARG002  (as of every source)
        return [Rest(".".join(read.table), self.context.adopt(read)) for read in self.variable.rest]


def through_all(uses: frozenset[Carried]) -> frozenset[Carried]:
    """The uses of a value that is made of such a value."""
    return frozenset([(r, c, TRANSFORMATION if h == IDENTITY else h, g) for r, c, h, g in uses])
