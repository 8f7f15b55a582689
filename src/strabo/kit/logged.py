"""Queries that ran, gathered into one job for each that differs in more than its literals.

A query is the job `query/DIGEST` in the namespace of the tables it reads, so that its names need no translation; its
name lies in no scope that a listing closes, for a query that no log has any more is still what once moved data.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from strabo.kit import literals
from strabo.model import codec
from strabo.model.records import Definition, Job, JobRun, Record, Skipped, Usage
from strabo.model.ref import Ref

# Whoever writes a routine down does not run it; the listing of the database has it.
_DEFINES = re.compile(
    r"(?:create|alter)\s+(?:or\s+(?:replace|alter)\s+)?(?:definer\s*=[^()]{1,200}?\s)?(?:aggregate\s+|constraint\s+)?"
    r"(?:procedure|proc|function|trigger|event|package|type|role|user|login|extension)\b",
    re.IGNORECASE,
)

LAST = "last"
"""The id of the run that stands for the last time a query ran."""

_DIGITS = 20

# Statements that read and move nothing. Every client sends them, and nobody looks for them.
_IDLE = re.compile(
    r"(?:abort|begin|checkpoint|close|commit|deallocate|discard|end|fetch|flush|grant|kill|listen|lock|notify|ping|reset"
    r"|revoke|rollback|savepoint|set|show|shutdown|start|unlisten|unlock|use|vacuum)\b[^;]*\Z",
    re.IGNORECASE,
)


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a log: a query that ran, once or so many times. `text` is as it was sent: never store it."""

    text: str
    database: str = ""
    search_path: tuple[str, ...] = ()
    user: str = ""
    at: datetime | None = None  # when it began, the last time
    about: bool = False  # the server does not tell when: `at` is no more than the end of the time that is counted
    duration_ms: float | None = None  # of the last time, or on average
    count: int = 1
    since: datetime | None = None  # where a server only counts: when it began to; None counts by the day of `at`


class _Window(msgspec.Struct):
    end: datetime
    queries: int = 0
    users: dict[str, int] = {}


class _Query(msgspec.Struct):
    text: str
    search_path: tuple[str, ...]
    database: str
    windows: dict[datetime, _Window] = {}
    last: datetime | None = None
    duration_ms: float | None = None


class QueryLog:
    """Gathers queries; `records` says what they add up to. Memory grows with different queries, not with lines.

    most: different queries that are kept; of those that come later it is only counted how often they ran.
    """

    def __init__(
        self, namespace: str, dialect: str, *, mask: bool = True, most: int = 200_000, longest: int = 200_000
    ) -> None:
        self._namespace, self._dialect, self._mask = namespace, dialect, mask
        self._most, self._longest = most, longest
        self._queries: dict[str, _Query] = {}
        self._beyond = self._too_long = 0

    def add(self, one: Logged) -> None:
        """Counts a query in; not what only steers a session, such as COMMIT, nor what writes down a routine."""
        if len(one.text) > self._longest:
            self._too_long += one.count
            return
        text = literals.masked(one.text, self._dialect) if self._mask else literals.one_line(one.text)
        if not text or _IDLE.match(text) or _DEFINES.match(text):
            return
        said = "\x1f".join((self._dialect, one.database, *one.search_path, text))
        key = codec.digest(said.encode("utf-8", "surrogatepass")).hex()[:_DIGITS]
        query = self._queries.get(key)
        if query is None:
            if len(self._queries) >= self._most:
                self._beyond += one.count
                return
            text = text.replace("\0", " ").encode("utf-8", "replace").decode()
            query = self._queries[key] = _Query(text, one.search_path, one.database)
        if one.at is None:
            return
        if not one.about and (query.last is None or one.at >= query.last):
            query.last, query.duration_ms = one.at, one.duration_ms
        start, end = _window(one, one.at)
        window = query.windows.setdefault(start, _Window(end))
        window.end = max(window.end, end)
        window.queries += one.count
        if one.user:
            window.users[one.user] = window.users.get(one.user, 0) + one.count

    def records(self) -> Iterator[Record]:
        """For each query its job, how often it ran in each window, when last, and its text; then what was left out."""
        for key in sorted(self._queries):
            yield from self._records(Ref(self._namespace, f"query/{key}"), self._queries[key])
        for count, why, fix in (
            (self._too_long, f"longer than {self._longest:,} characters", "raise `max_characters`"),
            (
                self._beyond,
                f"more than {self._most:,} different queries",
                "raise `max_queries`, or read less at a time",
            ),
        ):
            if count:
                yield Skipped(
                    ref=Ref(self._namespace, ""), part="queries", reason=f"{count:,} left out: {why}", fix=fix
                )

    def _records(self, ref: Ref, query: _Query) -> Iterator[Record]:
        yield Job(ref=ref, kind="query", properties={"database": query.database} if query.database else {})
        for start, window in sorted(query.windows.items()):
            yield Usage(ref=ref, start=start, end=window.end, queries=window.queries, users=window.users)
        if query.last is not None:
            took = query.duration_ms
            end = None if took is None else query.last + timedelta(milliseconds=max(0.0, min(took, 1e11)))
            yield JobRun(ref=ref, id=LAST, status="succeeded", started_at=query.last, ended_at=end)
        yield Definition(ref=ref, text=query.text, dialect=self._dialect, search_path=query.search_path)


def _window(one: Logged, at: datetime) -> tuple[datetime, datetime]:
    """What is counted together: the day in UTC, or all since the server began to count."""
    if one.since is not None:
        return one.since, max(at, one.since)
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day, day + timedelta(days=1)
