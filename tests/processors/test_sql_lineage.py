"""The lineage processor: what it says of views, and when."""

import subprocess
import sys
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.ingest.contracts import RunContext
from strabo.model.records import (
    Column,
    ColumnEdge,
    Dataset,
    DatasetKind,
    Definition,
    Influence,
    Job,
    Lineage,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
    Upstream,
)
from strabo.model.ref import Ref
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig

PG = "postgres://db:5432"


def table(name: str, *columns: str, namespace: str = PG, kind: DatasetKind = "table") -> Dataset:
    return Dataset(ref=Ref(namespace, name), kind=kind, columns=tuple(Column(name=c) for c in columns))


def view(
    name: str, text: str, *columns: str, namespace: str = PG, dialect: str = "postgres", path: tuple[str, ...] = ()
) -> list[Record]:
    if not path and namespace == PG:
        path = ("shop.public",)
    shape = table(name, *columns, namespace=namespace, kind="view")
    return [shape, Definition(ref=shape.ref, text=text, dialect=dialect, search_path=path)]


def done(name: str, namespace: str = PG) -> ScopeComplete:
    return ScopeComplete(ref=Ref(namespace, name))


def run(records: Iterable[Record], config: SqlLineageConfig | None = None, **more: object) -> list[Record]:
    return list(SqlLineage(config or SqlLineageConfig(), **more)(iter(records)))  # type: ignore[arg-type]


def said(records: list[Record]) -> dict[str, Lineage]:
    return {r.ref.name: r for r in records if isinstance(r, Lineage)}


def test_a_view_tells_its_columns_and_what_filters_them() -> None:
    text = "SELECT o.id, upper(o.note) AS loud, count(*) AS n FROM orders o WHERE o.paid GROUP BY 1, 2"
    out = run(
        [
            table("shop.public.orders", "id", "note", "paid"),
            *view("shop.public.v", text, "id", "loud", "n"),
            done("shop.public"),
        ]
    )
    lineage = said(out)["shop.public.v"]
    assert lineage == Lineage(
        ref=Ref(PG, "shop.public.v"),
        how="parsed",
        evidence="view definition",
        expressions={"loud": "upper(o.note)", "n": "count(*)"},
        upstreams=(
            Upstream(
                ref=Ref(PG, "shop.public.orders"),
                columns=(
                    ColumnEdge(source="id", target="id"),
                    ColumnEdge(source="note", target="loud", how="transformation"),
                ),
                influences=(
                    Influence(source="id", how="group_by"),
                    Influence(source="note", how="group_by"),
                    Influence(source="paid", how="filter"),
                ),
            ),
        ),
    )
    assert out.index(lineage) == len(out) - 2, "before the end of its scope"


def test_every_record_passes_in_its_order() -> None:
    records = [
        table("shop.public.t", "a"),
        Stats(ref=Ref(PG, "shop.public.t"), rows=3),
        *view("shop.public.v", "SELECT a FROM t", "a"),
        done("shop.public"),
        done("shop"),
    ]
    assert [r for r in run(records) if not isinstance(r, Lineage)] == records


def test_records_are_not_held_back() -> None:
    processed = SqlLineage(SqlLineageConfig())(iter([table("shop.public.t", "a"), *[]]))
    assert next(processed) == table("shop.public.t", "a")


def test_a_view_listed_before_what_it_reads() -> None:
    out = run(
        [
            *view("shop.public.a", "SELECT x FROM b", "x"),
            *view("shop.public.b", "SELECT * FROM c", "x"),
            table("shop.public.c", "x"),
            done("shop.public"),
        ]
    )
    assert said(out)["shop.public.a"].upstreams[0].columns == (ColumnEdge(source="x", target="x"),)
    assert said(out)["shop.public.b"].upstreams[0].ref.name == "shop.public.c"


