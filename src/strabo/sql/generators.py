"""Functions in FROM: those that make rows of their arguments, UNNEST among them."""

from sqlglot import expressions as e

from strabo.sql import fields, functions, lookup
from strabo.sql.relation import Selecting
from strabo.sql.scope import (
    NONE,
    TRANSFORMATION,
    Column,
    Item,
    Rest,
    Source,
    Uses,
    below,
    of_items,
    through,
)  # fmt: skip
from strabo.sql.shape import QUERY, function_name
from strabo.sql.sources import Sources

_COUNTED = frozenset({"seq", "index"})  # columns of table functions that number what comes out
_FLATTENED = functions.TABLE_FUNCTIONS["flatten"]


class Generators(Sources):
    """The part of the resolver that knows what functions in FROM put out."""

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
