"""Filter: what stays, what goes, by which rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.model.records import (
    Chart,
    Container,
    Dataset,
    Definition,
    Failed,
    Filtered,
    Job,
    Lineage,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)  # fmt: skip
from strabo.model.ref import Ref
from strabo.processors.filter import Filter, FilterConfig

DB = "postgres://db:5432"


def ref(name: str) -> Ref:
    return Ref(DB, name)


def kept(config: FilterConfig, *records: Record) -> list[Record]:
    return list(Filter(config)(iter(records)))


def test_a_filtered_object_is_replaced_and_what_is_said_of_it_dropped() -> None:
    t, tmp = ref("shop.public.orders"), ref("shop.public.tmp_1")
    records: list[Record] = [
        Dataset(ref=t), Stats(ref=t), Dataset(ref=tmp), Stats(ref=tmp), Definition(ref=tmp, text="", dialect="x"),
        Lineage(ref=tmp), Skipped(ref=tmp, reason="no grant"), Failed(ref=tmp, call="c", error="e"),
        ScopeComplete(ref=ref("shop")), Stats(ref=t, rows=1),
    ]  # fmt: skip
    assert kept(FilterConfig(exclude=("*.tmp_*",)), *records) == [
        Dataset(ref=t), Stats(ref=t), Filtered(ref=tmp, rule="exclude *.tmp_*"), Skipped(ref=tmp, reason="no grant"),
        Failed(ref=tmp, call="c", error="e"), ScopeComplete(ref=ref("shop")), Stats(ref=t, rows=1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "name", "rule"),
    [
        (FilterConfig(), "a", None),
        (FilterConfig(include=("shop.*",)), "shop.a", None),
        (FilterConfig(include=("shop.*", "crm.*")), "x.a", "include shop.*, crm.*"),
        (FilterConfig(include=("shop.*",), exclude=("*.b",)), "shop.b", "exclude *.b"),
        (FilterConfig(include=("postgres://db:5432/shop.*",)), "shop.a", None),
        (FilterConfig(exclude=("postgres://db:5432/*",)), "shop.a", "exclude postgres://db:5432/*"),
        (FilterConfig(exclude=("/shop\\.(a|b)/",)), "shop.b", "exclude /shop\\.(a|b)/"),
        (FilterConfig(exclude=("*postgres*",)), "orders", None),
        (FilterConfig(exclude=("Orders",)), "orders", None),
        (FilterConfig(exclude=('shop."we.ird"',)), 'shop."we.ird"', 'exclude shop."we.ird"'),
        (FilterConfig(exclude=("*🦆*",)), "shop.🦆", "exclude *🦆*"),
        (FilterConfig(exclude=("עב*",)), "עברית", "exclude עב*"),
        (FilterConfig(exclude=("a*",)), "a\nb", "exclude a*"),
    ],
)
def test_the_rule_that_decides(config: FilterConfig, name: str, rule: str | None) -> None:
    (found,) = kept(config, Dataset(ref=ref(name)))
    assert found == (Dataset(ref=ref(name)) if rule is None else Filtered(ref=ref(name), rule=rule))


def test_kinds_keep_kinds_and_whole_sorts() -> None:
    view, table = Dataset(ref=ref("v"), kind="view"), Dataset(ref=ref("t"))
    others: list[Record] = [Job(ref=ref("j"), kind="task"), Container(ref=ref("c")), Chart(ref=ref("h"))]
    rule = "kinds view, task, chart"
    config = FilterConfig(kinds=("view", "task", "chart"))
    assert kept(config, view, Stats(ref=ref("v")), table, Stats(ref=ref("t")), *others, Lineage(ref=ref("v"))) == [
        view, Stats(ref=ref("v")), Filtered(ref=ref("t"), rule=rule), others[0], Filtered(ref=ref("c"), rule=rule),
        others[2], Lineage(ref=ref("v")),
    ]  # fmt: skip
    assert kept(FilterConfig(kinds=("dataset",)), view, table, others[0])[:2] == [view, table]


def test_an_object_of_another_kind_under_the_same_name_is_judged_anew() -> None:
    config = FilterConfig(kinds=("job",))
    found = kept(
        config,
        Dataset(ref=ref("a")),
        Stats(ref=ref("a")),
        Job(ref=ref("a")),
        Definition(ref=ref("a"), text="", dialect="x"),
    )
    assert [type(record) for record in found] == [Filtered, Job, Definition]


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"/\(/ is no regular expression"):
        FilterConfig(exclude=("/(/",))


@given(st.lists(st.sampled_from(["a", "ab", "b.c", "tmp"]), max_size=20), st.sampled_from(["a*", "*", "b.?", "zz"]))
def test_every_object_comes_out_once_and_in_its_place(names: list[str], pattern: str) -> None:
    records = [Dataset(ref=ref(name)) for name in names]
    assert [record.ref.name for record in kept(FilterConfig(exclude=(pattern,)), *records)] == names


def test_it_streams() -> None:
    def endless() -> object:
        while True:
            yield Dataset(ref=ref("a"))

    stream = Filter(FilterConfig())(endless())  # type: ignore[arg-type]
    assert next(stream) == Dataset(ref=ref("a"))
