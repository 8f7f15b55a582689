"""Functions in FROM that are given tables, and views that are called like functions."""

from sqlglot import expressions as e

from strabo.sql.generators import Generators
from strabo.sql.relation import Relation, Selecting
from strabo.sql.scope import NONE, TRANSFORMATION, Column, Item, Rest, Source, Uses, through
from strabo.sql.shape import QUERY


class TableFunctions(Generators):
    """The part of the resolver that reads the tables which functions in FROM are given."""

    def of_tables(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source | None:
        """As `Sources.of_tables`: Trino's TABLE(f(TABLE(t))), ClickHouse's view(SELECT …) and views with parameters."""
        called = node.name.lower()
        inner = next(iter(node.expressions), None)
        if called == "table" and isinstance(inner, e.Func):
            if isinstance(inner, e.GenerateSeries):
                counted = self.named_column(e.to_identifier("sequential_number"), NONE)
                return self.renamed(Source(key, what, [counted]), columns, node)
            if isinstance(inner, e.Anonymous) and any(_is_table(x) for x in inner.expressions):
                return self._given(inner, scope, key, what, columns)
            return self.function(inner, scope, key, what, columns, False)
        if self.context.dialect != "clickhouse":
            return None
        if called == "view" and isinstance(inner, QUERY):
            return self.derived(inner, scope, key, what, columns, scope.outer)
        table = e.Table(this=e.to_identifier(node.name))
        with_parameters = bool(node.expressions) and all(isinstance(x, e.EQ) for x in node.expressions)
        if not with_parameters or self.context.working.find(self.context.called(table)).guessed:
            return None
        return self.table(table, scope, key, what, columns)

    def _given(self, node: e.Expr, scope: Selecting, key: str, what: str, columns: list[e.Expr]) -> Source:
        """What a function makes of tables; of one function it is known, of the others only from which columns."""
        items: list[Item] = []
        dropped: set[str] = set()
        for argument in node.expressions:
            value = argument.expression if isinstance(argument, e.Kwarg) else argument
            if _is_table(argument):
                items += self._rows(value.expressions[0], scope).items
            elif isinstance(value, e.Anonymous) and value.name.lower() == "descriptor":
                dropped |= {self.ident_key(x) for x in value.expressions}
        label = what if key else node.name
        if node.name.lower() == "exclude_columns":
            kept = [item for item in items if not (isinstance(item, Column) and item.key in dropped)]
            items = [item.less(dropped) if isinstance(item, Rest) else item for item in kept]
            return self.renamed(Source(key, label, items), columns, node)
        uses: Uses = frozenset().union(*(through(item.uses, TRANSFORMATION) for item in items))
        if columns:
            return Source(key, label, [self.named_column(column, uses) for column in columns])
        self.context.tell(f"what {node.name} returns is not known", node)
        return Source(key, label, [Rest(node.name, None, uses)])

    def _rows(self, node: e.Expr, scope: Selecting) -> Relation:
        if isinstance(node, QUERY):
            relation = self.query(node, scope.env, scope.outer)
            scope.influences |= relation.influences
            return relation
        if isinstance(node, e.Column) and isinstance(node.this, e.Identifier):
            return self.whole(e.Table(this=node.this, db=node.args.get("table"), catalog=node.args.get("db")))
        return Relation([], set())


def _is_table(argument: e.Expr) -> bool:
    """Whether an argument of a function is TABLE(…)."""
    value = argument.expression if isinstance(argument, e.Kwarg) else argument
    return isinstance(value, e.Anonymous) and value.name.upper() == "TABLE" and len(value.expressions) == 1
