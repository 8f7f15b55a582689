"""What functions do with columns, where the parser's tree does not say it."""

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
}
_SQLITE_JSON = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path")
SQLITE_TABLE_FUNCTIONS = {"json_each": _SQLITE_JSON, "json_tree": _SQLITE_JSON, "generate_series": ("value",)}


def columns_of(function: str, dialect: str) -> tuple[str, ...] | None:
    """The columns that a table function puts out, None where that is not known."""
    name = function.lower()
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
    "histogram", "product", "favg", "fsum", "mad", "entropy", "arbitrary", "std", "any_value",
})  # fmt: skip

# Classes of the parser that count as aggregates there, and hand on one row's value as it is.
ROW_PICKERS = frozenset({
    "Lag", "Lead", "FirstValue", "LastValue", "NthValue", "Ntile", "Rank", "DenseRank", "PercentRank", "CumeDist",
    "RowNumber", "Grouping", "GroupingId",
})  # fmt: skip
