"""What changes names and shapes: ALTER, RENAME, SWAP, partitions that move, USE, the search path."""

from sqlglot import expressions as e

from strabo.sql.commands import actions
from strabo.sql.errors import BROKEN
from strabo.sql.makes import columns_of, create
from strabo.sql.names import TableName
from strabo.sql.parse import Parsing
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Kind, Target, Way
from strabo.sql.scope import NONE, Column, Item
from strabo.sql.shape import QUERY
from strabo.sql.working import Found


def alter(node: e.Expr, resolver: Resolver) -> Kind:
    table = node.this
    if not isinstance(table, e.Table) or str(node.args.get("kind") or "").upper() not in {"TABLE", "VIEW"}:
        return "other"
    name = resolver.name_of(table)
    for action in node.args.get("actions") or ():
        if isinstance(action, e.AlterRename):
            rename(name, resolver.name_of(action.this), resolver)
            return "rename"
        if isinstance(action, e.SwapTable):
            swap(name, resolver.name_of(action.this), resolver)
            return "swap"
        if isinstance(action, QUERY):
            return create(e.Create(this=table, kind="VIEW", expression=action), resolver)
    found = resolver.context.working.find(name)
    relation = Relation([], set())
    columns = None if found.columns is None else list(found.columns)
    for action in node.args.get("actions") or ():
        if isinstance(action, e.ColumnDef):
            if columns is not None:
                columns.insert(_position(action, columns, resolver), resolver.named_column(action, NONE).name)
        elif isinstance(action, e.Drop) and str(action.args.get("kind") or "").upper() == "COLUMN":
            gone = {resolver.ident_key(x) for x in [*(action.args.get("tables") or ()), action.this] if x is not None}
            if columns is not None:
                columns = [c for c in columns if resolver.rules.column(c, True) not in gone]
        elif (renamed := _renamed(action)) is not None:
            if columns is not None and tuple(columns) != found.columns:
                resolver.context.working.change(found, tuple(columns))
                found = resolver.context.working.find(name)
            old, new = (resolver.named_column(each, NONE) for each in renamed)
            relation.items += renamed_column(found, old, new, resolver).items
            found = resolver.context.working.find(name)
            columns = None if found.columns is None else list(resolver.context.working.find(name).columns or ())
    if columns is not None and tuple(columns) != found.columns:
        resolver.context.working.change(found, tuple(columns))
    resolver.written(resolver.into(found, "alter"), relation)
    return "alter"


def _position(added: e.Expr, columns: list[str], resolver: Resolver) -> int:
    """Where a new column stands among the others: last, but for MySQL's FIRST and AFTER."""
    place = added.args.get("position")
    if place is None:
        return len(columns)
    if place.args.get("position") == "FIRST":
        return 0
    key = resolver.ident_key(place.this) if isinstance(place.this, e.Expr) else ""
    return next((at + 1 for at, c in enumerate(columns) if resolver.rules.column(c, True) == key), len(columns))


def _renamed(action: e.Expr) -> tuple[e.Expr, e.Expr] | None:
    """The old and the new name that an action gives a column; MySQL's CHANGE is one."""
    if isinstance(action, e.RenameColumn):
        return action.this, action.args["to"]
    if isinstance(action, e.ModifyColumn) and (old := action.args.get("rename_from")) is not None:
        return old, action.this
    return None


def renamed_column(found: Found, old: Column, new: Column, resolver: Resolver) -> Relation:
    """A column under its new name, which comes from the old one."""
    name = (resolver.keys_in(found) or {}).get(old.key, old.name)
    if found.columns is not None:
        columns = tuple(new.name if c == name else c for c in found.columns)
        resolver.context.working.change(found, columns)
    number = resolver.context.add(found, ".".join(found.name), e.Identifier(this=name))
    resolver.context.named.add(number)
    return Relation([Column(new.name, new.key, frozenset(((number, name, 0, found.columns is None),)))], set())


