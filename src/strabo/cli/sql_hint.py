"""What dialects a text reads as, when it does not read as the one that was said."""

from importlib import import_module
from time import monotonic

from strabo.sql.result import Limits, Result

# The most likely first: what can be told apart by its text, and is met often.
_LIKELY = (
    "postgres", "bigquery", "snowflake", "tsql", "mysql", "databricks", "oracle", "duckdb", "redshift", "clickhouse",
    "trino", "hive", "teradata",
)  # fmt: skip
_LONGEST = 20_000  # characters: to try all dialects on more takes longer than people wait for a hint
_LIMITS = Limits(seconds=0.2, in_process=_LONGEST)
_SECONDS = 1.0
_MOST = 3


def readings(text: str, said: str) -> list[str]:
    """Dialects in which all of a text can be read, those that leave the least unknown; [] where there is none."""
    if len(text) > _LONGEST:
        return []
    lineage = import_module("strabo.sql.lineage").lineage
    left: dict[str, int] = {}
    end = monotonic() + _SECONDS
    for dialect in _LIKELY:
        if monotonic() > end:
            break
        result = lineage(text, dialect=dialect, schemas=_none, limits=_LIMITS) if dialect != said else None
        if result is not None and _all_read(result):
            left[dialect] = sum(_matters(one.reason) for each in result.statements for one in each.unknown)
    least = min(left.values(), default=0)
    return [dialect for dialect, unknown in left.items() if unknown == least][:_MOST]


def _all_read(result: Result) -> bool:
    return not result.unparsed and not any(each.kind == "other" and each.unknown for each in result.statements)


def _matters(reason: str) -> bool:
    return not reason.startswith("no schema for")


def _none(_: object) -> None:
    """The schemas of somebody who told none."""