def test_the_end_of_a_scope_waits_for_a_table_of_another() -> None:
    records = [
        *view("shop.a.v", "SELECT x FROM b.t JOIN u USING (k)", "x", path=("shop.a",)),
        table("shop.a.u", "k", "y"),
        done("shop.a"),
        table("shop.b.t", "k", "x"),
        done("shop.b"),
        done("shop"),
    ]
    out = run(records)
    at = [r.ref.name for r in out if isinstance(r, ScopeComplete | Lineage)]
    assert at == ["shop.a.v", "shop.a", "shop.b", "shop"]
    lineage = said(out)["shop.a.v"]
    assert not lineage.unknown
    assert lineage.upstreams[0].columns == (ColumnEdge(source="x", target="x"),)


def test_it_stops_waiting_when_the_other_scope_ends_without_the_table() -> None:
    out = run(
        [
            *view("shop.a.v", "SELECT x FROM b.gone", "x", path=("shop.a",)),
            done("shop.a"),
            done("shop.b"),
            table("shop.c.t", "x"),
            done("shop.c"),
        ]
    )
    at = [r.ref.name for r in out if isinstance(r, ScopeComplete | Lineage)]
    assert at == ["shop.a.v", "shop.a", "shop.b", "shop.c"]
    assert said(out)["shop.a.v"].upstreams == (
        Upstream(ref=Ref(PG, "shop.b.gone"), columns=(ColumnEdge(source="x", target="x", guessed=True),), guessed=True),
    )


def test_one_of_two_tables_comes() -> None:
    out = run(
        [
            *view("shop.a.v", "SELECT x, y FROM b.t, c.u", "x", "y", path=("shop.a",)),
            done("shop.a"),
            table("shop.b.t", "x"),
            done("shop.b"),
        ]
    )
    first, second = said(out)["shop.a.v"].upstreams
    assert first.columns == (ColumnEdge(source="x", target="x"),)
    assert second.columns == (ColumnEdge(source="y", target="y", guessed=True),)
    assert out[-1] == done("shop.a"), "it waited to the very end: c was never listed"


def test_an_outer_scope_does_not_end_before_an_inner_one() -> None:
    out = run(
        [
            *view("shop.a.v", "SELECT x FROM other.b.t", "x", path=("shop.a",)),
            done("shop.a"),
            done("shop"),
            table("other.b.t", "x"),
            done("other.b"),
        ]
    )
    assert [r.ref.name for r in out if isinstance(r, ScopeComplete)] == ["shop.a", "shop", "other.b"]


def test_nobody_waits_for_a_system_catalog() -> None:
    out = run([*view("shop.a.v", "SELECT relname FROM pg_catalog.pg_class", "relname"), done("shop.a"), done("shop.b")])
    assert [r.ref.name for r in out if isinstance(r, ScopeComplete | Lineage)] == ["shop.a.v", "shop.a", "shop.b"]


def test_without_a_scope_the_lineage_comes_at_the_end() -> None:
    out = run([*view("shop.public.v", "SELECT a FROM t", "a"), table("shop.public.t", "a")])
    assert isinstance(out[-1], Lineage)
    assert not out[-1].unknown


def test_the_search_path_is_tried_in_order() -> None:
    tables = [table("shop.two.t", "a"), table("shop.one.u", "a"), table("shop.two.u", "a")]
    out = run([*tables, *view("shop.two.v", "SELECT t.a, u.a AS b FROM t, u", "a", "b", path=("shop.one", "shop.two"))])
    assert {u.ref.name for u in said(out)["shop.two.v"].upstreams} == {"shop.two.t", "shop.one.u"}


def test_names_in_sqlite_have_no_path_and_no_case() -> None:
    file = "sqlite:///data/shop.db"
    out = run(
        [
            table("Orders", "Id", namespace=file),
            *view("v", "CREATE VIEW v AS SELECT ID FROM main.ORDERS", "ID", namespace=file, dialect="sqlite"),
            done("", file),
        ]
    )
    (upstream,) = said(out)["v"].upstreams
    assert upstream == Upstream(ref=Ref(file, "Orders"), columns=(ColumnEdge(source="Id", target="ID"),))


def test_mysql_tables_differ_by_case() -> None:
    server = "mysql://db:3306"
    out = run(
        [
            table("shop.T", "a", namespace=server),
            table("shop.t", "b", namespace=server),
            *view("shop.v", "select `T`.`A` AS `x` from `shop`.`T`", "x", namespace=server, dialect="mysql"),
        ]
    )
    (upstream,) = said(out)["shop.v"].upstreams
    assert upstream == Upstream(ref=Ref(server, "shop.T"), columns=(ColumnEdge(source="a", target="x"),))


