"""What functions do with columns, where the parser's tree does not say it."""

from sqlglot import expressions as e

# The columns of functions that stand in FROM, by lower-case name. One that is not here has columns nobody knows.
TABLE_FUNCTIONS: dict[str, tuple[str, ...]] = {
    "generate_series": ("generate_series",),
    "generate_subscripts": ("generate_subscripts",),
    "range": ("range",),
    "unnest": ("unnest",),
    "json_each": ("key", "value"),
    "jsonb_each": ("key", "value"),
    "json_each_text": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "json_array_elements": ("value",),
    "jsonb_array_elements": ("value",),
    "json_array_elements_text": ("value",),
    "jsonb_array_elements_text": ("value",),
    "json_object_keys": ("json_object_keys",),
    "jsonb_object_keys": ("jsonb_object_keys",),
    "regexp_split_to_table": ("regexp_split_to_table",),
    "regexp_matches": ("regexp_matches",),
    "string_to_table": ("string_to_table",),
    "string_split": ("value",),
    "split_to_table": ("seq", "index", "value"),
    "flatten": ("seq", "key", "path", "index", "value", "this"),
    "openjson": ("key", "value", "type"),
    "generate_array": ("generate_array",),
    "sequence": ("sequence",),
    "numbers": ("number",),
    "generator": (),
    "zeros": ("zero",),
    "pragma_table_info": ("cid", "name", "type", "notnull", "dflt_value", "pk"),
}
_SQLITE_JSON = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path")
SQLITE_TABLE_FUNCTIONS = {
    "json_each": _SQLITE_JSON, "json_tree": _SQLITE_JSON, "generate_series": ("value",),
    "pragma_table_info": TABLE_FUNCTIONS["pragma_table_info"],
}  # fmt: skip


def columns_of(function: str, dialect: str) -> tuple[str, ...] | None:
    """The columns that a table function puts out, None where that is not known."""
    name = function.lower()
    if name == "explode" and dialect == "snowflake":
        name = "flatten"
    if dialect in {"sqlite", "duckdb"} and name in {"json_each", "json_tree"}:
        return _SQLITE_JSON
    if dialect == "sqlite":
        return SQLITE_TABLE_FUNCTIONS.get(name)
    return TABLE_FUNCTIONS.get(name)


# Aggregates that the parser takes for any function.
AGGREGATES = frozenset({
    "every", "bool_or", "bool_and", "bit_or", "bit_and", "bit_xor", "json_agg", "jsonb_agg", "json_object_agg",
    "jsonb_object_agg", "json_group_array", "json_group_object", "jsonb_group_array", "jsonb_group_object",
    "json_arrayagg", "json_objectagg", "total", "string_agg", "group_concat", "xmlagg", "range_agg", "list",
    "histogram", "product", "favg", "fsum", "mad", "entropy", "arbitrary", "std", "any_value", "listagg", "wm_concat",
    "bitmap_union", "bitmap_union_count", "bitmap_agg", "hll_union", "hll_union_agg", "ndv",
    "latest", "latest_by", "earliest", "earliest_by", "ds_hll", "ds_theta", "ds_quantiles_sketch", "ds_tuple_doubles",
    "approx_count_distinct_ds_hll", "approx_count_distinct_ds_theta", "approx_quantile_ds", "bloom_filter",
    "distinctcount", "distinctcountmv", "distinctcounthll", "distinctcountbitmap", "distinctcountthetasketch",
    "distinctsum", "distinctavg", "percentileest", "percentiletdigest", "percentilekll", "minmaxrange", "summv",
    "minmv", "maxmv", "avgmv", "countmv", "firstwithtime", "lastwithtime", "exprmin", "exprmax",
    "approximate_count_distinct", "approximate_percentile", "approximate_median", "ts_first_value", "ts_last_value",
})  # fmt: skip

# What ClickHouse's APPLY is given by name.
APPLIED_AGGREGATES = AGGREGATES | {"sum", "min", "max", "avg", "count", "uniq", "uniqexact", "any", "anylast", "median",
                                   "grouparray", "groupuniqarray", "quantile", "stddevpop", "varpop"}  # fmt: skip

# Classes of the parser that count as aggregates there, and hand on one row's value as it is.
ROW_PICKERS = frozenset({
    "Lag", "Lead", "FirstValue", "LastValue", "NthValue", "Ntile", "Rank", "DenseRank", "PercentRank", "CumeDist",
    "RowNumber", "Grouping", "GroupingId",
})  # fmt: skip


# BigQuery's functions over a model, by class: they hand on the rows that they are given, with columns of their own.
OF_MODELS = frozenset({
    "Predict", "MLForecast", "AIForecast", "MLTranslate", "GenerateText", "GenerateTable", "GenerateEmbedding",
    "GenerateBool", "GenerateInt", "GenerateDouble",
})  # fmt: skip


def looked_up(node: e.Expr) -> tuple[tuple[str, ...], list[str]] | None:
    """The table, and its columns, that `dictGet` and `joinGet` name first; None of any other function."""
    called = node.name.lower()
    if not called.startswith(("dictget", "dicthas", "joinget")) or not node.expressions:
        return None
    table, *rest = node.expressions
    if isinstance(table, e.Literal):
        path = tuple(table.name.split("."))
    elif isinstance(table, e.Column):
        path = tuple(part.name for part in table.parts)
    else:
        return None
    asked = rest[0] if rest and not called.startswith("dicthas") else None
    literals = asked.expressions if isinstance(asked, e.Tuple) else [asked]
    return path, [x.name for x in literals if isinstance(x, e.Literal) and x.is_string]


def declared(node: e.Expr) -> list[tuple[e.Expr, str]] | None:
    """The columns that a table function declares, with the path of each; None for one that declares none."""
    if isinstance(node, e.JSONTable):
        schema = node.args.get("schema")
        return _json_columns(schema, "") if isinstance(schema, e.Expr) else None
    if isinstance(node, e.OpenJSON) and node.expressions:
        return [(c, _dotted(c.args.get("path")) or c.name) for c in node.expressions]
    if isinstance(node, e.XMLTable) and node.args.get("columns"):
        return [(c, "") for c in node.args["columns"]]
    return None


def _json_columns(schema: e.Expr, above: str) -> list[tuple[e.Expr, str]]:
    found: list[tuple[e.Expr, str]] = []
    for each in schema.expressions:
        path = ".".join(filter(None, [above, _dotted(each.args.get("path"))]))
        nested = each.args.get("nested_schema")
        if isinstance(nested, e.Expr):
            found += _json_columns(nested, path)
        elif isinstance(each.this, e.Expr):
            found.append((each, path))
    return found


def _dotted(path: e.Expr | None) -> str:
    """`$.a[0].b` as `a.b`."""
    if not isinstance(path, e.Expr):
        return ""
    plain = "".join("." if c in "[]'\"" else c for c in path.name.removeprefix("lax ").removeprefix("strict "))
    steps = [step for step in plain.split(".") if step and step not in {"$", "*"} and not step.isdecimal()]
    return ".".join(steps)
