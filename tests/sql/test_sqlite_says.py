"""What SQLite itself knows of a query against what we say: no column more than it reads, none less than it uses.

It tells which columns a statement reads (sqlite3_set_authorizer), which nothing that is said may exceed. And when
the values of a column are changed and an output changes, that output hangs on the column, whatever anybody says.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sql.grammar import TABLES, Grammar
from tests.sql.rendering import ask

from strabo.sql.result import Statement

pytestmark = pytest.mark.timeout(900)  # as many examples as one looks for new ones with

_ROWS = 4  # of each table
_TRIES = 2  # other values for each column
_MOST_STEPS = 300  # thousands of SQLite's own
Column = tuple[str, str]
Rows = list[list[int | None]]


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    yield connection
    connection.close()


def read_by(database: sqlite3.Connection, text: str) -> set[Column]:
    """The columns that SQLite looks up for a query."""
    found: set[Column] = set()

    def told(action: int, one: str | None, other: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and one and other:
            found.add((one, other))
        return sqlite3.SQLITE_OK

    database.set_authorizer(told)
    try:
        database.execute(f"EXPLAIN {text}").fetchall()
    finally:
        database.set_authorizer(None)
    return found


def fill(database: sqlite3.Connection, rows: Mapping[str, Rows]) -> None:
    for table, values in rows.items():
        database.execute(f"DELETE FROM {table}")
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)


def columns_of(rows: Sequence[Sequence[object]], count: int) -> list[list[str]]:
    """The values of each column, in no order."""
    return [sorted(map(repr, values)) for values in zip(*rows, strict=True)] or [[]] * count


def used_by(database: sqlite3.Connection, answer: Callable[[], list[list[str]]], random: Random) -> list[set[Column]]:
    """The columns on which each column of an answer hangs, as far as other values show it."""

    def value() -> int | None:
        return random.choice([0, 1, 1, 2, 3, None])

    rows: dict[str, Rows] = {t: [[value() for _ in columns] for _ in range(_ROWS)] for t, columns in TABLES.items()}
    fill(database, rows)
    before = answer()
    found: list[set[Column]] = [set() for _ in before]
    for table, columns in TABLES.items():
        for at, column in enumerate(columns):
            for _ in range(_TRIES):
                fill(database, {table: [[*row[:at], value(), *row[at + 1 :]] for row in rows[table]]})
                for number, (one, other) in enumerate(zip(before, answer(), strict=True)):
                    if one != other:
                        found[number].add((table, column))
            fill(database, {table: rows[table]})
    return found


def within_reason(
    database: sqlite3.Connection, answer: Callable[[], list[list[str]]], random: Random
) -> list[set[Column]]:
    """As `used_by`; nothing of a statement that joins more rows than a test should take."""
    steps = iter(range(_MOST_STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, 1000)
    try:
        return used_by(database, answer, random)
    except sqlite3.OperationalError as error:
        assert str(error) == "interrupted"  # noqa: PT017
        return []
    finally:
        database.set_progress_handler(None, 0)


def said(statement: Statement) -> dict[str, set[Column]]:
    """What we say that each output hangs on, in any way."""
    (flow,) = statement.flows
    every = {(one.table[-1], one.source) for one in flow.influences}
    return {
        output.name: every | {(e.table[-1], e.source) for e in flow.edges if e.target == output.name}
        for output in flow.outputs
    }


def resolved(text: str) -> Statement:
    (statement,) = ask(text, "sqlite", TABLES).statements
    assert not statement.unknown, text
    assert not any(edge.guessed for flow in statement.flows for edge in flow.edges), text
    return statement


@given(seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_of_a_query_no_column_is_invented_and_none_is_lost(database: sqlite3.Connection, seed: int) -> None:
    random = Random(seed)
    for depth in (1, 2, 3):
        grammar = Grammar(random)
        text, names = grammar.query(depth, [], {})
        ours = said(resolved(text))
        assert list(ours) == names, text
        invented = set[Column]().union(*ours.values()) - read_by(database, text) - grammar.merged
        assert not invented, text

        def answer(text: str = text, count: int = len(names)) -> list[list[str]]:
            return columns_of(database.execute(text).fetchall(), count)

        for name, real in zip(names, within_reason(database, answer, random), strict=False):
            assert not real - ours[name], f"{name} of {text}"


@given(seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_of_an_update_no_column_is_invented_and_none_is_lost(database: sqlite3.Connection, seed: int) -> None:
    random = Random(seed)
    for _ in range(2):
        grammar = Grammar(random)
        text, table, assigned = grammar.update()
        ours = said(resolved(text))
        assert sorted(ours) == sorted(assigned), text
        assert not set[Column]().union(*ours.values()) - read_by(database, text) - grammar.merged, text

        def answer(text: str = text, table: str = table) -> list[list[str]]:
            database.execute("SAVEPOINT before")
            database.execute(text)
            rows = database.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
            database.execute("ROLLBACK TO before")
            return [list(map(repr, values)) for values in zip(*rows, strict=True)]

        for name, real in zip(TABLES[table], within_reason(database, answer, random), strict=False):
            # a row that is not changed keeps what it has
            assert not real - ours.get(name, set()) - {(table, name)}, f"{name} of {text}"
