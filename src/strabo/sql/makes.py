"""CREATE, DROP and TRUNCATE: tables that a statement makes and takes away, and what the session then knows of them."""

from sqlglot import expressions as e

from strabo.sql.names import TableName
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Kind, Target
from strabo.sql.scope import IDENTITY, NONE, Column, Item
from strabo.sql.shape import QUERY
from strabo.sql.working import Found

_TABLES = frozenset({"TABLE", "VIEW", "DYNAMIC TABLE", "STREAM", "MODEL"})


def create(node: e.Expr, resolver: Resolver) -> Kind:
    what = str(node.args.get("kind") or "").upper()
    place = node.this
    table = place.this if isinstance(place, e.Schema) else place
    if what not in _TABLES or not isinstance(table, e.Table) or not isinstance(table.this, e.Identifier | e.Dot):
        return "other"
    name = resolver.name_of(table)
    query = node.args.get("expression")
    temporary = _temporary(node, name, resolver)
    if isinstance(query, QUERY):
        return _create_as(node, query, name, resolver, temporary=temporary)
    if what == "VIEW":
        resolver.context.tell("the view has no query", node)
        resolver.written(Target(resolver.context.working.find(name).name, "create"), Relation([], set()))
        return "create_view"
    source = node.args.get("clone")
    if source is not None and isinstance(source.this, e.Table):
        copied(source.this, name, resolver, temporary=temporary)
        return "create_table_as"
    if isinstance(query, e.Table):  # CREATE TABLE a AS b, in some dialects
        copied(query, name, resolver, temporary=temporary, empty=no_data(node))
        return "create_table_as"
    columns = _declared(node, resolver)
    working = resolver.context.working
    if node.args.get("exists"):
        found = working.find(name)
        if not found.guessed:  # it stays what it is
            resolver.written(resolver.into(found, "create"), Relation([], set()))
            return "create_table"
    made = working.make(name, tuple(columns) if columns else None, temporary=temporary)
    fold = resolver.rules.column
    items: list[Item] = [Column(column, fold(column, True), NONE) for column in columns]
    resolver.written(resolver.into(made, "create"), Relation(items, set()))
    return "create_table"


def _create_as(node: e.Expr, query: e.Expr, name: TableName, resolver: Resolver, *, temporary: bool) -> Kind:
    what = str(node.args.get("kind") or "").upper()
    place = node.this
    relation = resolver.query(query, resolver.with_(node, None, None))
    columns = place.expressions if isinstance(place, e.Schema) else []
    columns = [c for c in columns if isinstance(c, e.Identifier | e.ColumnDef | e.Column)]
    if not (resolver.context.dialect in {"mysql", "singlestore"} and what == "TABLE"):  # MySQL pairs them by name
        relation = resolver.named(relation, columns, node)
    made = made_of(name, relation, resolver, temporary=temporary)
    into = resolver.into(made, "create")
    to = _property(node, e.ToTableProperty)
    if to is not None and isinstance(to.this, e.Table):
        # ClickHouse: the view keeps nothing, its rows go to that table, into the columns of the same names.
        found = resolver.context.working.find(resolver.name_of(to.this))
        resolver.written(resolver.into(found, "insert"), resolver.by_their_names(found, relation, node))
    if no_data(node):
        relation = Relation([_empty(item) for item in relation.items], set())
    resolver.written(into, relation)
    return "create_view" if what == "VIEW" else "create_table_as"


def _empty(item: Item) -> Item:
    return Column(item.name, item.key, NONE) if isinstance(item, Column) else item


def no_data(node: e.Expr) -> bool:
    """CREATE TABLE … AS … WITH NO DATA: only the shape is taken."""
    data = _property(node, e.WithDataProperty)
    return data is not None and bool(data.args.get("no"))


def made_of(name: TableName, relation: Relation, resolver: Resolver, *, temporary: bool) -> Found:
    """A table that has the columns of a relation, as the session then knows it."""
    known = [item for item in relation.items if isinstance(item, Column)]
    columns = tuple(item.name for item in known) if known and len(known) == len(relation.items) else None
    return resolver.context.working.make(name, columns, temporary=temporary)