def test_hostile_names() -> None:
    odd = ['we "said".so', "таблица 🚀", "مرحبا", "a.b", "x/y'z"]
    tables = [table("shop.public." + _part(name), name, "k") for name in odd]
    texts = [f"SELECT {_q(name)} FROM {_q(name)}" for name in odd]
    views = [r for i, text in enumerate(texts) for r in view(f"shop.public.v{i}", text, odd[i])]
    out = said(run([*tables, *views, done("shop.public")]))
    for i, name in enumerate(odd):
        (upstream,) = out[f"shop.public.v{i}"].upstreams
        assert upstream.ref == tables[i].ref
        assert upstream.columns == (ColumnEdge(source=name, target=name),)


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _part(name: str) -> str:
    return _q(name) if "." in name or '"' in name else name


def test_what_cannot_be_read_is_skipped_with_its_place_and_the_run_goes_on() -> None:
    out = run(
        [
            *view("shop.public.bad", "SELECT a\nFROM (SELECT", "a"),
            *view("shop.public.good", "SELECT a FROM t", "a"),
            table("shop.public.t", "a"),
            done("shop.public"),
        ]
    )
    (skipped,) = [r for r in out if isinstance(r, Skipped)]
    assert skipped.ref.name == "shop.public.bad"
    assert skipped.part == "lineage"
    assert skipped.reason.startswith("2:")
    assert skipped.fix is not None
    assert "postgres" in skipped.fix
    assert "shop.public.good" in said(out)


def test_too_large_or_too_slow_is_skipped() -> None:
    small = SqlLineageConfig(max_characters=10)
    (skipped,) = [r for r in run(view("shop.public.v", "SELECT a FROM t", "a"), small) if isinstance(r, Skipped)]
    assert "more than 10" in skipped.reason
    slow = SqlLineageConfig(max_seconds=0)
    (skipped,) = [r for r in run(view("shop.public.v", "SELECT a FROM t", "a"), slow) if isinstance(r, Skipped)]
    assert "seconds" in skipped.reason


def test_definitions_of_jobs_and_of_other_languages_are_left_alone() -> None:
    job = Job(ref=Ref(PG, "shop.public.f"), kind="function")
    records: list[Record] = [
        job,
        Definition(ref=job.ref, text="SELECT 1", dialect="postgres"),
        table("shop.public.t", "a"),
        Definition(ref=Ref(PG, "shop.public.t"), text="import os", dialect="", language="python"),
    ]
    assert run(records) == records


def test_a_table_that_no_query_makes_has_no_lineage() -> None:
    records = view("shop.public.t", "CREATE TABLE t (a int)", "a")
    assert run(records) == records


def test_views_that_read_each_other_or_themselves() -> None:
    out = said(
        run(
            [
                *view("shop.public.a", "SELECT x FROM b", "x"),
                *view("shop.public.b", "SELECT x FROM a UNION SELECT x FROM b", "x"),
                done("shop.public"),
            ]
        )
    )
    assert [u.ref.name for u in out["shop.public.a"].upstreams] == ["shop.public.b"]
    assert [u.ref.name for u in out["shop.public.b"].upstreams] == ["shop.public.a"]
    assert out["shop.public.b"].unknown == ("the view reads itself",)


def test_the_dialect_can_be_set() -> None:
    text = "SELECT `a` FROM `t`"
    records = [table("shop.public.t", "a"), *view("shop.public.v", text, "a")]
    assert said(run(records)) == {}
    assert said(run(records, SqlLineageConfig(dialect="mysql")))["shop.public.v"].upstreams[0].columns


def test_a_catalog_may_know_tables_that_the_stream_does_not_show() -> None:
    def known(ref: Ref) -> tuple[str, ...] | None:
        return ("a", "b") if ref == Ref(PG, "shop.public.old") else None

    out = said(run([*view("shop.public.v", "SELECT * FROM old", "a", "b"), done("shop.public")], known=known))
    (upstream,) = out["shop.public.v"].upstreams
    assert not upstream.guessed
    assert upstream.columns == (ColumnEdge(source="a", target="a"), ColumnEdge(source="b", target="b"))


