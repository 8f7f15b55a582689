"""What is joined: ON, USING and NATURAL, and what `*` then stands for."""

from collections.abc import Iterable

from sqlglot import expressions as e

from strabo.sql import lookup
from strabo.sql.lookup import Scope
from strabo.sql.pivots import Pivots
from strabo.sql.relation import Selecting
from strabo.sql.scope import (
    JOIN,
    NONE,
    TRANSFORMATION,
    Column,
    Item,
    Rest,
    Source,
    items_of,
    through,
)  # fmt: skip

_HALF = frozenset({"SEMI", "ANTI"})  # joins that only choose rows of the left side


class Joins(Pivots):
    """The part of the resolver that joins; `from_item` is what the part above it adds."""

    def from_item(
        self, node: e.Expr, scope: Selecting, joins: Iterable[e.Expr] | None = None
    ) -> tuple[list[Source], list[Item]]:
        raise NotImplementedError

    def join(self, join: e.Expr, scope: Selecting, left: list[Source], row: list[Item]) -> list[Item]:
        """Adds a joined source to the scope and to `left`; what `*` then stands for."""
        args = join.args
        kind = args.get("kind")
        if kind == "ARRAY":
            return self.array_join(join, scope, left, row)
        right, right_row = self.from_item(args["this"], scope)
        half = kind in _HALF or args.get("side") in _HALF
        keys: list[tuple[str, str]] = []
        if (named := args.get("using")) is not None:
            using = [self.ident(u) for u in named if isinstance(u, e.Expr)]
            keys = [(u.this, self.ident_key(u)) for u in using if isinstance(u, e.Identifier)]
        if (method := args.get("method")) is not None and str(method).upper() == "NATURAL":
            keys = self.natural(join, left, right)
        if keys:
            row = self.merge(join, scope, (left, right), (row, right_row), keys, half=half)
        elif not half and scope.starred:
            row = row + right_row
            self.fit(row)
        if (condition := args.get("on")) is not None:
            self.join_condition(condition, scope, left, right)
        if (condition := args.get("match_condition")) is not None:
            self.join_condition(condition, scope, left, right)
        if half:
            scope.sources = [source for source in scope.sources if source not in right]
        else:
            left += right
        return row

    def array_join(self, join: e.Expr, scope: Selecting, left: list[Source], row: list[Item]) -> list[Item]:
        """ClickHouse: each element of an array a row, under an alias, or in the array's place."""
        items: list[Item] = []
        for each in (join.this, *join.expressions):
            body = each.this if isinstance(each, e.Alias) else each
            uses = through(self.uses(body, scope, TRANSFORMATION), TRANSFORMATION)
            named = each.args["alias"] if isinstance(each, e.Alias) else body
            if isinstance(named, e.Identifier | e.Column):
                items.append(self.named_column(named, uses))
        own = {item.key for item in items if isinstance(item, Column)}
        scope.merged = {**scope.merged, **{i.key: i for i in items if isinstance(i, Column)}}
        left.append(Source("", "ARRAY JOIN", items))
        return [*(i for i in row if not (isinstance(i, Column) and i.key in own)), *items]

    def join_condition(self, condition: e.Expr, scope: Selecting, left: list[Source], right: list[Source]) -> None:
        if self.context.facts.comma_joins:  # the comma is a join like others there
            self.influence(condition, scope, JOIN)
            return
        seen, scope.sources = scope.sources, [*left, *right]
        try:
            self.influence(condition, scope, JOIN)
        finally:
            scope.sources = seen

    def natural(self, join: e.Expr, left: list[Source], right: list[Source]) -> list[tuple[str, str]]:
        for source in (*left, *right):
            if source.rests:
                self.context.tell(f"natural join: the columns of {source.what} are not known", join.this)
                return []
        theirs = {item.key for source in right for item in items_of(source) if isinstance(item, Column)}
        ours = {i.key: i.name for source in left for i in items_of(source) if isinstance(i, Column)}
        return [(name, key) for key, name in ours.items() if key in theirs]

    def merge(
        self,
        join: e.Expr,
        scope: Selecting,
        sources: tuple[list[Source], list[Source]],
        rows: tuple[list[Item], list[Item]],
        keys: list[tuple[str, str]],
        *,
        half: bool,
    ) -> list[Item]:
        """Makes one column of each pair that USING names: the left one's, the right one's, or either's if FULL."""
        side = str(join.args.get("side") or "").upper()
        merged: list[Column] = []
        left_view, right_view = Scope(None, sources[0]), Scope(None, sources[1])
        left_view.merged = scope.merged
        for name, key in keys:
            a = lookup.plain(self.context, name, key, left_view, join)
            b = lookup.plain(self.context, name, key, right_view, join)
            a, b = a or Column(name, key, NONE), b or Column(name, key, NONE)
            scope.influences |= {(t, c, JOIN) for t, c, *_ in a.uses | b.uses}
            if side == "FULL":
                one = Column(a.name, key, through(a.uses, TRANSFORMATION) | through(b.uses, TRANSFORMATION))
            else:
                one = Column(a.name, key, b.uses if side == "RIGHT" else a.uses, a.expression)
            merged.append(one)
        if half:
            return rows[0]
        of = {column.key: column for column in merged}
        scope.merged = {**scope.merged, **of}
        if not scope.starred:
            return []
        rest = [item for item in rows[1] if not (isinstance(item, Column) and item.key in of)]
        rest = [i.less(of) if isinstance(i, Rest) else i for i in rest]
        if self.context.facts.merged_in_place and not any(isinstance(i, Rest) for i in rows[0]):
            return [of.get(i.key, i) if isinstance(i, Column) else i for i in rows[0]] + rest
        before = [i for i in rows[0] if not (isinstance(i, Column) and i.key in of)]
        before = [i.less(of) if isinstance(i, Rest) else i for i in before]
        return [*merged, *before, *rest]
