"""CREATE, DROP and TRUNCATE: tables that a statement makes and takes away, and what the session then knows of them."""

from sqlglot import expressions as e

from strabo.sql.names import TableName
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Kind
from strabo.sql.scope import IDENTITY, NONE, Column, Item
from strabo.sql.shape import QUERY
from strabo.sql.working import Found

_TABLES = frozenset({"TABLE", "VIEW", "DYNAMIC TABLE", "STREAM", "MODEL"})


def create(node: e.Expr, resolver: Resolver) -> Kind:
    what = str(node.args.get("kind") or "").upper()
    place = node.this
    table = place.this if isinstance(place, e.Schema) else place
    if what not in _TABLES or not isinstance(table, e.Table) or not isinstance(table.this, e.Identifier | e.Dot):
        if node.args.get("clone") is not None:
            resolver.context.tell(f"which tables are copied with the {what.lower()} is not known", node)
        return "other"
    name = resolver.name_of(table)
    query = node.args.get("expression")
    temporary = _temporary(node, name, resolver)
    if isinstance(query, QUERY):
        return _create_as(node, query, name, resolver, temporary=temporary)
    located = _read_files(node, resolver)
    if what == "VIEW":
        if not located:
            resolver.context.tell("the view has no query", node)
        made = resolver.context.working.make(name, None, temporary=temporary)
        resolver.written(resolver.into(made, "create"), Relation([], set()))
        return "create_view"
    source = node.args.get("clone")
    if source is not None and isinstance(source.this, e.Table):
        copied(source.this, name, resolver, temporary=temporary)
        return "create_table_as"
    if isinstance(query, e.Table) and resolver.context.dialect != "clickhouse":  # CREATE TABLE a AS b
        copied(query, name, resolver, temporary=temporary, empty=no_data(node))
        return "create_table_as"
    columns = _declared(node, resolver)
    if isinstance(query, e.Table):  # there it takes the shape alone
        columns = _like(query, resolver)
    working = resolver.context.working
    if node.args.get("exists"):
        found = working.find(name)
        if not found.guessed:  # it stays what it is
            resolver.written(resolver.into(found, "create"), Relation([], set()))
            return "create_table"
    items = _of_others(node, columns, resolver)
    columns = columns or [item.name for item in items if isinstance(item, Column)]
    made = working.make(name, tuple(columns) if columns else None, temporary=temporary)
    resolver.written(resolver.into(made, "create"), Relation(items, set()))
    return "create_table"


def _of_others(node: e.Expr, columns: list[str], resolver: Resolver) -> list[Item]:
    """The columns of a table that is made empty; ClickHouse's Distributed shows those of another."""
    fold = resolver.rules.column
    engine = _property(node, e.EngineProperty)
    call = engine.this if engine is not None else None
    given = call.expressions if isinstance(call, e.Anonymous) and call.name == "Distributed" else []
    if len(given) < 3 or not all(isinstance(x, e.Literal | e.Identifier | e.Column | e.Var) for x in given[1:3]):
        return [Column(column, fold(column, True), NONE) for column in columns]
    parts = [x.name for x in given[1:3] if x.name]
    source = TableName(tuple(parts), (True,) * len(parts))
    number = resolver.context.number(source, call if call is not None else node)
    resolver.context.named.add(number)
    keys = resolver.context.keys[number]
    names = columns or list((keys or {}).values())
    made: list[Item] = []
    for name in names:
        key = fold(name, True)
        known = keys is None or key in keys
        uses = frozenset(((number, name if keys is None else keys[key], IDENTITY, keys is None),)) if known else NONE
        made.append(Column(name, key, uses))
    return made


def _read_files(node: e.Expr, resolver: Resolver) -> bool:
    """Whether a table or view without a query lies over files, which are then read."""
    places: list[str] = []
    location = _property(node, e.LocationProperty)
    if location is not None and isinstance(location.this, e.Expr):
        places.append(location.this.name)
    properties = node.args.get("properties")
    for each in properties.expressions if properties is not None else ():
        for option in each.expressions if isinstance(each, e.OptionsProperty) else [each]:
            value = option.args.get("value")
            if isinstance(value, e.Expr) and isinstance(option.this, e.Expr) and option.this.name.lower() in _PLACES:
                places += [x.name for x in value.find_all(e.Literal) if x.is_string]
    for place in places:
        resolver.context.named.add(resolver.context.file(place))
    return bool(places)


_PLACES = frozenset({"path", "uri", "uris", "external_location"})


def cached(node: e.Expr, resolver: Resolver) -> Kind:
    """Spark's CACHE TABLE … AS a query, which is a view of the session."""
    if not isinstance(node.args.get("expression"), QUERY):
        return "other"
    name = resolver.name_of(node.this)
    relation = resolver.query(node.args["expression"])
    resolver.written(resolver.into(made_of(name, relation, resolver, temporary=True), "create"), relation)
    return "create_view"


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
            columns += _like(each.this, resolver)
    like = _property(node, e.LikeProperty)
    if like is not None:
        columns += _like(like.this, resolver)
    partitions = _property(node, e.PartitionedByProperty)  # Hive declares these columns apart
    if partitions is not None and isinstance(partitions.this, e.Schema):
        for each in partitions.this.expressions:
            if isinstance(each, e.ColumnDef) and each.args.get("kind") is not None:
                columns.append(resolver.named_column(each, NONE).name)
    return columns


def _like(other: e.Expr, resolver: Resolver) -> list[str]:
    """The columns of a table that another one is made like."""
    if not isinstance(other, e.Table):
        return []
    name = resolver.name_of(other)
    found = resolver.context.working.find(name)
    if found.columns is None:
        resolver.context.tell(f"the columns of {'.'.join(name.parts)} are not known", other)
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
