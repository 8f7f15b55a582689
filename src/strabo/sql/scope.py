"""What a query can see: columns, where they come from, and the sources that offer them.

A use is a tuple (table, column, how, guessed): which column of which base table, and what became of it on the
way. `table` is an index into the resolver's list; `how` one of the numbers below, strongest last among the
direct ones, so that `max` composes two steps.
"""

from strabo.model.records import Transformation

IDENTITY, TRANSFORMATION, AGGREGATION = 0, 1, 2
JOIN, GROUP_BY, FILTER, SORT, WINDOW, CONDITIONAL = 3, 4, 5, 6, 7, 8
HOW: tuple[Transformation, ...] = (
    "identity", "transformation", "aggregation", "join", "group_by", "filter", "sort", "window", "conditional",
)  # fmt: skip

Use = tuple[int, str, int, bool]
Uses = frozenset[Use]
Influences = set[tuple[int, str, int]]
NONE: Uses = frozenset()


class Column:
    """A column that a source offers or a query puts out."""

    __slots__ = ("expression", "key", "name", "uses")

    def __init__(self, name: str, key: str, uses: Uses, expression: str = "") -> None:
        self.name = name  # as it is spelled where it is made
        self.key = key  # as it compares
        self.uses = uses
        self.expression = expression  # the text that makes it; "" for a column handed on


class Rest:
    """All columns of a table without a schema, but for those `without`: what `*` over it stands for."""

    __slots__ = ("table", "without")

    def __init__(self, table: int, without: frozenset[str] = frozenset()) -> None:
        self.table = table
        self.without = without


Item = Column | Rest
"""What a query puts out, in order."""


class Source:
    """Something in FROM: `offered` by key, and the `rests` of tables whose columns nobody knows.

    `opaque` is set for what cannot be looked into (a table function, a pivot): whatever column it is asked for,
    it gives these uses.
    """

    __slots__ = ("alias", "items", "offered", "opaque", "path", "rests", "what")

    def __init__(
        self, alias: str, what: str, items: list[Item], *, path: tuple[str, ...] = (), opaque: Uses | None = None
    ) -> None:
        self.alias = alias  # its key
        self.what = what  # how people call it
        self.path = path  # keys of the table's parts, where it has no alias: `shop.t.a` names a column of it
        self.items = items
        self.opaque = opaque
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
        """The tables without a schema that may be where such a column comes from."""
        return [rest for rest in self.rests if key not in rest.without] if self.rests else []


class TableSource(Source):
    """A base table with a schema; its columns are made when first asked for, for wide tables are common."""

    __slots__ = ("keys", "table")

    def __init__(self, alias: str, what: str, path: tuple[str, ...], table: int, keys: dict[str, str]) -> None:
        self.alias = alias
        self.what = what
        self.path = path
        self.table = table
        self.keys = keys
        self.opaque = None
        self.offered = {}
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


def items_of(source: Source) -> list[Item]:
    """What `*` over a source stands for."""
    return source.all_items if type(source) is TableSource else source.items


def through(uses: Uses, how: int) -> Uses:
    """The uses of an expression in which columns with `uses` stand."""
    if how == IDENTITY:
        return uses
    if how > AGGREGATION:
        return frozenset([(t, c, how, g) for t, c, _, g in uses])
    return frozenset([(t, c, h if h > AGGREGATION or h > how else how, g) for t, c, h, g in uses])
