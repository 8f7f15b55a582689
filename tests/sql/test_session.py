"""What statements leave behind, from one text to the next."""

import pytest
from tests.sql.rendering import SHOP, known, rendered

from strabo.sql.lineage import lineage
from strabo.sql.result import Result, Session, Statement


def ask(text: str, session: Session, dialect: str = "postgres") -> Result:
    return lineage(text, dialect=dialect, schemas=known(SHOP, dialect), session=session)


def test_a_session_goes_from_text_to_text() -> None:
    first = ask("CREATE TEMP TABLE t AS SELECT id AS a FROM orders; SET search_path TO x, y", Session())
    assert first.session.search_path == ("x", "y")
    second = ask("SELECT a FROM t; SELECT 1 FROM u", first.session)
    assert [read.table for s in second.statements for read in s.reads] == [("t",), ("x", "u")]
    assert second.statements[0].reads[0].temporary
    third = ask("DROP TABLE t; SELECT a FROM t", second.session)
    assert third.statements[1].reads[0].guessed


def test_a_session_that_nothing_changes_is_handed_back() -> None:
    session = Session(search_path=("a",))
    assert ask("SELECT 1 FROM orders", session).session is session


def test_one_text_is_as_many() -> None:
    texts = [
        "CREATE TABLE made (a int, b int)", "INSERT INTO made SELECT id, total FROM orders",
        "ALTER TABLE made RENAME TO other", "ALTER TABLE other ADD COLUMN c int", "SELECT a, b, c FROM other",
        "CREATE TEMP TABLE other AS SELECT 1 AS z", "SELECT z FROM other", "DROP TABLE other", "SELECT a FROM other",
    ]  # fmt: skip
    whole = ask(";\n".join(texts), Session())
    session = Session()
    parts: list[Statement] = []
    for text in texts:
        result = ask(text, session)
        session = result.session
        parts += result.statements
    assert [rendered(Result(statements=(s,))) for s in whole.statements] == [
        rendered(Result(statements=(s,))) for s in parts
    ]
    assert whole.session == session
    assert not any(s.unknown for s in parts)


@pytest.mark.parametrize(
    ("dialect", "before", "text", "after"),
    [
        ("postgres", ("db.public",), 'SET search_path = a, "B"', ("db.a", "db.B")),
        ("postgres", ("db.public",), "SET SCHEMA 'x'", ("db.x",)),
        ("postgres", ("public",), "SET LOCAL search_path TO a, pg_catalog", ("a",)),
        ("mysql", (), "USE shop", ("shop",)),
        ("snowflake", ("A.B",), "USE SCHEMA c", ("A.C",)),
        ("snowflake", ("A.B",), "USE DATABASE d", ("D.PUBLIC",)),
        ("snowflake", ("A.B",), "USE d.e", ("D.E",)),
        ("tsql", ("a.dbo",), "USE b", ("b.dbo",)),
        ("trino", ("a.b",), "USE c", ("a.c",)),
        ("trino", ("a.b",), "USE d.c", ("d.c",)),
        ("hive", ("a",), "USE b", ("b",)),
        ("oracle", ("A",), "ALTER SESSION SET CURRENT_SCHEMA = b", ("B",)),
        ("teradata", ("a",), "DATABASE b", ("b",)),
        ("db2", ("A",), "SET CURRENT SCHEMA = b", ("B",)),
        ("snowflake", ("A.B",), "USE ROLE x", ("A.B",)),
    ],
)
def test_where_names_are_looked_up(dialect: str, before: tuple[str, ...], text: str, after: tuple[str, ...]) -> None:
    assert ask(text, Session(search_path=before), dialect).session.search_path == after


def test_a_name_of_a_table_with_dots_quotes_and_emoji() -> None:
    text = 'CREATE TABLE "a.b" ("x""y" int); ALTER TABLE "a.b" RENAME TO "🚀/é"; SELECT "x""y" FROM "🚀/é"'
    (*_, last) = ask(text, Session()).statements
    assert [(e.table, e.source) for e in last.edges] == [(("🚀/é",), 'x"y')]
    assert not last.unknown


def test_names_that_differ_in_case() -> None:
    text = 'CREATE TABLE "T" (a int); CREATE TABLE t (b int); SELECT a FROM "T"; SELECT b FROM t'
    statements = ask(text, Session()).statements
    assert [s.reads[0].table for s in statements[2:]] == [("T",), ("t",)]
    assert not any(s.unknown for s in statements)
