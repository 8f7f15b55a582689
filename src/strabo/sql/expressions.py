"""From an expression to the base columns that make and decide it."""

from typing import Any

from sqlglot import expressions as e

from strabo.sql import functions, lookup, result
from strabo.sql.dialects import plain
from strabo.sql.errors import TooLong
from strabo.sql.lookup import Scope
from strabo.sql.relation import Env, Relation, Selecting
from strabo.sql.scope import (
    AGGREGATION,
    CONDITIONAL,
    FILTER,
    IDENTITY,
    NONE,
    SORT,
    TRANSFORMATION,
    WINDOW,
    Column,
    Item,
    Rest,
    Use,
    Uses,
    through,
)  # fmt: skip
from strabo.sql.shape import QUERY, element_of, steps_of
from strabo.sql.tables import Context

# What the columns of a statement may be made of, all together; and how many columns one query may have. A few lines
# of `a.*, b.*` over themselves would take all memory that there is.
_MOST_USES, _MOST_COLUMNS = 2_000_000, 100_000

# How `uses` walks a class of node; what is not here is walked child by child. Only leaves are false.
(_LEAF, _PLAIN, _LIST, _COLUMN, _QUERY, _CASE, _IF, _AGGREGATE, _WINDOW, _ORDER, _FILTER, _WITHIN, _NAMED, _SAME, _DOT,
 _ANON, _EXISTS, _MANY, _FIELD, _GIVEN) = range(20)  # fmt: skip
_BASES: tuple[tuple[type[Any] | tuple[type[Any], ...], int], ...] = (
    ((e.Literal, e.Identifier, e.DataType, e.Star, e.Var, e.Null, e.Boolean, e.Placeholder), _LEAF),
    (e.Parameter, _GIVEN),
    (e.Column, _COLUMN),
    (QUERY, _QUERY),
    (e.Case, _CASE),
    (e.If, _IF),
    (e.Window, _WINDOW),
    (e.Order, _ORDER),
    (e.Filter, _FILTER),
    (e.WithinGroup, _WITHIN),
    (e.Exists, _EXISTS),
    (e.Columns, _MANY),
    ((e.PropertyEQ, e.Kwarg), _NAMED),
    ((e.Paren, e.Alias), _SAME),
    (e.Dot, _DOT),
    ((e.Bracket, e.JSONExtract, e.JSONExtractScalar, e.JSONBExtract, e.JSONBExtractScalar), _FIELD),
    (e.AnonymousAggFunc, _AGGREGATE),
    (e.Anonymous, _ANON),
    (e.AggFunc, _AGGREGATE),
)


class _Kinds(dict[type, int]):
    """The kind of each class of node, found when first met; what is no node is a leaf."""

    def __missing__(self, of: type) -> int:
        found = _LEAF
        if of is list:
            found = _LIST
        elif issubclass(of, e.Expr):
            found = _PLAIN
            if of.__name__ not in functions.ROW_PICKERS:
                found = next((kind for bases, kind in _BASES if issubclass(of, bases)), _PLAIN)
        self[of] = found
        return found


_kinds = _Kinds()


