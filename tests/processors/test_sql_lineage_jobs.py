"""What the lineage processor says of routines, of other jobs' SQL, and of the queries of a log."""

import multiprocessing
import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from strabo.errors import UsageError
from strabo.kit.logged import Logged, QueryLog
from strabo.model.records import (
    Column,
    ColumnEdge,
    Dataset,
    Definition,
    Job,
    JobKind,
    Lineage,
    Record,
    ScopeComplete,
    Skipped,
    Upstream,
    Usage,
)
from strabo.model.ref import Ref
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig, reader
from strabo.sql import batch

PG = "postgres://db:5432"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORDERS, DAILY, RAW = (Ref(PG, f"shop.public.{name}") for name in ("orders", "daily", "raw"))


def table(ref: Ref, *columns: str) -> Dataset:
    return Dataset(ref=ref, columns=tuple(Column(name=c) for c in columns))


TABLES = [
    table(ORDERS, "id", "day", "amount"),
    table(DAILY, "day", "total"),
    table(RAW, "id", "line"),
]


def job(name: str, text: str, kind: JobKind = "procedure", namespace: str = PG, **more: str) -> list[Record]:
    ref = Ref(namespace, name)
    path = ("shop.public",) if more.get("dialect", "postgres") == "postgres" else ()
    return [
        Job(ref=ref, kind=kind),
        Definition(ref=ref, text=text, **{"dialect": "postgres", "search_path": path, **more}),  # type: ignore[arg-type]
    ]


def run(records: Iterable[Record], **config: object) -> list[Record]:
    return list(SqlLineage(SqlLineageConfig(**config))(iter(records)))  # type: ignore[arg-type]


def said(records: Iterable[Record]) -> dict[tuple[str, str], Lineage]:
    """By the dataset that is fed, and the job that feeds it."""
    return {(r.ref.name, r.job.name if r.job else ""): r for r in records if isinstance(r, Lineage)}


FILL = """CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE t AS SELECT day, amount FROM orders;
  INSERT INTO daily (day, total) SELECT day, sum(amount) FROM t GROUP BY day;
END $$"""


def test_a_procedure_feeds_what_it_writes_and_what_goes_through_a_temporary_table_is_seen_to_come_out() -> None:
    out = run([*TABLES, *job("shop.public.fill()", FILL), ScopeComplete(ref=Ref(PG, "shop.public"), covers=("job",))])
    lineage = said(out)["shop.public.daily", "shop.public.fill()"]
    assert (lineage.how, lineage.evidence) == ("parsed", "procedure body")
    (upstream,) = lineage.upstreams
    assert upstream.ref == ORDERS
    assert set(upstream.columns) >= {
        ColumnEdge(source="day", target="day"),
        ColumnEdge(source="amount", target="total", how="aggregation"),
    }
    assert isinstance(out[-1], ScopeComplete), "what a scope's routines say comes before its end"


def test_what_decides_about_rows_on_the_way_decides_about_those_that_come_out() -> None:
    text = """CREATE TEMP TABLE a AS SELECT id, upper(line) AS line FROM raw WHERE line > '';
        CREATE TEMP TABLE b AS SELECT a.id, a.line || o.day AS both FROM a JOIN orders o ON o.id = a.id;
        INSERT INTO b SELECT id, 'none' FROM raw;
        INSERT INTO daily (day) SELECT max(both) FROM b WHERE id > 5"""
    (lineage,) = said(run([*TABLES, *job("load", text, "script")])).values()
    raw, orders = sorted(lineage.upstreams, key=lambda u: u.ref, reverse=True)
    assert (raw.ref, orders.ref) == (RAW, ORDERS)
    assert raw.columns == (ColumnEdge(source="line", target="day", how="aggregation"),)
    assert orders.columns == (ColumnEdge(source="day", target="day", how="aggregation"),)
    assert {(i.source, i.how) for i in raw.influences} == {("line", "filter"), ("id", "join"), ("id", "filter")}
    assert {(i.source, i.how) for i in orders.influences} == {("id", "join")}


