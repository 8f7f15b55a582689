"""COPY, LOAD and EXPORT: files, stages and folders as tables with a location."""

from sqlglot import expressions as e

from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Kind, Target
from strabo.sql.scope import NONE, Column, Item
from strabo.sql.shape import QUERY


def copy(node: e.Expr, resolver: Resolver) -> Kind:
    """COPY … FROM, COPY … TO, and Snowflake's and Databricks' COPY INTO, which goes either way."""
    if [token.text.upper() for token in resolver.context.written.tokens[1:3]] == ["FROM", "DATABASE"]:  # DuckDB
        resolver.context.tell("which tables are copied with the database is not known", node)
        return "other"
    files = node.args.get("files") or []
    place = node.this
    table = place.this if isinstance(place, e.Schema) else place
    into = node.args.get("kind")
    location = resolver.location_of(table)
    if location is None and into and isinstance(table, e.Table) and isinstance(table.this, e.Identifier | e.Dot):
        return _load(node, place, table, files, resolver)
    # To files: `this` is what is read, or, for COPY INTO, the place, and the source stands among the files.
    source = table if location is None else files[0] if files else None
    relation = _rows(source, place if location is None else None, resolver)
    for where in [location] if location is not None else [resolver.location_of(x) for x in files]:
        if where is None:
            resolver.context.tell("where COPY puts the rows is not known", node)
        else:
            resolver.written(Target((where,), "unload", location=where), relation)
    return "unload"


def _rows(source: e.Expr | None, place: e.Expr | None, resolver: Resolver) -> Relation:
    if isinstance(source, QUERY):
        return resolver.query(source)
    if not isinstance(source, e.Table):
        return Relation([], set())
    relation = resolver.whole(source)
    if isinstance(place, e.Schema) and place.expressions:
        keys = {resolver.ident_key(x) for x in place.expressions}
        items = [item for item in relation.items if isinstance(item, Column) and item.key in keys]
        rests = [item for item in relation.items if not isinstance(item, Column)]
        if rests:
            made = [resolver.named_column(x, NONE) for x in place.expressions]
            items = [Column(c.name, c.key, rests[0].column(c.name)) for c in made]
        return Relation(list(items), relation.influences)
    return relation


def _load(node: e.Expr, place: e.Expr, table: e.Expr, files: list[e.Expr], resolver: Resolver) -> Kind:
    found = resolver.context.working.find(resolver.name_of(table))
    relation = Relation([], set())
    untold = False
    for file in files:
        if isinstance(file, QUERY):
            relation = resolver.placed(found, resolver.query(file), place, node=node)
            continue
        where = resolver.location_of(file)
        if where is None:
            if isinstance(file, e.Table):
                relation = resolver.placed(found, resolver.whole(file), place, node=node)
            elif file.name.upper() != "STDIN":
                untold = True
        else:
            resolver.context.named.add(resolver.context.file(where))
    if untold:
        resolver.context.tell("where COPY takes the rows from is not known", node)
    if not relation.items:
        relation = Relation(_put_in(place, found.columns, resolver), relation.influences)
    resolver.written(resolver.into(found, "load"), relation)
    return "load"


def _put_in(place: e.Expr, columns: tuple[str, ...] | None, resolver: Resolver) -> list[Item]:
    """The columns that a file is put in: which of its own they come from no text tells."""
    if isinstance(place, e.Schema) and place.expressions:
        return [resolver.named_column(x, NONE) for x in place.expressions]
    fold = resolver.rules.column
    return [Column(c, fold(c, True), NONE) for c in columns or ()]


def load(node: e.Expr, resolver: Resolver) -> Kind:
    """LOAD DATA of Hive and BigQuery."""
    table = node.this.this if isinstance(node.this, e.Schema) else node.this
    if not isinstance(table, e.Table):
        resolver.context.tell("what is loaded is not followed", node)
        return "load"
    found = resolver.context.working.find(resolver.name_of(table))
    inpath = node.args.get("inpath")
    places = [inpath.name] if isinstance(inpath, e.Expr) else _uris(node.args.get("files"))
    for where in places:
        resolver.context.named.add(resolver.context.file(where))
    if not places:
        resolver.context.tell("where the rows are loaded from is not known", node)
    whole = node.args.get("overwrite") and node.args.get("partition") is None  # what other partitions hold stays
    into = resolver.into(found, "overwrite" if whole else "load")
    resolver.written(into, Relation(_put_in(node.this, found.columns, resolver), set()))
    return "load"


def export(node: e.Expr, resolver: Resolver) -> Kind:
    """BigQuery's EXPORT DATA."""
    relation = resolver.query(node.this) if isinstance(node.this, QUERY) else Relation([], set())
    places = _uris(node.args.get("options"))
    for where in places:
        resolver.written(Target((where,), "unload", location=where), relation)
    if not places:
        resolver.context.tell("where EXPORT puts the rows is not known", node)
    return "unload"


def _uris(properties: object) -> list[str]:
    found: list[str] = []
    for each in properties.expressions if isinstance(properties, e.Expr) else ():
        value = each.args.get("value")
        if isinstance(each.this, e.Expr) and each.this.name.lower() in {"uri", "uris"} and isinstance(value, e.Expr):
            found += [x.name for x in value.find_all(e.Literal) if x.is_string]
    return found
