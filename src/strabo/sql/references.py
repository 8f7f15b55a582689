"""Which column a name, a number or a parameter in an expression means, and what columns are called."""

from sqlglot import expressions as e

from strabo.sql import lookup, result
from strabo.sql.dialects import plain
from strabo.sql.errors import TooLong
from strabo.sql.lookup import Scope
from strabo.sql.names import TableName
from strabo.sql.relation import Relation, Selecting
from strabo.sql.scope import (
    NONE,
    TRANSFORMATION,
    Column,
    Item,
    Rest,
    Source,
    Use,
    Uses,
    through,
)  # fmt: skip
from strabo.sql.tables import Context

# What the columns of a statement may be made of, all together; and how many columns one query may have. A few lines
# of `a.*, b.*` over themselves would take all memory that there is.
_MOST_USES, _MOST_COLUMNS = 2_000_000, 100_000


class References:
    """The part of the resolver that knows what is meant."""

    def __init__(self, context: Context, deadline: float) -> None:
        self.context = context
        self.rules = context.rules
        self.plain_column = plain(context.rules.column)
        self.plain_alias = plain(context.rules.alias)
        self.deadline = deadline
        self._room = _MOST_USES
        self.flows: list[tuple[result.Target, Relation]] = []  # what is written, in the order in which it is resolved
        self.spread: Column | None = None  # the column that COLUMNS(…) stands for just now
        self.latest: tuple[e.Expr, Relation] | None = None  # the query in an expression that was resolved last
        self.many = False  # whether these are equals; otherwise the last is the statement's own

    def made_of(self, count: int) -> None:
        """Counts what columns are made of. Raises TooLong if it is more than all of a statement may be."""
        self._room -= count
        if self._room < 0:
            raise TooLong(f"its columns are made of more than {_MOST_USES:,} others")

    def fit(self, items: list[Item]) -> None:
        """Raises TooLong if these are more columns than any query has."""
        if len(items) > _MOST_COLUMNS:
            raise TooLong(f"more than {_MOST_COLUMNS:,} columns")

    def deciding(self, relation: Relation) -> set[Use]:
        """What decides about the rows of a query, as uses of a value that hangs on them."""
        keys = self.context.keys
        return {(table, column, how, keys[table] is None) for table, column, how in relation.influences}

    def find(self, node: e.Expr, scope: Scope) -> Column | None:
        """The column that a reference means; None when it is none, or unknown."""
        args = node.args
        identifier = args["this"]
        if type(identifier) is not e.Identifier:
            if isinstance(identifier, e.Parameter):
                return self.of_file(identifier, scope, node)
            if isinstance(identifier, e.Literal):
                return self.numbered(node, scope)
            return self.whole_row(node, scope)
        named = identifier.args
        name = named["this"]
        key = self.rules.column(name, True) if named.get("quoted") else self.plain_column[name]
        table = args.get("table")
        if table is None:
            return lookup.plain(self.context, name, key, scope, node)
        if args.get("db") is None:  # what nearly all are, without a call more than it takes
            named = table.args
            alias = named["this"]
            alias = self.rules.alias(alias, True) if named.get("quoted") else self.plain_alias[alias]
            for source in scope.sources:
                if source.alias == alias:
                    column = source.offered.get(key) or source.has(key)
                    if column is not None:
                        return column
                    break
        return lookup.qualified(self.context, node, name, key, scope)

    def whole_row(self, node: e.Expr, scope: Scope) -> Column | None:
        """`t.*` as a value."""
        if node.args.get("table") is None or isinstance(node.parent, e.Count):
            return None
        source = lookup.find_source(self.context, node, scope)
        return None if source is None else Column("*", "*", lookup.row(self.context, source, node))

    def starred(self, node: e.Expr, scope: Scope) -> Source | None:
        """What the qualifiers of `t.*` name."""
        return lookup.find_source(self.context, node, scope)

    def numbered(self, node: e.Expr, scope: Scope) -> Column | None:
        """ClickHouse's `t.1`: an element of the tuple t."""
        parts = {to: node.args.get(of) for of, to in (("table", "this"), ("db", "table"), ("catalog", "db"))}
        holder = self.find(e.Column(**parts), scope) if parts["this"] is not None else None
        return None if holder is None else Column(node.name, node.name, through(holder.uses, TRANSFORMATION))

    def by_number(self, node: e.Expr, scope: Selecting) -> Column | None:
        """DuckDB's `#1`: a column of FROM by its number."""
        at = int(node.this.name) - 1
        before = scope.row[: at + 1]
        if len(before) == at + 1 and not any(isinstance(item, Rest) for item in before):
            found = before[at]
            return found if isinstance(found, Column) else None
        self.context.tell(f"which column is #{at + 1}", node)
        return None

    def of_file(self, node: e.Expr, scope: Scope, column: e.Expr | None = None) -> Column | None:
        """`$1`: a column of a file by its number. Any other parameter is none."""
        if self.context.dialect != "snowflake" or not isinstance(node.this, e.Literal) or node.this.is_string:
            return None
        owner = lookup.find_source(self.context, column, scope) if column is not None else None
        if column is not None and column.args.get("table") is None:
            owner = None
        sources = [owner] if owner is not None else scope.sources
        rests = [rest for source in sources for rest in source.rests]
        if len(rests) != 1:
            return None
        name = f"${node.this.name}"
        return Column(name, name, rests[0].column(name))

    def looked_up(self, node: e.Expr, path: tuple[str, ...], names: list[str]) -> Uses:
        """ClickHouse's `dictGet('db.d', 'name', key)` and `joinGet`: what is in that column of that table."""
        number = self.context.number(TableName(path, (True,) * len(path)), node)
        self.context.named.add(number)
        return frozenset((number, name, TRANSFORMATION, self.context.keys[number] is None) for name in names)

    def named(self, relation: Relation, columns: list[e.Expr], node: e.Expr) -> Relation:
        """A relation whose columns are given names by position."""
        if not columns:
            return relation
        items: list[Item] = []
        for at, column in enumerate(columns):
            item = relation.items[at] if at < len(relation.items) else None
            if isinstance(item, Rest):
                self.context.tell(
                    f"which column is {self.ident(column).name}: those of {item.what} are not known", node
                )
                return Relation(items + [self.named_column(c, NONE) for c in columns[at:]], relation.influences)
            named = self.named_column(column, item.uses if item is not None else NONE)
            if item is not None:
                named.expression, named.fields = item.expression, item.fields
            items.append(named)
        return Relation(items + relation.items[len(columns) :], relation.influences)

    def named_column(self, node: e.Expr, uses: Uses) -> Column:
        named = (node if type(node) is e.Identifier else self.ident(node)).args
        name = named["this"]
        key = self.rules.column(name, True) if named.get("quoted") else self.plain_column[name]
        return Column(key if self.rules.renames else name, key, uses)

    def ident(self, node: e.Expr) -> e.Expr:
        """The identifier in a column reference, a column definition, an alias."""
        while type(node) is not e.Identifier and isinstance(node.args.get("this"), e.Expr):
            node = node.args["this"]
        return node

    def ident_key(self, node: e.Expr) -> str:
        identifier = self.ident(node)
        return self.rules.column(identifier.name, bool(identifier.args.get("quoted")))
