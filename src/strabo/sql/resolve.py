"""One pass over a statement's tree: every output column with the base columns that make and decide it.

No optimiser, no copies: a query gives a Relation, from its sources up. Uses are composed on the way (scope.py), so
nothing is walked twice, but for the second half of a recursive query, until its uses no longer grow.
"""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from sqlglot import expressions as e

from strabo.sql import functions, lookup, names, parse
from strabo.sql.columns import name_of
from strabo.sql.lookup import Scope
from strabo.sql.names import Parts, TableName
from strabo.sql.scope import (
    AGGREGATION,
    CONDITIONAL,
    FILTER,
    GROUP_BY,
    IDENTITY,
    JOIN,
    NONE,
    SORT,
    TRANSFORMATION,
    WINDOW,
    Column,
    Influences,
    Item,
    Rest,
    Source,
    TableSource,
    Use,
    Uses,
    items_of,
    through,
)  # fmt: skip
from strabo.sql.tables import Context

QUERY = (e.Select, e.SetOperation, e.Subquery, e.Values)

# How `uses` walks a class of node; what is not here is walked child by child.
(_PLAIN, _LEAF, _COLUMN, _QUERY, _CASE, _IF, _AGGREGATE, _WINDOW, _ORDER, _FILTER, _WITHIN, _NAMED, _SAME, _DOT, _ANON,
 _EXISTS, _MANY) = range(17)  # fmt: skip
_BASES: tuple[tuple[type[Any] | tuple[type[Any], ...], int], ...] = (
    ((e.Literal, e.Identifier, e.DataType, e.Star, e.Var, e.Null, e.Boolean, e.Placeholder, e.Parameter), _LEAF),
    (e.Column, _COLUMN),
    (QUERY, _QUERY),
    (e.Case, _CASE),
    (e.If, _IF),
    (e.Window, _WINDOW),
    (e.Order, _ORDER),
    (e.Filter, _FILTER),
    (e.WithinGroup, _WITHIN),
    (e.Exists, _EXISTS),
    (e.Columns, _MANY),
    ((e.PropertyEQ, e.Kwarg), _NAMED),
    ((e.Paren, e.Alias), _SAME),
    (e.Dot, _DOT),
    (e.AnonymousAggFunc, _AGGREGATE),
    (e.Anonymous, _ANON),
    (e.AggFunc, _AGGREGATE),
)
_kinds: dict[type, int] = {}


def _kind(of: type) -> int:
    found = _PLAIN
    if of.__name__ not in functions.ROW_PICKERS:
        found = next((kind for bases, kind in _BASES if issubclass(of, bases)), _PLAIN)
    _kinds[of] = found
    return found


class Relation:
    """What a query puts out, and the columns that decide which rows there are."""

    __slots__ = ("influences", "items")

    def __init__(self, items: list[Item], influences: Influences) -> None:
        self.items = items
        self.influences = influences


class _Cte:
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

    def __init__(self, parent: "Env | None", ctes: dict[str, _Cte], upto: int) -> None:
        self.parent = parent
        self.ctes = ctes
        self.upto = upto

    def find(self, key: str) -> _Cte | None:
        env: Env | None = self
        while env is not None:
            cte = env.ctes.get(key)
            if cte is not None and cte.index < env.upto:
                return cte
            env = env.parent
        return None


class _Select(Scope):
    """A scope while its SELECT is being resolved."""

    __slots__ = ("env", "influences", "row", "starred")

    def __init__(self, outer: Scope | None, env: Env | None) -> None:
        super().__init__(outer)
        self.env = env
        self.influences: Influences = set()
        self.starred = False
        self.row: list[Item] = []  # what `*` stands for; kept only when there is one


