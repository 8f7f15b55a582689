"""Queries of a log: how often each ran, what lineage that proves, and how often tables were read."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from strabo.model.records import Usage
from strabo.model.ref import Ref
from strabo.processors.sql_lineage.said import place
from strabo.sql.result import Result


class _Window(msgspec.Struct):
    end: datetime
    queries: int = 0
    users: dict[str, int] = {}
    columns: dict[str, int] = {}


class Runs:
    """How often one query ran, window by window, and when last."""

    def __init__(self) -> None:
        self.windows: dict[datetime, Usage] = {}
        self.last: datetime | None = None

    def add(self, usage: Usage) -> None:
        self.windows[usage.start] = usage

    def ran(self, at: datetime) -> None:
        self.last = max(at, self.last or at)

    def evidence(self, query: Ref) -> str:
        """Which query, how often, last when: "query 5f3a9c…, 42 times since 2026-11-01, last 2026-11-03".

        Nothing of the last time where nobody says: of a server that counts, and keeps no times.
        """
        said = f"query {query.name.rpartition('/')[2]}"
        count = sum(usage.queries for usage in self.windows.values())
        if not count:
            return said
        often = "once" if count == 1 else f"{count:,} times"
        newest = max(self.windows.values(), key=lambda usage: usage.start)
        last = self.last or (newest.start if newest.end - newest.start <= timedelta(days=1) else None)
        first = min(self.windows)
        since = f" since {first:%Y-%m-%d}" if last is None or first.date() != last.date() else ""
        return f"{said}, {often}{since}" + (f", last {last:%Y-%m-%d}" if last is not None else "")


class Reading:
    """What all queries together read of each table."""

    def __init__(self) -> None:
        self._tables: dict[Ref, dict[datetime, _Window]] = {}

    def add(self, result: Result, namespace: str, runs: Runs) -> None:
        """Counts a query's runs for each table that it reads, and each column. Tables that nobody knows have no use."""
        columns: dict[Ref, set[str]] = {}
        for statement in result.statements:
            refs = {
                read.table: ref
                for read in statement.reads
                if not read.guessed and not read.temporary and (ref := place(namespace, read)) is not None
            }
            columns.update((ref, set()) for ref in refs.values() if ref not in columns)
            for flow in statement.flows:
                used = [(e.table, e.source) for e in flow.edges] + [(d.table, d.source) for d in flow.influences]
                for table, column in used:
                    if table in refs:
                        columns[refs[table]].add(column)
        for ref, names in columns.items():
            windows = self._tables.setdefault(ref, {})
            for start, usage in runs.windows.items():
                window = windows.setdefault(start, _Window(usage.end))
                window.end = max(window.end, usage.end)
                window.queries += usage.queries
                _count(window.users, usage.users)
                _count(window.columns, dict.fromkeys(names, usage.queries))

    def records(self) -> Iterator[Usage]:
        for ref in sorted(self._tables):
            for start, window in sorted(self._tables[ref].items()):
                yield Usage(
                    ref=ref,
                    start=start,
                    end=window.end,
                    queries=window.queries,
                    users=dict(sorted(window.users.items())),
                    columns=dict(sorted(window.columns.items())),
                )


def _count(into: dict[str, int], more: Mapping[str, int]) -> None:
    for key, count in more.items():
        into[key] = into.get(key, 0) + count
