"""What is left of a script when the tables that it only passes through are left out."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sql.rendering import ask

from strabo.sql.lineage import collapsed
from strabo.sql.result import Result


def left(text: str, dialect: str = "postgres") -> list[str]:
    """`target.column <- source.column (how)`, and rows, of what is left."""
    lines: list[str] = []
    for statement in collapsed(ask(text, dialect)).statements:
        for flow in statement.flows:
            into = ".".join(flow.into.table) if flow.into is not None else ""
            for e in flow.edges:
                guess = ", guessed" if e.guessed else ""
                field = f"[{e.field}]" if e.field else ""
                lines.append(f"{into}.{e.target} <- {'.'.join(e.table)}.{e.source}{field} ({e.how}{guess})")
            lines += [f"{into} rows <- {'.'.join(d.table)}.{d.source} ({d.how})" for d in flow.influences]
    return lines


def test_a_temporary_table_is_left_out() -> None:
    text = """CREATE TEMP TABLE kept AS SELECT id, total FROM orders WHERE status = 'x';
    INSERT INTO report (a, b) SELECT id, total * 2 FROM kept"""
    assert left(text) == [
        "report.a <- orders.id (identity)",
        "report.b <- orders.total (transformation)",
        "report rows <- orders.status (filter)",
    ]
    (statement,) = collapsed(ask(text)).statements
    assert [read.table for read in statement.reads] == [("orders",)]
    assert (statement.line, statement.column) == (2, 5)


@pytest.mark.parametrize(
    ("first", "then", "both"),
    [
        ("total", "a", "identity"),
        ("total", "a + 1", "transformation"),
        ("total + 1", "a", "transformation"),
        ("max(total)", "a + 1", "aggregation"),
        ("total + 1", "max(a)", "aggregation"),
        ("total", "CASE WHEN a > 1 THEN 1 END", "conditional"),
        ("CASE WHEN total > 1 THEN 1 END", "max(a)", "conditional"),
        ("CASE WHEN total > 1 THEN 1 END", "row_number() OVER (ORDER BY a)", "window"),
    ],
)
def test_ways_go_together(first: str, then: str, both: str) -> None:
    text = f"CREATE TEMP TABLE t AS SELECT {first} AS a FROM orders; INSERT INTO report (x) SELECT {then} FROM t"
    assert left(text) == [f"report.x <- orders.total ({both})"]


def test_what_is_guessed_stays_so() -> None:
    text = "CREATE TEMP TABLE t AS SELECT x AS a FROM nobody; INSERT INTO report (x) SELECT a FROM t"
    assert left(text) == ["report.x <- nobody.x (identity, guessed)"]


def test_a_field_of_a_field() -> None:
    text = "CREATE TEMP TABLE t AS SELECT payload.a AS p FROM events; INSERT INTO report (x) SELECT p.b FROM t"
    assert left(text, "bigquery") == ["report.x <- events.payload[a.b] (identity)"]


def test_a_chain_with_several_writes() -> None:
    text = """CREATE TEMP TABLE a (n int); INSERT INTO a SELECT id FROM orders; INSERT INTO a SELECT id FROM customers;
    CREATE TEMP TABLE b AS SELECT n + 1 AS m FROM a; TRUNCATE a; INSERT INTO a SELECT id FROM products;
    INSERT INTO report (x, y) SELECT b.m, a.n FROM a CROSS JOIN b"""
    assert left(text) == [
        "report.x <- customers.id (transformation)",
        "report.x <- orders.id (transformation)",
        "report.y <- products.id (identity)",
    ]


def test_a_table_that_is_made_anew_forgets() -> None:
    text = """CREATE TEMP TABLE t AS SELECT id AS a FROM orders; DROP TABLE t;
    CREATE TEMP TABLE t AS SELECT id AS a FROM customers; INSERT INTO report (x) SELECT a FROM t"""
    assert left(text) == ["report.x <- customers.id (identity)"]


def test_made_and_dropped_or_made_and_kept() -> None:
    made = "CREATE TABLE t AS SELECT id AS a FROM orders; INSERT INTO report (x) SELECT a FROM t"
    assert left(made) == ["t.a <- orders.id (identity)", "report.x <- t.a (identity)"]
    assert left(f"{made}; DROP TABLE t") == ["report.x <- orders.id (identity)"]


def test_one_that_was_there_before_stays_a_source() -> None:
    text = "INSERT INTO report (x) SELECT id FROM orders; DROP TABLE orders"
    assert [s.kind for s in collapsed(ask(text)).statements] == ["insert", "drop"]
    assert left(text) == ["report.x <- orders.id (identity)"]


def test_swap_by_names() -> None:
    text = """CREATE TABLE fresh AS SELECT id AS a FROM orders;
    ALTER TABLE report RENAME TO old; ALTER TABLE fresh RENAME TO report; DROP TABLE old;
    INSERT INTO other (x) SELECT a FROM report"""
    assert left(text) == ["report.a <- orders.id (identity)", "other.x <- report.a (identity)"]
    assert [s.kind for s in collapsed(ask(text)).statements] == ["create_table_as", "insert"]


def test_renamed_and_kept() -> None:
    assert left("ALTER TABLE orders RENAME TO was") == [
        f"was.{c} <- orders.{c} (identity)" for c in ("id", "customer_id", "placed", "status", "total")
    ]
    text = "RENAME TABLE orders TO a, a TO b; INSERT INTO report (x) SELECT id FROM b"
    assert left(text, "mysql")[-1] == "report.x <- b.id (identity)"
    assert left(text, "mysql")[0] == "b.id <- orders.id (identity)"
    assert sum(line.startswith("b.id") for line in left(text, "mysql")) == 1


def test_swap() -> None:
    text = """CREATE TABLE fresh AS SELECT id AS a FROM orders;
    ALTER TABLE report SWAP WITH fresh; DROP TABLE fresh"""
    assert left(text, "snowflake") == ["REPORT.A <- ORDERS.ID (identity)"]
    both = "ALTER TABLE orders SWAP WITH customers"
    assert left(both, "snowflake")[0].startswith("ORDERS.ID <- CUSTOMERS.ID")


def test_files_go_through() -> None:
    text = """CREATE TEMP TABLE stage (LIKE orders); COPY stage FROM 's3://b/o/' IAM_ROLE default;
    INSERT INTO orders SELECT * FROM stage"""
    (statement,) = collapsed(ask(text, "redshift")).statements
    assert [read.location for read in statement.reads] == ["s3://b/o/"]
    assert statement.edges == ()


def test_what_is_not_known_goes_through() -> None:
    text = "CREATE TEMP TABLE t AS SELECT * FROM nobody; INSERT INTO report (x) SELECT y FROM t"
    (statement,) = collapsed(ask(text)).statements
    assert statement.edges == ()
    assert [u.reason for u in statement.unknown][-2:] == [
        "no schema for nobody", "what t.y is made of is not known",
    ]  # fmt: skip
    assert [read.table for read in statement.reads] == [("nobody",)]


def test_a_table_under_the_name_of_a_temporary_one() -> None:
    text = """CREATE TEMP TABLE orders AS SELECT id AS a FROM customers; INSERT INTO report (x) SELECT a FROM orders;
    DROP TABLE orders; INSERT INTO report (x) SELECT id FROM orders"""
    assert left(text) == ["report.x <- customers.id (identity)", "report.x <- orders.id (identity)"]


def test_hostile_names() -> None:
    text = """CREATE TEMP TABLE "a.b🚀" AS SELECT id AS "x""y" FROM orders;
    INSERT INTO "שלום" (z) SELECT "x""y" FROM "a.b🚀\""""
    assert left(text) == ["שלום.z <- orders.id (identity)"]


