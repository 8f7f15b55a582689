"""What must hold for any statement that writes, and that none of them, however mangled, raises."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sql.rendering import SHOP, ask

DIALECTS = ["postgres", "duckdb", "sqlite", "mysql", "oracle", "tsql", "snowflake", "bigquery", "databricks", "spark",
            "hive", "trino", "presto", "athena", "clickhouse", "redshift", "teradata", "db2", "vertica", "doris",
            "starrocks", "druid", "pinot", "ansi"]  # fmt: skip

STATEMENTS = [
    "INSERT INTO orders (id, total) SELECT i.order_id, sum(i.price) FROM items i WHERE i.quantity > 1 GROUP BY 1",
    "INSERT INTO orders SELECT id, parent_id, name, region, 0 FROM customers",
    "UPDATE orders SET total = total + 1, status = upper(status) WHERE id IN (SELECT order_id FROM items)",
    "DELETE FROM orders WHERE EXISTS (SELECT 1 FROM items i WHERE i.order_id = orders.id)",
    (
        "MERGE INTO orders o USING items i ON (o.id = i.order_id) WHEN MATCHED THEN UPDATE SET total = i.price "
        "WHEN NOT MATCHED THEN INSERT (id, total) VALUES (i.order_id, i.price)"
    ),
    "CREATE TABLE made AS SELECT id AS a, total AS b FROM orders",
    "CREATE VIEW v (a, b) AS SELECT id, total FROM orders",
    "WITH q AS (SELECT * FROM items) INSERT INTO orders (id) SELECT order_id FROM q",
    "ALTER TABLE orders RENAME TO bills",
    "DROP TABLE orders",
    "COPY orders FROM 's3://b/x'",
    "SELECT * FROM orders PIVOT (sum(total) FOR status IN ('a', 'b')) p",
    "SELECT c.name, x.total FROM customers c, LATERAL (SELECT total FROM orders o WHERE o.customer_id = c.id) x",
]
STATEMENT = st.sampled_from(STATEMENTS)
DIALECT = st.sampled_from(DIALECTS)


@given(STATEMENT, STATEMENT, DIALECT, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=300)
def test_no_mangled_statement_raises(one: str, other: str, dialect: str, random: Random) -> None:
    words = one.split() + other.split()
    for _ in range(random.randint(0, 4)):
        at = random.randrange(len(words))
        what = random.randint(0, 3)
        if what == 0:
            del words[at]
        elif what == 1:
            words.insert(at, random.choice(words))
        elif what == 2:
            words[at] = random.choice(["(", ")", ";", ",", "*", "NULL", "'", '"', "SELECT", "FROM", "\x00"])
        else:
            words = words[: at + 1]
        words = words or ["SELECT"]
    ask(" ".join(words), dialect)


@given(STATEMENT, DIALECT)
@settings(deadline=None, max_examples=200)
def test_every_edge_is_of_a_table_that_is_read_and_a_column_that_is_put_out(text: str, dialect: str) -> None:
    for statement in ask(text, dialect).statements:
        reads = {read.table for read in statement.reads}
        for flow in statement.flows:
            outputs = {output.name for output in flow.outputs}
            assert {edge.target for edge in flow.edges} <= outputs
            assert {edge.table for edge in flow.edges} <= reads
            assert {decides.table for decides in flow.influences} <= reads


@given(STATEMENT, DIALECT)
@settings(deadline=None, max_examples=200)
def test_a_source_that_a_schema_has_is_never_a_column_that_it_has_not(text: str, dialect: str) -> None:
    columns = {(table,): set(names) for table, names in SHOP.items()}
    columns |= {(table.upper(),): {name.upper() for name in names} for table, names in SHOP.items()}
    for statement in ask(text, dialect).statements:
        for flow in statement.flows:
            for edge in flow.edges:
                if edge.table in columns and not edge.guessed:
                    assert edge.source in columns[edge.table]


@given(st.sampled_from(STATEMENTS[:8]), st.sampled_from(["postgres", "snowflake", "oracle", "mysql"]))
@settings(deadline=None)
def test_layout_and_case_of_words_do_not_matter(text: str, dialect: str) -> None:
    plain = ask(text, dialect).statements
    spread = ask(text.replace(" ", "\n\t "), dialect).statements
    assert [[f.edges for f in s.flows] for s in plain] == [[f.edges for f in s.flows] for s in spread]
    if dialect != "mysql":
        shouted = ask(text.upper().replace("'A'", "'a'"), dialect).statements
        assert [[f.edges for f in s.flows] for s in plain] == [[f.edges for f in s.flows] for s in shouted]