class Resolver:
    """Resolves the queries of one statement. Raises parse.TooLong after the deadline."""

    def __init__(self, context: Context, deadline: float) -> None:
        self.context = context
        self.rules = context.rules
        self.deadline = deadline

    # --- queries ---------------------------------------------------------------------------------------------------

    def query(self, node: e.Expr, env: Env | None = None, outer: Scope | None = None) -> Relation:
        if monotonic() > self.deadline:
            raise parse.TooLong
        env = self.with_(node, env, outer)
        if isinstance(node, e.Select):
            return self.select(node, env, outer)
        if isinstance(node, e.SetOperation):
            relation = self.set_operation(node, env, outer)
            return self.sorted(node, relation, env)
        if isinstance(node, e.Subquery):
            if _holds_query(node):
                relation = self.query(node.this, env, outer)
            else:  # (a JOIN b)
                scope = _Select(outer, env)
                scope.starred = True
                _, scope.row = self.from_item(node.this, scope, node.args.get("joins"))
                relation = Relation(scope.row, scope.influences)
            return self.sorted(node, relation, env)
        if isinstance(node, e.Values):
            return self.values(node, env, outer)
        self.context.tell(f"{node.key} as a query is not followed", node)
        return Relation([], set())

    def with_(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Env | None:
        """The environment of a statement or query that may begin with WITH, every query of it resolved."""
        clause = node.args.get("with_")
        if clause is None:
            return env
        recursive = bool(clause.args.get("recursive"))
        ctes: dict[str, _Cte] = {}
        every: list[_Cte] = []
        for index, child in enumerate(clause.expressions):
            name = child.args["alias"].this
            key = self.rules.alias(name.this, bool(name.args.get("quoted")))
            cte = _Cte(child, key, index, outer)
            own = recursive or (
                self.context.dialect in names.RECURSIVE_UNSAID and isinstance(_bare(cte.body), e.SetOperation)
            )
            cte.env = Env(env, ctes, len(clause.expressions) if recursive else index + own)
            ctes[key] = cte
            every.append(cte)
        for cte in every:
            self.cte(cte)
        return Env(env, ctes, len(every))

    def cte(self, cte: _Cte) -> Relation:
        if cte.relation is not None:
            return cte.relation
        if cte.running:
            cte.touched = True
            if cte.provisional is None:
                self.context.tell(f"{cte.name} refers to itself before it has columns", cte.body)
                return Relation([self.named_column(c, NONE) for c in cte.columns], set())
            return cte.provisional
        cte.running = True
        body = _bare(cte.body)
        if isinstance(body, e.SetOperation) and body.args.get("with_") is None:
            cte.relation = self.recursive(cte, body)
        else:
            cte.relation = self.named(self.query(cte.body, cte.env, cte.outer), cte.columns, cte.body)
        cte.running = False
        return cte.relation

    def recursive(self, cte: _Cte, body: e.Expr) -> Relation:
        """A set operation that may name itself: its first branch, then the others, until no use is added."""
        first, branches = _flat(body)
        anchor = self.query(first, cte.env, cte.outer)
        for _ in range(len(anchor.items) + 2):
            whole = anchor
            for operation in branches:
                if cte.provisional is None:
                    cte.provisional = self.named(whole, cte.columns, body)
                whole = self.combine(operation, whole, self.query(operation.expression, cte.env, cte.outer))
            named = self.named(whole, cte.columns, body)
            before, cte.provisional = cte.provisional, named
            if not cte.touched or (before is not None and _same(before, named)):
                break
        return self.named(self.sorted(body, whole, cte.env), cte.columns, body)

    def set_operation(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        first, branches = _flat(node)
        whole = self.query(first, env, outer)
        for operation in branches:
            whole = self.combine(operation, whole, self.query(operation.expression, env, outer))
        return whole

    def combine(self, node: e.Expr, left: Relation, right: Relation) -> Relation:
        influences = left.influences | right.influences
        if isinstance(node, e.Except | e.Intersect):  # the rows are the left side's; the right one only chooses
            for item in right.items:
                if isinstance(item, Column):
                    influences |= {(t, c, FILTER) for t, c, *_ in item.uses}
            return Relation(left.items, influences)
        if node.args.get("by_name"):
            return Relation(self.by_name(node, left.items, right.items), influences)
        items: list[Item] = []
        for at, item in enumerate(left.items):
            other = right.items[at] if at < len(right.items) else None
            if isinstance(item, Rest) or isinstance(other, Rest):
                open_ = item if isinstance(item, Rest) else other
                assert isinstance(open_, Rest)  # noqa: S101  (one of the two is)
                if not (isinstance(item, Rest) and isinstance(other, Rest) and _alike(item, other)):
                    self.context.tell(
                        f"columns of {open_.what} are not known, so those beside them cannot be paired", node
                    )
                items += left.items[at:]
                return Relation(items, influences)
            if other is None or other.uses == item.uses:
                items.append(item)
            else:
                items.append(Column(item.name, item.key, item.uses | other.uses, item.expression))
        return Relation(items, influences)

    def by_name(self, node: e.Expr, left: list[Item], right: list[Item]) -> list[Item]:
        if any(isinstance(item, Rest) for item in (*left, *right)):
            self.context.tell("branches paired by name, of which not all columns are known", node)
        others = {item.key: item for item in right if isinstance(item, Column)}
        items: list[Item] = []
        for item in left:
            if isinstance(item, Column) and item.key in others:
                other = others.pop(item.key)
                items.append(Column(item.name, item.key, item.uses | other.uses, item.expression))
            else:
                items.append(item)
        return [*items, *others.values(), *(item for item in right if isinstance(item, Rest))]

    def sorted(self, node: e.Expr, relation: Relation, env: Env | None) -> Relation:
        """The relation with what ORDER BY behind parentheses or a set operation adds."""
        order = node.args.get("order")
        if order is None:
            return relation
        scope = _Select(None, env)
        scope.sources.append(Source("", "the query", relation.items))
        self.order(order, scope, relation.items)
        return Relation(relation.items, relation.influences | scope.influences)

    def values(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        rows = [row.expressions if isinstance(row, e.Tuple) else [row] for row in node.expressions]
        scope = _Select(outer, env)
        # What the engines call them: column1 in postgres, sqlite; col0 in duckdb; column_0 in mysql.
        first, word = {"duckdb": (0, "col"), "mysql": (0, "column_")}.get(self.context.dialect, (1, "column"))
        items: list[Item] = []
        for at in range(len(rows[0]) if rows else 0):
            uses = frozenset().union(*(self.uses(row[at], scope, IDENTITY) for row in rows if at < len(row)))
            items.append(Column(f"{word}{at + first}", f"{word}{at + first}", uses))
        return Relation(items, scope.influences)

    # --- SELECT ----------------------------------------------------------------------------------------------------

    def select(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        args = node.args
        scope = _Select(outer, env)
        scope.starred = any(_is_star(p) for p in node.expressions)
        for window in args.get("windows") or ():
            scope.windows[self.rules.alias(window.this.name, bool(window.this.args.get("quoted")))] = window
        clause = args.get("from_")
        if clause is not None:
            self.from_clause(clause.this, args.get("joins") or (), scope)
        elif args.get("joins"):
            self.from_clause(args["joins"][0].this, args["joins"][1:], scope)
        for lateral in args.get("laterals") or ():
            _, row = self.from_item(lateral, scope)
            scope.row += row
        for field in ("prewhere", "where"):
            if (condition := args.get(field)) is not None:
                self.influence(condition.this, scope, FILTER)
        if (connect := args.get("connect")) is not None:
            self.influence(connect, scope, FILTER)
        items = self.outputs(node, scope)
        if (group := args.get("group")) is not None:
            self.group(group, scope, items)
        for field in ("having", "qualify"):
            if (condition := args.get(field)) is not None:
                self.influence(condition.this, scope, FILTER)
        if (distinct := args.get("distinct")) is not None and (on := distinct.args.get("on")) is not None:
            self.keys(on.expressions if isinstance(on, e.Tuple) else [on], scope, items, GROUP_BY)
        for field in ("order", "sort"):
            if (order := args.get(field)) is not None:
                self.order(order, scope, items)
        return Relation(items, scope.influences)

    def outputs(self, node: e.Expr, scope: _Select) -> list[Item]:
        items: list[Item] = []
        dropped = [x for x in (node.args.get("exclude") or ()) if isinstance(x, e.Expr)]  # `* EXCLUDE` at the end
        for at, projection in enumerate(node.expressions):
            if _is_star(projection):
                items += self.star(projection, scope, dropped)
                continue
            for column in self.output(projection, scope, at):
                items.append(column)
                scope.aliases.setdefault(column.key, column)
        return items

    def output(self, node: e.Expr, scope: _Select, at: int) -> Iterable[Column]:
        body = node.this if isinstance(node, e.Alias | e.Aliases) else node
        while isinstance(body, e.Paren):
            body = body.this
        if isinstance(body, e.Column) and isinstance(body.this, e.Identifier):
            found = self.find(body, scope)
            if isinstance(node, e.Alias):
                alias = self.named_column(node.args["alias"], NONE)
            elif found is not None:
                alias = found
            else:
                alias = self.named_column(body.this, NONE)
            if found is None:
                return (alias,)
            return (Column(alias.name, alias.key, found.uses, found.expression),)
        uses = self.uses(body, scope, IDENTITY)
        text = parse.expression_text(self.context.text, node, self.context.dialect)
        if isinstance(node, e.Alias):
            named = self.named_column(node.args["alias"], uses)
            named.expression = text
            return (named,)
        if isinstance(node, e.Aliases):
            return [self.named_column(alias, uses) for alias in node.expressions]
        name = name_of(body, text, self.context.dialect, at)
        return (Column(name, self.rules.column(name, True), uses, text),)

    def star(self, node: e.Expr, scope: _Select, dropped: list[e.Expr]) -> list[Item]:
        star = node
        if isinstance(node, e.Dot):
            return self.star_of_value(node, scope)
        if isinstance(node, e.Column):
            star = node.this
            source = lookup.find_source(self.context, node, scope)
            if source is None:  # a struct's fields, in some dialects
                what = node.text("table")
                self.context.tell(f"the columns of {what} are not known", node)
                return [Rest(what, None)]
            row = items_of(source)
        elif isinstance(node, e.Columns):
            if not isinstance(node.this, e.Star):
                self.context.tell("COLUMNS(…) is not followed", node)
                return [Rest("COLUMNS(…)", None)]
            star, row = node.this, scope.row
        else:
            row = scope.row
        without = {self.ident_key(x) for x in (*(star.args.get("except_") or ()), *dropped)}
        replaced = {self.ident_key(x.args["alias"]): x for x in star.args.get("replace") or ()}
        renamed = {self.ident_key(x.this): x.args["alias"] for x in star.args.get("rename") or ()}
        if not without and not replaced and not renamed:
            return list(row)
        return self.changed(row, without, replaced, renamed, scope)

    def star_of_value(self, node: e.Expr, scope: _Select) -> list[Item]:
        """`(t).*` is all of t; of any other value nobody knows the fields."""
        inner = node.this
        while isinstance(inner, e.Paren):
            inner = inner.this
        if isinstance(inner, e.Column) and inner.args.get("table") is None:
            alias = self.rules.alias(inner.name, bool(self.ident(inner).args.get("quoted")))
            for source in scope.sources:
                if source.alias == alias and source.has(self.ident_key(inner)) is None:
                    return list(items_of(source))
        self.context.tell("the fields of a value are not known", node)
        return [Rest("a value", None, through(self.uses(inner, scope, TRANSFORMATION), TRANSFORMATION))]

    def changed(
        self,
        row: list[Item],
        without: set[str],
        replaced: dict[str, e.Expr],
        renamed: dict[str, e.Expr],
        scope: _Select,
    ) -> list[Item]:
        """A row with EXCLUDE, REPLACE and RENAME applied."""
        items: list[Item] = []
        touched = without | replaced.keys() | renamed.keys()
        rests = [item for item in row if isinstance(item, Rest)]
        seen: set[str] = set()
        for item in row:
            if isinstance(item, Rest):
                items.append(item.less(touched))
            elif item.key in replaced:
                seen.add(item.key)
                change = replaced[item.key]
                text = parse.expression_text(self.context.text, change, self.context.dialect)
                items.append(Column(item.name, item.key, self.uses(change.this, scope, IDENTITY), text))
            elif item.key in renamed:
                seen.add(item.key)
                named = self.named_column(renamed[item.key], item.uses)
                named.expression = item.expression
                items.append(named)
            elif item.key not in without:
                items.append(item)
        if rests:  # these columns are somewhere in what `*` stands for
            for key, change in replaced.items():
                if key not in seen:
                    text = parse.expression_text(self.context.text, change, self.context.dialect)
                    named = self.named_column(change.args["alias"], self.uses(change.this, scope, IDENTITY))
                    named.expression = text
                    items.append(named)
            for key, alias in renamed.items():
                if key not in seen and len(rests) == 1:
                    items.append(self.named_column(alias, rests[0].column(key)))
        return items

    def group(self, group: e.Expr, scope: _Select, items: list[Item]) -> None:
        if group.args.get("all"):
            for item in items:
                if isinstance(item, Column) and all(how != AGGREGATION for _, _, how, _ in item.uses):
                    scope.influences |= {(t, c, GROUP_BY) for t, c, *_ in item.uses}
        for field in ("expressions", "grouping_sets", "cube", "rollup"):
            keys = group.args.get(field)
            if isinstance(keys, list):
                self.keys(keys, scope, items, GROUP_BY)

    def order(self, order: e.Expr, scope: _Select, items: list[Item]) -> None:
        for key in order.expressions:
            by = key.this if isinstance(key, e.Ordered) else key
            if isinstance(by, e.Var) and by.name.upper() == "ALL":
                for item in items:
                    if isinstance(item, Column):
                        scope.influences |= {(t, c, SORT) for t, c, *_ in item.uses}
            elif isinstance(by, e.Column) and by.args.get("table") is None and self.ident_key(by) in scope.aliases:
                uses = scope.aliases[self.ident_key(by)].uses  # here, and only here, the output's name comes first
                scope.influences |= {(t, c, SORT) for t, c, *_ in uses}
            else:
                self.keys([by], scope, items, SORT)

    def keys(self, keys: list[e.Expr], scope: _Select, items: list[Item], how: int) -> None:
        """Influences of expressions of which a whole number means the output at that place."""
        for key in keys:
            if isinstance(key, e.Literal) and not key.is_string and key.this.isdecimal():
                at = int(key.this[:9]) - 1
                before = items[: at + 1]
                if any(isinstance(item, Rest) for item in before):
                    self.context.tell(f"which column is number {key.this}: not all are known", key)
                elif 0 <= at < len(items) and isinstance(item := items[at], Column):
                    scope.influences |= {(t, c, how) for t, c, *_ in item.uses}
            else:
                self.influence(key, scope, how)

    # --- FROM ------------------------------------------------------------------------------------------------------

    def from_clause(self, first: e.Expr, joins: Iterable[e.Expr], scope: _Select) -> None:
        sources, row = self.from_item(first, scope)
        for join in joins:
            if _is_comma(join):
                scope.row += row
                sources, row = self.from_item(join.this, scope)
            else:
                row = self.join(join, scope, sources, row)
        scope.row += row

    def from_item(
        self, node: e.Expr, scope: _Select, joins: Iterable[e.Expr] | None = None
    ) -> tuple[list[Source], list[Item]]:
        """Adds a source, with those joined to it in parentheses, to the scope. All of them, and their `*`."""
        inner = node
        if isinstance(node, e.Subquery) and not node.args.get("alias") and not _holds_query(node):
            inner = node.this  # (a JOIN b): its tables keep their names
        if inner is not node:
            sources, row = self.from_item(inner, scope)
        else:
            source = self.source(node, scope)
            scope.sources.append(source)
            sources = [source]
            row = items_of(source) if scope.starred else []
        own = joins if joins is not None else node.args.get("joins") or ()
        if joins is None and isinstance(node, e.Subquery) and inner is node:
            own = ()  # they are inside it
        for join in own:
            row = self.join(join, scope, sources, row)
        for lateral in node.args.get("laterals") or ():
            more, columns = self.from_item(lateral, scope)
            sources += more
            row = row + columns
        return sources, row

    def join(self, join: e.Expr, scope: _Select, left: list[Source], row: list[Item]) -> list[Item]:
        """Adds a joined source to the scope and to `left`; what `*` then stands for."""
        right, right_row = self.from_item(join.this, scope)
        args = join.args
        half = str(args.get("kind") or "").upper() in {"SEMI", "ANTI"} or str(args.get("side") or "").upper() in {
            "SEMI",
            "ANTI",
        }
        using = [self.ident(u) for u in args.get("using") or () if isinstance(u, e.Expr)]
        keys = [(u.this, self.ident_key(u)) for u in using if isinstance(u, e.Identifier)]
        if str(args.get("method") or "").upper() == "NATURAL":
            keys = self.natural(join, left, right)
        if keys:
            row = self.merge(join, scope, (left, right), (row, right_row), keys, half=half)
        elif not half:
            row = row + right_row
        for field in ("on", "match_condition"):
            if (condition := args.get(field)) is not None:
                self.join_condition(condition, scope, left, right)
        if half:
            scope.sources = [source for source in scope.sources if source not in right]
        else:
            left += right
        return row

    def join_condition(self, condition: e.Expr, scope: _Select, left: list[Source], right: list[Source]) -> None:
        if self.context.dialect in {"sqlite", "duckdb"}:  # the comma is a join like others there
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
        scope: _Select,
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
        if self.context.dialect in names.MERGED_IN_PLACE and not any(isinstance(i, Rest) for i in rows[0]):
            return [of.get(i.key, i) if isinstance(i, Column) else i for i in rows[0]] + rest
        before = [i for i in rows[0] if not (isinstance(i, Column) and i.key in of)]
        before = [i.less(of) if isinstance(i, Rest) else i for i in before]
        return [*merged, *before, *rest]

    def source(self, node: e.Expr, scope: _Select) -> Source:
        alias = node.args.get("alias")
        name = alias.this if isinstance(alias, e.TableAlias) else None
        columns: list[e.Expr] = (alias.args.get("columns") or []) if isinstance(alias, e.TableAlias) else []
        key = self.rules.alias(name.this, bool(name.args.get("quoted"))) if isinstance(name, e.Identifier) else ""
        what = name.this if isinstance(name, e.Identifier) else "a subquery"
        if isinstance(node, e.Table) and node.args.get("pivots"):
            return self.pivoted(node, scope)
        if isinstance(node, e.Table) and isinstance(node.this, e.Identifier | e.Dot):
            return self.table(node, scope, key, what, columns)
        if isinstance(node, e.Table):
            called = node.this if node.this is not None else node
            return self.function(called, scope, key, what, columns, bool(node.args.get("ordinality")))
        if isinstance(node, e.Lateral):
            if isinstance(node.this, QUERY):
                return self.derived(node.this, scope, key, what, columns, scope)
            return self.function(node.this, scope, key, what, columns, bool(node.args.get("ordinality")))
        if isinstance(node, e.Unnest):
            return self.unnest(node, scope, key, what, columns)
        if isinstance(node, QUERY):
            # DuckDB lets a subquery in FROM see the tables before it without saying LATERAL.
            sees = scope if self.context.dialect == "duckdb" else scope.outer
            return self.derived(node, scope, key, what, columns, sees)
        return self.function(node, scope, key, what, columns, False)

    def pivoted(self, node: e.Expr, scope: _Select) -> Source:
        pivot = node.args["pivots"][-1]
        self.context.tell("PIVOT and UNPIVOT are not followed", node)
        if isinstance(node.this, e.Identifier):
            self.table(node, _Select(scope.outer, scope.env), "", "", [])  # it is read, whatever comes of it
        alias = pivot.args.get("alias") or node.args.get("alias")
        name = alias.this if alias is not None else node.this
        key = self.rules.alias(name.name, bool(name.args.get("quoted"))) if name is not None else ""
        return Source(key, "a pivot", [Rest("a pivot", None)])

    def derived(
        self, node: e.Expr, scope: _Select, key: str, what: str, columns: list[e.Expr], sees: Scope | None
    ) -> Source:
        relation = self.named(self.query(node, scope.env, sees), columns, node)
        scope.influences |= relation.influences
        return Source(key, what, relation.items)

    def table(self, node: e.Expr, scope: _Select, key: str, what: str, columns: list[e.Expr]) -> Source:
        written = _path(node)
        name = TableName(tuple(i.this for i in written), tuple(bool(i.args.get("quoted")) for i in written))
        own = self.rules.alias(name.parts[-1], name.quoted[-1])
        if len(written) == 1 and scope.env is not None and (cte := scope.env.find(own)) is not None:
            relation = self.named(self.cte(cte), columns, node)
            scope.influences |= relation.influences
            return Source(key or own, what if key else cte.name, relation.items)
        start = written[0]._meta  # noqa: SLF001  (`meta` would make one)
        if self.context.dialect == "duckdb" and start and self.context.text[start["start"]] == "'":
            self.context.tell(f"the file {name.parts[0]} is not followed", node)
            return Source(key or own, name.parts[0], [Rest(name.parts[0], None)])
        number = self.context.number(name, node)
        keys = self.context.keys[number]
        path: Parts = () if key else tuple(map(self.rules.table, name.parts, name.quoted))
        label = what if key else ".".join(name.parts)
        if keys is None:
            return self.renamed(
                Source(key or own, label, [Rest(".".join(name.parts), number)], path=path), columns, node
            )
        return self.renamed(TableSource(key or own, label, path, number, keys), columns, node)

    def renamed(self, source: Source, columns: list[e.Expr], node: e.Expr) -> Source:
        """`FROM t AS q(a, b)`."""
        if not columns:
            return source
        relation = self.named(Relation(items_of(source), set()), columns, node)
        return Source(source.alias, source.what, relation.items)

    def function(
        self, node: e.Expr, scope: _Select, key: str, what: str, columns: list[e.Expr], ordinality: bool
    ) -> Source:
        """A function in FROM: its columns are made of its arguments, whichever they are."""
        if isinstance(node, e.Unnest):
            return self.unnest(node, scope, key, what, columns)
        uses = through(self.uses(node, scope, TRANSFORMATION), TRANSFORMATION)
        called = node.name if isinstance(node, e.Anonymous) else _function_name(node)
        known = functions.columns_of(called, self.context.dialect)
        own = self.rules.alias(called, False)
        label = what if key else called
        if columns:
            made: list[Item] = [self.named_column(column, uses) for column in columns]
            return Source(key or own, label, made)
        if known is None:
            self.context.tell(f"what {called} returns is not known", node)
            return Source(key or own, label, [Rest(called, None, uses)])
        if key and known == (called.lower(),):  # a function of one value: its column has the alias's name
            known = (what,)
        made = [Column(c, self.rules.column(c, True) if c != what else key, uses) for c in known]
        if ordinality:
            made.append(Column("ordinality", self.rules.column("ordinality", False), NONE))
        return Source(key or own, label, made)

    def unnest(self, node: e.Expr, scope: _Select, key: str, what: str, columns: list[e.Expr]) -> Source:
        each = [through(self.uses(x, scope, TRANSFORMATION), TRANSFORMATION) for x in node.expressions]
        every = frozenset[Use]().union(*each)
        items: list[Item] = []
        if columns:
            for at, column in enumerate(columns):
                items.append(self.named_column(column, each[at] if len(columns) <= len(each) else every))
        else:
            name = what if key and self.context.dialect != "duckdb" else "unnest"
            items = [Column(name, self.rules.column(name, False), uses) for uses in each]
        if isinstance(offset := node.args.get("offset"), e.Identifier):
            items.append(self.named_column(offset, NONE))
        own = key or (self.ident_key(columns[0]) if columns and self.context.dialect == "bigquery" else "unnest")
        return Source(own, what if key else "unnest", items)

    # --- expressions -----------------------------------------------------------------------------------------------

    def influence(self, node: e.Expr, scope: _Select, how: int) -> None:
        scope.influences |= {(t, c, h) for t, c, h, _ in self.uses(node, scope, how)}

    def uses(self, root: e.Expr, scope: _Select, how: int) -> Uses:
        """The base columns of an expression; `how` is what becomes of a column that is all of it."""
        found: set[Use] = set()
        stack: list[tuple[e.Expr, int]] = [(root, how)]
        push = stack.append
        while stack:
            node, how = stack.pop()
            kind = _kinds.get(type(node))
            if kind is None:
                kind = _kind(type(node))
            if kind == _LEAF:
                continue
            direct = how <= AGGREGATION
            made = TRANSFORMATION if how == IDENTITY else how  # of what stands inside something
            args = node.args
            if kind == _COLUMN:
                column = self.find(node, scope)
                if column is not None:
                    found |= through(column.uses, how)
            elif kind == _SAME:
                push((args["this"], how))
            elif kind == _QUERY:
                found |= self.subquery(node, scope, how)
            elif kind == _CASE:
                if args.get("this") is not None:
                    push((args["this"], CONDITIONAL if direct else how))
                for branch in args.get("ifs") or ():
                    push((branch, made))
                if args.get("default") is not None:
                    push((args["default"], made))
            elif kind == _IF:
                push((args["this"], CONDITIONAL if direct else how))
                for field in ("true", "false"):
                    if args.get(field) is not None:
                        push((args[field], made))
            elif kind == _WINDOW:
                self.window(node, scope, how, made, stack)
            elif kind == _ORDER:  # ORDER BY inside an aggregate
                if args.get("this") is not None:
                    push((args["this"], made))
                stack += [(x, SORT if direct else how) for x in node.expressions]
            elif kind == _FILTER:
                push((args["this"], how))
                push((args["expression"], FILTER if direct else how))
            elif kind == _WITHIN:
                sort = AGGREGATION if node.this.find(e.Column) is None else SORT
                push((args["this"], how))
                stack += [(x, sort if direct else how) for x in args["expression"].expressions]
            elif kind == _EXISTS:
                found |= self.exists(node, scope, how)
            elif kind == _MANY:
                self.context.tell("COLUMNS(…) is not followed", node)
            elif kind == _NAMED:
                if isinstance(args.get("expression"), e.Expr):
                    push((args["expression"], made))
            elif kind == _DOT:
                self.dot(node, scope, how, found, stack)
            else:
                if direct and (kind == _AGGREGATE or (kind == _ANON and node.name.lower() in functions.AGGREGATES)):
                    made = AGGREGATION
                for value in args.values():
                    if isinstance(value, e.Expr):
                        push((value, made))
                    elif type(value) is list:
                        for each in value:
                            if isinstance(each, e.Expr):
                                push((each, made))
        return frozenset(found)

    def find(self, node: e.Expr, scope: Scope) -> Column | None:
        """The column that a reference means; None when it is none, or unknown."""
        identifier = node.args["this"]
        if not isinstance(identifier, e.Identifier):
            return self.whole_row(node, scope)
        name = identifier.this
        key = self.rules.column(name, bool(identifier.args.get("quoted")))
        if node.args.get("table") is None:
            return lookup.plain(self.context, name, key, scope, node)
        return lookup.qualified(self.context, node, name, key, scope)

    def whole_row(self, node: e.Expr, scope: Scope) -> Column | None:
        """`t.*` as a value."""
        if node.args.get("table") is None or isinstance(node.parent, e.Count):
            return None
        source = lookup.find_source(self.context, node, scope)
        return None if source is None else Column("*", "*", lookup.row(self.context, source, node))

    def dot(self, node: e.Expr, scope: Scope, how: int, found: set[Use], stack: list[tuple[e.Expr, int]]) -> None:
        """`(t).a` is a column of t, or a field of the column t."""
        inner = node.this
        while isinstance(inner, e.Paren):
            inner = inner.this
        field = node.expression
        if isinstance(inner, e.Column) and inner.args.get("table") is None and isinstance(field, e.Identifier):
            key = self.ident_key(inner)
            if lookup.plain(self.context, inner.name, key, scope, inner, quiet=True) is None:
                alias = self.rules.alias(inner.name, bool(inner.this.args.get("quoted")))
                for source in scope.sources:
                    if source.alias == alias:
                        named = lookup.of_source(self.context, source, field.this, self.ident_key(field), node)
                        if named is not None:
                            found |= through(named.uses, how)
                        return
        made = TRANSFORMATION if how == IDENTITY else how
        stack.append((node.this, made))
        if not isinstance(field, e.Identifier):
            stack.append((field, made))

    def window(self, node: e.Expr, scope: Scope, how: int, made: int, stack: list[tuple[e.Expr, int]]) -> None:
        stack.append((node.this, made))
        over = WINDOW if how <= AGGREGATION else how
        seen: set[int] = set()
        while node is not None and id(node) not in seen:
            seen.add(id(node))
            stack += [(x, over) for x in node.args.get("partition_by") or ()]
            order = node.args.get("order")
            if order is not None:
                stack += [(x, over) for x in order.expressions]
            name = node.args.get("alias")
            if name is None:
                break
            node = scope.windows.get(self.rules.alias(name.name, bool(name.args.get("quoted"))))  # type: ignore[assignment]

    def subquery(self, node: e.Expr, scope: _Select, how: int) -> set[Use]:
        """A query as a value: what it puts out is in it, what decides its rows decides the value."""
        relation = self.query(node, scope.env, scope)
        found: set[Use] = {(t, c, h, False) for t, c, h in relation.influences}
        for item in relation.items:
            if isinstance(item, Column):
                found |= through(item.uses, how)
            else:
                self.context.tell(f"all columns of {item.what}: they are not known", node)
        return found

    def exists(self, node: e.Expr, scope: _Select, how: int) -> set[Use]:
        """EXISTS asks whether there are rows, never what is in them."""
        inner = node.this
        if not isinstance(inner, QUERY):  # a function on arrays, in some dialects
            made = TRANSFORMATION if how == IDENTITY else how
            found: set[Use] = set()
            for value in (inner, node.args.get("expression")):
                if isinstance(value, e.Expr):
                    found |= self.uses(value, scope, made)
            return found
        return {(t, c, h, False) for t, c, h in self.query(inner, scope.env, scope).influences}

    # --- names -----------------------------------------------------------------------------------------------------

    def named(self, relation: Relation, columns: list[e.Expr], node: e.Expr) -> Relation:
        """A relation whose columns are given names by position."""
        if not columns:
            return relation
        items: list[Item] = []
        for at, column in enumerate(columns):
            item = relation.items[at] if at < len(relation.items) else None
            if isinstance(item, Rest):
                self.context.tell(
                    f"which column is {self.ident(column).name}: those of {item.what} are not known", node
                )
                return Relation(items + [self.named_column(c, NONE) for c in columns[at:]], relation.influences)
            named = self.named_column(column, item.uses if item is not None else NONE)
            named.expression = item.expression if item is not None else ""
            items.append(named)
        return Relation(items + relation.items[len(columns) :], relation.influences)

    def named_column(self, node: e.Expr, uses: Uses) -> Column:
        identifier = self.ident(node)
        name = identifier.name
        key = self.rules.column(name, bool(identifier.args.get("quoted")))
        return Column(key if self.rules.renames else name, key, uses)

    def ident(self, node: e.Expr) -> e.Expr:
        """The identifier in a column reference, a column definition, an alias."""
        while not isinstance(node, e.Identifier) and isinstance(node.args.get("this"), e.Expr):
            node = node.args["this"]
        return node

    def ident_key(self, node: e.Expr) -> str:
        identifier = self.ident(node)
        return self.rules.column(identifier.name, bool(identifier.args.get("quoted")))


def _is_star(node: e.Expr) -> bool:
    """Whether an output stands for any number of columns."""
    if isinstance(node, e.Star | e.Columns):
        return True
    if isinstance(node, e.Column):
        return isinstance(node.this, e.Star)
    return isinstance(node, e.Dot) and isinstance(node.expression, e.Star)


def _alike(one: Rest, other: Rest) -> bool:
    return one.table is not None and one.table == other.table and one.without == other.without


def _is_comma(join: e.Expr) -> bool:
    return not any(join.args.get(field) for field in ("on", "using", "side", "kind", "method"))


def _holds_query(node: e.Expr) -> bool:
    """Whether parentheses hold a query; those in FROM may hold joined tables."""
    inner = node.this
    if isinstance(inner, e.Subquery | e.Values) and (inner.args.get("alias") or inner.args.get("joins")):
        return False
    return _holds_query(inner) if isinstance(inner, e.Subquery) else isinstance(inner, QUERY)


def _bare(node: e.Expr) -> e.Expr:
    while isinstance(node, e.Subquery) and isinstance(node.this, QUERY) and not node.args.get("with_"):
        node = node.this
    return node


def _flat(node: e.Expr) -> tuple[e.Expr, list[e.Expr]]:
    """A chain of set operations as its first query and the operations in order: it may be thousands long."""
    operations = [node]
    while isinstance(inner := operations[-1].this, e.SetOperation) and inner.args.get("with_") is None:
        operations.append(inner)
    return operations[-1].this, operations[::-1]


def _same(one: Relation, other: Relation) -> bool:
    if len(one.items) != len(other.items) or one.influences != other.influences:
        return False
    return all(
        isinstance(a, Column) and isinstance(b, Column) and a.uses == b.uses
        for a, b in zip(one.items, other.items, strict=True)
    )


def _path(table: e.Expr) -> list[e.Expr]:
    """The identifiers of a table's name, outermost first."""
    parts = [part for field in ("catalog", "db") if isinstance(part := table.args.get(field), e.Identifier)]
    inner = table.this
    tail: list[e.Expr] = []
    while isinstance(inner, e.Dot):
        tail.append(inner.expression)
        inner = inner.this
    return [*parts, inner, *reversed(tail)]


def _function_name(node: e.Expr) -> str:
    if isinstance(node, e.ExplodingGenerateSeries | e.GenerateSeries):
        return "generate_series"
    return node.sql_name().lower() if isinstance(node, e.Func) else node.key
