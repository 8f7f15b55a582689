"""Dialects whose scripts are alike."""

POSTGRES = frozenset({"postgres", "redshift", "vertica", "materialize", "risingwave"})
TSQL = frozenset({"tsql", "fabric"})
MYSQL = frozenset({"mysql", "singlestore", "doris", "starrocks"})
SPARK = frozenset({"databricks", "spark"})
SECTIONS = frozenset({
    "postgres", "redshift", "oracle", "snowflake", "vertica", "materialize", "risingwave", "db2", "exasol",
})  # fmt: skip
"""Where DECLARE is followed by any number of declarations, up to BEGIN."""
