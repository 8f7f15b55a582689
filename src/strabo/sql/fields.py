"""The fields of a value that the query makes: of a struct, of a list of structs, of a row taken as a value.

An array has the fields of its elements, for what takes an element out of it (UNNEST, an index) changes no name.
"""

from typing import TYPE_CHECKING

from sqlglot import expressions as e

from strabo.sql.relation import Relation, Selecting
from strabo.sql.scope import (
    AGGREGATION,
    CONDITIONAL,
    FILTER,
    IDENTITY,
    NONE,
    SORT,
    TRANSFORMATION,
    Column,
    Fields,
    Item,
    Uses,
    items_of,
    of_items,
    through,
)  # fmt: skip
from strabo.sql.shape import QUERY, row_of

if TYPE_CHECKING:
    from strabo.sql.paths import Paths

_SAME = (e.Paren, e.Alias, e.IgnoreNulls, e.RespectNulls, e.Order, e.Limit, e.WithinGroup, e.Filter, e.Explode,
         e.ExplodeOuter, e.Posexplode, e.PosexplodeOuter, e.Inline, e.Kwarg, e.FirstValue, e.LastValue)  # fmt: skip
_GATHER = (e.ArrayAgg, e.ArrayUniqueAgg, e.AnyValue, e.First, e.Last, e.ArgMax, e.ArgMin)
_BRANCH = (e.If, e.Case, e.Coalesce, e.ArrayConcat)

MAKERS = frozenset({e.Struct, e.Array, e.Cast, e.Bracket, e.Distinct, *_SAME, *_GATHER, *_BRANCH, *QUERY})
"""The classes of node that may make a value with fields."""


def made(resolver: "Paths", node: e.Expr, scope: Selecting) -> Fields | None:
    """The fields of a value; None where it has none, or none that are known.

    Those of a query are known right after `resolver.subquery` has resolved it: it is not resolved twice.
    """
    if isinstance(node, e.Struct):
        return struct(resolver, node, scope)
    if isinstance(node, e.Column):
        column = resolver.find(node, scope) if isinstance(node.this, e.Identifier) else None
        return None if column is None else column.fields
    if isinstance(node, QUERY):
        if resolver.latest is None or resolver.latest[0] is not node:
            return None
        relation = resolver.latest[1]
        return of_rows(node, relation, frozenset(resolver.deciding(relation)))
    if isinstance(node, e.Cast):
        return _cast(resolver, node, scope)
    if isinstance(node, _GATHER):
        inner = made(resolver, node.this, scope)
        return None if inner is None else {key: _through(field, AGGREGATION) for key, field in inner.items()}
    if isinstance(node, _BRANCH):
        return _either(resolver, node, scope)
    if isinstance(node, e.Array | e.Distinct):
        return _union([made(resolver, each, scope) for each in node.expressions if not isinstance(each, e.Null)])
    if isinstance(node, _SAME):
        inner_node = node.expression if isinstance(node, e.Kwarg) else node.this
        inner = made(resolver, inner_node, scope) if isinstance(inner_node, e.Expr) else None
        return None if inner is None else _decided(inner, _deciding(resolver, node, scope))
    if isinstance(node, e.Bracket) and not any(isinstance(x, e.Literal) and x.is_string for x in node.expressions):
        return made(resolver, node.this, scope)
    return None


def struct(resolver: "Paths", node: e.Expr, scope: Selecting) -> Fields:
    """The fields of a struct that is made: `STRUCT(a, b AS c, t.*)`, `{'a': b}`, `OBJECT_CONSTRUCT('a', b)`."""
    fields: Fields = {}
    for each in node.expressions:
        if isinstance(each, e.PropertyEQ):
            named, value = each.this, each.expression
        elif isinstance(each, e.Alias):
            named, value = each.args["alias"], each.this
        elif isinstance(each, e.Column) and isinstance(each.this, e.Identifier):
            named, value = each.this, each
        elif isinstance(each, e.Column):  # t.*
            source = resolver.starred(each, scope)
            fields.update(of_items(items_of(source)) or {} if source is not None else {})
            continue
        else:
            continue
        if isinstance(named, e.Literal):
            named = e.Identifier(this=named.name, quoted=True)
        if isinstance(value, e.Expr):
            column = resolver.named_column(named, resolver.uses(value, scope, IDENTITY))
            column.fields = made(resolver, value, scope) if _may(value) else None
            fields[column.key] = column
    return fields