MYSQL = "mysql://db:3306"
MY_TABLES = [
    table(Ref(MYSQL, "shop.orders"), "id", "day", "amount"),
    table(Ref(MYSQL, "shop.daily"), "day", "total"),
    table(Ref(MYSQL, 'shop."a.b"'), "id", "was"),
]


def mysql(kind: JobKind, text: str, **more: Any) -> list[Record]:
    ref = Ref(MYSQL, f"shop.{kind}.r")
    made = Definition(ref=ref, text=text, dialect="mysql", search_path=("shop",))
    return [*MY_TABLES, Job(ref=ref, kind=kind, **more), made]


def test_parameters_of_a_body_that_comes_alone_are_no_columns() -> None:
    text = (
        "begin\n  insert into daily select day, sum(amount) from orders where day > d and id < nix group by day;\nend"
    )
    (lineage,) = said(run(mysql("procedure", text, signature="(IN d date)"))).values()
    assert ColumnEdge(source="amount", target="total", how="aggregation") in lineage.upstreams[0].columns
    assert len(lineage.unknown) == 1
    assert lineage.unknown[0].startswith("2:"), "places are those in the body"
    assert "nix" in lineage.unknown[0]


def test_a_function_that_is_but_an_expression_reads() -> None:
    out = run(mysql("function", "return (select count(id) from orders)", signature="() returns int(11)"))
    assert [u.ref.name for u in said(out)["shop.function.r", ""].upstreams] == ["shop.orders"]


def test_the_row_that_a_trigger_sees_is_one_of_its_table() -> None:
    out = run(mysql("trigger", "insert into `a.b` values (new.id, old.amount)", on=Ref(MYSQL, "shop.orders")))
    (lineage,) = said(out).values()
    assert lineage.ref.name == 'shop."a.b"'
    assert lineage.upstreams == (
        Upstream(
            ref=Ref(MYSQL, "shop.orders"),
            columns=(ColumnEdge(source="id", target="id"), ColumnEdge(source="amount", target="was")),
        ),
    )
    watched = run(mysql("trigger", "insert into daily (total) values (new.was)", on=Ref(MYSQL, 'shop."a.b"')))
    assert [u.ref.name for u in next(iter(said(watched).values())).upstreams] == ['shop."a.b"']


STAMP = """CREATE OR REPLACE FUNCTION public."st""amp"() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN INSERT INTO raw (id, line) VALUES (new.id, old.day); RETURN new; END $function$"""


def postgres_trigger(function: str, text: str = STAMP) -> list[Record]:
    fires = "CREATE TRIGGER t BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION f()"
    routine, trigger = Ref(PG, 'shop.public."st""amp()"'), Ref(PG, "shop.public.orders.t")
    return [
        *TABLES,
        Job(ref=routine, kind="function", signature="() returns trigger"),
        Definition(ref=routine, text=text, dialect="postgres", search_path=("shop.public",)),
        Job(ref=trigger, kind="trigger", on=ORDERS, properties={"function": function}),
        Definition(ref=trigger, text=fires, dialect="postgres", search_path=("shop.other",)),
        ScopeComplete(ref=Ref(PG, "shop.public"), covers=("dataset", "job")),
    ]


def test_a_function_that_a_trigger_calls_is_read_for_the_triggers_table() -> None:
    found = said(run(postgres_trigger('shop.public."st""amp()"')))
    assert found.keys() == {("shop.public.raw", "shop.public.orders.t")}
    lineage = found["shop.public.raw", "shop.public.orders.t"]
    assert not lineage.unknown
    assert lineage.upstreams == (
        Upstream(
            ref=ORDERS,
            columns=(ColumnEdge(source="id", target="id"), ColumnEdge(source="day", target="line")),
        ),
    )


