"""What a query can see: columns, where they come from, and the sources that offer them.

A use is a tuple (table, column, how, guessed): which column of which base table, and what became of it on the
way. `table` is an index into the resolver's list; `how` one of the numbers below, strongest last among the
direct ones, so that `max` composes two steps.
"""

from collections.abc import Iterable

from strabo.model.records import Transformation

IDENTITY, TRANSFORMATION, AGGREGATION = 0, 1, 2
JOIN, GROUP_BY, FILTER, SORT, WINDOW, CONDITIONAL = 3, 4, 5, 6, 7, 8
HOW: tuple[Transformation, ...] = (
    "identity", "transformation", "aggregation", "join", "group_by", "filter", "sort", "window", "conditional",
)  # fmt: skip


class Below(str):
    """A field of a column, in the place of the column's name."""

    __slots__ = ("column", "path")

    column: str
    path: str

    @classmethod
    def of(cls, column: str, path: str) -> "Below":
        made = cls(f"{column}\x1f{path}")  # apart from any name that people use, and equal to itself
        made.column, made.path = column, path
        return made


Use = tuple[int, str, int, bool]
Uses = frozenset[Use]
Influences = set[tuple[int, str, int]]
NONE: Uses = frozenset()


Fields = dict[str, "Column"]
"""The fields of a value, each by its key."""


class Column:
    """A column that a source offers or a query puts out."""

    __slots__ = ("expression", "fields", "key", "name", "uses")

    def __init__(self, name: str, key: str, uses: Uses, expression: str = "", fields: "Fields | None" = None) -> None:
        self.fields = fields  # of a struct that the query makes: each by its key
        self.name = name  # as it is spelled where it is made
        self.key = key  # as it compares
        self.uses = uses
        self.expression = expression  # the text that makes it; "" for a column handed on


class Rest:
    """Columns that nobody can list: those of a table without a schema, or of a function, but for those `without`.

    It is what `*` over them stands for, and where a name may come from that is nowhere else.
    """

    __slots__ = ("fields", "table", "uses", "what", "without")

    def __init__(
        self,
        what: str,
        table: int | None,
        uses: Uses = NONE,
        without: frozenset[str] = frozenset(),
        *,
        fields: bool = False,
    ) -> None:
        self.what = what  # how people call it
        self.table = table  # None where the columns are of no table; they are then made of `uses`
        self.uses = uses
        self.without = without
        self.fields = fields  # whether they are the fields of what is used

    def less(self, keys: Iterable[str]) -> "Rest":
        return Rest(self.what, self.table, self.uses, self.without.union(keys), fields=self.fields)

    def column(self, name: str) -> Uses:
        """The uses of one of them, which are a guess."""
        if self.table is None:
            uses = below(self.uses, name, IDENTITY) if self.fields else self.uses
            return frozenset([(t, c, h, True) for t, c, h, _ in uses])
        return frozenset(((self.table, name, IDENTITY, True),))


Item = Column | Rest
"""What a query puts out, in order."""


class Source:
    """Something in FROM: `offered` by key, and the `rests` that may offer more. `number`: the base table that it is."""

    __slots__ = ("alias", "items", "number", "offered", "path", "rests", "value", "what")

    def __init__(
        self, alias: str, what: str, items: list[Item], *, path: tuple[str, ...] = (), number: int | None = None
    ) -> None:
        self.number = number
        self.value: Column | None = None  # the one value that it is, of which `alias.field` may speak
        self.alias = alias  # its key
        self.what = what  # how people call it
        self.path = path  # keys of the table's parts, where it has no alias: `shop.t.a` names a column of it
        self.items = items
        self.offered: dict[str, Column] = {}
        self.rests: list[Rest] = []
        for item in items:
            if type(item) is Column:
                self.offered.setdefault(item.key, item)
            elif type(item) is Rest:
                self.rests.append(item)

    def has(self, key: str) -> Column | None:
        return self.offered.get(key)

    def may_have(self, key: str) -> list[Rest]:
        """Where such a column may come from, if it is not offered."""
        return [rest for rest in self.rests if key not in rest.without] if self.rests else []


class TableSource(Source):
    """A base table with a schema; its columns are made when first asked for, for wide tables are common."""

    __slots__ = ("keys", "table")
    number: int

    def __init__(
        self,
        alias: str,
        what: str,
        path: tuple[str, ...],
        table: int,
        keys: dict[str, str],
        offered: dict[str, Column] | None = None,
    ) -> None:
        self.alias = alias
        self.what = what
        self.path = path
        self.table = self.number = table
        self.value = None
        self.keys = keys
        self.offered = {} if offered is None else offered  # one for all sources that are this table
        self.rests = []

    def has(self, key: str) -> Column | None:
        column = self.offered.get(key)
        if column is None and key in self.keys:
            name = self.keys[key]
            column = self.offered[key] = Column(name, key, frozenset(((self.table, name, IDENTITY, False),)))
        return column

    @property
    def all_items(self) -> list[Item]:
        return [column for key in self.keys if (column := self.has(key))]


def of_items(items: list[Item]) -> Fields | None:
    """The fields of a row as a value; None where not all of its columns are known."""
    fields: Fields = {item.key: item for item in items if isinstance(item, Column)}
    return fields if len(fields) == len(items) else None


def items_of(source: Source) -> list[Item]:
    """What `*` over a source stands for."""
    return source.all_items if type(source) is TableSource else source.items


def deciding(items: Iterable[Item], how: int) -> Influences:
    """What decides which rows there are where they are compared by these columns."""
    return {(t, c, how) for item in items if isinstance(item, Column) for t, c, *_ in item.uses}


def through(uses: Uses, how: int) -> Uses:
    """The uses of an expression in which columns with `uses` stand."""
    if how == IDENTITY or not uses:
        return uses
    if how > AGGREGATION:
        return frozenset([(t, c, how, g) for t, c, _, g in uses])
    return frozenset([(t, c, max(h, how), g) for t, c, h, g in uses])  # what decides is above what makes, and stays


def below(uses: Uses, path: str, how: int) -> Uses:
    """The uses of a field of a column with these uses: of the field, where the column is handed on as it is."""
    if not path:
        return through(uses, how)
    one = len(uses) == 1  # a value made of one column, and one that is a column among others, has its fields
    found = [
        (t, _under(c, path), max(h, how), g) if h == IDENTITY or (one and h == TRANSFORMATION) else (t, c, h, g)
        for t, c, h, g in uses
    ]
    return through(frozenset(found), how)


def _under(source: str, path: str) -> str:
    if isinstance(source, Below):
        return Below.of(source.column, f"{source.path}.{path}")
    return Below.of(source, path)


def split_path(source: str) -> tuple[str, str]:
    """The column, and the path below it, of a use."""
    return (source.column, source.path) if isinstance(source, Below) else (source, "")
