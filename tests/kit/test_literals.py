"""Literals are taken out of SQL, and nothing else is."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.kit import literals
from strabo.kit.literals import masked

SECRET = "Zq7Wv9"  # nowhere else in these texts


@pytest.mark.parametrize(
    ("dialect", "text", "made"),
    [
        (
            "postgres",
            "SELECT a, 'x''y', 12.5e3, t1.c2\n  FROM t_2020 t1 -- note\n;",
            "SELECT a, '?', 0, t1.c2 FROM t_2020 t1",
        ),
        ("postgres", "select 1 where b in (1, 2,3) and c in ('a','b')", "select 0 where b in (0) and c in ('?')"),
        ("postgres", "select b from t where b in ($1, $2, $3)", "select b from t where b in ($1)"),
        (
            "postgres",
            "insert into t values (1,'a',now()), (2, 'b',now()),(3,'c',now())",
            "insert into t values (0,'?',now())",
        ),
        (
            "postgres",
            "insert into t values (1, null), ($1, 'x'), (a, 2), (-3, default), (b, 9), (a, 4) on conflict do nothing",
            "insert into t values (0, null), (a, 0), (b, 0) on conflict do nothing",
        ),
        (
            "postgres",
            "do $$ begin for i in 1..10 loop end loop; end $$",
            "do $$begin for i in 0..0 loop end loop; end $$",
        ),
        (
            "mysql",
            "select 1e5, 0x1F, c from 2020_orders o where o.a = 5",
            "select 0, 0, c from 2020_orders o where o.a = 0",
        ),
        (
            "postgres",
            "select * from t group by 1, 2 order by f(x, 5), 3 desc limit 10",
            "select * from t group by 1, 2 order by f(x, 0), 3 desc limit 0",
        ),
        ("postgres", "select E'a\\'b', U&'x', $q$it's$q$, $1, \"my 1\"", "select '?', '?', '?', $1, \"my 1\""),
        (
            "postgres",
            "do $$ begin insert into x select 'pw' from y; end $$",
            "do $$begin insert into x select '?' from y; end $$",
        ),
        ("postgres", "select * from t where a = 'never closed", "select * from t where a = '?'"),
        ("mysql", "select \"s\", `a``1`, 'it\\'s' from t # c\n where x=1", "select '?', `a``1`, '?' from t where x=0"),
        ("bigquery", 'select r"""a "b" c""", \'\'\'d\'\'\' from `p-1.d.t`', "select '?', '?' from `p-1.d.t`"),
        ("tsql", "select [a 1], N's', 0x1F from [b]", "select [a 1], '?', 0 from [b]"),
        ("redshift", "copy t from 's3://b/p' credentials 'key=1'", "copy t from 's3://b/p' credentials '?'"),
        (
            "duckdb",
            "select * from read_csv('s3://b/p.csv') where x = 's3://b/me'",
            "select * from read_csv('s3://b/p.csv') where x = '?'",
        ),
        ("snowflake", "copy into t from 's3://b/p?sig=1'", "copy into t from '?'"),
        ("snowflake", "copy into t from 's3://me:pw@b/p'", "copy into t from '?'"),
        ("spark", "select /*+ broadcast(t) */ a /* b */ from t", "select /*+ broadcast(t) */ a from t"),
        ("postgres", "", ""),
        ("postgres", " ; -- nothing", ""),
    ],
)
def test_what_is_taken_and_what_stays(dialect: str, text: str, made: str) -> None:
    assert masked(text, dialect) == made


def test_rows_that_are_spelled_alike_are_one() -> None:
    assert masked("insert into t values (1, 'a'), (2, 'b'), (3, 'c')", "mysql") == "insert into t values (0, '?')"


@given(
    st.sampled_from(["postgres", "mysql", "bigquery", "snowflake", "tsql", "oracle", "spark", ""]),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_nothing_of_a_text_comes_through(dialect: str, more: str) -> None:
    inner = (SECRET + more.replace("\\", "") + SECRET).replace("'", "''")
    made = masked(f"select a from t where b = '{inner}' and c = 17", dialect)
    assert SECRET not in made
    assert made == "select a from t where b = '?' and c = 0"


@given(
    st.text(st.sampled_from("a1'\"`$-/*[]() \n,;\\eE.x0in"), max_size=80),
    st.sampled_from(["postgres", "mysql", "tsql"]),
)
def test_any_garbage_is_taken(text: str, dialect: str) -> None:
    made = masked(text, dialect)
    assert "\n" not in made or '"' in made or "`" in made or "[" in made or "/*+" in made


PIECES = [
    *("select", "by", "'", "in", "values", "--", "t_2020", "a.b1", "x1000", "E'", "::", ":p", ";", ",", "(", ")", "1"),
    *("123", "4567.5", ".5", "1e100", "$1", "$$", "'x'", "'it''s'", "2020_o", "'s3://b'", "'y"),
]
PIECES += [" ", "\n", "\\", '"n 123"', '"', "`b 1234`", "`"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=25),
    st.sampled_from(["postgres", "mysql", "bigquery", "tsql", "snowflake", ""]),
)
def test_the_short_cut_takes_what_the_long_way_takes(pieces: list[str], dialect: str) -> None:
    for text in ("".join(pieces), " ".join(pieces)):
        assert masked(text, dialect) == literals._masked(text, dialect)


WORDS = [
    "select",
    "by",
    "in",
    "values",
    "(",
    ")",
    ",",
    ";",
    "t_2020",
    "a.b1",
    "1",
    "123",
    "12.5",
    "'x'",
    '"n 1"',
    "null",
]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text, "postgres")
    assert masked(once, "postgres") == once


@pytest.mark.parametrize(
    "text", ["'" * 100_001, "(" * 100_000, "$" * 100_000, "/*" * 50_000, "in (1," * 20_000, "values (1),(2" * 10_000]
)
def test_long_garbage_takes_no_long_time(text: str) -> None:
    begun = perf_counter()
    masked(text, "postgres")
    assert perf_counter() - begun < 10
