"""MERGE: every branch, each with what it sees."""

from sqlglot import expressions as e

from strabo.sql.lookup import Scope
from strabo.sql.relation import Env, Relation, Selecting
from strabo.sql.scope import FILTER, JOIN, NONE, Column, Item, Rest, Source, Uses
from strabo.sql.scripts import kin
from strabo.sql.updates import Updates
from strabo.sql.working import Found


class Merges(Updates):
    """The part of the resolver that follows MERGE."""

    def merge_into(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        table = node.this
        if not isinstance(table, e.Table) or not isinstance(table.this, e.Identifier | e.Dot):
            self.context.tell("what is merged into is no table", node)
            return Relation([], set())
        scope = Selecting(outer, env)
        scope.starred = True
        found = self.context.working.find(self.name_of(table))
        target = self.source_of(found, table, scope)
        sources, row = self.from_item(node.args["using"], scope)
        condition = node.args.get("on")
        if isinstance(condition, e.Expr):
            self.influence(condition, scope, JOIN)
        using = node.args.get("using_cond")
        if using:
            for each in using if isinstance(using, list) else [using]:
                name = self.ident(each)
                for source in (target, *sources):
                    column = source.has(self.ident_key(name))
                    if column is not None:
                        scope.influences |= {(t, c, JOIN) for t, c, *_ in column.uses}
        made = _Made()
        whens = node.args.get("whens")
        for when in whens.expressions if whens is not None else ():
            self._branch_of(when, found, target, sources, row, scope, made)
        items: list[Item] = list(made.columns.values())
        self.written(self.into(found, "merge"), Relation(items, set(scope.influences)))
        after = list(made.columns.values())
        return self.returned(node, scope, target, after, fresh=made.fresh, kept=made.kept)

    def _branch_of(
        self,
        when: e.Expr,
        found: Found,
        target: Source,
        sources: list[Source],
        row: list[Item],
        scope: Selecting,
        made: "_Made",
    ) -> None:
        then = when.args.get("then")
        made.branch(then, gone_is_seen=self.context.dialect not in kin.TSQL)
        by_source = bool(when.args.get("source"))
        seen = Selecting(scope.outer, scope.env)
        if when.args.get("matched"):
            seen.sources = [target, *sources]
        else:
            seen.sources = [target] if by_source else list(sources)
        condition = when.args.get("condition")
        if isinstance(condition, e.Expr):
            self.influence(condition, seen, FILTER)
        if isinstance(then, e.Update):
            if any(isinstance(x, e.Star) for x in then.expressions):
                self._all_by_name(found, row, made, then)
            elif not then.expressions:  # DuckDB's UPDATE and INSERT alone: the row as it is
                self._all_by_position(found, row, made, then)
            else:
                for left, column in self.assign(then.expressions, seen):
                    made.add(self.as_target(found, column, left))
            if (where := then.args.get("where")) is not None:
                self.influence(where.this, seen, FILTER)
        elif isinstance(then, e.Insert):
            self._insert_of(then, found, row, seen, made)
        elif isinstance(then, e.Expr) and not isinstance(then, e.Var):
            self.context.tell("a branch of MERGE is not followed", then)
        scope.influences |= seen.influences

    def _insert_of(self, then: e.Expr, found: Found, row: list[Item], seen: Selecting, made: "_Made") -> None:
        place, values = then.args.get("this"), then.args.get("expression")
        if isinstance(place, e.Star):
            self._all_by_name(found, row, made, then)
            return
        said_row = isinstance(place, e.Var) and place.name.upper() == "ROW"
        if not isinstance(values, e.Expr) and (said_row or place is None):
            self._all_by_position(found, row, made, then)
            return
        if not isinstance(values, e.Expr) and isinstance(place, e.Tuple):
            values, place = _values_of(place), None  # INSERT VALUES (…) without a list
        given = values.expressions if isinstance(values, e.Tuple) else []
        if isinstance(values, e.Values) and values.expressions:
            first = values.expressions[0]
            given = first.expressions if isinstance(first, e.Tuple) else [first]
        if not given:
            if values is not None and not isinstance(values, bool):
                self.context.tell("a branch of MERGE is not followed", then)
            return
        if isinstance(place, e.Tuple):
            lefts = list(place.expressions)
        elif isinstance(place, e.Paren | e.Column | e.Identifier):
            lefts = [place]
        elif found.columns is not None:
            lefts = [e.to_identifier(name, quoted=True) for name in found.columns]
        else:
            self.context.tell(f"which columns are inserted: no schema for {'.'.join(found.name)}", then)
            return
        for left, value in zip(lefts, given, strict=False):
            made.add(self.as_target(found, self.assigned(left, value, seen), left))

    def _all_by_position(self, found: Found, row: list[Item], made: "_Made", node: e.Expr) -> None:
        for item in self.placed(found, Relation(list(row), set()), node, node=node).items:
            if isinstance(item, Column):
                made.add(item)

    def _all_by_name(self, found: Found, row: list[Item], made: "_Made", node: e.Expr) -> None:
        """`UPDATE SET *` and `INSERT *`: each column of the target from the source's column of that name."""
        of = {item.key: item for item in row if isinstance(item, Column)}
        rests = [item for item in row if isinstance(item, Rest)]
        keys = self.keys_in(found)
        if keys is None:
            for rest in rests:
                self.context.tell(f"which columns are taken from {rest.what}: they are not known", node)
            for column in of.values():
                made.add(column)
            return
        for key, name in keys.items():
            source = of.get(key)
            uses: Uses = NONE
            if source is not None:
                uses = source.uses
            elif len(rests) == 1:
                uses = rests[0].column(name)
            elif rests:
                self.context.tell(f"where column {name} comes from: not all columns are known", node)
            made.add(Column(name, key, uses))


def _values_of(place: e.Expr) -> e.Expr:
    """`(…)` of INSERT (…), and of INSERT VALUES (…), which the parser takes for the call of a function."""
    first = place.expressions[0] if place.expressions else None
    if len(place.expressions) == 1 and isinstance(first, e.Anonymous) and first.name.upper() == "VALUES":
        return e.Tuple(expressions=first.expressions)
    return place


class _Made:
    """The target's columns with what any of the branches gives them."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.fresh = True  # whether all rows are new
        self._updates: list[set[str]] = []  # the columns that each branch gives the rows that were there
        self._now: set[str] = set()

    def branch(self, then: object, *, gone_is_seen: bool) -> None:
        """Another branch begins. gone_is_seen: whether rows that are deleted are handed back as they were."""
        self._now = set()
        if isinstance(then, e.Insert):
            return
        self.fresh = False
        if isinstance(then, e.Update) or gone_is_seen:
            self._updates.append(self._now)

    def kept(self, key: str) -> bool:
        """Whether some branch leaves a column of a row that was there as it was."""
        return any(key not in given for given in self._updates)

    def add(self, column: Column) -> None:
        self._now.add(column.key)
        was = self.columns.get(column.key)
        if was is None:
            self.columns[column.key] = column
        elif not was.uses >= column.uses or not was.expression:
            text = was.expression or column.expression
            self.columns[column.key] = Column(was.name, was.key, was.uses | column.uses, text)