def select_into(into: e.Expr, relation: Relation, resolver: Resolver) -> None:
    name = resolver.name_of(into.this)
    working = resolver.context.working
    temporary = working.is_temporary(name, said=bool(into.args.get("temporary")))
    made = made_of(name, relation, resolver, temporary=temporary)
    resolver.written(resolver.into(made, "create"), relation)


def copied(source: e.Expr, name: TableName, resolver: Resolver, *, temporary: bool, empty: bool = False) -> None:
    """A table that begins as another one's copy, rows and all; `empty`: only its shape."""
    number = resolver.context.number(resolver.name_of(source), source)
    resolver.context.named.add(number)
    found = resolver.context.found[number]
    columns = found.columns if found is not None else None
    made = resolver.context.working.make(name, columns, temporary=temporary)
    items = columns_of(columns, number, resolver)
    if empty:
        items = [_empty(item) for item in items]
    resolver.written(resolver.into(made, "create"), Relation(items, set()))


def columns_of(columns: tuple[str, ...] | None, number: int, resolver: Resolver) -> list[Item]:
    """All columns of a table that is read, as they are."""
    fold = resolver.rules.column
    return [Column(c, fold(c, True), frozenset(((number, c, IDENTITY, False),))) for c in columns or ()]


def _declared(node: e.Expr, resolver: Resolver) -> list[str]:
    """The columns of a CREATE TABLE, those that it takes from another table's shape among them."""
    place = node.this
    columns: list[str] = []
    for each in place.expressions if isinstance(place, e.Schema) else ():
        if isinstance(each, e.ColumnDef | e.Identifier):
            columns.append(resolver.named_column(each, NONE).name)
        elif isinstance(each, e.LikeProperty):
            columns += _like(each, resolver)
    like = _property(node, e.LikeProperty)
    if like is not None:
        columns += _like(like, resolver)
    partitions = _property(node, e.PartitionedByProperty)  # Hive declares these columns apart
    if partitions is not None and isinstance(partitions.this, e.Schema):
        for each in partitions.this.expressions:
            if isinstance(each, e.ColumnDef) and each.args.get("kind") is not None:
                columns.append(resolver.named_column(each, NONE).name)
    return columns


def _like(like: e.Expr, resolver: Resolver) -> list[str]:
    if not isinstance(like.this, e.Table):
        return []
    name = resolver.name_of(like.this)
    found = resolver.context.working.find(name)
    if found.columns is None:
        resolver.context.tell(f"the columns of {'.'.join(name.parts)} are not known", like)
    return list(found.columns or ())


def _property(node: e.Expr, of: type[e.Expr]) -> e.Expr | None:
    properties = node.args.get("properties")
    for each in properties.expressions if properties is not None else ():
        if isinstance(each, of):
            return each
    return None


def _temporary(node: e.Expr, name: TableName, resolver: Resolver) -> bool:
    said = _property(node, e.TemporaryProperty)
    # Oracle's and Db2's GLOBAL TEMPORARY is a table of the catalog; only its rows end with the session.
    of_session = said is not None and not (said.name.upper() == "GLOBAL" and resolver.context.dialect in _GLOBAL)
    stable = _property(node, e.StabilityProperty)  # what the parser makes of MULTISET VOLATILE
    volatile = _property(node, e.VolatileProperty) is not None or (stable is not None and stable.name == "VOLATILE")
    return resolver.context.working.is_temporary(name, said=of_session or volatile)


_GLOBAL = frozenset({"oracle", "teradata", "ansi", ""})


def drop(node: e.Expr, resolver: Resolver) -> Kind:
    if str(node.args.get("kind") or "").upper() not in {"TABLE", "VIEW"}:
        return "other"
    tables = [*(node.args.get("tables") or ()), *([node.this] if node.args.get("this") is not None else ())]
    for table in tables:
        if isinstance(table, e.Table):
            found = resolver.context.working.find(resolver.name_of(table))
            resolver.written(resolver.into(found, "drop"), Relation([], set()))
            resolver.context.working.drop(found)
    resolver.many = True
    return "drop"


def truncate(node: e.Expr, resolver: Resolver) -> Kind:
    for table in node.expressions:
        if isinstance(table, e.Table) and not node.args.get("is_database"):
            found = resolver.context.working.find(resolver.name_of(table))
            resolver.written(resolver.into(found, "truncate"), Relation([], set()))
    resolver.many = True
    return "truncate"