class Expressions:
    """The part of the resolver that walks expressions; `query` is what the parts above it add."""

    def __init__(self, context: Context, deadline: float) -> None:
        self.context = context
        self.rules = context.rules
        self.plain_column = plain(context.rules.column)
        self.plain_alias = plain(context.rules.alias)
        self.deadline = deadline
        self._room = _MOST_USES
        self.flows: list[tuple[result.Target, Relation]] = []  # what is written, in the order in which it is resolved
        self.spread: Column | None = None  # the column that COLUMNS(…) stands for just now
        self.many = False  # whether these are equals; otherwise the last is the statement's own

    def query(self, node: e.Expr, env: Env | None = None, outer: Scope | None = None) -> Relation:
        raise NotImplementedError

    def with_(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Env | None:
        raise NotImplementedError

    def influence(self, node: e.Expr, scope: Selecting, how: int) -> None:
        """Adds the columns that decide about rows. Each in the same way, for what stands inside changes nothing."""
        kinds, find, add = _kinds, self.find, scope.influences.add
        stack: list[Any] = [node]
        while stack:
            node = stack.pop()
            kind = kinds[type(node)]
            if kind == _COLUMN:
                column = find(node, scope)
                if column is not None:
                    for table, source, _, _ in column.uses:
                        add((table, source, how))
            elif kind == _PLAIN:
                for value in node.args.values():
                    of = kinds[type(value)]
                    if of == _LIST:
                        stack += value
                    elif of:
                        stack.append(value)
            elif kind == _SAME:
                stack.append(node.args["this"])
            elif kind:
                found: set[Use] = set()
                inside: list[tuple[Any, int]] = []
                self.special(kind, node, scope, how, found, inside)
                scope.influences.update([(t, c, h) for t, c, h, _ in found])
                stack += [each for each, _ in inside]

    def uses(self, root: e.Expr, scope: Selecting, how: int) -> Uses:
        """The base columns of an expression, a set; `how` is what becomes of a column that is all of it."""
        if type(root) is e.Column:
            column = self.find(root, scope)
            return NONE if column is None else through(column.uses, how)
        found: set[Use] = set()
        kinds, find = _kinds, self.find
        stack: list[tuple[Any, int]] = [(root, how)]
        while stack:
            node, how = stack.pop()
            kind = kinds[type(node)]
            if kind == _COLUMN:
                column = find(node, scope)
                if column is not None:
                    if how > AGGREGATION:
                        found.update([(t, c, how, g) for t, c, _, g in column.uses])
                    elif how == IDENTITY:
                        found |= column.uses
                    else:
                        found |= through(column.uses, how)
            elif kind == _PLAIN:
                made = how or TRANSFORMATION
                for value in node.args.values():
                    of = kinds[type(value)]
                    if of == _LIST:
                        stack += [(each, made) for each in value]
                    elif of:
                        stack.append((value, made))
            elif kind == _SAME:
                stack.append((node.args["this"], how))
            elif kind:
                self.special(kind, node, scope, how, found, stack)
        self._room -= len(found)
        if self._room < 0:
            raise TooLong(f"its columns are made of more than {_MOST_USES:,} others")
        return frozenset(found)

    def fit(self, items: list[Item]) -> None:
        """Raises TooLong if these are more columns than any query has."""
        if len(items) > _MOST_COLUMNS:
            raise TooLong(f"more than {_MOST_COLUMNS:,} columns")

    def special(
        self, kind: int, node: e.Expr, scope: Selecting, how: int, found: set[Use], stack: list[tuple[Any, int]]
    ) -> None:
        """One step of `uses`, at a node that is more than its children: adds to what is found and is to be walked."""
        push = stack.append
        direct = how <= AGGREGATION
        made = how or TRANSFORMATION  # of what stands inside something
        args = node.args
        if kind == _QUERY:
            found |= self.subquery(node, scope, how)
        elif kind == _CASE:
            if args.get("this") is not None:
                push((args["this"], CONDITIONAL if direct else how))
            stack += [(branch, made) for branch in args.get("ifs") or ()]
            if args.get("default") is not None:
                push((args["default"], made))
        elif kind == _IF:
            push((args["this"], CONDITIONAL if direct else how))
            for field in ("true", "false"):
                if args.get(field) is not None:
                    push((args[field], made))
        elif kind == _WINDOW:
            self.window(node, scope, how, made, stack)
        elif kind == _ORDER:  # ORDER BY inside an aggregate
            if args.get("this") is not None:
                push((args["this"], made))
            stack += [(x, SORT if direct else how) for x in node.expressions]
        elif kind == _FILTER:
            push((args["this"], how))
            push((args["expression"], FILTER if direct else how))
        elif kind == _WITHIN:
            sort = AGGREGATION if node.this.find(e.Column) is None else SORT
            push((args["this"], how))
            stack += [(x, sort if direct else how) for x in args["expression"].expressions]
        elif kind == _EXISTS:
            found |= self.exists(node, scope, how)
        elif kind == _MANY:
            if self.spread is None:
                self.context.tell("COLUMNS(…) is not followed", node)
            else:
                found |= through(self.spread.uses, how)
        elif kind == _FIELD:
            self.field(node, scope, how, found, stack)
        elif kind == _GIVEN:
            column = self.of_file(node, scope)
            if column is not None:
                found |= through(column.uses, how)
        elif kind == _NAMED:
            if isinstance(args.get("expression"), e.Expr):
                push((args["expression"], made))
        elif kind == _DOT:
            self.dot(node, scope, how, found, stack)
        else:
            self.called(kind, node, scope, how, found, stack)

    def called(
        self, kind: int, node: e.Expr, scope: Selecting, how: int, found: set[Use], stack: list[tuple[Any, int]]
    ) -> None:
        """As `special`, at an aggregate, or at a function that the parser does not know."""
        if kind == _ANON and scope.incoming is not None and node.name.upper() == "VALUES":
            for value in node.expressions:
                incoming = scope.incoming.has(self.ident_key(value))
                if incoming is not None:
                    found |= through(incoming.uses, how)
            return
        made = how or TRANSFORMATION
        if how <= AGGREGATION and (kind == _AGGREGATE or node.name.lower() in functions.AGGREGATES):
            made = AGGREGATION
        for value in node.args.values():
            if type(value) is list:
                stack += [(each, made) for each in value]
            else:
                stack.append((value, made))

    def find(self, node: e.Expr, scope: Scope) -> Column | None:
        """The column that a reference means; None when it is none, or unknown."""
        args = node.args
        identifier = args["this"]
        if type(identifier) is not e.Identifier:
            if isinstance(identifier, e.Parameter):
                return self.of_file(identifier, scope, node)
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

    def dot(self, node: e.Expr, scope: Selecting, how: int, found: set[Use], stack: list[tuple[e.Expr, int]]) -> None:
        """`(t).a` is a column of t, or a field of the column t."""
        inner = node.this
        while isinstance(inner, e.Paren):
            inner = inner.this
        field = node.expression
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
        if not isinstance(step, e.Column):
            if isinstance(step, e.Struct):  # one that is made on the spot
                fields = self.struct(step, scope)
                if path and (field := fields.get(self.ident_key(path[0]))) is not None:
                    found |= through(lookup.field_of(self.context, field, path[1:]).uses, how)
                    return
            stack.append((step, made))
            return
        column = self.find(step, scope)
        if column is None:
            return
        uses = lookup.field_of(self.context, column, path).uses if path else column.uses
        found |= through(uses, made if parsed or not path else how)

    def struct(self, node: e.Expr, scope: Selecting) -> dict[str, Column]:
        """The fields of a struct that is made, each by its key."""
        fields: dict[str, Column] = {}
        for each in node.expressions:
            if isinstance(each, e.PropertyEQ):
                named, value = each.this, each.expression
            elif isinstance(each, e.Alias):
                named, value = each.args["alias"], each.this
            elif isinstance(each, e.Column) and isinstance(each.this, e.Identifier):
                named, value = each.this, each
            else:
                continue
            if isinstance(value, e.Expr):
                column = self.named_column(named, self.uses(value, scope, IDENTITY))
                if isinstance(value, e.Struct):
                    column.fields = self.struct(value, scope)
                fields[column.key] = column
        return fields

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

    def window(self, node: e.Expr, scope: Scope, how: int, made: int, stack: list[tuple[e.Expr, int]]) -> None:
        stack.append((node.this, made))
        over = WINDOW if how <= AGGREGATION else how
        seen: set[int] = set()
        while node is not None and id(node) not in seen:
            seen.add(id(node))
            stack += [(x, over) for x in node.args.get("partition_by") or ()]
            order = node.args.get("order")
            if order is not None:
                stack += [(x, over) for x in order.expressions]
            name = node.args.get("alias")
            if name is None:
                break
            node = scope.windows.get(self.rules.alias(name.name, bool(name.args.get("quoted"))))  # type: ignore[assignment]

    def subquery(self, node: e.Expr, scope: Selecting, how: int) -> set[Use]:
        """A query as a value: what it puts out is in it, what decides its rows decides the value."""
        relation = self.query(node, scope.env, scope)
        found = self.deciding(relation)
        for item in relation.items:
            if isinstance(item, Column):
                found |= through(item.uses, how)
            else:
                self.context.tell(f"all columns of {item.what}: they are not known", node)
        return found

    def exists(self, node: e.Expr, scope: Selecting, how: int) -> set[Use]:
        """EXISTS asks whether there are rows, never what is in them."""
        inner = node.this
        if not isinstance(inner, QUERY):  # a function on arrays, in some dialects
            made = TRANSFORMATION if how == IDENTITY else how
            found: set[Use] = set()
            for value in (inner, node.args.get("expression")):
                if isinstance(value, e.Expr):
                    found |= self.uses(value, scope, made)
            return found
        return self.deciding(self.query(inner, scope.env, scope))

    def deciding(self, relation: Relation) -> set[Use]:
        """What decides about the rows of a query, as uses of a value that hangs on them."""
        keys = self.context.keys
        return {(table, column, how, keys[table] is None) for table, column, how in relation.influences}

    # --- names -----------------------------------------------------------------------------------------------------

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
            named.expression = item.expression if item is not None else ""
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
