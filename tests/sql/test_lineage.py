"""The front door: search paths, names from the catalog, and what no text may do to the process."""

import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sql.rendering import SHOP, ask, edges, known

from strabo.sql.lineage import lineage, lineages
from strabo.sql.names import TableName
from strabo.sql.result import Limits, Output, Query, Table
from strabo.sql.text import begin, place

HUGE = Limits(seconds=60)


def test_the_parser_is_not_imported_before_the_first_text() -> None:
    code = (
        "import sys, strabo.sql.lineage as l\n"
        "assert 'sqlglot' not in sys.modules\n"
        "assert l.lineage('select 1', dialect='postgres', schemas=lambda name: None).statements\n"
        "assert 'sqlglot' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_schemas_are_asked_once_for_a_name_and_told_what_was_quoted() -> None:
    asked: list[TableName] = []

    def schemas(name: TableName) -> Table | None:
        asked.append(name)
        return Table(name.parts, ("a",))

    lineage('SELECT x.a FROM "S".t x, "S".t y, (SELECT * FROM "S".t) z', dialect="postgres", schemas=schemas)
    assert asked == [TableName(("S", "t"), (True, False))]


def test_a_search_path_lends_the_parts_that_a_name_lacks() -> None:
    tables = {"shop.a.t": ("x",), "shop.b.t": ("y",), "shop.b.u": ("z",), "other.c.w": ("v",)}
    text = "SELECT x, z, y, v FROM t, u, b.t bt, other.c.w"
    (statement,) = ask(text, tables=tables, search_path=["shop.a", "shop.b"]).statements
    assert [".".join(read.table) for read in statement.reads] == ["shop.a.t", "shop.b.u", "shop.b.t", "other.c.w"]
    assert not statement.unknown


def test_an_unknown_table_is_guessed_under_the_first_prefix() -> None:
    (statement,) = ask("SELECT 1 FROM Nowhere", search_path=["shop.a", "shop.b"]).statements
    (read,) = statement.reads
    assert read.table == ("shop", "a", "nowhere")
    assert read.guessed


def test_prefixes_with_dots_in_their_parts() -> None:
    tables = {"shop.t": ("x",)}
    (statement,) = ask("SELECT x FROM t", tables=tables, search_path=['"my.db".public']).statements
    assert statement.reads[0].table == ("my.db", "public", "t")


def test_duckdb_takes_two_parts_for_a_database_or_a_schema() -> None:
    tables = {"db.main.t": ("x",), "db.other.u": ("y",)}
    (statement,) = ask("SELECT x, y FROM db.t, other.u", "duckdb", tables, search_path=["db.main"]).statements
    assert [read.table for read in statement.reads] == [("db", "main", "t"), ("db", "other", "u")]


def test_a_table_that_is_known_without_its_columns() -> None:
    (statement,) = ask("SELECT a FROM t", tables={"t": None}).statements
    assert not statement.reads[0].guessed
    assert statement.edges[0].guessed
    assert str(statement.unknown[0]) == "1:15: no columns are known of t"


def test_the_catalog_names_what_the_text_does_not() -> None:
    (statement,) = ask("SELECT max(id), total FROM orders", shown=("Max", "t")).statements
    assert statement.outputs == (Output("Max", "max(id)"), Output("t"))
    assert {edge.target for edge in statement.edges} == {"Max", "t"}


def test_a_star_over_no_schema_is_what_the_catalog_shows_less_the_rest() -> None:
    (statement,) = ask("SELECT o.id, n.*, total FROM orders o, nowhere n", shown=("id", "x", "y", "total")).statements
    found = [(".".join(e.table), e.source, e.target, e.guessed) for e in statement.edges]
    assert found == [
        ("orders", "id", "id", False),
        ("nowhere", "x", "x", True),
        ("nowhere", "y", "y", True),
        ("orders", "total", "total", False),
    ]


def test_what_is_shown_is_not_used_when_its_number_does_not_fit() -> None:
    (statement,) = ask("SELECT id FROM orders", shown=("a", "b")).statements
    assert statement.outputs == (Output("id"),)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT 1\nFROM t WHERE ((", "2:"),
        ("SELECT 'abc", "1:"),
        ("SELECT a FROM (SELECT b", "1:"),
        ("hello world out there", "1:"),
        ("a + b", "1:1"),
        ("\x00\x01\x02", "1:"),
        ("}{", "1:"),
    ],
)
def test_bad_sql_is_an_answer_with_its_place(text: str, place: str) -> None:
    result = ask(text)
    assert result.unparsed
    assert str(result.unparsed[0]).startswith(place)
    assert len(str(result.unparsed[0]).splitlines()) == 1


def test_a_dialect_nobody_knows() -> None:
    assert "klingon" in str(ask("SELECT 1", "klingon").unparsed[0])


def test_nothing() -> None:
    for text in ("", "  ;; \n;", "-- only a comment", "/* */"):
        result = ask(text)
        assert not result.statements
        assert not result.unparsed


@pytest.mark.slow
@pytest.mark.parametrize(
    "opening", ["(", "[", "f(", "(SELECT ", "CASE WHEN ", "NOT ", "(SELECT * FROM (", "- ", "a IN ("]
)
@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "sqlite", "mysql"])
def test_ten_thousand_levels_are_answered_in_bounded_time(opening: str, dialect: str) -> None:
    start = time.monotonic()
    result = ask("SELECT " + opening * 10_000 + "1" + ")" * 10_000 + " FROM t", dialect)
    assert time.monotonic() - start < 20
    assert result.unparsed or result.statements


