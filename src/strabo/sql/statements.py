"""The kinds of statement: what each writes to, and under which names."""

from sqlglot import expressions as e

from strabo.sql.names import TableName
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Decides, Edge, Flow, Kind, Output, Statement, Target, Way
from strabo.sql.scope import AGGREGATION, HOW, Column, Item, Rest
from strabo.sql.shape import QUERY, path_of
from strabo.sql.tables import Context

# Statements that move no data, or whose data moves from no table.
_SILENT = (
    e.Set,
    e.Use,
    e.Transaction,
    e.Commit,
    e.Rollback,
    e.Drop,
    e.Alter,
    e.Comment,
    e.Describe,
    e.Pragma,
    e.Analyze,
)


def statement(node: e.Expr, resolver: Resolver, shown: tuple[str, ...] = ()) -> Statement:
    """One statement's lineage. `shown`: its output columns as a catalog lists them, used where their number fits."""
    context = resolver.context
    kind: Kind = "other"
    target: TableName | None = None
    relation = Relation([], set())
    if isinstance(node, e.Create):
        kind, target, relation = _create(node, resolver)
    elif isinstance(node, e.Insert):
        kind, target, relation = _insert(node, resolver)
    elif isinstance(node, QUERY):
        kind = "select"
        relation = resolver.query(node)
        into = node.args.get("into")
        if into is not None and isinstance(into.this, e.Table):
            kind, target = "create_table_as", _name(into.this)
    elif not isinstance(node, _SILENT):
        context.tell(f"{node.key.upper()} is not followed", node)
    return _said(context, kind, target, relation, shown)


def _create(node: e.Expr, resolver: Resolver) -> tuple[Kind, TableName | None, Relation]:
    what = str(node.args.get("kind") or "").upper()
    kind: Kind = "create_view" if what == "VIEW" else "create_table_as"
    query = node.args.get("expression")
    place = node.this
    table = place.this if isinstance(place, e.Schema) else place
    if what not in {"VIEW", "TABLE"} or not isinstance(table, e.Table):
        return "other", None, Relation([], set())
    if not isinstance(query, QUERY):
        if what == "VIEW":
            resolver.context.tell("the view has no query", node)
            return kind, _name(table), Relation([], set())
        return "other", _name(table), Relation([], set())
    relation = resolver.query(query, resolver.with_(node, None, None))
    columns = place.expressions if isinstance(place, e.Schema) else []
    columns = [c for c in columns if isinstance(c, e.Identifier | e.ColumnDef | e.Column)]
    if not (resolver.context.dialect == "mysql" and what == "TABLE"):  # MySQL pairs them by name
        relation = resolver.named(relation, columns, node)
    return kind, _name(table), relation


def _insert(node: e.Expr, resolver: Resolver) -> tuple[Kind, TableName | None, Relation]:
    place = node.this
    table = place.this if isinstance(place, e.Schema) else place
    if not isinstance(table, e.Table) or not isinstance(table.this, e.Identifier | e.Dot):
        resolver.context.tell("what is inserted into is no table", node)
        return "insert", None, Relation([], set())
    target = _name(table)
    query = node.args.get("expression")
    relation = Relation([], set())
    if isinstance(query, QUERY):
        relation = resolver.query(query, resolver.with_(node, None, None))
    elif query is not None:
        resolver.context.tell("the source of the insert is not followed", node)
    if node.args.get("conflict") is not None and node.args["conflict"].expressions:
        resolver.context.tell("ON CONFLICT … UPDATE is not followed", node)
    if node.args.get("by_name") or not relation.items:
        return "insert", target, relation
    if isinstance(place, e.Schema):
        return "insert", target, resolver.named(relation, place.expressions, node)
    columns = _columns_of(resolver.context, target, node)
    if columns is None:
        return "insert", target, Relation([], relation.influences)
    given = [e.to_identifier(column, quoted=True) for column in columns[: len(relation.items)]]
    if any(isinstance(item, Rest) for item in relation.items):
        given = [e.to_identifier(column, quoted=True) for column in columns]
    return "insert", target, resolver.named(relation, list(given), node)


def _columns_of(context: Context, target: TableName, node: e.Expr) -> tuple[str, ...] | None:
    """The columns of the table that is written to, which does not make it one that is read."""
    other = Context(context.written, context.dialect, context.schemas, context.search_path)
    keys = other.keys[other.number(target, node)]
    if keys is None:
        context.tell(f"which columns are inserted: no schema for {'.'.join(target.parts)}", node)
        return None
    return tuple(keys.values())


def _name(table: e.Expr) -> TableName:
    path = path_of(table)
    return TableName(tuple(str(i.name) for i in path), tuple(bool(i.args.get("quoted")) for i in path))


def _said(
    context: Context, kind: Kind, target: TableName | None, relation: Relation, shown: tuple[str, ...]
) -> Statement:
    edges: dict[Edge, None] = {}
    outputs: list[Output] = []
    for column in _final(context, relation.items, shown):
        outputs.append(Output(column.name, column.expression))
        for table, source, how, guessed in _strongest(column):
            edges.setdefault(Edge(context.reads[table].table, source, column.name, HOW[how], guessed))
    influences = [Decides(context.reads[t].table, c, HOW[how]) for t, c, how in sorted(relation.influences)]
    way: Way = "insert" if kind == "insert" else "create"
    into = None if target is None else Target(target.parts, way)
    flow = Flow(into=into, outputs=tuple(outputs), edges=tuple(edges), influences=tuple(influences))
    return Statement(kind=kind, reads=tuple(context.reads), flows=(flow,), unknown=tuple(context.unknown))


def _final(context: Context, items: list[Item], shown: tuple[str, ...]) -> list[Column]:
    """The columns put out, under the names that the catalog shows where it is sure which is which.

    One `*` over a table without a schema stands for as many columns as are shown and not accounted for.
    """
    rests = [item for item in items if isinstance(item, Rest)]
    if len(rests) == 1 and len(shown) >= len(items) - 1:
        at = items.index(rests[0])
        many = len(shown) - (len(items) - 1)
        fold = context.rules.column
        filled = [Column(name, fold(name, True), rests[0].column(name)) for name in shown[at : at + many]]
        items = [*items[:at], *filled, *items[at + 1 :]]
        rests = []
    columns = [item for item in items if isinstance(item, Column)]
    if rests or len(shown) != len(columns):
        return columns
    return [
        column if column.name == name else Column(name, column.key, column.uses, column.expression)
        for column, name in zip(columns, shown, strict=True)
    ]


def _strongest(column: Column) -> list[tuple[int, str, int, bool]]:
    """A column's uses, one direct way for each base column: the one that changes it most. Certain, if any is."""
    best: dict[tuple[int, str, int], tuple[int, bool]] = {}
    for table, source, how, guessed in column.uses:
        at = (table, source, 0 if how <= AGGREGATION else how)
        was, doubt = best.get(at, (how, True))
        best[at] = (max(was, how), doubt and guessed)
    return sorted((table, source, how, guessed) for (table, source, _), (how, guessed) in best.items())
