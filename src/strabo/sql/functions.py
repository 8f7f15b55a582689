"""What functions do with columns, where the parser's tree does not say it."""

import re

from sqlglot import expressions as e

from strabo.sql.scope import CONDITIONAL, FILTER, SORT

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
    "map_agg", "multimap_agg", "map_union", "map_union_sum", "checksum", "approx_set", "approx_most_frequent",
    "numeric_histogram", "geometric_mean", "bitwise_and_agg", "bitwise_or_agg", "bitwise_xor_agg", "set_agg",
    "set_union", "tdigest_agg", "qdigest_agg", "merge", "reduce_agg", "learn_classifier", "convex_hull_agg",
    "geometry_union_agg", "skewness", "kurtosis", "arg_max_null", "arg_min_null", "arg_max_nulls_last",
    "arg_min_nulls_last",
})  # fmt: skip

# Aggregates that hand on their first argument of one row, which those after it pick.
_PICKED_BY = frozenset({
    "arg_max_null", "arg_min_null", "arg_max_nulls_last", "arg_min_nulls_last", "latest_by", "earliest_by",
    "firstwithtime", "lastwithtime", "exprmin", "exprmax",
})  # fmt: skip
# ClickHouse's combinators: what stands behind the name of an aggregate. With -If the last argument chooses the rows.
_OF_ROWS = re.compile(r"(?<=.)if(state|merge|array|map|ornull|ordefault|distinct)*\Z")
_PICKING = re.compile(r"arg(min|max)(?!.*merge)")


def deciding(name: str, node: e.Expr) -> list[tuple[e.Expr, int]] | None:
    """Of a function by its lower-case name: which arguments decide its value, and how; the others make it (0).

    None where all of them do.
    """
    if name == "multiif":
        conditions, values = choice(node)
        return [*((each, CONDITIONAL) for each in conditions), *((each, 0) for each in values)]
    given = list(node.args.get("params") or node.expressions)
    combined = isinstance(node, e.AnonymousAggFunc | e.ParameterizedAgg)
    rows = given[-1:] if combined and len(given) > 1 and _OF_ROWS.search(name) else []
    given = given[: len(given) - len(rows)]
    picks = given[1:] if name in _PICKED_BY or (combined and _PICKING.match(name)) else []
    if not rows and not picks:
        return None
    made = given[: len(given) - len(picks)]
    return [*((each, 0) for each in made), *((each, SORT) for each in picks), *((each, FILTER) for each in rows)]


def spread(node: e.Expr, count: int = 0) -> list[list[e.Expr]] | None:
    """Which arguments make each of the columns of a function that makes several; None where all make each.

    count: how many columns are named, if they are. STACK(2, a, b, c, d) makes the rows (a, b) and (c, d); the number
    that POSEXPLODE counts comes from no column.
    """
    if isinstance(node, e.Stack):
        rows = node.this
        if not (isinstance(rows, e.Literal) and not rows.is_string and rows.name.isdecimal() and int(rows.name)):
            return None
        width = -(-len(node.expressions) // int(rows.name))
        return [node.expressions[at::width] for at in range(width)]
    if isinstance(node, e.Posexplode):
        return [[], *([[node.this]] * max(1, count - 1))]
    return None


def choice(node: e.Expr) -> tuple[list[e.Expr], list[e.Expr]]:
    """The conditions and the values of a CASE that is written as a function."""
    if isinstance(node, e.Nvl2):
        return [node.this], [value for of in ("true", "false") if (value := node.args.get(of)) is not None]
    given = list(node.expressions)
    first = given[:1] if isinstance(node, e.DecodeCase) else []  # what the others are compared with
    pairs = given[len(first) :]
    last = pairs[-1:] if len(pairs) % 2 else []
    return [*first, *pairs[: len(pairs) - len(last) : 2]], [*pairs[1::2], *last]


def counts_rows(node: e.Expr | None) -> bool:
    """Whether `*` in this call means that there is a row, whatever is in it."""
    if isinstance(node, e.Count | e.CountIf):
        return True
    return isinstance(node, e.Anonymous | e.AnonymousAggFunc) and node.name.lower().startswith("count")


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


# Functions in FROM that stand for a table whose name they are given as a string.
_NAMES_OF = {"databricks": {"table_changes"}, "duckdb": {"query_table"}, "spark": {"table_changes"}}


def table_named(node: e.Expr, dialect: str) -> list[e.Expr] | None:
    """The parts of the name, outermost first, of the table that `table_changes('c.s.t', 1)` and its like read."""
    known = _NAMES_OF.get(dialect)
    if known is None or not isinstance(node, e.Anonymous) or node.name.lower() not in known or not node.expressions:
        return None
    named = node.expressions[0]
    return [e.to_identifier(part) for part in named.name.split(".")] if isinstance(named, e.Literal) else None


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