def test_types_within_types_are_counted_too() -> None:
    deep = ask("SELECT CAST(total AS " + "ARRAY<" * 50_000 + "int" + ">" * 50_000 + ") FROM orders", "duckdb")
    assert "nested more than" in str(deep.unparsed[0])
    (comparisons,) = ask("SELECT id FROM orders WHERE " + " AND ".join(["id < total"] * 1_000)).statements
    assert len(comparisons.influences) == 2


def test_two_hundred_levels_are_read() -> None:
    deep = "(" * 200 + "total" + ")" * 200
    assert edges(f"SELECT {deep} AS x FROM orders") == {"    x <- orders.total (identity)"}
    calls = "upper(" * 150 + "status" + ")" * 150
    assert edges(f"SELECT {calls} AS x FROM orders") == {"    x <- orders.status (transformation)"}
    queries = "SELECT * FROM (" * 150 + "SELECT id FROM orders" + ") q" * 150
    assert edges(queries) == {"    id <- orders.id (identity)"}


def test_deep_text_leaves_the_interpreter_as_it_was() -> None:
    before = sys.getrecursionlimit(), threading.stack_size()
    ask("SELECT " + "(" * 300 + "1" + ")" * 300)
    assert (sys.getrecursionlimit(), threading.stack_size()) == before


def test_long_chains_are_not_deep() -> None:
    union = " UNION ALL ".join(["SELECT id FROM orders"] * 2_000)
    assert edges(union) == {"    id <- orders.id (identity)"}
    condition = " AND ".join(f"total <> {i}" for i in range(5_000))
    (statement,) = ask(f"SELECT id FROM orders WHERE {condition}").statements
    assert [d.source for d in statement.influences] == ["total"]
    ctes = ", ".join(f"c{i} AS (SELECT id FROM c{i - 1})" for i in range(1, 500))
    assert edges(f"WITH c0 AS (SELECT id FROM orders), {ctes} SELECT id FROM c499")


def test_joins_without_conditions_double_the_parsers_time_and_are_refused() -> None:
    start = time.monotonic()
    (unknown,) = ask("SELECT 1\nFROM " + "a JOIN " * 40 + "a", "mysql").unparsed
    assert time.monotonic() - start < 2
    assert (unknown.line, unknown.reason) == (2, "more than 12 joins in a row without ON or USING")
    chain = "a0" + "".join(f" JOIN a{i} ON a{i}.x = a{i - 1}.x CROSS JOIN b{i}" for i in range(1, 60))
    assert not ask(f"SELECT 1 FROM {chain}", "mysql").unparsed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SELECT ((id)) + 1 FROM orders", ["((id)) + 1"]),
        ("SELECT DISTINCT id + 1, total IS DISTINCT FROM 3 FROM orders", ["id + 1", "total IS DISTINCT FROM 3"]),
        ("SELECT DISTINCT ON (id, total) upper(status), -id FROM orders", ["upper(status)", "-id"]),
        ("SELECT coalesce(NULL, id), (SELECT 1 + id) WHERE true", ["coalesce(NULL, id)", "(SELECT 1 + id)"]),
        ("SELECT id IN (SELECT max(id), 2 FROM orders) AS x FROM orders", ["id IN (SELECT max(id), 2 FROM orders)"]),
        ("SELECT extract(year FROM placed), NULL AS n FROM orders", ["extract(year FROM placed)", "NULL"]),
        ("SELECT (WITH q AS (SELECT id FROM orders) SELECT max(id) FROM q) AS m", None),
        ("SELECT CASE WHEN id = 1 THEN 'a, FROM' END -- why, (\n, 2 /* ) */ + id AS z FROM orders", None),
        ("SELECT x.s FROM (SELECT a.*, id + 1 AS s FROM orders a) x", ["id + 1"]),
    ],
)
def test_expressions_are_quoted_as_written(text: str, written: list[str] | None) -> None:
    found = [output.expression for output in ask(text).statements[0].outputs]
    if written is not None:
        assert found == written
    assert all(found)


