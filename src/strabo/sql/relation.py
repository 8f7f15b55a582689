"""What a query puts out, and what it is resolved in."""

from sqlglot import expressions as e

from strabo.sql.lookup import Scope
from strabo.sql.scope import Column, Influences, Item, Rest, Source


class Relation:
    """What a query puts out, and the columns that decide which rows there are."""

    __slots__ = ("influences", "items")

    def __init__(self, items: list[Item], influences: Influences) -> None:
        self.items = items
        self.influences = influences


class Cte:
    __slots__ = (
        "body",
        "columns",
        "env",
        "index",
        "key",
        "name",
        "outer",
        "provisional",
        "relation",
        "running",
        "touched",
    )

    def __init__(self, node: e.Expr, key: str, index: int, outer: Scope | None) -> None:
        alias = node.args["alias"]
        self.body: e.Expr = node.this
        self.name: str = alias.this.this
        self.key = key
        self.columns: list[e.Expr] = alias.args.get("columns") or []
        self.index = index
        self.outer = outer
        self.env: Env | None = None
        self.relation: Relation | None = None
        self.provisional: Relation | None = None
        self.running = False
        self.touched = False


class Env:
    """The queries of WITH that can be named at a place: of this WITH those before `upto`, and those around it."""

    __slots__ = ("ctes", "parent", "upto")

    def __init__(self, parent: "Env | None", ctes: dict[str, Cte], upto: int) -> None:
        self.parent = parent
        self.ctes = ctes
        self.upto = upto

    def find(self, key: str) -> Cte | None:
        env: Env | None = self
        while env is not None:
            cte = env.ctes.get(key)
            if cte is not None and cte.index < env.upto:
                return cte
            env = env.parent
        return None


class Selecting(Scope):
    """A scope while its SELECT is being resolved."""

    __slots__ = ("env", "incoming", "influences", "row", "starred")

    def __init__(self, outer: Scope | None, env: Env | None) -> None:
        super().__init__(outer)
        self.env = env
        self.incoming: Source | None = None  # the row that MySQL's VALUES(column) speaks of
        self.influences: Influences = set()
        self.starred = False
        self.row: list[Item] = []  # what `*` stands for; kept only when there is one


def same(one: Relation, other: Relation) -> bool:
    if len(one.items) != len(other.items) or one.influences != other.influences:
        return False
    return all(
        isinstance(a, Column) and isinstance(b, Column) and a.uses == b.uses
        for a, b in zip(one.items, other.items, strict=True)
    )


def alike(one: Rest, other: Rest) -> bool:
    return one.table is not None and one.table == other.table and one.without == other.without
