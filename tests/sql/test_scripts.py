"""Scripts: every statement is found where it stands, whatever surrounds it; and nothing is too strange to be read."""

import time

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.sql.rendering import SHOP, ask, known, rendered

from strabo.sql.lineage import lineage
from strabo.sql.result import Limits
from strabo.sql.scripts import clients
from strabo.sql.scripts.running import _FOLLOWED, Script
from strabo.sql.scripts.steps import Execute

DIALECTS = (
    "ansi", "bigquery", "databricks", "db2", "hive", "mysql", "oracle", "postgres", "redshift", "snowflake", "spark",
    "sqlite", "teradata", "trino", "tsql",
)  # fmt: skip

WORDS = st.sampled_from([
    "BEGIN", "END", "END;", "IF", "THEN", "ELSE", "ELSIF x THEN", "END IF;", "LOOP", "END LOOP;", "WHILE", "DO",
    "FOR r IN", "CASE", "WHEN", "REPEAT", "UNTIL", "DECLARE", "CURSOR FOR", "HANDLER FOR", "OPEN c",
    "FETCH c INTO a", "EXCEPTION", "CREATE PROCEDURE p", "CREATE FUNCTION f", "CREATE TRIGGER t ON orders",
    "PACKAGE BODY", "AS", "IS", "LANGUAGE sql", "RETURN", "RETURNS", "QUERY", "EXECUTE", "EXECUTE IMMEDIATE",
    "EXEC", "sp_executesql", "PREPARE s FROM", "USING", "INTO", "SET", "LET", ":=", "=", "+=",
    "SELECT id FROM orders", "INSERT INTO report (a)", "VALUES", "UPDATE orders SET total", "DELETE TOP", "MERGE",
    "WITH c AS", "(", ")", "[", "]", ",", ".", ";", ";\n", "\n", "\nGO\n", "\nGO 5\n", "\n/\n", "$$", "$a$", "'",
    '"', "`", "q'[", "]'", "--", "/*", "*/", "#", "{{", "}}", "{% if a %}", "{% else %}", "{% endif %}", "{#",
    "{{ ref('orders') }}", "\nDELIMITER //\n", "//", "\nDELIMITER ;\n", "\n.IF ERRORCODE <> 0 THEN .QUIT\n",
    "\n@file\n", "\nSPOOL x\n", "\nDEFINE a = b\n", "&a", "&&a..b", "\n\\i x\n", "\n:r x\n", "@a", ":a", ":NEW.id",
    "NEW", "OLD", "?", "$1", "1", "..", "<<a>>", "a:", "IDENTIFIER(:a)", "TABLE(a)", "%ROWTYPE", "é", "🚀", "\x00",
    "\t", "\r\n", "\\",
])  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WORDS, max_size=40), st.sampled_from(DIALECTS), st.sampled_from([" ", ""]))
@example(["BEGIN", "EXECUTE", "'", "BEGIN", "EXECUTE"], "postgres", " ")
def test_nothing_is_too_strange_to_be_read(words: list[str], dialect: str, space: str) -> None:
    text = space.join(words)
    before = time.monotonic()
    result = ask(text, dialect)
    assert time.monotonic() - before < 5
    lines = text.split("\n")
    for statement in result.statements:
        assert 1 <= statement.line <= len(lines)
        assert 1 <= statement.column <= len(lines[statement.line - 1]) + 1
    for unknown in (*result.unparsed, *(u for s in result.statements for u in s.unknown)):
        assert not unknown.line or 1 <= unknown.line <= len(lines)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=40), st.sampled_from(DIALECTS))
def test_a_clients_lines_are_blanked_and_nothing_else_moves(words: list[str], dialect: str) -> None:
    text = " ".join(words)
    prepared = clients.prepared(text, dialect)
    assert len(prepared.text) == len(text)
    for was, now in zip(text, prepared.text, strict=True):
        assert now == was or (was != "\n" and now in " ;CAL")
    assert all(0 <= cut <= len(text) for cut in prepared.cuts)