@pytest.mark.parametrize("comes", [True, False])
def test_a_trigger_waits_for_a_function_of_a_schema_that_is_listed_later(comes: bool) -> None:
    routine, trigger = Ref(PG, "shop.zone.stamp()"), Ref(PG, "shop.public.orders.t")
    fires = "CREATE TRIGGER t BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION zone.stamp()"
    function = [
        Job(ref=routine, kind="function", signature="() returns trigger"),
        Definition(ref=routine, text=STAMP, dialect="postgres", search_path=("shop.public",)),
    ]
    ends = [ScopeComplete(ref=Ref(PG, f"shop.{name}"), covers=("dataset", "job")) for name in ("public", "zone")]
    out = run([
        *TABLES,
        Job(ref=trigger, kind="trigger", on=ORDERS, properties={"function": "shop.zone.stamp()"}),
        Definition(ref=trigger, text=fires, dialect="postgres", search_path=("shop.public",)),
        ends[0],
        *(function if comes else ()),
        ends[1],
    ])  # fmt: skip
    found = said(out)
    assert found.keys() == ({("shop.public.raw", "shop.public.orders.t")} if comes else set())
    assert [record for record in out if isinstance(record, ScopeComplete)] == ends
    if comes:
        assert out.index(found["shop.public.raw", "shop.public.orders.t"]) < out.index(ends[0])


def test_a_function_that_no_trigger_calls_says_that_it_does_not_know_the_row() -> None:
    (lineage,) = said(run(postgres_trigger("shop.public.another()"))).values()
    assert (lineage.ref, lineage.job) == (RAW, Ref(PG, 'shop.public."st""amp()"'))
    assert lineage.unknown


def test_a_function_in_another_language_is_no_body() -> None:
    text = "CREATE FUNCTION f() RETURNS trigger LANGUAGE c AS 'lib', 'symbol'"
    assert said(run(postgres_trigger('shop.public."st""amp()"', text))) == {}


def test_a_header_that_cannot_be_read_does_no_harm() -> None:
    text = "insert into daily select day, amount from orders"
    (lineage,) = said(run(mysql("procedure", text, signature="(((( IN"))).values()
    assert len(lineage.upstreams[0].columns) == 2


def test_what_is_put_aside_and_never_used_was_read() -> None:
    text = "CREATE TEMP TABLE a AS SELECT id FROM raw; INSERT INTO daily SELECT day, amount FROM orders"
    found = said(run([*TABLES, *job("load", text, "script")]))
    assert [u.ref for u in found["shop.public.daily", "load"].upstreams] == [ORDERS]
    assert [u.ref for u in found["load", ""].upstreams] == [RAW]


def test_a_function_that_only_reads_is_fed_by_what_it_reads() -> None:
    text = "CREATE FUNCTION f() RETURNS numeric LANGUAGE sql AS $$ SELECT sum(amount) FROM orders $$"
    found = said(run([*TABLES, *job("shop.public.f()", text, "function")]))
    assert found["shop.public.f()", ""].upstreams == (Upstream(ref=ORDERS),)


@pytest.mark.parametrize("kind", ["task", "script", "job", "model", "mapping"])
def test_sql_of_a_scheduler_is_read_where_its_tables_are_known_to_be(kind: JobKind) -> None:
    text = "INSERT INTO daily SELECT day, sum(amount) FROM orders GROUP BY 1"
    records = [*TABLES, *job("nightly.load", text, kind, "airflow")]
    assert said(run(records)) == {}, "nobody says whose tables they are"
    lineage = said(run(records, namespace=PG))["shop.public.daily", "nightly.load"]
    assert lineage.job == Ref("airflow", "nightly.load")
    assert lineage.evidence == "job SQL"
    assert ColumnEdge(source="amount", target="total", how="aggregation") in lineage.upstreams[0].columns


def test_jobs_are_left_alone_where_that_is_set_and_where_they_speak_no_sql() -> None:
    python: list[Record] = [
        Job(ref=Ref(PG, "shop.public.py()"), kind="function"),
        Definition(ref=Ref(PG, "shop.public.py()"), text="import os", dialect="", language="plpython3u"),
    ]
    records = [*TABLES, *job("shop.public.fill()", FILL), *python]
    assert said(run(records, jobs=False)) == {}
    assert not any(isinstance(r, Skipped) for r in run(records))


