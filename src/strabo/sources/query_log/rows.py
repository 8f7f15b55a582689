"""A log's lines as rows: CSV with a head, or a JSON object on each line; and what their fields mean."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from strabo.errors import BadRecord, UsageError

# What fields are called where nobody has said so, by what is meant: in the logs that people export.
USUAL: dict[str, tuple[str, ...]] = {
    "text": ("text", "query", "query_text", "sql", "sql_text", "statement", "querytxt"),
    "user": ("user", "user_name", "username", "usename", "user_email", "db_user"),
    "start": ("start", "start_time", "starttime", "query_start", "started_at", "timestamp", "log_time", "time",
              "creation_time"),
    "duration_ms": ("duration_ms", "total_elapsed_time", "execution_time", "elapsed_ms", "query_duration_ms"),
    "database": ("database", "database_name", "datname", "dbname", "catalog", "db"),
    "schema": ("schema", "schema_name", "default_schema"),
    "count": ("count", "calls", "executions", "count_star"),
    "error": ("error", "error_message", "exception"),
}  # fmt: skip

csv.field_size_limit(max(csv.field_size_limit(), 16 << 20))  # a query may be long; csv's own limit is 128 KiB


class Row(NamedTuple):
    line: int  # that it ends on
    fields: Mapping[str, Any] | None  # None: it could not be read
    why: str = ""


def of_csv(lines: Iterable[str], delimiter: str, where: str) -> Iterator[Row]:
    """Raises UsageError when there is no head."""
    reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
    head: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, None, f"no CSV: {error}")
            continue
        if not cells:
            continue
        if head is None:
            head = [cell.strip() for cell in cells]
            if len(set(head)) != len(head):
                raise UsageError("the head names a column twice", where=where, fix="put the file's first line right")
            continue
        if len(cells) != len(head):
            yield Row(reader.line_num, None, f"{len(cells)} fields, and the head has {len(head)}")
            continue
        yield Row(reader.line_num, dict(zip(head, cells, strict=True)))


def of_json(lines: Iterable[str]) -> Iterator[Row]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Row(number, decode(line))
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            yield Row(number, None, f"no JSON object: {error}")


def chosen(fields: Iterable[str], columns: Mapping[str, str], where: str) -> dict[str, str]:
    """Which field holds what, by what is meant. Raises UsageError when there is none for the text."""
    there = list(fields)
    if absent := sorted(name for name in columns.values() if name not in there):
        raise UsageError(
            f"the log has no column {', '.join(map(repr, absent))}", where=where, fix=f"it has {', '.join(there)}"
        )
    found = usual(there, columns)
    if "text" not in found:
        raise UsageError(
            "none of the log's columns is known to hold the query's text",
            where=where,
            fix=f"columns: {{text: NAME}}, where NAME is one of {', '.join(there)}",
        )
    return found


def usual(fields: Iterable[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Which field holds what: as `columns` says, the rest by names that are usual."""
    by_fold = {name.lower(): name for name in reversed(list(fields))}
    found = {meaning: next((by_fold[n] for n in names if n in by_fold), "") for meaning, names in USUAL.items()}
    return {meaning: name for meaning, name in found.items() if name} | dict(columns)


def text(value: Any) -> str:
    """A field as text; "" for nothing, and for what is no text at all. Without NULs, which no name has."""
    return str(value).replace("\0", "") if isinstance(value, str | int | float) else ""


def number(value: Any, what: str) -> float | None:
    """Raises BadRecord for what is no number."""
    if value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadRecord(f"{what} is no number") from None
    if not abs(found) < 1e18:  # neither infinite nor absurd
        raise BadRecord(f"{what} is no number that can be meant")
    return found


def moment(value: Any) -> datetime | None:
    """A time: RFC 3339 or nearly so, or seconds since 1970, or thousandths, millionths or billionths of one.

    Without a zone it is UTC. Raises BadRecord for what is none.
    """
    if value is None or value == "":
        return None
    said = str(value).strip()
    try:
        if said.replace(".", "", 1).isdigit():
            seconds = float(said)
            for _ in range(3):  # down from nanoseconds
                if seconds > 1e11:  # in the year 5138 as seconds: it is in thousandths
                    seconds /= 1000
            return datetime.fromtimestamp(seconds, UTC)
        if said.endswith(" UTC"):
            said = said.removesuffix(" UTC") + "+00:00"
        found = datetime.fromisoformat(said)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise BadRecord("the start is no time") from None