def test_what_the_run_is_bound_to_knows_the_tables_of_other_feeds() -> None:
    made = Ref(PG, "shop.public.made")
    shapes = {made: ("x",), Ref(PG, "shop.public.old"): ("a",)}
    processor = SqlLineage(SqlLineageConfig())
    processor.bind(RunContext(feed="pipelines", columns_of=shapes.get))
    text = "CREATE TABLE made AS SELECT a AS x FROM old"
    records = [
        Definition(ref=made, text=text, dialect="postgres", search_path=("shop.public",)),
        Definition(ref=Ref(PG, "shop.public.f"), text="SELECT a FROM old", dialect="postgres"),  # no dataset
    ]
    out = said(list(processor(iter(records))))
    assert out.keys() == {"shop.public.made"}
    assert out["shop.public.made"].upstreams[0].columns == (ColumnEdge(source="a", target="x"),)


def test_what_the_catalog_knows_gives_way_to_what_is_listed_later() -> None:
    def known(ref: Ref) -> tuple[str, ...] | None:
        return ("a", "gone") if ref == Ref(PG, "shop.later.t") else None

    records = [
        *view("shop.public.v", "SELECT * FROM shop.later.t", "a", "new"),
        done("shop.public"),
        table("shop.later.t", "a", "new"),
        done("shop.later"),
    ]
    out = run(records, known=known)
    edges = said(out)["shop.public.v"].upstreams[0].columns
    assert edges == (ColumnEdge(source="a", target="a"), ColumnEdge(source="new", target="new"))
    assert [r.ref.name for r in out if isinstance(r, ScopeComplete)] == ["shop.public", "shop.later"]


def test_columns_the_text_does_not_name_are_named_by_the_catalog() -> None:
    out = said(run([table("shop.public.t", "a"), *view("shop.public.v", "SELECT max(a) + 1 FROM t", "?column?")]))
    assert out["shop.public.v"].upstreams[0].columns[0].target == "?column?"


def test_a_flood_of_unknowns_and_a_long_expression_are_cut() -> None:
    many = ", ".join(f"c{i}" for i in range(200))
    long = "'" + "x" * 10_000 + "' || a"
    out = said(
        run(
            [
                table("shop.public.t", "a"),
                *view("shop.public.v", f"SELECT {many} FROM t"),
                *view("shop.public.w", f"SELECT {long} AS b FROM t", "b"),
            ]
        )
    )
    assert len(out["shop.public.v"].unknown) == 51
    assert out["shop.public.v"].unknown[-1] == "and 150 more"
    assert len(out["shop.public.w"].expressions["b"]) == 4_000


def test_importing_it_does_not_import_the_parser() -> None:
    code = "import sys, strabo.processors.sql_lineage; sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.permutations(range(6)))
def test_the_order_within_a_scope_changes_nothing(order: list[int]) -> None:
    blocks: list[list[Record]] = [
        [table("shop.public.t", "a", "b")],
        [table("shop.public.u", "b", "c")],
        [table("shop.public.w", "d")],
        view("shop.public.v1", "SELECT a, c FROM t JOIN u USING (b)", "a", "c"),
        view("shop.public.v2", "SELECT v1.*, d FROM v1, w", "a", "c", "d"),
        view("shop.public.v3", "SELECT * FROM v2 UNION SELECT 1, c, d FROM v2", "a", "c", "d"),
    ]

    def answer(order: Iterable[int]) -> dict[str, Lineage]:
        return said(run([*(record for i in order for record in blocks[i]), done("shop.public")]))

    assert answer(order) == answer(range(6))


@pytest.mark.parametrize("text", ["", ";", "-- nothing", "\x00", "CREATE VIEW v AS"])
def test_nothing_in_the_text(text: str) -> None:
    records = [*view("shop.public.v", text), done("shop.public")]
    out = run(records)
    assert [r for r in out if not isinstance(r, Skipped)] == records
