"""PIVOT, UNPIVOT and MATCH_RECOGNIZE: rows that become columns, and columns that become rows."""

from sqlglot import expressions as e

from strabo.sql.expressions import Expressions
from strabo.sql.relation import Selecting
from strabo.sql.scope import (
    AGGREGATION,
    CONDITIONAL,
    FILTER,
    GROUP_BY,
    IDENTITY,
    NONE,
    SORT,
    Column,
    Item,
    Rest,
    Source,
    Uses,
    through,
)  # fmt: skip


class Pivots(Expressions):
    """The part of the resolver that turns a source around."""

    def turned(self, pivot: e.Expr, source: Source, row: list[Item], scope: Selecting) -> list[Item]:
        """What comes out of one PIVOT or UNPIVOT over a row; `scope` takes what decides about the rows."""
        inner = Selecting(scope.outer, scope.env)
        inner.sources.append(source)
        items = self._unpivot(pivot, row, inner) if pivot.args.get("unpivot") else self._pivot(pivot, row, inner)
        scope.influences |= inner.influences
        alias = pivot.args.get("alias")
        columns = alias.args.get("columns") if alias is not None else None
        if columns:
            return list(self._renamed(items, columns, pivot))
        return items

    def _renamed(self, items: list[Item], columns: list[e.Expr], node: e.Expr) -> list[Item]:
        from_ = [item for item in items if isinstance(item, Column)]
        if len(from_) != len(items):
            self.context.tell("which columns a pivot has is not known", node)
            return items
        named = [self.named_column(c, i.uses) for c, i in zip(columns, from_, strict=False)]
        return [*named, *items[len(named) :]]

    def _pivot(self, pivot: e.Expr, row: list[Item], scope: Selecting) -> list[Item]:
        """Rows to columns: the groups stay, and each value of FOR gets a column for each aggregate."""
        aggregates = list(pivot.expressions)
        fields = [x for x in pivot.args.get("fields") or () if isinstance(x, e.Expr)]
        simple = pivot.args.get("using")  # DuckDB: PIVOT t ON a USING sum(b) GROUP BY c
        ons: list[e.Expr] = []
        if simple or not fields:
            ons, aggregates = aggregates, list(simple or ())
        gone: set[str] = set()
        decides: Uses = NONE
        made: list[tuple[str, str, Uses]] = []  # per aggregate: its alias, its text, its uses
        for aggregate in aggregates:
            body = aggregate.this if isinstance(aggregate, e.Alias) else aggregate
            uses = self.uses(body, scope, IDENTITY)
            gone |= {self.ident_key(c) for c in body.find_all(e.Column)}
            made.append((aggregate.alias, self.context.generated(body), through(uses, AGGREGATION)))
        values: list[list[str] | None] = []
        for field in fields or ons:
            column = field.this if isinstance(field, e.In) else field
            decides |= through(self.uses(column, scope, IDENTITY), CONDITIONAL)
            gone |= {self.ident_key(c) for c in column.find_all(e.Column)}
            values.append(self._values(field) if isinstance(field, e.In) else None)
        group = pivot.args.get("group")
        kept = [item for item in row if not (isinstance(item, Column) and item.key in gone)]
        kept = [item.less(gone) if isinstance(item, Rest) else item for item in kept]
        if group is not None:
            keys = {self.ident_key(x) for x in group.expressions}
            kept = [item for item in kept if isinstance(item, Column) and item.key in keys] or [
                self.named_column(x, self.uses(x, scope, IDENTITY)) for x in group.expressions
            ]
        for item in kept:
            if isinstance(item, Column):
                scope.influences |= {(t, c, GROUP_BY) for t, c, *_ in item.uses}
        every: Uses = frozenset().union(*(uses for _, _, uses in made)) | decides
        names = self._names(pivot, made, values)
        if names is None:
            self.context.tell("which columns a pivot has is in the data", pivot)
            return [*kept, Rest("a pivot", None, every)]
        items: list[Item] = list(kept)
        for at, name in enumerate(names):
            _, text, uses = made[at % len(made)]
            column = self.named_column(name, uses | decides)
            column.expression = text
            items.append(column)
        return items

    def _names(
        self, pivot: e.Expr, made: list[tuple[str, str, Uses]], values: list[list[str] | None]
    ) -> list[e.Expr] | None:
        """What the columns are called, in order: by the values, joined with the aggregates' aliases."""
        told = pivot.args.get("columns")
        if told and len(values) == 1 and values[0] is not None and len(told) == len(values[0]) * len(made):
            return list(told)  # the parser knows how the dialect calls them
        if len(values) != 1 or values[0] is None or not made:
            return None
        if len(made) == 1 and not made[0][0]:
            return [e.to_identifier(value, quoted=True) for value in values[0]]
        names = [f"{value}_{alias or text}" for value in values[0] for alias, text, _ in made]
        return [e.to_identifier(name, quoted=True) for name in names]

    def _values(self, field: e.Expr) -> list[str] | None:
        """The values after IN, by their aliases where they have one; None where a query or ANY tells them."""
        if field.args.get("query") is not None or field.args.get("field") is not None:
            return None
        found: list[str] = []
        for value in field.expressions:
            if isinstance(value, e.PivotAlias | e.Alias):
                found.append(self.named_column(value.args["alias"], NONE).name)
            elif isinstance(value, e.Literal) or (isinstance(value, e.Column) and isinstance(value.this, e.Identifier)):
                found.append(str(value.name))
            else:
                return None
        return found

    def _unpivot(self, pivot: e.Expr, row: list[Item], scope: Selecting) -> list[Item]:
        """Columns to rows: a column for the name, and one, or several, for the values."""
        fields = [x for x in pivot.args.get("fields") or () if isinstance(x, e.In)]
        into = pivot.args.get("into")
        names: list[e.Expr]
        targets: list[e.Expr]
        if fields:  # UNPIVOT (value FOR name IN (a, b))
            names, turned = [fields[0].this], list(fields[0].expressions)
            targets = list(pivot.expressions)
        else:  # DuckDB: UNPIVOT t ON a, b INTO NAME n VALUE v
            turned = list(pivot.expressions)
            names = [into.this] if into is not None else [e.to_identifier("name")]
            targets = list(into.expressions) if into is not None else [e.to_identifier("value")]
        targets = [x for t in targets for x in (t.expressions if isinstance(t, e.Tuple) else [t])]
        gone: set[str] = set()
        uses: list[Uses] = [NONE for _ in targets]
        for each in turned:
            if isinstance(each, e.Columns):
                scope.row, scope.starred = row, True
                for item in self.star(each, scope, []):
                    if isinstance(item, Column):
                        gone.add(item.key)
                        uses[0] |= item.uses
                    else:
                        self.context.tell(f"which columns of {item.what} are unpivoted: they are not known", each)
                continue
            body = each.this if isinstance(each, e.PivotAlias | e.Alias) else each
            if not isinstance(body, e.Column | e.Tuple | e.Paren):
                self.context.tell("which columns are unpivoted is not followed", each)
                return [Rest("an unpivot", None)]
            parts = body.expressions if isinstance(body, e.Tuple) else [body]
            for at, part in enumerate(parts):
                gone.add(self.ident_key(part))
                if at < len(uses):
                    uses[at] |= self.uses(part, scope, IDENTITY)
        kept: list[Item] = []
        for item in row:
            if isinstance(item, Rest):
                kept.append(item.less(gone))
            elif item.key not in gone:
                kept.append(item)
        named = [self.named_column(x, NONE) for x in names]
        valued = [self.named_column(x, u) for x, u in zip(targets, uses, strict=True)]
        return [*kept, *valued, *named] if self.context.dialect in _VALUE_FIRST else [*kept, *named, *valued]

    def matched(self, node: e.Expr, source: Source, row: list[Item], scope: Selecting) -> list[Item]:
        """MATCH_RECOGNIZE: the partition's columns and the measures; with ALL ROWS PER MATCH every column."""
        inner = Selecting(scope.outer, scope.env)
        inner.sources.append(source)
        items: list[Item] = []
        partition = node.args.get("partition_by") or []
        for each in partition:
            found = self.find(each, inner) if isinstance(each, e.Column) else None
            if found is not None:
                items.append(found)
                inner.influences |= {(t, c, GROUP_BY) for t, c, *_ in found.uses}
        order = node.args.get("order")
        for key in order.expressions if order is not None else ():
            self.influence(key.this if isinstance(key, e.Ordered) else key, inner, SORT)
        variables = {self.ident_key_of(x.args["alias"]): x for x in node.args.get("define") or ()}
        inner.asides = [Source(key, source.what, row, number=source.number) for key in variables]
        for pattern in {*self._pattern(node), *(source.alias,)} - variables.keys():
            inner.asides.append(Source(pattern, source.what, row, number=source.number))
        for define in node.args.get("define") or ():
            self.influence(define.this, inner, FILTER)
        rows = node.args.get("rows")
        if rows is not None and "ALL ROWS" in rows.name.upper():
            items = list(row)
        for measure in node.args.get("measures") or ():
            body = measure.this
            alias = body.args.get("alias") if isinstance(body, e.Alias) else None
            value = body.this if isinstance(body, e.Alias) else body
            named = self.named_column(alias if alias is not None else value, self.uses(value, inner, IDENTITY))
            named.expression = self.context.generated(value)
            items.append(named)
        scope.influences |= inner.influences
        return items

    def ident_key_of(self, alias: e.Expr) -> str:
        name = self.ident(alias)
        return self.rules.alias(name.name, bool(name.args.get("quoted")))

    def _pattern(self, node: e.Expr) -> set[str]:
        """The variables of the pattern: one without a definition matches any row."""
        pattern = node.args.get("pattern")
        text = pattern.name if isinstance(pattern, e.Expr) else ""
        words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
        return {self.rules.alias(word, False) for word in words}


# Dialects that put the value before the name.
_VALUE_FIRST = frozenset({"bigquery", "tsql", "fabric"})