BODIES = {
    "postgres": "DO $$ BEGIN INSERT INTO report (a) SELECT id FROM orders; END $$;",
    "oracle": "BEGIN\n INSERT INTO report (a) SELECT id FROM orders;\nEND;\n/",
    "tsql": "IF 1 = 1 BEGIN INSERT INTO report (a) SELECT id FROM orders END\nGO",
    "mysql": "DELIMITER //\nCREATE PROCEDURE p() BEGIN\nINSERT INTO report (a) SELECT id FROM orders; END //\n"
    "DELIMITER ;",
    "bigquery": "BEGIN INSERT INTO report (a) SELECT id FROM orders; END;",
    "snowflake": "EXECUTE IMMEDIATE $$ BEGIN INSERT INTO report (a) SELECT id FROM orders; END; $$;",
    "teradata": ".SET WIDTH 200\nINSERT INTO report (a) SELECT id FROM orders;",
}
NOISE = st.sampled_from([
    "/* a; ' b\nGO\n/\n*/", "-- it's; \"", "SELECT 'a; b' AS x FROM customers;", "SELECT name\nFROM customers;", "",
    'SELECT id AS "a;\nb" FROM products;',
])  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(BODIES)), st.lists(st.one_of(NOISE, st.just("@")), max_size=12))
def test_every_statement_is_found_where_it_stands(dialect: str, parts: list[str]) -> None:
    if dialect in {"mysql", "bigquery"}:  # a name in double quotes is a string there
        parts = [part.replace('"a;\nb"', "ab") for part in parts]
    text = "\n".join(BODIES[dialect] if part == "@" else part for part in parts)
    result = ask(text, dialect)
    assert not result.unparsed
    found = {(s.line, s.column) for s in result.statements if s.kind in {"insert", "select"}}
    expected = set()
    for at in range(len(text)):
        if text.startswith(("INSERT INTO report", "SELECT 'a;", "SELECT name", "SELECT id AS"), at):
            expected.add((text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)))
    assert found == expected


def _seconds(text: str, dialect: str) -> float:
    before = time.process_time()
    result = lineage(text, dialect=dialect, schemas=known(SHOP, dialect), limits=Limits(in_process=10_000_000))
    assert not result.unparsed
    return time.process_time() - before


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sorted(BODIES))
def test_a_long_script_takes_as_much_longer(dialect: str) -> None:
    body = BODIES[dialect] + "\nSELECT name\nFROM customers;\n"
    _seconds(body, dialect)
    short, long = (min(_seconds(body * times, dialect) for _ in range(2)) for times in (30, 240))
    assert long < short * 8 * 2.5


def test_long_bodies_take_as_much_longer() -> None:
    def body(times: int) -> str:
        lines = "  v := v + 1; INSERT INTO report (a) VALUES (v);\n  IF v > 1 THEN DELETE FROM items; END IF;\n"
        return f"DO $$ DECLARE v int; BEGIN SELECT id INTO v FROM orders;\n{lines * times} END $$;"

    _seconds(body(1), "postgres")
    assert _seconds(body(240), "postgres") < _seconds(body(30), "postgres") * 8 * 2.5


@pytest.mark.slow
@pytest.mark.parametrize("text", [
    "(" * 20_000, "EXECUTE " + "(" * 20_000, "DO $$" + "BEGIN " * 5_000 + "$$", "IF a THEN " * 5_000, "/*" * 50_000,
    "BEGIN " + "a := (" * 3_000, "'" * 99_999, "$a$ $b$ " * 10_000, "DELIMITER //\n" * 5_000, "q'(" * 20_000,
    "{{" * 40_000, "{% if a %}" * 3_000, "{% for a in b %}{% else %}" * 1_000,
    "{% if a %}x{% else %}y{% endif %}" * 1_000, "\\'" * 40_000, "CREATE FUNCTION f() RETURNS int AS '" * 1_000,
    "EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE ''" * 500, "CASE WHEN " * 5_000, "DECLARE a CURSOR FOR " * 3_000,
    "BEGIN;" * 2_000, "@a, " * 20_000, "<<" * 20_000, "SET a = " * 5_000,
])  # fmt: skip
@pytest.mark.parametrize("dialect", ["postgres", "oracle", "mysql", "tsql"])
def test_what_is_out_of_hand_ends(text: str, dialect: str) -> None:
    before = time.process_time()
    ask(text, dialect)
    assert time.process_time() - before < 6


