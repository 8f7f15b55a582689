"""What statements that write have in common: their targets, assignments, and the rows that they hand back."""

from collections.abc import Callable

from sqlglot import expressions as e

from strabo.sql import lookup
from strabo.sql.idioms.other import PARTS
from strabo.sql.names import TableName
from strabo.sql.places import spot
from strabo.sql.relation import Relation, Selecting
from strabo.sql.result import Target, Way
from strabo.sql.scope import FILTER, IDENTITY, NONE, Column, Item, Rest, Source, TableSource, items_of, through
from strabo.sql.selects import Selects
from strabo.sql.shape import QUERY, path_of, row_of, spelling
from strabo.sql.tables import keys_of
from strabo.sql.working import Found

# What the rows before and after are called in RETURNING and OUTPUT.
_BEFORE, _AFTER = ("old", "deleted"), ("new", "inserted")


class Targets(Selects):
    """The part of the resolver that knows what is written to."""

    def name_of(self, table: e.Expr) -> TableName:
        path = path_of(table)
        return TableName(tuple(map(spelling, path)), tuple(bool(i.args.get("quoted")) for i in path))

    def into(self, found: Found, way: Way) -> Target:
        return Target(found.name, way, found.guessed, found.temporary)

    def written(self, into: Target, relation: Relation) -> None:
        """Remembers what one table gets."""
        self.flows.append((into, relation))

    def keys_in(self, found: Found) -> dict[str, str] | None:
        return None if found.columns is None else keys_of(found.columns, self.rules)

    def source_of(self, found: Found, node: e.Expr, scope: Selecting) -> Source:
        """Adds a table that is written to what expressions see: it is read only if one of them names it."""
        number = self.context.add(found, ".".join(found.name), node)
        alias = node.args.get("alias")
        path = tuple(map(self.rules.table, *zip(*self._spelled(node), strict=True)))
        key = self.ident_key_of_alias(alias) if alias is not None else path[-1]
        what = alias.name if alias is not None else found.name[-1]
        keys = self.keys_in(found)
        source: Source
        if keys is None:
            source = Source(key, what, [Rest(".".join(found.name), number)], path=() if alias else path, number=number)
        else:
            source = TableSource(key, what, () if alias else path, number, keys)
        scope.sources.append(source)
        return source

    def _spelled(self, table: e.Expr) -> list[tuple[str, bool]]:
        return [(spelling(i), bool(i.args.get("quoted"))) for i in path_of(table)]

    def ident_key_of_alias(self, alias: e.Expr) -> str:
        name = self.ident(alias)
        return self.rules.alias(name.name, bool(name.args.get("quoted")))

    # --- assignments -------------------------------------------------------------------------------------------------

    def assign(self, assignments: list[e.Expr], scope: Selecting) -> list[tuple[e.Expr, Column]]:
        """What SET gives each column, in order: its reference, and the column that it becomes."""
        made: list[tuple[e.Expr, Column]] = []
        for assignment in assignments:
            if not isinstance(assignment, e.EQ | e.PropertyEQ):
                self.context.tell("an assignment is not followed", assignment)
                continue
            left, right = assignment.this, assignment.expression
            while isinstance(left, e.Paren):
                left = left.this
            if isinstance(left, e.Tuple):
                made += self._assign_row(left.expressions, right, scope)
                continue
            if isinstance(right, e.EQ) and isinstance(left, e.Parameter):  # T-SQL's `@x = column = value`
                left, right = right.this, right.expression
            if (
                type(left) is e.Column
                and self.context.facts.targets_bare
                and (of := left.args.get("table")) is not None
            ):
                left = e.Dot(
                    this=e.Column(this=left.args.get("catalog") or left.args.get("db") or of), expression=left.this
                )
            made.append((left, self.assigned(left, right, scope)))
        return made

    def assigned(self, left: e.Expr, right: e.Expr, scope: Selecting) -> Column:
        whole = self._whole(left, scope)
        part = whole is not left or not isinstance(left, e.Column | e.Identifier)  # an element or a field of the column
        named = self.named_column(whole, NONE)
        if not is_default(right):
            uses = self.uses(right, scope, IDENTITY)
            named.uses = through(uses, 1) if part else uses
            named.expression = self.made_by(right)
        return named

    def _whole(self, left: e.Expr, scope: Selecting) -> e.Expr:
        """The name of the column of which a field is assigned: a of `a.b`, unless a is a table."""
        if not (self.context.facts.fields and isinstance(left, e.Column) and left.args.get("table") is not None):
            return left
        names = [part for field in ("catalog", "db", "table") if (part := left.args.get(field)) is not None]
        for up in range(len(names)):
            if lookup.find_source(self.context, left, scope, up=up) is not None:
                return left if up == 0 else names[len(names) - up]
        first = names[0]
        found = lookup.plain(self.context, first.name, self.ident_key(first), scope, first, quiet=True)
        return left if found is None else first

    def made_by(self, node: e.Expr) -> str:
        """The text of a value; "" for one that is just a column."""
        while isinstance(node, e.Paren):
            node = node.this
        return "" if isinstance(node, e.Column) else self.context.generated(node)

    def _assign_row(self, lefts: list[e.Expr], right: e.Expr, scope: Selecting) -> list[tuple[e.Expr, Column]]:
        while isinstance(right, e.Paren):
            right = right.this
        values = row_of(right)
        if values is not None:
            return [(left, self.assigned(left, value, scope)) for left, value in zip(lefts, values, strict=False)]
        if not isinstance(right, QUERY):
            self.context.tell("a row is assigned that is not followed", right)
            return [(left, self.named_column(left, NONE)) for left in lefts]
        relation = self.query(right, scope.env, scope)
        decides = frozenset(self.deciding(relation))
        made = []
        for at, left in enumerate(lefts):
            item = relation.items[at] if at < len(relation.items) else None
            column = self.named_column(left, NONE)
            if isinstance(item, Column):
                column.uses, column.expression = item.uses | decides, item.expression
            elif item is not None:
                self.context.tell(f"which column {column.name} gets: those of {item.what} are not known", left)
                made += [(x, self.named_column(x, NONE)) for x in lefts[at:]]
                break
            made.append((left, column))
        return made

    def as_target(self, found: Found, column: Column, node: e.Expr) -> Column:
        """An assigned column as its table spells it."""
        keys = self.keys_in(found)
        if keys is None:
            return column
        name = keys.get(column.key)
        if name is None:
            self.context.tell(f"no column {column.name} in {'.'.join(found.name)}", node)
            return column
        return column if name == column.name else Column(name, column.key, column.uses, column.expression)

    # --- what is handed back -----------------------------------------------------------------------------------------

    def returned(
        self,
        node: e.Expr,
        scope: Selecting,
        target: Source | None,
        after: list[Column],
        *,
        fresh: bool,
        kept: Callable[[str], bool] = lambda _: False,
    ) -> Relation:
        """The rows of RETURNING or OUTPUT: the table's columns with what was just put in them.

        fresh: the rows are new, and a column that got nothing comes from no column. Without it, from itself. kept:
        whether a column, by its key, may also have been left as it was.
        """
        clause = node.args.get("returning")
        if clause is None or target is None:
            return Relation([], scope.influences)
        got = {column.key: column for column in after}
        items: list[Item] = []
        for item in items_of(target):
            if isinstance(item, Column):
                new = got.pop(item.key, None)
                uses = new.uses if new is not None else NONE if fresh else item.uses
                if new is not None and kept(item.key):
                    uses |= item.uses
                items.append(Column(item.name, item.key, uses, new.expression if new is not None else ""))
            else:
                items += got.values()
                items.append(Rest(item.what, None if fresh else item.table, NONE, item.without | got.keys()))
                got = {}
        now = Source(target.alias, target.what, items, path=target.path)
        seen = Selecting(scope.outer, scope.env)
        seen.sources = [now if source is target else source for source in scope.sources]
        if target not in scope.sources:
            seen.sources = [now]
        seen.asides = [
            *(Source(self.rules.alias(word, False), word, items) for word in _AFTER),
            *(Source(self.rules.alias(word, False), word, [] if fresh else items_of(target)) for word in _BEFORE),
        ]
        seen.starred = True
        seen.row = [item for source in seen.sources for item in items_of(source)]
        made = Relation(self.outputs(clause, seen), scope.influences | seen.influences)
        into = clause.args.get("into")
        if isinstance(into, e.Expr):
            self._put_into(into, made, clause)
            return Relation([], made.influences)
        return made

    def _put_into(self, place: e.Expr, made: Relation, clause: e.Expr) -> None:
        """OUTPUT … INTO a table, whose name the parser takes in one piece (idioms/other.py)."""
        table: e.Expr | None = None
        told = place if spot(self.context.text, place)[0] else clause
        if isinstance(place, e.Anonymous):  # `log (a, b)` as the parser reads it there
            table = _table(place.name)
            place = e.Schema(this=table, expressions=[e.to_identifier(x.name) for x in place.expressions])
        elif isinstance(place, e.Identifier | e.Column):
            table = place = _table(place.name)
        if not isinstance(table, e.Table):
            self.context.tell("what OUTPUT … INTO writes to is not followed", told)
            return
        found = self.context.working.find(self.name_of(table))
        self.written(self.into(found, "insert"), self.placed(found, made, place, node=told))

    def placed(self, found: Found, relation: Relation, place: e.Expr, *, node: e.Expr) -> Relation:
        """A relation under the names of the columns that it is put in, by a list of them or by position."""
        if isinstance(place, e.Schema) and place.expressions:
            if isinstance(star := place.expressions[0], e.Star):  # ClickHouse's `(* EXCEPT (a))`
                return self._all_but(star, found, relation, node)
            named = self.named(relation, place.expressions, node)
            count = len(place.expressions)
            items = [self.as_target(found, i, node) if isinstance(i, Column) else i for i in named.items[:count]]
            return Relation(items, relation.influences)
        if not relation.items:
            return relation
        if found.columns is None:
            self.context.tell(f"which columns are inserted: no schema for {'.'.join(found.name)}", node)
            return Relation([], relation.influences)
        return self.by_position(list(found.columns), relation, node)

    def _all_but(self, star: e.Expr, found: Found, relation: Relation, node: e.Expr) -> Relation:
        if found.columns is None:
            self.context.tell(f"which columns are inserted: no schema for {'.'.join(found.name)}", node)
            return Relation([], relation.influences)
        without = {self.ident_key(x) for x in star.args.get("except_") or ()}
        columns = [name for name in found.columns if self.rules.column(name, True) not in without]
        return self.by_position(columns, relation, node)

    def by_position(self, columns: list[str], relation: Relation, node: e.Expr) -> Relation:
        items: list[Item] = []
        fold = self.rules.column
        for at, name in enumerate(columns):
            item = relation.items[at] if at < len(relation.items) else None
            if item is None:
                break
            if isinstance(item, Rest):
                self.context.tell(f"which column is {name}: those of {item.what} are not known", node)
                items += [Column(c, fold(c, True), NONE) for c in columns[at:]]
                break
            items.append(Column(name, fold(name, True), item.uses, item.expression))
        return Relation(items, relation.influences)

    def only_filters(self, scope: Selecting, node: e.Expr) -> None:
        for field in ("where", "limit"):
            condition = node.args.get(field)
            if isinstance(condition, e.Where):
                self.influence(condition.this, scope, FILTER)
        if (order := node.args.get("order")) is not None:
            self.order(order, scope, [])


def _table(name: str) -> e.Expr:
    parts = [e.to_identifier(part, quoted=False) for part in name.split(PARTS)]
    catalog, db = [None, None, *parts][-3:-1]
    return e.Table(this=parts[-1], db=db, catalog=catalog)


def is_default(node: e.Expr) -> bool:
    """Whether a value is the word DEFAULT."""
    if isinstance(node, e.Column):
        inner = node.this
        plain = node.args.get("table") is None and isinstance(inner, e.Identifier) and not inner.args.get("quoted")
        return bool(plain and inner.name.upper() == "DEFAULT")
    return isinstance(node, e.Var) and node.name.upper() == "DEFAULT"