def of_value(items: list[Item]) -> list[Item]:
    """The columns of rows that are one value each: its fields, where that has some."""
    only = items[0] if len(items) == 1 else None
    return list(only.fields.values()) if isinstance(only, Column) and only.fields else items


def of_rows(node: e.Expr, relation: Relation, decides: Uses) -> Fields | None:
    """The fields of what a query puts out as a value: `SELECT AS STRUCT a, b`, or those of its only column."""
    inner = node
    while isinstance(inner, e.Subquery):
        inner = inner.this
    if str(inner.args.get("kind") or "").upper() == "STRUCT":
        fields = of_items(relation.items)
    else:
        only = relation.items[0] if len(relation.items) == 1 else None
        fields = only.fields if isinstance(only, Column) else None
    return None if fields is None else _decided(fields, decides)


def _decided(fields: Fields, decides: Uses) -> Fields:
    """Fields where something decides which value they are of."""
    if not decides:
        return fields
    return {key: _with(field, field.uses | decides) for key, field in fields.items()}


def _deciding(resolver: "Paths", node: e.Expr, scope: Selecting) -> Uses:
    """What orders and filters the values that an aggregate gathers."""
    if isinstance(node, e.Filter):
        return resolver.uses(node.expression, scope, FILTER)
    order = node.expression if isinstance(node, e.WithinGroup) else node
    if not isinstance(order, e.Order):
        return NONE
    return frozenset().union(*(resolver.uses(each, scope, SORT) for each in order.expressions))


def _may(node: e.Expr) -> bool:
    return type(node) in MAKERS or isinstance(node, e.Column)


def _cast(resolver: "Paths", node: e.Expr, scope: Selecting) -> Fields | None:
    """`CAST(ROW(a, b) AS ROW(x int, y int))` names the fields."""
    kinds = [kind for kind in node.args["to"].expressions if isinstance(kind, e.ColumnDef)]
    values = row_of(node.this)
    if not kinds:
        return made(resolver, node.this, scope) if values is not None else None
    if values is None or len(values) != len(kinds):
        return None
    fields: Fields = {}
    for kind, value in zip(kinds, values, strict=True):
        inner = value.expression if isinstance(value, e.PropertyEQ) else value
        column = resolver.named_column(kind, resolver.uses(inner, scope, IDENTITY))
        fields[column.key] = column
    return fields


def _either(resolver: "Paths", node: e.Expr, scope: Selecting) -> Fields | None:
    """The fields of one of several values; what decides which is in each."""
    args = node.args
    conditions: list[e.Expr | None] = []
    if isinstance(node, e.Case):
        branches = [branch.args["true"] for branch in args.get("ifs") or ()] + [args.get("default")]
        conditions = [args.get("this"), *(branch.this for branch in args.get("ifs") or ())]
    elif isinstance(node, e.If):
        branches, conditions = [args.get("true"), args.get("false")], [node.this]
    else:
        branches = [node.this, *node.expressions]
    values = [each for each in branches if isinstance(each, e.Expr) and not isinstance(each, e.Null)]
    if not any(type(each) in MAKERS for each in values):
        return None
    found = _union([made(resolver, each, scope) for each in values])
    if found is None:
        return None
    decides = frozenset().union(
        *(resolver.uses(each, scope, CONDITIONAL) for each in conditions if isinstance(each, e.Expr))
    )
    return {key: _with(field, through(field.uses, TRANSFORMATION) | decides) for key, field in found.items()}


def _union(each: list[Fields | None]) -> Fields | None:
    """The fields of what is one of several values. None where those of one are not known."""
    both: Fields | None = each[0] if each else None
    for one in each[1:]:
        both = either(both, one)
    return both


def either(one: Fields | None, other: Fields | None) -> Fields | None:
    """The fields of what is the one or the other value: each made as in either. None where those of one are unknown."""
    if one is None or other is None:
        return None
    fields = dict(one)
    for key, field in other.items():
        known = fields.get(key)
        if known is None:
            fields[key] = field
        else:
            inner = either(known.fields, field.fields)
            fields[key] = Column(field.name, key, known.uses | field.uses, fields=inner)
    return fields


def _through(field: Column, how: int) -> Column:
    return _with(field, through(field.uses, how), how)


def _with(field: Column, uses: Uses, how: int = IDENTITY) -> Column:
    inner = field.fields
    if inner is not None and how != IDENTITY:
        inner = {key: _through(each, how) for key, each in inner.items()}
    return Column(field.name, field.key, uses, field.expression, inner)
