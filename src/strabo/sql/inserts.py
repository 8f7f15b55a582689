"""INSERT: by position, by a list, by name; what happens on a conflict; several tables at once."""

from sqlglot import expressions as e

from strabo.sql.lookup import Scope
from strabo.sql.relation import Env, Relation, Selecting
from strabo.sql.result import Target, Way
from strabo.sql.scope import FILTER, NONE, Column, Item, Source
from strabo.sql.scripts import kin
from strabo.sql.shape import QUERY
from strabo.sql.targets import Targets
from strabo.sql.working import Found


class Inserts(Targets):
    """The part of the resolver that follows INSERT."""

    def insert(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        """What the statement hands back; what it writes is remembered."""
        place = node.this
        table = place.this if isinstance(place, e.Schema) else place
        relation = self.inserted(node, env, outer)
        if node.args.get("expression") is None and not node.args.get("default"):
            self.context.tell("what is inserted is not in the text", node)
        if isinstance(table, e.Directory):
            location = table.this.name
            self.written(Target((location,), "unload", location=location), relation)
            return Relation([], relation.influences)
        if node.args.get("is_function") and isinstance(table, e.Func):
            location = self.location_of(table)
            if location is not None:
                self.written(Target((location,), "unload", location=location), relation)
                return Relation([], relation.influences)
        if not isinstance(table, e.Table) or not isinstance(table.this, e.Identifier | e.Dot):
            self.context.tell("what is inserted into is no table", node)
            return Relation([], relation.influences)
        location = self.location_of(table) if self.context.has_files else None
        if location is not None:  # Spark's `delta.`/path``
            self.written(Target((location,), "unload", location=location), relation)
            return Relation([], relation.influences)
        if self.context.dialect in kin.TSQL and isinstance(place, e.Schema) and table.name.upper() in _OTHER_SERVERS:
            self.context.tell(f"what {table.name.upper()} writes to is not followed", node)
            return Relation([], relation.influences)
        found = self.context.working.find(self.name_of(table))
        way = _way(node, table)
        into = self.into(found, way)
        if node.args.get("by_name") or (self.context.facts.puts_by_name and not isinstance(place, e.Schema)):
            made = self.by_their_names(found, relation, node)
        else:
            made = self.in_partitions(found, relation, node, place, table)
        scope = Selecting(outer, env)
        target: Source | None = None
        conflict = node.args.get("conflict")
        if (conflict is not None and conflict.expressions) or node.args.get("returning") is not None:
            target = self.source_of(found, table, scope)
        if conflict is not None and conflict.expressions and target is not None:
            made = self.on_conflict(conflict, found, made, scope, node)
        self.written(into, made)
        columns = [item for item in made.items if isinstance(item, Column)]
        scope.influences = set(made.influences)
        return self.returned(node, scope, target, columns, fresh=True)

    def inserted(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        query = node.args.get("expression")
        if isinstance(query, QUERY):
            return self.query(query, env, outer)
        if isinstance(query, e.Table):  # INSERT INTO t TABLE s
            scope = Selecting(outer, env)
            scope.starred = True
            self.from_clause(query, (), scope)
            return Relation(scope.row, scope.influences)
        if query is not None and not node.args.get("default"):
            self.context.tell("the source of the insert is not followed", node)
        return Relation([], set())

    def by_their_names(self, found: Found, relation: Relation, node: e.Expr) -> Relation:
        items: list[Item] = []
        for item in relation.items:
            if isinstance(item, Column):
                items.append(self.as_target(found, item, node))
            elif found.columns is not None:
                self.context.tell(f"which columns of {item.what} are inserted: they are not known", node)
            else:
                items.append(item)
        return Relation(items, relation.influences)

    def in_partitions(self, found: Found, relation: Relation, node: e.Expr, place: e.Expr, table: e.Expr) -> Relation:
        """By position or by a list, where PARTITION may give columns a value, or put them last."""
        clause = table.args.get("partition") or node.args.get("partition")
        if not isinstance(clause, e.Partition):
            return self.placed(found, relation, place, node=node)
        fixed: list[Column] = []
        last: list[Column] = []
        for each in clause.expressions:
            if isinstance(each, e.EQ):
                named = self.as_target(found, self.named_column(each.this, NONE), node)
                fixed.append(Column(named.name, named.key, NONE, self.context.generated(each.expression)))
            elif isinstance(each, e.Column) and not self.context.facts.named_partitions:
                last.append(self.as_target(found, self.named_column(each, NONE), node))
        if isinstance(place, e.Schema) and place.expressions:
            listed = {self.ident_key(x) for x in place.expressions}
            behind = [e.to_identifier(c.name, quoted=True) for c in last if c.key not in listed]
            made = self.named(relation, [*place.expressions, *behind], node)
        elif found.columns is None:
            self.context.tell(f"which columns are inserted: no schema for {'.'.join(found.name)}", node)
            made = Relation([], relation.influences)
        else:
            keys = {column.key for column in (*fixed, *last)}
            columns = [name for name in found.columns if self.rules.column(name, True) not in keys]
            made = self.by_position([*columns, *(c.name for c in last)], relation, node)
        return Relation([*made.items, *fixed], relation.influences)

    def on_conflict(self, conflict: e.Expr, found: Found, made: Relation, scope: Selecting, node: e.Expr) -> Relation:
        """What is inserted, and what is assigned instead where there is such a row."""
        row: list[Item] = list(made.items)
        have = {item.key for item in row if isinstance(item, Column)}
        for key, name in (self.keys_in(found) or {}).items():
            if key not in have:
                row.append(Column(name, key, NONE))
        words = ["excluded"]
        query = node.args.get("expression")
        alias = query.args.get("alias") if isinstance(query, e.Values) else None
        if alias is not None and alias.args.get("this") is not None:
            words.append(alias.name)
            columns = alias.args.get("columns")
            if columns:
                row = list(self.named(Relation(row, set()), columns, node).items)
        scope.asides = [Source(self.rules.alias(word, False), word, row) for word in words]
        scope.incoming = scope.asides[0]
        if isinstance(query, e.Select) and self.context.dialect == "mysql":
            # The tables of an INSERT … SELECT may be named as well; their columns are not known to be what came in.
            beside = Selecting(None, scope.env)
            if (clause := query.args.get("from_")) is not None:
                self.from_clause(clause.this, query.args.get("joins") or (), beside)
                scope.asides += beside.sources
        items = list(made.items)
        at = {item.key: i for i, item in enumerate(items) if isinstance(item, Column)}
        for left, assigned in self.assign(conflict.expressions, scope):
            column = self.as_target(found, assigned, left)
            if column.key in at:
                was = items[at[column.key]]
                assert isinstance(was, Column)  # noqa: S101  (`at` holds only these)
                text = was.expression if was.uses >= column.uses else was.expression or column.expression
                items[at[column.key]] = Column(was.name, was.key, was.uses | column.uses, text)
            else:
                at[column.key] = len(items)
                items.append(column)
        condition = conflict.args.get("where")
        if condition is not None:
            self.influence(condition.this, scope, FILTER)
        return Relation(items, made.influences | scope.influences)

    def insert_many(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        """INSERT ALL and INSERT FIRST (Oracle, Snowflake); FROM … INSERT … INSERT (Hive, Spark)."""
        source = node.args.get("source")
        self.many = True
        if not isinstance(source, QUERY) or not any(isinstance(x, e.ConditionalInsert) for x in node.expressions):
            joins = source.args.pop("joins", None) if isinstance(source, e.Subquery) else None  # beside it, not within
            for each in node.expressions:
                query = each.args.get("expression") if isinstance(each, e.Insert) else None
                if not isinstance(query, e.Select) or not isinstance(source, e.Expr):
                    self.context.tell("one of several inserts is not followed", each)
                    continue
                # Each begins with the same FROM, written once. The tree is ours alone.
                query.args["from_"] = e.From(this=source)
                query.args.setdefault("joins", joins)
                query.args.setdefault("laterals", node.args.get("laterals"))
                self.insert(each, env, outer)
            return Relation([], set())
        relation = self.query(source, env, outer)
        before: set[tuple[int, str, int]] = set()  # the conditions that ELSE and FIRST are the opposite of
        first = str(node.args.get("kind") or "").upper() == "FIRST"
        deciding: set[tuple[int, str, int]] = set()  # of the WHEN or ELSE that is under way
        for branch in node.expressions:
            scope = Selecting(outer, env)
            scope.sources.append(Source("", "the query", relation.items))
            condition = branch.args.get("expression")
            if isinstance(condition, e.Expr):
                self.influence(condition, scope, FILTER)
            own = set(scope.influences)
            if first or branch.args.get("else_"):
                scope.influences |= before
            before |= own
            if own or isinstance(condition, e.Expr) or branch.args.get("else_"):
                deciding = set(scope.influences)
            else:  # one more INTO behind the same WHEN
                scope.influences = set(deciding)
            self._branch(branch.this, relation, scope)
        return Relation([], set())

    def _branch(self, insert: e.Expr, relation: Relation, scope: Selecting) -> None:
        place = insert.this
        table = place.this if isinstance(place, e.Schema) else place
        if not isinstance(table, e.Table):
            self.context.tell("what is inserted into is no table", insert)
            return
        found = self.context.working.find(self.name_of(table))
        values = insert.args.get("expression")
        items: list[Item] = list(relation.items)
        if isinstance(values, e.Values) and values.expressions:
            row = values.expressions[0]
            given = row.expressions if isinstance(row, e.Tuple) else [row]
            items = [self.assigned(e.to_identifier(f"_{at}"), value, scope) for at, value in enumerate(given)]
        elif values is not None:
            self.context.tell("one of several inserts is not followed", insert)
        whole = Relation(items, relation.influences | scope.influences)
        self.written(self.into(found, _way(insert, table)), self.placed(found, whole, place, node=insert))


_OTHER_SERVERS = frozenset({"OPENQUERY", "OPENROWSET", "OPENDATASOURCE"})


def _way(insert: e.Expr, table: e.Expr) -> Way:
    """Whether nothing is left of the table: to replace some partitions, or rows of a condition, adds to the rest."""
    part = table.args.get("partition") is not None or insert.args.get("where") is not None
    return "overwrite" if insert.args.get("overwrite") and not part else "insert"