def test_a_body_that_cannot_be_read_is_skipped() -> None:
    out = run([*TABLES, *job("shop.public.bad()", "SELECT (")])
    (skipped,) = [r for r in out if isinstance(r, Skipped)]
    assert (skipped.ref.name, skipped.part) == ("shop.public.bad()", "lineage")


# --- query logs


def logged(*queries: Logged, **more: object) -> list[Record]:
    log = QueryLog(PG, "postgres")
    for query in queries:
        log.add(query)
    return list(log.records())


def query(text: str, at: datetime | None = NOON, user: str = "ann", count: int = 1) -> Logged:
    return Logged(text=text, search_path=("shop.public",), at=at, user=user, count=count)


FEED = "insert into daily select day, sum(amount) from orders where day > '2026-{:02}-01' group by day"


def test_queries_prove_lineage_and_say_which_one_how_often_and_last_when() -> None:
    records = logged(*(query(FEED.format(i + 1), NOON + i * DAY) for i in range(3)))
    (name,) = [r.ref.name for r in records if isinstance(r, Job)]
    (lineage,) = said(run([*TABLES, *records])).values()
    assert lineage.ref == DAILY
    assert lineage.job == Ref(PG, name)
    assert lineage.how == "parsed"
    assert lineage.evidence == f"query {name.removeprefix('query/')}, 3 times since 2026-11-01, last 2026-11-03"
    assert ColumnEdge(source="amount", target="total", how="aggregation") in lineage.upstreams[0].columns


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([query(FEED.format(1))], ", once, last 2026-11-01"),
        ([query(FEED.format(1), None)], ""),
        ([query(FEED.format(1), count=1_200)], ", 1,200 times, last 2026-11-01"),
        (
            [msgspec.structs.replace(query(FEED.format(1), count=2), since=NOON - 9 * DAY, about=True)],
            ", 2 times since 2026-10-23",
        ),
        (
            [msgspec.structs.replace(query(FEED.format(1), count=2), since=NOON - 9 * DAY)],
            ", 2 times since 2026-10-23, last 2026-11-01",
        ),
    ],
)
def test_evidence_says_what_is_known(queries: list[Logged], said: str) -> None:
    (lineage,) = [r for r in run([*TABLES, *logged(*queries)]) if isinstance(r, Lineage)]
    assert lineage.job is not None
    assert lineage.evidence == f"query {lineage.job.name.removeprefix('query/')}{said}"


def test_tables_that_queries_read_are_counted_by_day_user_and_column() -> None:
    out = run(
        [
            *TABLES,
            *logged(
                query("select amount from orders where id = 7", user="bob", count=5),
                query("select o.id from orders o join raw r on r.id = o.id"),
                query("select id from orders", NOON + DAY),
                query("select x from nobody_knows"),
            ),
        ]
    )
    used = {(r.ref.name, r.start.day): r for r in out if isinstance(r, Usage) and "query/" not in r.ref.name}
    assert used.keys() == {("shop.public.orders", 1), ("shop.public.orders", 2), ("shop.public.raw", 1)}
    first = used["shop.public.orders", 1]
    assert (first.queries, first.users, first.columns) == (6, {"ann": 1, "bob": 5}, {"amount": 5, "id": 6})
    assert (first.start, first.end) == (NOON.replace(hour=0), NOON.replace(hour=0) + DAY)


def test_a_query_that_only_reads_or_brings_its_own_rows_moves_nothing() -> None:
    texts = ["select id from orders", "insert into raw values (1, 'x')", "delete from raw where id = 3", "truncate raw"]
    assert said(run([*TABLES, *logged(*map(query, texts))])) == {}


def test_the_schemas_of_queries_come_from_the_catalog_too() -> None:
    shapes = {one.ref: tuple(c.name for c in one.columns) for one in TABLES}
    processor = SqlLineage(SqlLineageConfig(), known=shapes.get)
    (lineage,) = [r for r in processor(logged(query(FEED.format(1)))) if isinstance(r, Lineage)]
    assert not lineage.unknown
    assert not lineage.upstreams[0].guessed
    assert ColumnEdge(source="amount", target="total", how="aggregation") in lineage.upstreams[0].columns


