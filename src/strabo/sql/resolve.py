"""One pass over a statement's tree: every output column with the base columns that make and decide it.

No optimiser, no copies: a query gives a Relation, from its sources up. Uses are composed on the way (scope.py), so
nothing is walked twice, but for the second half of a recursive query, until its uses no longer grow. The parts:
references.py < paths.py < expressions.py < pivots.py < joins.py < sources.py (FROM) < generators.py and
tablefunctions.py (functions in FROM) < selects.py < targets.py < inserts.py < updates.py < merges.py < this, WITH and
set operations; each calls back into `query`.
"""

from collections.abc import Callable
from time import monotonic

from sqlglot import expressions as e

from strabo.sql import fields
from strabo.sql.errors import TooLong
from strabo.sql.lookup import Scope
from strabo.sql.merges import Merges
from strabo.sql.relation import Cte, Env, Relation, Selecting, alike, same
from strabo.sql.scope import (
    CONDITIONAL,
    FILTER,
    GROUP_BY,
    IDENTITY,
    NONE,
    TRANSFORMATION,
    Column,
    Item,
    Rest,
    Source,
    deciding,
    through,
)  # fmt: skip
from strabo.sql.shape import bare, flat, holds_query, is_star


class Resolver(Merges):
    """Resolves the queries of one statement. Raises TooLong after the deadline."""

    def query(self, node: e.Expr, env: Env | None = None, outer: Scope | None = None) -> Relation:
        if monotonic() > self.deadline:
            raise TooLong
        env = self.with_(node, env, outer)
        if isinstance(node, e.Select):
            return self.select(node, env, outer)
        if isinstance(node, e.SetOperation):
            relation = self.set_operation(node, env, outer)
            return self.sorted(node, relation, env)
        if isinstance(node, e.Subquery):
            if holds_query(node) or self.writes(node.this) is not None:
                relation = self.query(node.this, env, outer)
            else:  # (a JOIN b)
                scope = Selecting(outer, env)
                scope.starred = True
                _, scope.row = self.from_item(node.this, scope, node.args.get("joins"))
                relation = Relation(scope.row, scope.influences)
            return self.sorted(node, relation, env)
        if isinstance(node, e.Values):
            return self.values(node, env, outer)
        if isinstance(node, e.Pivot):  # DuckDB's PIVOT … and UNPIVOT … as queries
            scope = Selecting(outer, env)
            scope.starred = True
            sources, row = self.from_item(node.this, scope)
            return Relation(self.turned(node, sources[0], row, scope), scope.influences)
        write = self.writes(node)
        if write is not None:
            return write(node, env, outer)
        self.context.tell(f"{node.key} as a query is not followed", node)
        return Relation([], set())

    def writes(self, node: e.Expr) -> Callable[[e.Expr, Env | None, Scope | None], Relation] | None:
        """What follows a statement that writes: it takes the place of a query where that hands rows back."""
        if isinstance(node, e.Insert):
            return self.insert
        if isinstance(node, e.Update):
            return self.update
        if isinstance(node, e.Delete):
            return self.delete
        if isinstance(node, e.Merge):
            return self.merge_into
        if isinstance(node, e.MultitableInserts):
            return self.insert_many
        return None

    def with_(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Env | None:
        """The environment of a statement or query that may begin with WITH, every query of it resolved."""
        clause = node.args.get("with_")
        if clause is None:
            return env
        recursive = bool(clause.args.get("recursive"))
        ctes: dict[str, Cte] = {}
        every: list[Cte] = []
        for index, child in enumerate(clause.expressions):
            if child.args.get("scalar") and self.context.facts.alias_first:
                continue  # no query but an expression: the SELECT's affair
            name = child.args["alias"].this
            key = self.rules.alias(name.this, bool(name.args.get("quoted")))
            cte = Cte(child, key, index, outer)
            own = recursive or (self.context.facts.recursive_unsaid and isinstance(bare(cte.body), e.SetOperation))
            cte.env = Env(env, ctes, len(clause.expressions) if recursive else index + own)
            ctes[key] = cte
            every.append(cte)
        for cte in every:
            self.cte(cte)
        for field in ("search", "cycle"):
            if isinstance(added := clause.args.get(field), e.RecursiveWithSearch) and every:
                self.ordered(every[-1], added)
        return Env(env, ctes, len(every))

    def cte(self, cte: Cte) -> Relation:
        if cte.relation is not None:
            return cte.relation
        if cte.running:
            cte.touched = True
            if cte.provisional is None:
                self.context.tell(f"{cte.name} refers to itself before it has columns", cte.body)
                return Relation([self.named_column(c, NONE) for c in cte.columns], set())
            return cte.provisional
        cte.running = True
        body = bare(cte.body)
        if isinstance(body, e.SetOperation) and body.args.get("with_") is None:
            cte.relation = self.recursive(cte, body)
        else:
            cte.relation = self.named(self.query(cte.body, cte.env, cte.outer), cte.columns, cte.body)
        cte.running = False
        return cte.relation

    def ordered(self, cte: Cte, clause: e.Expr) -> None:
        """The columns that SEARCH and CYCLE give a recursive query besides its own."""
        relation = self.cte(cte)
        key = self.ident_key(clause.this)
        by = next((item for item in relation.items if isinstance(item, Column) and item.key == key), None)
        uses = NONE if by is None else by.uses
        cycle = str(clause.args.get("kind") or "").upper() == "CYCLE"
        given = ((clause.args.get("expression"), CONDITIONAL if cycle else TRANSFORMATION),
                 (clause.args.get("using"), TRANSFORMATION))  # fmt: skip
        added = [self.named_column(name, through(uses, how)) for name, how in given if isinstance(name, e.Identifier)]
        cte.relation = Relation([*relation.items, *added], relation.influences)

    def recursive(self, cte: Cte, body: e.Expr) -> Relation:
        """A set operation that may name itself: its first branch, then the others, until no use is added."""
        first, branches = flat(body)
        anchor = self.query(first, cte.env, cte.outer)
        for _ in range(len(anchor.items) + 2):
            whole = anchor
            for operation in branches:
                if cte.provisional is None:
                    cte.provisional = self.named(whole, cte.columns, body)
                whole = self.combine(operation, whole, self.query(operation.expression, cte.env, cte.outer))
            named = self.named(whole, cte.columns, body)
            before, cte.provisional = cte.provisional, named
            if not cte.touched or (before is not None and same(before, named)):
                break
        return self.named(self.sorted(body, whole, cte.env), cte.columns, body)

    def set_operation(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        first, branches = flat(node)
        whole = self.query(first, env, outer)
        for operation in branches:
            whole = self.combine(operation, whole, self.query(operation.expression, env, outer))
        return whole

    def combine(self, node: e.Expr, left: Relation, right: Relation) -> Relation:
        influences = left.influences | right.influences
        if isinstance(node, e.Except | e.Intersect):  # the rows are the left side's, chosen by what both have
            influences |= deciding(left.items, FILTER) | deciding(right.items, FILTER)
            return Relation(left.items, influences)
        if node.args.get("distinct"):  # rows that are alike become one
            influences |= deciding(left.items, GROUP_BY) | deciding(right.items, GROUP_BY)
        if node.args.get("by_name"):
            return Relation(self.by_name(node, left.items, right.items), influences)
        items: list[Item] = []
        for at, item in enumerate(left.items):
            other = right.items[at] if at < len(right.items) else None
            if isinstance(item, Rest) or isinstance(other, Rest):
                open_ = item if isinstance(item, Rest) else other
                assert isinstance(open_, Rest)  # noqa: S101  (one of the two is)
                if not (isinstance(item, Rest) and isinstance(other, Rest) and alike(item, other)):
                    self.context.tell(
                        f"columns of {open_.what} are not known, so those beside them cannot be paired", node
                    )
                items += left.items[at:]
                return Relation(items, influences)
            if other is None or other.uses == item.uses:
                items.append(item)
            else:
                items.append(self.both(item, other))
        return Relation(items, influences)

    def by_name(self, node: e.Expr, left: list[Item], right: list[Item]) -> list[Item]:
        if any(isinstance(item, Rest) for item in (*left, *right)):
            self.context.tell("branches paired by name, of which not all columns are known", node)
        others = {item.key: item for item in right if isinstance(item, Column)}
        items: list[Item] = []
        for item in left:
            if isinstance(item, Column) and item.key in others:
                other = others.pop(item.key)
                items.append(self.both(item, other))
            else:
                items.append(item)
        return [*items, *others.values(), *(item for item in right if isinstance(item, Rest))]

    def both(self, one: Column, other: Column) -> Column:
        """A column of two queries of a set operation."""
        made = fields.either(one.fields, other.fields) if one.fields else None
        return Column(one.name, one.key, one.uses | other.uses, one.expression, made)

    def sorted(self, node: e.Expr, relation: Relation, env: Env | None) -> Relation:
        """The relation with what ORDER BY behind parentheses or a set operation adds."""
        order = node.args.get("order")
        if order is None:
            return relation
        scope = Selecting(None, env)
        scope.sources.append(Source("", "the query", relation.items))
        self.order(order, scope, relation.items)
        return Relation(relation.items, relation.influences | scope.influences)

    def values(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        rows = [row.expressions if isinstance(row, e.Tuple) else [row] for row in node.expressions]
        scope = Selecting(outer, env)
        if self.context.dialect == "clickhouse" and (named := _structured(rows)) is not None:
            made = [self.named_column(e.to_identifier(name, quoted=True), NONE) for name in named]
            return Relation(list(made), scope.influences)
        # What the engines call them: column1 in postgres, sqlite; col0 in duckdb; column_0 in mysql.
        first, word = self.context.facts.values
        items: list[Item] = []
        if outer is not None and any(is_star(value) for row in rows for value in row):
            return self._of_records(rows, scope)
        for at in range(len(rows[0]) if rows else 0):
            uses = frozenset().union(*(self.uses(row[at], scope, IDENTITY) for row in rows if at < len(row)))
            column = self.named_column(e.to_identifier(f"{word}{at + first}", quoted=True), uses)
            if len(rows) == 1:
                column.expression = self.made_by(rows[0][at])
            items.append(column)
        return Relation(items, scope.influences)

    def _of_records(self, rows: list[list[e.Expr]], scope: Selecting) -> Relation:
        """VALUES (new.*): a record of the script, field by field."""
        made: list[list[Item]] = []
        for row in rows:
            items: list[Item] = []
            for value in row:
                items += (
                    self.star(value, scope, []) if is_star(value) else [self.assigned(e.Identifier(), value, scope)]
                )
            made.append(items)
        if len(made) > 1:
            self.context.tell("several rows of records are not followed", rows[0][0])
        return Relation(made[0] if len(made) == 1 else [], scope.influences)


def _structured(rows: list[list[e.Expr]]) -> list[str] | None:
    """The names in ClickHouse's `values('a Int, b String', (1, 'x'))`; None where no text declares any."""
    first, *given = rows[0] if len(rows) == 1 else [None]
    if not isinstance(first, e.Literal) or not first.is_string or not given:
        return None
    names = [part.split()[0].strip("`") for part in first.name.split(",") if part.strip()]
    return names if any(isinstance(x, e.Tuple) for x in given) or len(names) == 1 else None
