"""Many texts: the same answers as one by one, each kind of statement resolved once."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from tests.sql.rendering import SHOP, known

from strabo.sql import batch
from strabo.sql.lineage import lineage, lineages
from strabo.sql.masking import masked
from strabo.sql.names import TableName
from strabo.sql.parse import rules_of
from strabo.sql.result import Query, Result, Table

SCHEMAS = known(SHOP, "postgres")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT id FROM t WHERE a = 'x' AND b > 12.5", "SELECT id FROM t WHERE a = '?' AND b > 0"),
        ("SELECT 1, 'x' FROM t WHERE a IN (1, 2, 3) LIMIT 10", "SELECT 1, 'x' FROM t WHERE a IN (0) LIMIT 0"),
        ("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (0, '?'), (0, '?')"),
        ("SELECT a FROM t GROUP BY 1 ORDER BY 2", "SELECT a FROM t GROUP BY 1 ORDER BY 2"),
        ("SELECT j->'a' FROM t", "SELECT j->'a' FROM t"),
        ("SELECT * FROM t PIVOT (sum(a) FOR b IN ('x'))", "SELECT * FROM t PIVOT (sum(a) FOR b IN ('x'))"),
        ("COPY t FROM 'x.csv' WITH (format = 'csv')", "COPY t FROM 'x.csv' WITH (format = 'csv')"),
        ("SELECT \"a = 'x'\" -- b = 1", "SELECT \"a = 'x'\" -- b = 1"),
        ("", ""),
    ],
)
def test_only_literals_that_no_column_depends_on_are_masked(text: str, expected: str) -> None:
    assert masked(text, rules_of("postgres")) == expected


def without_texts(result: Result) -> list[object]:
    return [
        [(edge.table, edge.source, edge.target, edge.how) for edge in s.edges] + [s.kind, s.reads, s.influences]
        for s in result.statements
    ]


def test_each_kind_is_resolved_once_and_all_are_answered_in_order() -> None:
    asked: list[TableName] = []

    def schemas(name: TableName) -> Table | None:
        asked.append(name)
        return SCHEMAS(name)

    texts = [f"SELECT id, total FROM {t} WHERE id = {n}" for n in range(50) for t in ("orders", "nowhere")]
    results = list(lineages([Query(text, "postgres") for text in texts], schemas=schemas))
    assert len(asked) == 2
    for text, result in zip(texts, results, strict=True):
        alone = lineage(text, dialect="postgres", schemas=SCHEMAS)
        assert without_texts(result) == without_texts(alone)


def test_many_are_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_FAN_OUT", 20)
    monkeypatch.setattr(batch, "_CHUNK", 7)
    monkeypatch.setattr(batch, "_WINDOW", 40)
    queries = [Query(f"SELECT id AS c{n} FROM orders", "postgres") for n in range(100)]
    with ThreadPoolExecutor(2) as executor:
        results = list(lineages(queries, schemas=SCHEMAS, executor=executor))
    assert [result.statements[0].outputs[0].name for result in results] == [f"c{n}" for n in range(100)]


def test_bad_texts_are_answered_like_others() -> None:
    queries = [Query("SELECT 'abc", "postgres"), Query("SELECT 1", "klingon"), Query("\x00", "mysql")]
    assert all(result.unparsed for result in lineages(queries, schemas=SCHEMAS))


def test_queries_are_values() -> None:
    query = Query("SELECT 1", "postgres")
    assert hash(query) == hash(msgspec.structs.replace(query))