def test_a_log_with_garbage_in_it_is_read_all_the_same() -> None:
    out = run([*TABLES, *logged(query("select ((("), query("SHOW work_mem"), query(FEED.format(1)))])
    assert len(said(out)) == 1
    assert len([r for r in out if isinstance(r, Skipped)]) == 1


def test_twice_the_same_log_says_the_same() -> None:
    records = [*TABLES, *logged(query(FEED.format(1)), query("select id from raw"))]
    assert run(records) == run(records)


# --- many at a time


class Counting(Executor):
    """An executor that does the work here, as another process would: on what was pickled."""

    def __init__(self) -> None:
        self.calls = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        self.calls += 1
        done: Future[Any] = Future()
        fn, args, more = pickle.loads(pickle.dumps((fn, args, more)))
        done.set_result(pickle.loads(pickle.dumps(fn(*args, **more))))
        return done


def many(count: int) -> list[Record]:
    shapes = (
        "insert into daily (day, total) select day, amount as x{0} from orders",
        'select "x{0}" from "we ""said"" so", orders o where o.id = {0}',
        "select o.amount as a{0} from shop.public.orders o where exists (select from raw r where r.id = o.id)",
        "select x{0} from nobody_knows",
        "select (((( {0}",
    )
    return logged(*(query(shapes[i % len(shapes)].format(f"n{i}")) for i in range(count)))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hands out work from 200 queries on, in chunks of 50."""
    monkeypatch.setattr(reader, "FAN_OUT", 200)
    monkeypatch.setattr(batch, "_FAN_OUT", 200)
    monkeypatch.setattr(batch, "_CHUNK", 50)


@pytest.mark.usefixtures("soon")
def test_many_queries_read_side_by_side_say_what_they_say_one_by_one() -> None:
    records = [*TABLES, table(Ref(PG, 'shop.public."we ""said"" so"'), "a"), *many(250)]
    hands = Counting()
    side_by_side = list(SqlLineage(SqlLineageConfig(), executor=hands)(records))
    assert hands.calls == 5
    assert side_by_side == run(records)
    few = Counting()
    list(SqlLineage(SqlLineageConfig(), executor=few)([*TABLES, *many(150)]))
    assert not few.calls


@pytest.mark.usefixtures("soon")
def test_processes_of_its_own_end_with_the_stream() -> None:
    processor = SqlLineage(SqlLineageConfig(workers=2))
    records = [*TABLES, *many(200)]
    assert list(processor(records)) == run(records)
    assert processor.executor is None
    assert not multiprocessing.active_children()


def test_no_workers_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="workers must be 1 or more"):
        SqlLineage(SqlLineageConfig(workers=0))


def test_dialects_have_other_names_and_one_that_is_none_is_told_at_once() -> None:
    text = "INSERT INTO daily (day, total) SELECT day, amount::int FROM orders"
    for config in ({}, {"dialect": "pgsql"}):
        load = job("load", text, dialect="PostgreSQL", search_path=("shop.public",))  # type: ignore[arg-type]
        found = said(run([*TABLES, *load], **config))
        assert [edge.how for edge in found[DAILY.name, "load"].upstreams[0].columns] == ["identity", "transformation"]
    with pytest.raises(UsageError, match="'klingon' is not known"):
        SqlLineage(SqlLineageConfig(dialect="klingon"))


def test_jobs_of_a_system_that_speaks_another_ones_sql() -> None:
    text = "INSERT INTO daily (day) SELECT day FROM orders"
    records = job("load", text, "task", "airflow", dialect="")
    assert not said(run(records))
    assert not said(run(records, dialect="postgres"))
    (found,) = said(run(records, namespace="heron://db", dialect="postgres")).values()
    assert found.ref == Ref("heron://db", "daily")
