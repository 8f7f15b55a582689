"""SELECT: its outputs, stars among them, and the columns that group, filter and sort."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import expressions as e

from strabo.sql import columns, fields, functions, lookup
from strabo.sql.lookup import Scope
from strabo.sql.places import end_of
from strabo.sql.relation import Env, Relation, Selecting
from strabo.sql.scope import (
    AGGREGATION,
    FILTER,
    GROUP_BY,
    IDENTITY,
    NONE,
    SORT,
    TRANSFORMATION,
    Column,
    Item,
    Rest,
    Source,
    Use,
    deciding,
    items_of,
    through,
)  # fmt: skip
from strabo.sql.shape import is_star
from strabo.sql.tablefunctions import TableFunctions


class Selects(TableFunctions):
    """The part of the resolver that resolves one SELECT."""

    def select(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        args = node.args
        scope = Selecting(outer, env)
        stars = [is_star(projection) for projection in args.get("expressions") or ()]
        scope.starred = self.context.many or True in stars
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
        if (clause := args.get("with_")) is not None and self.context.facts.alias_first:
            self.expressions_of_with(clause, scope)
        if not (late := self.context.facts.laterals):
            self.chosen(args, scope)
        if (connect := args.get("connect")) is not None:
            self.influence(connect, scope, FILTER)
        if (match := args.get("match")) is not None:
            self.recognised(match, scope)
        if self.context.windows and (group := args.get("group")) is not None:
            self.windowed(group, scope)
        scope.reusable = late
        items = self.outputs(node, scope, stars)
        if args.get("kind") == "VALUE":  # BigQuery's SELECT AS VALUE: of a struct, its fields
            items = fields.of_value(items)
        scope.reusable = True
        if late:  # WHERE may use what the outputs are called
            self.chosen(args, scope)
        if (group := args.get("group")) is not None:
            self.group(group, scope, items, args.get("expressions") or ())
        for field in ("having", "qualify"):
            if (condition := args.get(field)) is not None:
                self.influence(condition.this, scope, FILTER)
        if (distinct := args.get("distinct")) is not None:
            if (on := distinct.args.get("on")) is not None:
                self.keys(on.expressions if isinstance(on, e.Tuple) else [on], scope, items, GROUP_BY)
            else:  # rows that are alike in all of these become one
                scope.influences |= deciding(items, GROUP_BY)
        for field in ("order", "sort"):
            if (order := args.get(field)) is not None:
                self.order(order, scope, items)
        if (limit := args.get("limit")) is not None and (by := limit.args.get("expressions")):
            self.keys(by, scope, items, GROUP_BY)  # ClickHouse's LIMIT … BY
        return Relation(items, scope.influences)

    def expressions_of_with(self, clause: e.Expr, scope: Selecting) -> None:
        """ClickHouse's `WITH expression AS name`: the name stands for it wherever the SELECT says it."""
        for each in clause.expressions:
            if each.args.get("scalar"):
                column = self.named_column(each.args["alias"].this, NONE)
                column.uses = self.uses(each.this, scope, IDENTITY)
                column.expression = self.context.quoted(each.this)
                scope.aliases[column.key] = column

    def windowed(self, group: e.Expr, scope: Selecting) -> None:
        """Spark's GROUP BY window(t, '5 minutes'), of which the outputs speak as `window`."""
        for each in group.expressions:
            if isinstance(each, e.Anonymous) and each.name.lower() in {"window", "session_window"}:
                name = e.to_identifier(each.name.lower())
                column = self.named_column(name, self.uses(each, scope, TRANSFORMATION))
                column.fields = {of: Column(of, of, column.uses) for of in ("start", "end")}
                scope.merged = {**scope.merged, column.key: column}

    def chosen(self, args: dict[str, Any], scope: Selecting) -> None:
        """The columns that choose rows before they are grouped."""
        for field in ("prewhere", "where"):
            if (condition := args.get(field)) is not None:
                self.influence(condition.this, scope, FILTER)

    def recognised(self, match: e.Expr, scope: Selecting) -> None:
        """MATCH_RECOGNIZE over all of FROM: its columns take the place of those that it looks at."""
        scope_row = [item for source in scope.sources for item in items_of(source)]
        source = scope.sources[0] if len(scope.sources) == 1 else Source("", "the rows", scope_row)
        items = self.matched(match, source, scope_row, scope)
        alias = match.args.get("alias")
        key = self.ident_key_of(alias) if alias is not None else source.alias
        scope.sources = [Source(key, "the matches", items)]
        scope.row = items

    def outputs(self, node: e.Expr, scope: Selecting, stars: list[bool] | None = None) -> list[Item]:
        items: list[Item] = []
        dropped = [x for x in (node.args.get("exclude") or ()) if isinstance(x, e.Expr)]  # `* EXCLUDE` at the end
        stars = [is_star(x) for x in node.args.get("expressions") or ()] if stars is None else stars
        aliases, many, after = scope.aliases, self.context.many, 0
        for at, projection in enumerate(node.args.get("expressions") or ()):
            before, after = after, end_of(projection)
            if stars[at]:
                items += self.star(projection, scope, dropped)
                self.fit(items)
                continue
            if many and (each := projection.find(e.Columns)) is not None:
                items += self.for_each(projection, each, scope)
                continue
            for column in self.output(projection, scope, at, before):
                items.append(column)
                if column.key not in aliases:
                    aliases[column.key] = column
        return items

    def output(self, node: e.Expr, scope: Selecting, at: int, before: int) -> Iterable[Column]:
        alias: e.Expr | None = None
        body = node
        if type(node) is e.Alias:
            alias = node.args["alias"]
            body = node.args["this"]
        elif isinstance(node, e.Aliases):
            body = node.this
        while type(body) is e.Paren:
            body = body.args["this"]
        if type(body) is e.Column and type(body.args["this"]) is e.Identifier:
            found = self.find(body, scope)
            if alias is None:
                return (self.named_column(body.args["this"], NONE) if found is None else found,)
            named = self.named_column(alias, NONE)
            if found is not None:
                named.uses, named.expression, named.fields = found.uses, found.expression, found.fields
            return (named,)
        text = self.context.quoted(node, after=before)
        if isinstance(body, e.UDTF) and (several := self.generated(node, body, scope)) is not None:
            return several
        uses = self.uses(body, scope, IDENTITY)
        if alias is not None:
            named = self.named_column(alias, uses)
            named.expression = text
            if type(body) in fields.MAKERS:
                named.fields = fields.made(self, body, scope)
            return (named,)
        if isinstance(body, e.QueryTransform):  # what a script makes of its columns
            schema = body.args.get("schema")
            made = schema.expressions if schema is not None else [e.to_identifier("key"), e.to_identifier("value")]
            return [self.named_column(each, through(uses, TRANSFORMATION)) for each in made]
        if isinstance(node, e.Aliases):
            return [self.named_column(each, uses) for each in node.expressions]
        name = columns.name_of(body, text, self.context.dialect, at)
        own = fields.made(self, body, scope) if type(body) in fields.MAKERS else None
        return (Column(name, self.rules.column(name, True), uses, text, own),)

    def generated(self, node: e.Expr, body: e.Expr, scope: Selecting) -> list[Column] | None:
        """The columns of Spark's STACK and its like among the outputs; None where one rule holds for all of them."""
        named: list[e.Expr] = list(node.expressions) if isinstance(node, e.Aliases) else []
        parts = functions.spread(body, len(named))
        if parts is None or isinstance(node, e.Alias):
            return None
        if not named:
            names = ["pos", "col"] if isinstance(body, e.Posexplode) else [f"col{at}" for at in range(len(parts))]
            named = [e.to_identifier(name) for name in names]
        uses = [frozenset().union(*(self.uses(x, scope, TRANSFORMATION) for x in part)) for part in parts]
        made = [self.named_column(x, through(u, TRANSFORMATION)) for x, u in zip(named, uses, strict=False)]
        made[-1].fields = fields.made(self, body, scope) if type(body) in fields.MAKERS else None
        return made

    def star(self, node: e.Expr, scope: Selecting, dropped: list[e.Expr]) -> list[Item]:
        star = node
        if isinstance(node, e.Dot):
            return self.star_of_value(node, scope)
        if isinstance(node, e.Inline | e.Explode | e.Anonymous):
            return self.fields_of(node, scope)
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
                return self.picked(node, scope, columns.picker(node.this))
            star, row = node.this, scope.row
        elif isinstance(node, e.Apply):
            return self.applied(node, scope, dropped)
        elif isinstance(node.args.get("expression"), e.Literal):  # `* LIKE 'a%'`
            return self.picked(node, scope, columns.compared(node))
        else:
            row = scope.row
        if isinstance(pattern := star.args.get("ilike"), e.Literal):
            row = self.liked(row, pattern.name, node)
        without = {self.ident_key(x) for x in (*(star.args.get("except_") or ()), *dropped)}
        replaced = {self.ident_key(x.args["alias"]): x for x in star.args.get("replace") or ()}
        renamed = {self.ident_key(x.this): x.args["alias"] for x in star.args.get("rename") or ()}
        if not without and not replaced and not renamed:
            return list(row)
        return self.changed(row, without, replaced, renamed, scope)

    def fields_of(self, node: e.Expr, scope: Selecting) -> list[Item]:
        """What makes a column of each field: Spark's inline(rows), DuckDB's unnest(struct), ClickHouse's untuple."""
        inner = node.expressions[0] if isinstance(node, e.Anonymous) and node.expressions else node.this
        if isinstance(inner, e.Tuple):
            return [
                Column(name := str(at), self.rules.column(name, True), self.uses(each, scope, IDENTITY))
                for at, each in enumerate(inner.expressions, 1)
            ]
        value = inner if isinstance(inner, e.Expr) else node
        uses = self.uses(value, scope, TRANSFORMATION)
        if (made := fields.made(self, value, scope)) is not None:
            return list(made.values())
        self.context.tell("the fields of a value are not known", node)
        return [Rest("a value", None, uses)]

    def liked(self, row: list[Item], pattern: str, node: e.Expr) -> list[Item]:
        """`* ILIKE`."""
        if any(isinstance(item, Rest) for item in row):
            self.context.tell("which columns are like that is not known", node)
        like = columns.like(pattern, any_case=True)
        return [item for item in row if isinstance(item, Column) and like(item.name)]

    def picked(self, node: e.Expr, scope: Selecting, picks: Callable[[str], bool] | None) -> list[Item]:
        """COLUMNS(…): those of the row that a pattern, a list or a test picks by their names."""
        if picks is None:
            self.context.tell("COLUMNS(…) is not followed", node)
            return [Rest("COLUMNS(…)", None)]
        for item in scope.row:
            if isinstance(item, Rest):
                self.context.tell(f"which columns of {item.what} are picked: they are not known", node)
        return [item for item in scope.row if isinstance(item, Column) and picks(item.name)]

    def for_each(self, node: e.Expr, many: e.Expr, scope: Selecting) -> list[Item]:
        """An expression around COLUMNS(…): once for each column."""
        made: list[Item] = []
        body = node.this if isinstance(node, e.Alias) else node
        text = self.context.generated(body)
        inner = self.context.generated(many)
        items = self.star(many, scope, [])
        if many.args.get("unpack"):  # all of them are arguments of one call
            items = [*(i for i in items if isinstance(i, Rest)), self.at_once(items, inner)]
        for item in items:
            if isinstance(item, Rest):
                made.append(Rest(item.what, None, item.uses))
                continue
            self.spread = item
            uses = self.uses(body, scope, IDENTITY)
            self.spread = None
            by_name = self.context.dialect == "duckdb" and not many.args.get("unpack")
            written = item.name if by_name else text.replace(inner, item.name)
            name = columns.renamed(node.alias, many, item.name) if isinstance(node, e.Alias) else written
            made.append(Column(name, self.rules.column(name, True), uses, text.replace(inner, item.name)))
        return made

    def at_once(self, items: list[Item], text: str) -> Column:
        uses: frozenset[Use] = frozenset().union(*(item.uses for item in items))
        return Column(text, text, uses)

    def applied(self, node: e.Expr, scope: Selecting, dropped: list[e.Expr]) -> list[Item]:
        """ClickHouse's `* APPLY(f)`."""
        called = node.expression.name.lower() if isinstance(node.expression, e.Expr) else ""
        how = AGGREGATION if called in functions.APPLIED_AGGREGATES else TRANSFORMATION
        made: list[Item] = []
        for item in self.star(node.this, scope, dropped):
            if isinstance(item, Rest):
                made.append(item)
                continue
            name = f"{called}({item.name})"
            made.append(Column(name, self.rules.column(name, True), through(item.uses, how), name))
        return made

    def star_of_value(self, node: e.Expr, scope: Selecting) -> list[Item]:
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
        scope: Selecting,
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
                text = self.context.quoted(change, inside=1)
                items.append(Column(item.name, item.key, self.uses(change.this, scope, IDENTITY), text))
            elif item.key in renamed:
                seen.add(item.key)
                named = self.named_column(renamed[item.key], item.uses)
                named.expression, named.fields = item.expression, item.fields
                items.append(named)
            elif item.key not in without:
                items.append(item)
        if rests:  # these columns are somewhere in what `*` stands for
            for key, change in replaced.items():
                if key not in seen:
                    text = self.context.quoted(change, inside=1)
                    named = self.named_column(change.args["alias"], self.uses(change.this, scope, IDENTITY))
                    named.expression = text
                    items.append(named)
            for key, alias in renamed.items():
                if key not in seen and len(rests) == 1:
                    items.append(self.named_column(alias, rests[0].column(key)))
        return items

    def group(self, group: e.Expr, scope: Selecting, items: list[Item], outputs: Iterable[e.Expr]) -> None:
        if group.args.get("all"):
            made = {self.ident_key(x.args["alias"]) for x in outputs if isinstance(x, e.Alias) and x.find(e.AggFunc)}
            for item in items:
                if not isinstance(item, Column) or item.key in made:
                    continue
                if all(how != AGGREGATION for _, _, how, _ in item.uses):
                    scope.influences |= {(t, c, GROUP_BY) for t, c, *_ in item.uses}
        for field in ("expressions", "grouping_sets", "cube", "rollup"):
            keys = group.args.get(field)
            if isinstance(keys, list):
                self.keys(keys, scope, items, GROUP_BY)

    def order(self, order: e.Expr, scope: Selecting, items: list[Item]) -> None:
        for key in order.expressions:
            by = key.this if isinstance(key, e.Ordered) else key
            if isinstance(by, e.Var | e.Column) and _is_all(by):
                for item in items:
                    if isinstance(item, Column):
                        scope.influences |= {(t, c, SORT) for t, c, *_ in item.uses}
            elif isinstance(by, e.Column) and by.args.get("table") is None and self.ident_key(by) in scope.aliases:
                uses = scope.aliases[self.ident_key(by)].uses  # here, and only here, the output's name comes first
                scope.influences |= {(t, c, SORT) for t, c, *_ in uses}
            else:
                self.keys([by], scope, items, SORT)

    def keys(self, keys: list[e.Expr], scope: Selecting, items: list[Item], how: int) -> None:
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


def _is_all(node: e.Expr) -> bool:
    """Whether a key of ORDER BY is the word ALL, which no column can be called without quotes."""
    if isinstance(node, e.Column) and (node.args.get("table") is not None or node.this.args.get("quoted")):
        return False
    return bool(node.name.upper() == "ALL")