def _read(found: Found, name: TableName, resolver: Resolver) -> list[Item]:
    """A table that is read whole, and all its columns."""
    number = resolver.context.add(found, ".".join(name.parts), e.Identifier(this=name.parts[-1]))
    resolver.context.named.add(number)
    return columns_of(found.columns, number, resolver)


def rename(old: TableName, new: TableName, resolver: Resolver) -> None:
    working = resolver.context.working
    found = working.find(old)
    items = _read(found, old, resolver)
    renamed = working.rename(found, new)
    resolver.written(resolver.into(renamed, "rename"), Relation(items, set()))


def swap(one: TableName, other: TableName, resolver: Resolver) -> None:
    working = resolver.context.working
    a, b = working.find(one), working.find(other)
    rows_a, rows_b = _read(a, one, resolver), _read(b, other, resolver)
    resolver.many = True
    resolver.written(resolver.into(a, "swap"), Relation(rows_b, set()))
    resolver.written(resolver.into(b, "swap"), Relation(rows_a, set()))
    working.swap(a, b)


def _moved(source: TableName, target: TableName, way: Way, resolver: Resolver) -> None:
    """Rows go over as they are: by name, and by position where the names differ."""
    working = resolver.context.working
    a, b = working.find(source), working.find(target)
    items = _read(a, source, resolver)
    if b.columns is not None and a.columns is not None:
        keys = resolver.keys_in(b) or {}
        columns = [item for item in items if isinstance(item, Column)]
        if {column.key for column in columns} == keys.keys():
            items = [resolver.as_target(b, column, e.Identifier()) for column in columns]
        elif len(a.columns) == len(b.columns):
            items = resolver.by_position(list(b.columns), Relation(items, set()), e.Identifier()).items
        else:
            resolver.context.tell(f"{'.'.join(a.name)} and {'.'.join(b.name)} have other columns", e.Identifier())
            items = []
    resolver.written(resolver.into(b, way), Relation(items, set()))


_PATHS = frozenset({"search_path", "schema", "current_schema"})


def setting(node: e.Expr, resolver: Resolver) -> Kind:
    """SET: of all settings, the one that says where names are looked up. A list of schemas the parser leaves to us."""
    for item in node.expressions:
        given = item.this
        if not isinstance(given, e.EQ) or given.this.name.lower() not in _PATHS:
            continue
        value = given.expression
        if isinstance(value, e.Literal):
            schemas = [part.strip().strip('"') for part in value.name.split(",")]
        else:
            inner = value.this if isinstance(value, e.Column) else value
            fold = resolver.rules.table if resolver.rules.renames else lambda name, _: name
            schemas = [fold(value.name, bool(inner.args.get("quoted")) if isinstance(inner, e.Identifier) else False)]
        schemas = [schema for schema in schemas if schema and schema.lower() not in {"default", "$user"}]
        if not schemas and isinstance(value, e.Var | e.Column | e.Literal) and value.name.lower() == "default":
            resolver.context.working.look_again()
            return "session"
        if schemas:
            resolver.context.working.look_in([tuple(schema.split(".")) for schema in schemas])
            return "session"
    return "other"


def act(action: actions.Action, resolver: Resolver, parsing: Parsing) -> Kind:
    """Follows a statement that the parser does not know."""
    working = resolver.context.working
    if isinstance(action, actions.Rename):
        resolver.many = True
        for old, new in action.pairs:
            rename(old, new, resolver)
        return "rename"
    if isinstance(action, actions.MoveTo):
        old = action.table
        found = working.find(old)
        parts = (*found.name[:-2], action.schema, found.name[-1])
        rename(old, TableName(parts, (True,) * len(parts)), resolver)
        return "rename"
    if isinstance(action, actions.RenameColumn):
        return _rename_column(action, resolver)
    if isinstance(action, actions.Alias):
        found = working.find(action.table)
        if not found.guessed:
            working.alias(action.name, found)
        return "other"
    if isinstance(action, actions.Swap):
        if action.whole:
            swap(action.one, action.other, resolver)
        else:
            resolver.many = True  # of a partition: what else they hold stays where it is
            _moved(action.other, action.one, "insert", resolver)
            _moved(action.one, action.other, "insert", resolver)
        return "swap"
    if isinstance(action, actions.Move):
        _moved(action.source, action.target, "overwrite" if action.overwrite else "insert", resolver)
        return "insert"
    if isinstance(action, actions.LookIn):
        working.look_in(action.schemas)
        return "session"
    if isinstance(action, actions.LookAgain):
        working.look_again()
        return "session"
    return _files(action, resolver, parsing)


