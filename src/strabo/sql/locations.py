"""Files, folders and stages that stand where a table could: what they are called."""

from sqlglot import expressions as e

# Functions in FROM whose first string is the place that they read, by lower-case name.
_READERS = frozenset({
    "read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_ndjson",
    "read_ndjson_auto", "read_text", "read_blob", "read_xlsx", "st_read", "iceberg_scan", "delta_scan", "sniff_csv",
    "s3", "s3cluster", "gcs", "file", "url", "hdfs", "azureblobstorage", "deltalake", "iceberg", "urlcluster",
    "read_files", "files", "cloud_files", "openrowset", "pg_read_file", "load_file", "glob",
})  # fmt: skip

# Spark reads `format.`path`` as a file.
_FORMATS = frozenset({"parquet", "csv", "json", "orc", "avro", "delta", "text", "binaryfile", "iceberg"})
_SPARK = frozenset({"spark", "spark2", "databricks", "hive"})
_QUOTED_FILES = frozenset({"duckdb", "databricks"})


def location_of(node: e.Expr | None, dialect: str, text: str) -> str | None:
    """The place that a node names; None where it is a table, a query or something else."""
    while isinstance(node, e.Paren | e.Alias):
        node = node.this
    if isinstance(node, e.Literal):
        return node.name if node.is_string else None
    if isinstance(node, e.Var | e.Parameter) and node.name.startswith("@"):
        return str(node.name)
    if isinstance(node, e.Table):
        return _of_table(node, dialect, text)
    if dialect == "clickhouse" and isinstance(node, e.Anonymous) and (place := _elsewhere(node)) is not None:
        return place
    if isinstance(node, e.Func) and (node.name if isinstance(node, e.Anonymous) else _called(node)).lower() in _READERS:
        first = next((x for x in node.find_all(e.Literal) if x.is_string), None)
        return None if first is None else str(first.name)
    return None


# ClickHouse's functions that read a table of another server: the scheme, and its schema where none is said.
_SERVERS = {
    "remote": ("clickhouse", ""),
    "remotesecure": ("clickhouse", ""),
    "mysql": ("mysql", ""),
    "postgresql": ("postgres", "public"),
    "mongodb": ("mongodb", ""),
}


def _elsewhere(node: e.Expr) -> str | None:
    """`postgresql('host:port', 'database', 'table', …)` and its like, as OpenLineage names such a table."""
    server = _SERVERS.get(node.name.lower())
    if server is None or len(node.expressions) < 2:
        return None
    address, *rest = node.expressions
    if not isinstance(address, e.Literal):
        return None
    scheme, schema = server
    if isinstance(rest[0], e.Column) and rest[0].args.get("table") is not None:  # `database.table`
        return f"{scheme}://{address.name}/{rest[0].text('table')}.{rest[0].name}"
    if len(rest) < 2 or not all(isinstance(x, e.Literal | e.Column) for x in rest[:2]):
        return None
    if schema and len(rest) > 4 and isinstance(rest[4], e.Literal):  # behind the user and the password
        schema = rest[4].name
    path = [rest[0].name, schema, rest[1].name] if schema else [rest[0].name, rest[1].name]
    return f"{scheme}://{address.name}/{'.'.join(path)}"


def more_places(node: e.Expr) -> list[str]:
    """The places besides the first of a function that is given a list of them."""
    inner = node.this if isinstance(node, e.Table) else node
    given = next(iter(inner.expressions), None) if isinstance(inner, e.Func) else None
    if not isinstance(given, e.Array):
        return []
    return [x.name for x in given.expressions if isinstance(x, e.Literal) and x.is_string][1:]


def _called(node: e.Expr) -> str:
    return {"ReadCSV": "read_csv", "ReadParquet": "read_parquet"}.get(type(node).__name__, str(node.key))


def _of_table(table: e.Expr, dialect: str, text: str) -> str | None:
    inner = table.this
    if not isinstance(inner, e.Identifier):
        return location_of(inner, dialect, text) if isinstance(inner, e.Expr) else None
    if inner.name.startswith("@") and not inner.args.get("quoted"):
        return str(inner.name)
    container = table.args.get("db")
    if container is not None:
        named = isinstance(container, e.Identifier) and container.name.lower() in _FORMATS
        return str(inner.name) if named and dialect in _SPARK and inner.args.get("quoted") else None
    begins = inner._meta  # noqa: SLF001  (`meta` would make one)
    if dialect in _QUOTED_FILES and begins and begins["start"] < len(text) and text[begins["start"]] == "'":
        return str(inner.name)
    return None
