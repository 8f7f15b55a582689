"""Down into a value: its fields, elements and methods."""

from sqlglot import expressions as e

from strabo.sql import fields, lookup
from strabo.sql.references import References
from strabo.sql.relation import Selecting
from strabo.sql.scope import (
    IDENTITY,
    NONE,
    TRANSFORMATION,
    Column,
    Item,
    Source,
    Use,
    Uses,
    through,
)  # fmt: skip
from strabo.sql.shape import element_of, steps_of

# Dialects whose values have methods, and the methods that nothing else is called.
_OF_XML = frozenset({"value", "query", "exist", "nodes"})
_METHODS: dict[str, frozenset[str]] = {
    "tsql": _OF_XML,
    "fabric": _OF_XML,
    "oracle": frozenset({"getclobval", "getstringval", "getnumberval", "extract", "existsnode"}),
}


class Paths(References):
    """The part of the resolver that follows dots and brackets; `uses` is what the part above it adds."""

    def uses(self, root: e.Expr, scope: Selecting, how: int) -> Uses:
        raise NotImplementedError

    def dot(self, node: e.Expr, scope: Selecting, how: int, found: set[Use], stack: list[tuple[e.Expr, int]]) -> None:
        """`(t).a` is a column of t, or a field of the column t."""
        inner = node.this
        while isinstance(inner, e.Paren):
            inner = inner.this
        field = node.expression
        if isinstance(field, e.Func) and self.method(inner, field, scope, how, found, stack):
            return
        if isinstance(inner, e.Identifier | e.Dot) and (column := _column_of(node)) is not None:
            stack.append((column, how))  # the parser knows no columns within what a method is called of
            return
        if isinstance(inner, e.Column) and inner.args.get("table") is None and isinstance(field, e.Identifier):
            key = self.ident_key(inner)
            if lookup.plain(self.context, inner.name, key, scope, inner, quiet=True) is None:
                alias = self.rules.alias(inner.name, bool(inner.this.args.get("quoted")))
                for source in scope.sources:
                    if source.alias == alias:
                        named = lookup.of_source(self.context, source, field.this, self.ident_key(field), node)
                        if named is not None:
                            found |= through(named.uses, how)
                        return
        self.field(node, scope, how, found, stack)

    def method(
        self, of: e.Expr, called: e.Expr, scope: Selecting, how: int, found: set[Use], stack: list[tuple[e.Expr, int]]
    ) -> bool:
        """`column.value('…')`, SQL Server's and Oracle's: whether it is that, and not a function of a schema."""
        if self.context.dialect not in _METHODS:
            return False
        made = TRANSFORMATION if how == IDENTITY else how
        given = list(called.expressions)
        while isinstance(of, e.Dot) and isinstance(of.expression, e.Func):  # of what another one gives
            called = of.expression
            given += called.expressions
            of = of.this
        if isinstance(of, e.Func):
            stack += [(each, made) for each in (of, *given)]
            return True
        column = _column_of(of)
        if column is None:
            return False
        if called.name.lower() not in _METHODS[self.context.dialect]:
            if column.args.get("table") is not None:
                known = lookup.find_source(self.context, column, scope) is not None
            else:
                key = self.ident_key(column)
                holder = lookup.plain(self.context, column.name, key, scope, column, quiet=True)
                known = holder is not None and not any(guessed for *_, guessed in holder.uses)
            if not known:
                return False
        value = self.find(column, scope)
        if value is not None:
            found |= through(value.uses, made)
        stack += [(each, made) for each in given]
        return True

    def field(self, node: e.Expr, scope: Selecting, how: int, found: set[Use], stack: list[tuple[e.Expr, int]]) -> None:
        """A struct's field, a map's key, a path into a JSON value: down to the column, by the names on the way."""
        made = TRANSFORMATION if how == IDENTITY else how
        if isinstance(node, e.Dot) and (element := element_of(node)) is not None:
            stack.append((element, how))
            return
        step, path = node, list[e.Expr]()
        parsed = False  # whether a text had to be read for it
        while True:
            if isinstance(step, e.Paren):
                step = step.this
                continue
            names = steps_of(step)
            if names is None:
                break
            if isinstance(step, e.Dot):
                if not isinstance(step.expression, e.Identifier):
                    stack.append((step.expression, made))
            elif isinstance(step, e.Bracket):
                stack += [(x, made) for x in step.expressions if not isinstance(x, e.Literal)]
            else:
                parsed = True
                if isinstance(step.expression, e.Column):
                    stack.append((step.expression, made))
            path = [*names, *path]
            step = step.this
        if isinstance(step, e.Identifier) and self.context.dialect == "duckdb":
            self.chained(node, scope, made, found)
            return
        if not isinstance(step, e.Column):
            if path and type(step) in fields.MAKERS:  # one that is made on the spot
                whole = self.uses(step, scope, made)
                of = fields.made(self, step, scope)
                if of is not None:
                    holder = Column("", "", whole, fields=of)
                    found |= through(lookup.field_of(self.context, holder, path).uses, how)
                else:
                    found |= whole
                return
            stack.append((step, made))
            return
        column = self.find(step, scope)
        if column is None:
            return
        uses = lookup.field_of(self.context, column, path).uses if path else column.uses
        found |= through(uses, made if parsed or not path else how)

    def chained(self, node: e.Expr, scope: Selecting, how: int, found: set[Use]) -> None:
        """DuckDB's `t.a.upper().trim()`: functions one after the other, of a column at the left."""
        names: list[e.Expr] = []
        step = node
        while isinstance(step, e.Dot):
            names = [step.expression, *names] if isinstance(step.expression, e.Identifier) else []
            step = step.this
        names = [step, *names]
        first = names[0]
        alias = self.rules.alias(first.name, bool(first.args.get("quoted")))
        if all(source.alias != alias for source in scope.sources):
            key = self.ident_key(first)
            if lookup.plain(self.context, first.name, key, scope, first, quiet=True) is None:
                return  # the schema of a function
        parts = dict(zip(("this", "table", "db", "catalog"), reversed(names), strict=False))
        column = self.find(e.Column(**parts), scope)
        if column is not None:
            found |= through(column.uses, how)

    def comprehended(self, node: e.Expr, scope: Selecting, how: int, found: set[Use]) -> None:
        """DuckDB's `[x + 1 for x in list if x > 2]`, in which x is an element of the list."""
        args = node.args
        each = self.uses(args["iterator"], scope, how)
        inner = Selecting(scope, scope.env)
        named = [args["expression"], args.get("position")]
        elements: list[Item] = [self.named_column(x, NONE) for x in named if isinstance(x, e.Identifier)]
        inner.sources.append(Source("", "the list", elements))
        found |= each | self.uses(args["this"], inner, how)
        if (condition := args.get("condition")) is not None:
            found |= self.uses(condition, inner, how)


def _column_of(node: e.Expr) -> e.Expr | None:
    """The column that names with dots between them are, where they are nothing else."""
    parts: list[e.Expr] = []
    while isinstance(node, e.Dot):
        parts.append(node.expression)
        node = node.this
    parts.append(node)
    if len(parts) > 3 or not all(isinstance(part, e.Identifier) for part in parts):
        return None
    return e.Column(**dict(zip(("this", "table", "db"), parts, strict=False)))
