"""UPDATE and DELETE: with joins, FROM and USING, through a query, of several tables at once."""

from sqlglot import expressions as e

from strabo.sql.inserts import Inserts
from strabo.sql.lookup import Scope
from strabo.sql.relation import Env, Relation, Selecting
from strabo.sql.scope import IDENTITY, NONE, Column, Item, Rest, Source, items_of
from strabo.sql.shape import QUERY
from strabo.sql.working import Found


class Updates(Inserts):
    """The part of the resolver that follows UPDATE and DELETE."""

    def update(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        scope = Selecting(outer, env)
        found, target = self._target(node, scope)
        made = self.assign(node.expressions, scope)
        self.only_filters(scope, node)
        if found is None and target is not None:
            return self._through(made, target, scope, node)
        columns: dict[str, dict[str, Column]] = {}
        into: dict[str, Found] = {}
        for left, column in made:
            owner = self._owner(left, scope, found)
            if owner is None:
                continue
            name = ".".join(owner.name)
            into[name] = owner
            _put(columns.setdefault(name, {}), self.as_target(owner, column, left))
        if not into and found is not None:
            into[".".join(found.name)] = found
        self.many = len(into) > 1
        for name, owner in into.items():
            items: list[Item] = list(columns.get(name, {}).values())
            self.written(self.into(owner, "update"), Relation(items, set(scope.influences)))
        own = columns.get(".".join(found.name), {}) if found is not None else {}
        return self.returned(node, scope, target, list(own.values()), fresh=False)

    def delete(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        scope = Selecting(outer, env)
        named = node.args.get("tables") or []
        target: Source | None = None
        if len(named) == 1 and not node.this:  # DELETE t WHERE …, without FROM
            node.args["this"], named = named[0], []
        if named:
            self._joined(node.this, scope)
            for table in named:
                if self._named(table, scope) is None:  # it stands beside those of FROM
                    self.source_of(self.context.working.find(self.name_of(table)), table, scope)
            targets = [self._among(table, scope) for table in named]
            if len(named) == 1:
                target = self._named(named[0], scope)
        else:
            found, target = self._target(node, scope)
            targets = [self._behind(target) if found is None and target is not None else found]
        self.only_filters(scope, node)
        self.many = len(targets) > 1
        for each, table in zip(targets, named or [node], strict=True):
            if each is None:
                self.context.tell("what is deleted from is not followed", table)
            else:
                self.written(self.into(each, "delete"), Relation([], set(scope.influences)))
        return self.returned(node, scope, target, [], fresh=False)

    def _target(self, node: e.Expr, scope: Selecting) -> tuple[Found | None, Source | None]:
        """The table that is changed, with all that stands beside it in the scope; no table where it is a query."""
        table = node.this
        clause = node.args.get("from_")
        if clause is not None:
            self._joined(clause.this, scope, node.args.get("joins") or ())
        for using in node.args.get("using") or ():
            self.from_clause(using, (), scope)
        if isinstance(table, QUERY):
            _, _ = self.from_item(table, scope)
            return None, scope.sources[-1]
        if not isinstance(table, e.Table) or not isinstance(table.this, e.Identifier | e.Dot):
            self.context.tell("what is changed is no table", node)
            return None, None
        name = self.name_of(table)
        own = self.rules.alias(name.parts[-1], name.quoted[-1])
        if table.args.get("alias") is None:
            same = [s for s in scope.sources if s.alias == own]
            if same and clause is not None:  # UPDATE x … FROM t AS x
                return self._base(same[0], table), same[0]
            if len(name.parts) == 1 and scope.env is not None and (cte := scope.env.find(own)) is not None:
                relation = self.cte(cte)
                scope.influences |= relation.influences
                source = Source(own, cte.name, relation.items)
                scope.sources.append(source)
                return None, source
        found = self.context.working.find(name)
        source = self.source_of(found, table, scope)
        self._joins_of(table, scope, [source])
        return found, source

    def _behind(self, target: Source) -> Found | None:
        """The table whose rows go when those of a query do: the only one of which it hands on columns."""
        tables = {
            table
            for item in items_of(target)
            for table, _, how, guessed in (item.uses if isinstance(item, Column) else ())
            if how == IDENTITY and not guessed
        }
        tables |= {item.table for item in items_of(target) if isinstance(item, Rest) and item.table is not None}
        return self.context.found[tables.pop()] if len(tables) == 1 else None

    def _joined(self, first: e.Expr, scope: Selecting, joins: object = ()) -> None:
        self.from_clause(first, joins if isinstance(joins, list) else (), scope)

    def _joins_of(self, table: e.Expr, scope: Selecting, left: list[Source]) -> None:
        """MySQL's `UPDATE a JOIN b ON …`, whose first table is the target."""
        for join in table.args.get("joins") or ():
            self.join(join, scope, left, [])

    def _base(self, source: Source, node: e.Expr) -> Found | None:
        """The base table that a source stands for."""
        found = None if source.number is None else self.context.found[source.number]
        if found is not None:
            return found
        self.context.tell(f"{source.what} is no table that is changed", node)
        return None

    def _among(self, table: e.Expr, scope: Selecting) -> Found | None:
        """The table that DELETE names among those of its FROM."""
        source = self._named(table, scope)
        return self.context.working.find(self.name_of(table)) if source is None else self._base(source, table)

    def _named(self, table: e.Expr, scope: Selecting) -> Source | None:
        """What FROM calls by this name."""
        name = self.name_of(table)
        own = self.rules.alias(name.parts[-1], name.quoted[-1])
        return next((source for source in scope.sources if own in (source.alias, *source.path[-1:])), None)

    def _owner(self, left: e.Expr, scope: Selecting, found: Found | None) -> Found | None:
        """Whose column is assigned: of the target, but for MySQL, which changes any table that is named."""
        column = left.find(e.Column) if not isinstance(left, e.Column) else left
        table = column.args.get("table") if column is not None else None
        if len(scope.sources) < 2 or self.context.dialect not in _CHANGE_ANY:
            return found
        if isinstance(table, e.Identifier):
            alias = self.rules.alias(table.name, bool(table.args.get("quoted")))
            for source in scope.sources:
                if source.alias == alias:
                    return self._base(source, left)
        elif column is not None:
            key = self.ident_key(column)
            owners = [source for source in scope.sources if source.has(key) is not None]
            if len(owners) == 1:
                return self._base(owners[0], left)
            if any(source.rests for source in scope.sources) or owners:
                self.context.tell(f"whose column {column.name} is changed", left)
                return None
        return found

    def _through(self, made: list[tuple[e.Expr, Column]], target: Source, scope: Selecting, node: e.Expr) -> Relation:
        """UPDATE of a query or a query of WITH: what is assigned lands in the columns that it hands on unchanged."""
        tables: dict[int, list[Item]] = {}
        for left, column in made:
            behind = target.has(column.key)
            uses = behind.uses if behind is not None else NONE
            base = [(t, c) for t, c, how, guessed in uses if how == IDENTITY and not guessed]
            if len(base) != 1 or len(uses) != 1:
                self.context.tell(f"which column of a table {column.name} is", left)
                continue
            table, name = base[0]
            renamed = Column(name, self.rules.column(name, True), column.uses, column.expression)
            tables.setdefault(table, []).append(renamed)
        for number, items in tables.items():
            found = self.context.found[number]
            if found is not None:
                self.written(self.into(found, "update"), Relation(items, set(scope.influences)))
        return self.returned(node, scope, target, [column for _, column in made], fresh=False)


def _put(columns: dict[str, Column], column: Column) -> None:
    """Adds an assigned column; several fields of one make one."""
    was = columns.get(column.key)
    if was is not None:
        column = Column(was.name, was.key, was.uses | column.uses, was.expression or column.expression)
    columns[column.key] = column


_CHANGE_ANY = frozenset({"mysql", "singlestore", "doris", "starrocks"})
