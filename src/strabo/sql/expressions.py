"""From an expression to the base columns that make and decide it."""

from typing import Any

from sqlglot import expressions as e

from strabo.sql import fields, functions, lookup, result
from strabo.sql.dialects import plain
from strabo.sql.errors import TooLong
from strabo.sql.lookup import Scope
from strabo.sql.names import TableName
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
    Source,
    Use,
    Uses,
    items_of,
    through,
)  # fmt: skip
from strabo.sql.shape import QUERY, element_of, steps_of
from strabo.sql.tables import Context

# What the columns of a statement may be made of, all together; and how many columns one query may have. A few lines
# of `a.*, b.*` over themselves would take all memory that there is.
_MOST_USES, _MOST_COLUMNS = 2_000_000, 100_000

# How `uses` walks a class of node; what is not here is walked child by child. Only leaves are false.
(_LEAF, _PLAIN, _LIST, _COLUMN, _QUERY, _CASE, _IF, _AGGREGATE, _WINDOW, _ORDER, _FILTER, _WITHIN, _NAMED, _SAME, _DOT,
 _ANON, _EXISTS, _MANY, _FIELD, _GIVEN, _STAR, _PICK, _CHOICE, _EACH, _IN) = range(25)  # fmt: skip
_BASES: tuple[tuple[type[Any] | tuple[type[Any], ...], int], ...] = (
    ((e.Literal, e.Identifier, e.DataType, e.Var, e.Null, e.Boolean, e.Placeholder), _LEAF),
    (e.Star, _STAR),
    ((e.Parameter, e.PositionalColumn), _GIVEN),
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
    ((e.ArgMax, e.ArgMin, e.HavingMax), _PICK),
    ((e.DecodeCase, e.Nvl2), _CHOICE),
    (e.Comprehension, _EACH),
    (e.In, _IN),
    (e.AnonymousAggFunc, _AGGREGATE),
    (e.Anonymous, _ANON),
    (e.AggFunc, _AGGREGATE),
)

_BY_NAME = (e.AnonymousAggFunc, e.ParameterizedAgg)


# Dialects whose values have methods, and the methods that nothing else is called.
_OF_XML = frozenset({"value", "query", "exist", "nodes"})
_METHODS: dict[str, frozenset[str]] = {
    "tsql": _OF_XML,
    "fabric": _OF_XML,
    "oracle": frozenset({"getclobval", "getstringval", "getnumberval", "extract", "existsnode"}),
}


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
        self.latest: tuple[e.Expr, Relation] | None = None  # the query in an expression that was resolved last
        self.many = False  # whether these are equals; otherwise the last is the statement's own

    def query(self, node: e.Expr, env: Env | None = None, outer: Scope | None = None) -> Relation:
        raise NotImplementedError

    def with_(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Env | None:
        raise NotImplementedError

    def star(self, node: e.Expr, scope: Selecting, dropped: list[e.Expr]) -> list[Item]:
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
            column = self.by_number(node, scope) if isinstance(node, e.PositionalColumn) else self.of_file(node, scope)
            if column is not None:
                found |= through(column.uses, how)
        elif kind == _NAMED:
            if isinstance(args.get("expression"), e.Expr):
                push((args["expression"], made))
        elif kind == _DOT:
            self.dot(node, scope, how, found, stack)
        elif kind == _STAR:
            found |= through(self.every(node, scope), made)
        elif kind == _PICK:  # the second decides which of the first it is
            push((args["this"], AGGREGATION if direct else how))
            push((args["expression"], SORT if direct else how))
        elif kind == _CHOICE:
            conditions, values = functions.choice(node)
            stack += [(each, CONDITIONAL if direct else how) for each in conditions]
            stack += [(each, made) for each in values]
        elif kind == _EACH:
            self.comprehended(node, scope, made, found)
        elif kind == _IN:
            for of, value in args.items():
                if of != "field" or not self.in_table(value, scope, made, found):
                    stack += [(each, made) for each in (value if type(value) is list else (value,))]
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
        if kind == _ANON and self.context.dialect == "clickhouse" and (asked := functions.looked_up(node)) is not None:
            found |= through(self.looked_up(node, *asked), how)
            stack += [(each, made) for each in node.expressions[2 if asked[1] else 1 :]]
            return
        if how <= AGGREGATION:
            name = node.name.lower() if kind == _ANON or isinstance(node, _BY_NAME) else ""
            if kind == _AGGREGATE or name in functions.AGGREGATES:
                made = AGGREGATION
            if name and (decides := functions.deciding(name, node)) is not None:
                stack += [(each, by or made) for each, by in decides]
                return
        for value in node.args.values():
            if type(value) is list:
                stack += [(each, made) for each in value]
            else:
                stack.append((value, made))

    def looked_up(self, node: e.Expr, path: tuple[str, ...], names: list[str]) -> Uses:
        """ClickHouse's `dictGet('db.d', 'name', key)` and `joinGet`: what is in that column of that table."""
        number = self.context.number(TableName(path, (True,) * len(path)), node)
        self.context.named.add(number)
        return frozenset((number, name, TRANSFORMATION, self.context.keys[number] is None) for name in names)

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

    def every(self, node: e.Expr, scope: Selecting) -> Uses:
        """`*` within a function: all columns that it stands for; none where rows are counted."""
        if functions.counts_rows(node.parent):
            return NONE
        if not scope.starred:
            every = [item for source in scope.sources for item in items_of(source)]
            scope.row = [scope.merged.get(i.key, i) if isinstance(i, Column) else i for i in every]
            scope.starred = True
        uses: set[Use] = set()
        for item in self.star(node, scope, []):
            if isinstance(item, Column):
                uses |= item.uses
            else:
                self.context.tell(f"all columns of {item.what}: they are not known", node)
        return frozenset(uses)

    def in_table(self, node: e.Expr, scope: Selecting, how: int, found: set[Use]) -> bool:
        """Whether ClickHouse's `x IN t` names a table, or a query of WITH, which is then read."""
        if self.context.dialect != "clickhouse" or type(node) is not e.Column:
            return False
        name, container = node.this, node.args.get("table")
        if not isinstance(name, e.Identifier) or node.args.get("db") is not None:
            return False
        if container is None:
            column = lookup.plain(self.context, name.name, self.ident_key(node), scope, node, quiet=True)
            if column is not None and not any(guessed for *_, guessed in column.uses):
                return False
        elif lookup.find_source(self.context, node, scope) is not None:
            return False
        table = e.Table(this=name, db=container)
        found |= self.subquery(e.Select(expressions=[e.Star()], from_=e.From(this=table)), scope, how)
        return True

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
        self.latest = node, relation
        found: set[Use] = {(t, c, h, False) for t, c, h in relation.influences}
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
        return {(t, c, h, False) for t, c, h in self.query(inner, scope.env, scope).influences}

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
