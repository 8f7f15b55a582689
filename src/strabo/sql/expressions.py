"""From an expression to the base columns that make and decide it."""

from typing import Any

from sqlglot import expressions as e

from strabo.sql import functions, lookup
from strabo.sql.lookup import Scope
from strabo.sql.paths import Paths
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
    Use,
    Uses,
    items_of,
    through,
)  # fmt: skip
from strabo.sql.shape import QUERY

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


class Expressions(Paths):
    """The part of the resolver that walks expressions; `query` is what the parts above it add."""

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
        self.made_of(len(found))
        return frozenset(found)

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