@pytest.mark.parametrize("end", [";", "\nGO\n"])
def test_of_a_large_text_what_ends_in_time_is_read(end: str) -> None:
    text = f"SELECT id FROM orders{end} SELECT name FROM customers{end} SELECT 1" + " " * 100
    for most, read in ((10, 0), (40, 1), (60, 2)):
        result = lineage(text, dialect="tsql", schemas=known(SHOP, ""), limits=Limits(characters=most))
        assert len(result.statements) == read
        (told,) = result.unparsed
        assert told.reason == f"the text has more than {most} characters: what begins here is not read"
        assert (told.line, told.column) == place(text, len(begin(text, most)))


def test_many_texts_with_a_large_one_among_them() -> None:
    queries = [Query("SELECT id FROM orders", "postgres"), Query("SELECT 1; " * 50, "postgres")]
    first, second = lineages(queries, schemas=known(SHOP, ""), limits=Limits(characters=60))
    assert not first.unparsed
    assert (len(second.statements), len(second.unparsed)) == (6, 1)


def test_a_null_byte_is_told_and_hides_nothing() -> None:
    result = ask("SELECT id\x00FROM orders;\nSELECT \x00na\x00me FROM customers; SELECT name FROM customers")
    assert [str(unknown) for unknown in result.unparsed] == ["1:10: no SQL: a null byte, read as a blank"]
    assert [[edge.source for edge in each.edges] for each in result.statements] == [["id"], [], ["name"]]


def test_a_slow_text_is_given_up() -> None:
    result = lineage("SELECT 1", dialect="postgres", schemas=known(SHOP, ""), limits=Limits(seconds=-1))
    assert "not done within" in str(result.unparsed[0])


def test_nested_recursion_ends() -> None:
    inner = "SELECT id FROM orders"
    for i in range(12):
        anchor = f"SELECT id FROM ({inner}) z{i}"
        inner = f"WITH RECURSIVE r{i} AS ({anchor} UNION ALL SELECT id + 1 FROM r{i}) SELECT id FROM r{i}"
    start = time.monotonic()
    ask(inner)
    assert time.monotonic() - start < 10


def test_queries_of_with_that_name_each_other() -> None:
    text = "WITH RECURSIVE a AS (SELECT x FROM b), b AS (SELECT x FROM a) SELECT x FROM a"
    (statement,) = ask(text).statements
    assert not statement.edges
    assert statement.unknown


def test_columns_cross_over_in_a_recursion() -> None:
    text = (
        "WITH RECURSIVE r(a, b, c) AS (SELECT id, name, email FROM customers UNION ALL SELECT b, c, a FROM r)"
        " SELECT a FROM r"
    )
    assert edges(text) == {f"    a <- customers.{c} (identity)" for c in ("id", "name", "email")}


SOUP = """
SELECT FROM WHERE ( ) ( ) , , * . ; AS WITH RECURSIVE UNION ALL EXCEPT JOIN LEFT USING ON NATURAL LATERAL EXISTS IN CASE
WHEN THEN ELSE END GROUP BY ORDER HAVING WINDOW OVER PARTITION INSERT INTO VALUES CREATE VIEW TABLE UNNEST EXCLUDE
REPLACE RENAME PIVOT orders items id total t x = + - || :: -> [ ] { } 'a' "b" `c` 1 2.5 NULL NOT DISTINCT COLUMNS
FILTER WITHIN ROWS LIMIT QUALIFY MERGE UPDATE SET DELETE BEGIN END IF count sum -- /* */ $$ @ # % ? é 🚀
"""
WORDS = st.sampled_from([*SOUP.split(), "\x00", "\n"])


@given(
    st.lists(WORDS, max_size=40), st.sampled_from(["postgres", "duckdb", "sqlite", "mysql", "snowflake", "bigquery"])
)
@settings(deadline=None, max_examples=400)
def test_no_soup_of_words_raises(words: list[str], dialect: str) -> None:
    ask(" ".join(words), dialect)


@given(
    st.lists(WORDS, max_size=20),
    st.lists(WORDS, max_size=20),
    st.sampled_from(["postgres", "duckdb", "sqlite", "mysql"]),
)
@settings(deadline=None, max_examples=300)
def test_no_soup_within_a_query_raises(first: list[str], second: list[str], dialect: str) -> None:
    ask(f"SELECT id, {' '.join(first)} FROM orders, {' '.join(second)}", dialect)


@given(st.text(max_size=60), st.sampled_from(["postgres", "duckdb", "sqlite", "mysql", "tsql", "oracle"]))
@settings(deadline=None)
def test_no_text_raises(text: str, dialect: str) -> None:
    ask(text, dialect)


@given(
    st.text(min_size=1, max_size=12).filter(lambda name: "\x00" not in name),
    st.sampled_from(["postgres", "sqlite", "duckdb"]),
)
@settings(deadline=None)
def test_any_name_survives(name: str, dialect: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    (statement,) = ask(f"SELECT q.{quoted} AS {quoted} FROM {quoted} AS q", dialect, {name: (name,)}).statements
    if "." not in name:
        (edge,) = statement.edges
        assert (edge.table, edge.source, edge.target) == ((name,), name, name)