def test_a_variable_whose_value_is_no_sql_stays() -> None:
    result = ask("\\set x '\nSELECT id FROM orders;\nSELECT :x FROM customers")
    assert [s.line for s in result.statements] == [2, 3]


def test_a_batch_that_is_not_understood_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Script, step: Execute, *, ours: bool = False) -> None:
        del self, step, ours
        raise AttributeError("x")

    monkeypatch.setitem(_FOLLOWED, Execute, broken)
    result = ask("SELECT id FROM orders\nGO\nEXEC ('SELECT 1')\nGO\nSELECT name FROM customers", "tsql")
    assert [s.line for s in result.statements] == [1, 5]
    assert [str(u) for u in result.unparsed] == ["3:1: not understood: AttributeError: x"]


def test_names_of_any_script_and_case() -> None:
    text = """DO $$ DECLARE "ü🚀" int; "A b" orders%ROWTYPE; BEGIN
    SELECT id INTO "ü🚀" FROM orders; SELECT * INTO "A b" FROM orders;
    INSERT INTO "שלום" (a, b) VALUES ("ü🚀", "A b".total); END $$"""
    (*_, last) = ask(text).statements
    assert [(e.source, e.target) for e in last.edges] == [("id", "a"), ("total", "b")]
    assert last.target is not None
    assert last.target.table == ("שלום",)


TSQL = st.sampled_from([
    "SELECT id FROM orders", "INSERT INTO report (a) SELECT id FROM orders", "INSERT report (a) VALUES (1)",
    "TRUNCATE TABLE report",
    "UPDATE orders SET total = CASE WHEN total > 1 THEN 2 ELSE 3 END WHERE id IN (SELECT order_id FROM items)",
    "DELETE FROM items WHERE price > 1", "DELETE items FROM items i JOIN orders o ON o.id = i.order_id",
    "PRINT 'x'", "DECLARE @a int = (SELECT MAX(id) FROM orders)", "SELECT @a = id, @b = total FROM orders",
    "SET @a = @a + 1", "INSERT INTO report (a) VALUES (@a)", "DROP TABLE IF EXISTS #t",
    "SELECT id INTO #t FROM orders UNION ALL SELECT id FROM #t", "IF @a > 1 SELECT name FROM customers",
    "IF @a > 1 BEGIN DELETE FROM items END ELSE SELECT 1 AS x", "EXEC p @a, 'x'", "WHILE @a > 1 SET @a = @a - 1",
    "BEGIN TRAN", "COMMIT", "GRANT SELECT ON orders TO bob", "CREATE INDEX i ON orders (id)",
    "ALTER TABLE orders ADD y int", "WAITFOR DELAY '0:0:1'", "SELECT id FROM orders FOR XML PATH('')",
    "SET NOCOUNT ON", "SELECT TOP (5) WITH TIES id FROM orders WITH (NOLOCK) ORDER BY id",
    "EXEC (N'SELECT email FROM customers')", "INSERT INTO report (a) EXEC p",
    "SELECT id FROM orders ORDER BY id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(TSQL, max_size=8))
def test_no_semicolon_is_needed(statements: list[str]) -> None:
    def said(mark: str) -> str:
        result = ask("\n".join(each + mark for each in statements), "tsql")
        kept = tuple(s for s in result.statements if s.kind != "other" or s.reads)
        return rendered(msgspec.structs.replace(result, statements=kept), placed=True)

    assert said("") == said(";")
