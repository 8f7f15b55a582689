"""FROM: tables, queries, functions and joins, and what `*` over them stands for."""

from collections.abc import Iterable
from time import monotonic

from sqlglot import expressions as e

from strabo.sql import fields, functions, lookup
from strabo.sql.errors import TooLong
from strabo.sql.locations import location_of, more_places
from strabo.sql.lookup import Scope
from strabo.sql.pivots import Pivots
from strabo.sql.relation import Cte, Relation, Selecting
from strabo.sql.scope import (
    JOIN,
    NONE,
    TRANSFORMATION,
    Column,
    Item,
    Rest,
    Source,
    TableSource,
    Uses,
    below,
    items_of,
    of_items,
    through,
)  # fmt: skip
from strabo.sql.shape import QUERY, function_name, holds_query, is_comma

_HALF = frozenset({"SEMI", "ANTI"})  # joins that only choose rows of the left side

_COUNTED = frozenset({"seq", "index"})  # columns of table functions that number what comes out
_FLATTENED = functions.TABLE_FUNCTIONS["flatten"]


class Sources(Pivots):
    """The part of the resolver that reads FROM; `cte` is what the parts above it add."""

    def cte(self, cte: Cte) -> Relation:
        raise NotImplementedError

    def of_tables(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source | None:
        """A function that is given tables, or is one; None where it is any other."""
        raise NotImplementedError

    def from_clause(self, first: e.Expr, joins: Iterable[e.Expr], scope: Selecting) -> None:
        sources, row = self.from_item(first, scope)
        for join in joins:
            if is_comma(join):
                scope.row += row
                self.fit(scope.row)
                sources, row = self.from_item(join.this, scope)
            else:
                row = self.join(join, scope, sources, row)
        scope.row += row

    def from_item(
        self, node: e.Expr, scope: Selecting, joins: Iterable[e.Expr] | None = None
    ) -> tuple[list[Source], list[Item]]:
        """Adds a source, with those joined to it in parentheses, to the scope. All of them, and their `*`."""
        if type(node) is e.Table:
            source = self.source(node, scope)
            scope.sources.append(source)
            sources, row = [source], items_of(source) if scope.starred else []
            args = node.args
            if args.get("joins") or args.get("laterals") or joins:
                row = self.beside(node, scope, args.get("joins") if joins is None else joins, sources, row)
            return sources, row
        if isinstance(node, e.Final | e.Stream):  # ClickHouse's `t FINAL`, Databricks' `STREAM t`: the table
            return self.from_item(node.this, scope, joins)
        inner = node
        if isinstance(node, e.Subquery) and not node.args.get("alias") and not holds_query(node):
            inner = node.this  # (a JOIN b): its tables keep their names
        if inner is not node:
            sources, row = self.from_item(inner, scope)
        else:
            source = self.source(node, scope)
            scope.sources.append(source)
            sources = [source]
            row = items_of(source) if scope.starred else []
        own = joins if joins is not None else node.args.get("joins") or ()
        if joins is None and isinstance(node, e.Subquery) and inner is node and not holds_query(node):
            own = ()  # `(a JOIN b) AS x`: they are inside it
        return sources, self.beside(node, scope, own, sources, row)

    def beside(
        self, node: e.Expr, scope: Selecting, joins: Iterable[e.Expr] | None, sources: list[Source], row: list[Item]
    ) -> list[Item]:
        """Adds what is joined to an item of FROM, and what it is followed by, to the scope and to `sources`."""
        for join in joins or ():
            row = self.join(join, scope, sources, row)
        for lateral in node.args.get("laterals") or ():
            more, columns = self.from_item(lateral, scope)
            sources += more
            row = row + columns
        return row

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

    def source(self, node: e.Expr, scope: Selecting) -> Source:
        if monotonic() > self.deadline:  # each name may be looked for in all of them
            raise TooLong
        args = node.args
        alias = args.get("alias")
        key, what = "", "a subquery"
        columns: list[e.Expr] = []
        if type(alias) is e.TableAlias:
            columns = alias.args.get("columns") or []
            name = alias.args.get("this")
            if type(name) is e.Identifier:
                what = name.args["this"]
                key = self.rules.alias(what, True) if name.args.get("quoted") else self.plain_alias[what]
        if args.get("pivots"):
            return self.pivoted(node, scope, key, what)
        if type(node) is e.Table and type(args.get("this")) is e.Identifier:
            return self.table(node, scope, key, what, columns)
        return self.unpivoted(node, scope, key, what, columns)

    def unpivoted(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
        inner = node.args.get("this")
        if isinstance(node, e.Table):
            if isinstance(inner, e.Identifier | e.Dot):
                return self.table(node, scope, key, what, columns)
            location = self.location_of(node)
            if location is not None:
                return self.file(location, node, scope, key, what, columns)
            if node.args.get("rows_from"):
                return self.side_by_side(node, scope, key, what, columns)
            called = inner if isinstance(inner, e.Expr) else node
            return self.function(called, scope, key, what, columns, bool(node.args.get("ordinality")))
        if isinstance(node, e.Lateral):
            if isinstance(inner, QUERY):
                return self.derived(inner, scope, key, what, columns, scope)
            return self.function(node.this, scope, key, what, columns, bool(node.args.get("ordinality")))
        if isinstance(node, e.Unnest):
            return self.unnest(node, scope, key, what, columns)
        if isinstance(node, QUERY):
            # DuckDB lets a subquery in FROM see the tables before it without saying LATERAL.
            sees = scope if self.context.facts.lateral_from else scope.outer
            return self.derived(node, scope, key, what, columns, sees)
        return self.function(node, scope, key, what, columns, False)

    def pivoted(self, node: e.Expr, scope: Selecting, key: str, what: str) -> Source:
        source = self.unpivoted(node, scope, key, what, [])
        for pivot in node.args["pivots"]:
            items = self.turned(pivot, source, items_of(source), scope)
            alias = pivot.args.get("alias")
            name = alias.args.get("this") if alias is not None else None
            if isinstance(name, e.Identifier):
                key, what = self.rules.alias(name.name, bool(name.args.get("quoted"))), name.name
            source = Source(key or source.alias, what if key else "a pivot", items)
        return source

    def derived(
        self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr], sees: Scope | None
    ) -> Source:
        relation = self.named(self.query(node, scope.env, sees), columns, node)
        scope.influences |= relation.influences
        return Source(key, what, relation.items)

    def table(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
        name = self.context.called(node)
        own = self.rules.alias(name.parts[-1], name.quoted[-1])
        if scope.env is not None and len(name.parts) == 1 and (cte := scope.env.find(own)) is not None:
            relation = self.named(self.cte(cte), columns, node) if columns else self.cte(cte)
            scope.influences |= relation.influences
            return Source(key or own, what if key else cte.name, relation.items)
        if self.context.has_files and (location := self.location_of(node)) is not None:
            return self.file(location, node, scope, key, what, columns)
        if self.context.facts.nothing and name.key(self.rules) in self.context.facts.nothing:
            return Source(key or own, what if key else own, [])
        number = self.context.number(name, node)
        keys = self.context.keys[number]
        source: Source
        if keys is None:
            whole = ".".join(name.parts)
            path: tuple[str, ...] = () if key else tuple(map(self.rules.table, name.parts, name.quoted))
            source = Source(key or own, what if key else whole, [Rest(whole, number)], path=path, number=number)
        elif key:
            source = TableSource(key, what, (), number, keys, self.context.offered[number])
        else:
            path = tuple(map(self.rules.table, name.parts, name.quoted))
            source = TableSource(own, ".".join(name.parts), path, number, keys, self.context.offered[number])
        return self.renamed(source, columns, node) if columns else source

    def location_of(self, node: e.Expr | None) -> str | None:
        """The file, folder or stage that a node names; None where it is none."""
        return location_of(node, self.context.dialect, "" if self.context.elsewhere else self.context.text)

    def file(self, location: str, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
        """A file as a table: its columns are guessed, unless the schemas know it."""
        number = self.context.file(location)
        self.context.named.add(number)
        keys = self.context.keys[number]
        label = what if key else location
        for other in more_places(node):
            self.context.named.add(self.context.file(other))
        if keys is None:
            if scope.starred and not columns:
                self.context.tell(f"the columns of {location} are not known", node)
            return self.renamed(Source(key, label, [Rest(location, number)], number=number), columns, node)
        return self.renamed(TableSource(key, label, (), number, keys, self.context.offered[number]), columns, node)

    def whole(self, table: e.Expr) -> Relation:
        """All that a table has."""
        scope = Selecting(None, None)
        scope.starred = True
        self.from_clause(table, (), scope)
        return Relation(scope.row, scope.influences)

    def side_by_side(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
        """ROWS FROM (f(…), g(…)): the columns of each, one after the other."""
        items: list[Item] = []
        for each in node.args["rows_from"]:
            items += items_of(self.unpivoted(each, scope, "", "", []))
        return self.renamed(Source(key, what, items), columns, node)

    def renamed(self, source: Source, columns: list[e.Expr], node: e.Expr) -> Source:
        """`FROM t AS q(a, b)`."""
        if not columns:
            return source
        relation = self.named(Relation(items_of(source), set()), columns, node)
        return Source(source.alias, source.what, relation.items, number=source.number)

    def function(
        self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr], ordinality: bool
    ) -> Source:
        """A function in FROM: its columns are made of its arguments, whichever they are."""
        if isinstance(node, e.Unnest):
            return self.unnest(node, scope, key, what, columns)
        if isinstance(node, e.TableFromRows | e.Lateral) and isinstance(node.this, e.Expr):
            node = node.this
        if isinstance(node, e.Anonymous) and (found := self.of_tables(node, scope, key, what, columns)) is not None:
            return found
        location = self.location_of(node)
        if location is not None:
            return self.file(location, node, scope, key, what, columns)
        if (path := functions.table_named(node, self.context.dialect)) is not None:
            table = e.Table(this=path[-1], **dict(zip(("db", "catalog"), reversed(path[:-1]), strict=False)))
            return self.table(table, scope, key, what, columns)
        if isinstance(node, e.VectorSearch):
            return self.searched(node, scope, key, what)
        if type(node).__name__ in functions.OF_MODELS and isinstance(node.this, e.Table):
            return self.predicted(node, scope, key, what)
        uses = through(self.uses(node, scope, TRANSFORMATION), TRANSFORMATION)
        declared = functions.declared(node)
        if declared is not None:
            listed: list[Item] = [self.named_column(c, self.from_paths(uses, path)) for c, path in declared]
            return self.renamed(Source(key, what if key else function_name(node), listed), columns, node)
        called = node.name if isinstance(node, e.Anonymous) else function_name(node)
        known = functions.columns_of(called, self.context.dialect)
        if known is not None and self.context.dialect == "snowflake":
            known = tuple(name.upper() for name in known)
        own = self.rules.alias(called, False)
        label = what if key else called
        inner = fields.made(self, node, scope) if type(node) in fields.MAKERS else None  # of what is exploded
        if columns:
            parts = functions.spread(node, len(columns))
            if inner and len(columns) == len(inner) and isinstance(node, e.Inline):
                made = [self.handed(column, field) for column, field in zip(columns, inner.values(), strict=True)]
            elif parts is not None and len(parts) >= len(columns):
                each = [frozenset().union(*(self.uses(x, scope, TRANSFORMATION) for x in part)) for part in parts]
                made = [self.named_column(c, through(u, TRANSFORMATION)) for c, u in zip(columns, each, strict=False)]
                made[-1].fields = inner
            else:
                made = [self.named_column(column, uses) for column in columns]
                (made[-1] if len(made) != len(_FLATTENED) else made[_FLATTENED.index("value")]).fields = inner
                for column in made if len(made) == len(_FLATTENED) else ():
                    if column.name.lower() in _COUNTED:
                        column.uses = NONE
            return Source(key or own, label, list(made))
        if known is None:
            self.context.tell(f"what {called} returns is not known", node)
            return Source(key or own, label, [Rest(called, None, uses)])
        if (
            key and len(known) == 1 and known[0] == called.lower()
        ):  # a function of one value: its column has the alias's name
            known = (what,)
        items: list[Item] = []
        for name in known:
            held = inner if name.lower() in {"value", "this"} else None
            of = NONE if name.lower() in _COUNTED else uses
            items.append(Column(name, self.rules.column(name, True) if name != what else key, of, fields=held))
        if ordinality:
            items.append(Column("ordinality", self.rules.column("ordinality", False), NONE))
        return Source(key or own, label, items)

    def predicted(self, node: e.Expr, scope: Selecting, key: str, what: str) -> Source:
        """ML.PREDICT and its like: the rows that they are given, and columns that the model makes."""
        name = self.context.called(node.this)
        number = self.context.number(name, node.this)
        called = ".".join(name.parts)
        items = [*self.given(node.args.get("expression"), scope), Rest(called, number)]
        return Source(key, what if key else called, items)

    def searched(self, node: e.Expr, scope: Selecting, key: str, what: str) -> Source:
        """VECTOR_SEARCH: a row of the table, one of the queries, and how far they are apart."""
        made: list[Item] = []
        compared: Uses = NONE
        for name, field in (("base", "this"), ("query", "query_table")):
            row = self.given(node.args.get(field), scope)
            uses = through(frozenset().union(*(item.uses for item in row)), TRANSFORMATION)
            own = of_items(row)
            made.append(Column(name, self.rules.column(name, False), uses, "", own))
            vector = (own or {}).get(self.rules.column(node.text("column_to_search"), False))
            compared |= uses if vector is None else through(vector.uses, TRANSFORMATION)
        made.append(Column("distance", self.rules.column("distance", False), compared))
        return Source(key, what if key else "VECTOR_SEARCH", made)

    def given(self, node: object, scope: Selecting) -> list[Item]:
        """The rows that a function is given as a table or a query."""
        if isinstance(node, e.Table):
            relation = self.whole(node)
        elif isinstance(node, QUERY):
            relation = self.query(node, scope.env, scope)
        else:
            return []
        scope.influences |= relation.influences
        return relation.items

    def unnest(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
        each = [self.element(x, scope) for x in node.expressions]
        items: list[Item] = []
        if columns:
            items = self.spread_over(columns, each, node)
        else:
            name = what if key and self.context.dialect != "duckdb" else "unnest"
            items = [Column(name, self.rules.column(name, False), of.uses, fields=of.fields) for of in each]
        value = items[0] if len(items) == 1 and isinstance(items[0], Column) else None
        if value is not None and value.fields and self.context.dialect == "bigquery":  # whose names need no alias
            items = list(value.fields.values())
        unnamed = not key and not columns and self.context.dialect in lookup.ROW_NAMES
        if unnamed and value is not None and value.uses and not value.fields:  # all that can be named are its fields
            items, value = [Rest("unnest", None, value.uses, fields=True)], None
            if scope.starred:
                self.context.tell("the fields of an array's rows are not known", node)
        if isinstance(offset := node.args.get("offset"), e.Identifier):
            items.append(self.named_column(offset, NONE))
        own = key or (self.ident_key(columns[0]) if columns and self.context.dialect == "bigquery" else "unnest")
        made = Source(own, what if key else "unnest", items)
        made.value = value
        return made

    def element(self, node: e.Expr, scope: Selecting) -> Column:
        """An element of an array, without a name."""
        uses = through(self.uses(node, scope, TRANSFORMATION), TRANSFORMATION)
        return Column("", "", uses, fields=fields.made(self, node, scope))

    def spread_over(self, columns: list[e.Expr], each: list[Column], node: e.Expr) -> list[Item]:
        """The columns of several arrays side by side. A map, or an array of rows, makes more than one of them."""
        if len(columns) > len(each) == 1 and each[0].fields and len(each[0].fields) == len(columns):
            each = list(each[0].fields.values())
        if len(columns) <= len(each):
            return [self.handed(column, of) for column, of in zip(columns, each, strict=False)]
        if len(each) == 1:
            return [self.named_column(column, each[0].uses) for column in columns]
        self.context.tell("which array or map makes which column", node)
        last = len(columns) - 1
        either: Uses = frozenset((t, c, h, True) for of in each for t, c, h, _ in of.uses)
        return [
            self.named_column(column, each[0].uses if at == 0 else each[-1].uses if at == last else either)
            for at, column in enumerate(columns)
        ]

    def handed(self, named: e.Expr, value: Column) -> Column:
        """A value under a name."""
        made = self.named_column(named, value.uses)
        made.fields = value.fields
        return made

    def from_paths(self, uses: Uses, path: str) -> Uses:
        """A column that a function takes from a path of its argument."""
        return through(below(uses, path, TRANSFORMATION), TRANSFORMATION) if path else uses