def _rename_column(action: actions.RenameColumn, resolver: Resolver) -> Kind:
    found = resolver.context.working.find(action.table)
    fold = resolver.rules.column
    before = Column(action.old, fold(action.old, True), NONE)
    relation = renamed_column(found, before, Column(action.new, fold(action.new, True), NONE), resolver)
    resolver.written(resolver.into(found, "alter"), relation)
    return "alter"


def _files(action: actions.Action, resolver: Resolver, parsing: Parsing) -> Kind:
    context = resolver.context
    if isinstance(action, actions.Load):
        found = context.working.find(action.table)
        context.named.add(context.file(action.location))
        fold = resolver.rules.column
        columns = action.columns or list(found.columns or ())
        items: list[Item] = [Column(c, fold(c, True), NONE) for c in columns]
        resolver.written(resolver.into(found, "load"), Relation(items, set()))
        return "load"
    if isinstance(action, actions.Unload):
        relation = _query(action, resolver, parsing)
        resolver.written(Target((action.location,), "unload", location=action.location), relation)
        return "unload"
    if isinstance(action, actions.Unfollowed):
        context.tell_at(action.reason, action.at)
        if action.table is not None:
            found = context.working.find(action.table)
            resolver.written(resolver.into(found, "insert"), Relation([], set()))
            return "insert"
    return "other"


def _query(action: actions.Unload, resolver: Resolver, parsing: Parsing) -> Relation:
    """The query of an UNLOAD, which may be the text of a string."""
    try:
        tokens = parsing.rules.tokenize(action.text) if action.tokens is None else action.tokens
        trees = parsing.trees(tokens, resolver.deadline)
    except BROKEN:
        trees = []
    if len(trees) != 1 or not isinstance(trees[0], QUERY):
        resolver.context.tell_at("the query of UNLOAD is not understood", action.at)
        return Relation([], set())
    if action.tokens is None:
        resolver.context.elsewhere = True
    return resolver.query(trees[0])


def use(node: e.Expr, resolver: Resolver) -> Kind:
    table = node.this
    kind = node.args.get("kind")
    what = kind.name.upper() if isinstance(kind, e.Expr) else ""
    if what in {"ROLE", "WAREHOUSE", "SECONDARY ROLES"} or not isinstance(table, e.Table):
        return "other"
    name = resolver.name_of(table)
    resolver.context.working.use(name.spelled(resolver.rules), what=what)
    return "session"


def execute(node: e.Expr, resolver: Resolver) -> Kind:
    """A procedure that is called. SQL Server's sp_rename is one that we know."""
    called = node.this.name.lower() if isinstance(node.this, e.Expr) else ""
    values = [x.expression if isinstance(x, e.EQ) else x for x in node.expressions]
    words = [v.name for v in values if isinstance(v, e.Literal) and v.is_string]
    if called.endswith("sp_rename") and len(words) >= 2:
        path = tuple(words[0].replace("[", "").replace("]", "").split("."))
        if len(words) > 2 and words[2].upper() == "COLUMN":
            table = TableName(path[:-1], (True,) * (len(path) - 1))
            return _rename_column(actions.RenameColumn(0, table, path[-1], words[1]), resolver)
        if len(words) == 2 or words[2].upper() == "OBJECT":
            rename(TableName(path, (True,) * len(path)), TableName((words[1],), (True,)), resolver)
            return "rename"
    resolver.context.tell("what the procedure does is not known", node)
    return "other"
