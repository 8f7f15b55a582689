"""FROM: tables, queries, functions and joins, and what `*` over them stands for."""

from collections.abc import Iterable
from time import monotonic

from sqlglot import expressions as e

from strabo.sql.errors import TooLong
from strabo.sql.joins import Joins
from strabo.sql.locations import location_of, more_places
from strabo.sql.lookup import Scope
from strabo.sql.relation import Cte, Relation, Selecting
from strabo.sql.scope import (
    Item,
    Rest,
    Source,
    TableSource,
    items_of,
)  # fmt: skip
from strabo.sql.shape import QUERY, holds_query, is_comma


class Sources(Joins):
    """The part of the resolver that reads FROM; `cte` is what the parts above it add."""

    def cte(self, cte: Cte) -> Relation:
        raise NotImplementedError

    def function(
        self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr], ordinality: bool
    ) -> Source:
        raise NotImplementedError

    def unnest(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
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