def test_nothing_to_leave_out_is_the_same_value() -> None:
    result = ask("INSERT INTO report (a) SELECT id FROM orders; SELECT 1")
    assert collapsed(result) is result


STEPS = st.sampled_from([
    "CREATE TEMP TABLE a AS SELECT id AS x, total AS y FROM orders WHERE status = 'x'",
    "CREATE TABLE b AS SELECT * FROM a",
    "INSERT INTO a SELECT id, id FROM customers", "INSERT INTO b SELECT y, x FROM a", "DROP TABLE a", "DROP TABLE b",
    "ALTER TABLE b RENAME TO c", "ALTER TABLE c RENAME TO b", "ALTER TABLE a RENAME TO b", "TRUNCATE b",
    "UPDATE b SET x = a.y FROM a WHERE a.x = b.x", "INSERT INTO report (p, q) SELECT x, y FROM b",
    "DELETE FROM b WHERE x > 1",
    "CREATE TABLE a (x int, y int)", "INSERT INTO orders (id) SELECT x FROM c", "SELECT x FROM a JOIN b USING (x)",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=10))
def test_no_temporary_table_is_left_of_any_script(steps: list[str]) -> None:
    result = ask(";\n".join(steps))
    once = collapsed(result)
    assert once.session == result.session
    assert len(once.statements) <= len(result.statements)
    temporary = {s.target.table for s in result.statements if s.target is not None and s.target.temporary}
    for statement in once.statements:
        assert not any(target.temporary for target in statement.writes)
        assert not any(read.temporary and read.table in temporary for read in statement.reads)


@settings(max_examples=50, deadline=None)
@given(st.lists(STEPS, max_size=10), st.randoms())
def test_any_value_collapses(steps: list[str], random: object) -> None:
    """Also one that no script gives: statements of it in any order."""
    statements = list(ask(";\n".join(steps)).statements)
    random.shuffle(statements)  # type: ignore[attr-defined]
    collapsed(msgspec.structs.replace(Result(), statements=tuple(statements)))


def test_one_partition_overwritten_leaves_what_is_in_the_others() -> None:
    text = """CREATE TABLE step (x INT, ds STRING); INSERT INTO step SELECT id, 'a' FROM orders;
    INSERT OVERWRITE TABLE step {} SELECT id, 'b' FROM customers;
    INSERT INTO report (x) SELECT x FROM step; DROP TABLE step"""
    whole, part = text.format(""), text.format("PARTITION (ds)")
    assert left(whole, "hive") == ["report.x <- customers.id (identity)"]
    assert left(part, "hive") == ["report.x <- customers.id (identity)", "report.x <- orders.id (identity)"]
