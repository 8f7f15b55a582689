"""Which candidate comes first."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.search.query import parse
from strabo.search.rank import Candidate, ranked, score, scored

NS = "postgres://db:5432"


def table(name: str, usage: float = 0, **more: object) -> Candidate:
    leaf = name.rsplit(".", 1)[-1]
    return Candidate(abs(hash(name)) % 10_000, NS, name, leaf, usage=usage, **more)  # type: ignore[arg-type]


def order(text: str, *candidates: Candidate) -> list[str]:
    mixed = list(candidates)
    random.Random(len(text)).shuffle(mixed)
    return [one.name for one in ranked(parse(text), mixed)]


def test_from_the_exact_name_to_a_mention() -> None:
    most = 1e7
    assert order(
        "orders",
        table("orders"),
        table("shop.public.orders"),
        table("shop.public.Orders_"),
        table("shop.public.orders_raw"),
        table("shop.orders.t", columns=("a",)),
        table("shop.public.sales", columns=("order_id",)),
        table("shop.public.money", comment="Sums of all orders."),
        table("shop.public.other"),
    ) == [
        "orders", "shop.public.orders", "shop.public.Orders_", "shop.public.orders_raw", "shop.orders.t",
        "shop.public.sales", "shop.public.money", "shop.public.other",
    ]  # fmt: skip
    assert order(
        "orders", table("shop.public.orders"), table("x.y.orders_daily", most), table("m", most, comment="orders")
    )[0] == ("shop.public.orders")


@given(usage=st.floats(0, 1e12), name=st.sampled_from(["fct_order_items", "Orders", "数据库", "a b", "🚀", "a.b"]))
def test_an_exact_leaf_is_first_however_little_used(usage: float, name: str) -> None:
    wanted = Candidate(1, NS, f"shop.public.{name}", name)
    others = [Candidate(2, NS, f"shop.public.{name}_x", name + "_x", usage=usage, comment=name, columns=(name,))]
    assert ranked(parse(f'"{name}"'), [*others, wanted])[0] is wanted


@pytest.mark.parametrize(
    "text", [f"{NS}/shop.public.orders", "shop.public.orders", "SHOP.PUBLIC.ORDERS", "public.orders"]
)
def test_the_whole_name_or_its_end(text: str) -> None:
    assert order(
        text, table("shop.public.orders"), table("shop.public.orders_public", 1e6), table("orders.public.shop", 1e6)
    )[0] == ("shop.public.orders")


def test_more_words_before_more_use() -> None:
    assert order("customer address zip", table("customer_address", columns=("zip",)), table("customer_zip", 1e6)) == [
        "customer_address",
        "customer_zip",
    ]


def test_parts_of_an_identifier_count_one_by_one() -> None:
    assert order("fct_order_items", table("fct_orders"), table("fct_x", 1e3)) == ["fct_orders", "fct_x"]


def test_side_by_side_before_scattered() -> None:
    assert order('"order items"', table("a.item_of_order"), table("a.x_order_items"))[0] == "a.x_order_items"
    near, far = table("a", comment="the order items"), table("b", comment="items, not in order", usage=5)
    assert order('"order items"', near, far) == ["a", "b"]


def test_a_shorter_name_before_a_longer_one_and_use_between_equals() -> None:
    assert order("order", table("x_orders_daily_snapshot"), table("x_orders")) == [
        "x_orders",
        "x_orders_daily_snapshot",
    ]
    assert order("order", table("a_orders", 10), table("b_orders", 1000)) == ["b_orders", "a_orders"]


def test_labels_and_words_of_other_scripts_are_seen() -> None:
    assert order("gold", table("b", labels=("tier.gold",)), table("a"))[0] == "b"
    assert order("données", table("b", comment="Les données"), table("a"))[0] == "b"
    assert order("数据", table("b", comment="数据库"), table("a"))[0] == "b"


def test_what_is_gone_comes_after_what_is_there() -> None:
    assert order("order", table("orders_old", 100, live=False), table("orders_new")) == ["orders_new", "orders_old"]


def test_equals_are_ordered_by_name_whatever_the_order_they_come_in() -> None:
    same = [Candidate(i, ns, name, "t") for i, (ns, name) in enumerate([("b", "x.t"), ("a", "x.t"), ("a", "a.t")])]
    assert [c.id for c in ranked(parse("nothing"), same)] == [2, 1, 0]
    assert ranked(parse("nothing"), same[::-1]) == ranked(parse("nothing"), same)
    assert ranked(parse(""), same) == ranked(parse("kind:table"), same)


@given(text=st.text(max_size=30), name=st.text(max_size=20), comment=st.text(max_size=40))
def test_any_text_has_a_score(text: str, name: str, comment: str) -> None:
    said = '"' + text.replace('"', " ") + '"'
    one = Candidate(1, NS, name, name, comment=comment, columns=(comment,), labels=(name,))
    assert score(parse(said), one) >= 0
    assert scored(parse(said), [one])[0][1] is one


def test_a_thousand_candidates_are_quick() -> None:
    query = parse("customer order items")
    many = [
        table(
            f"s{i % 7}.fct_{i}_customer",
            i,
            columns=tuple(f"column_{c}_id" for c in range(20)),
            comment="a comment " * 20,
        )
        for i in range(1000)
    ]
    ranked(query, many)
    began = time.process_time()
    ranked(query, many)
    assert time.process_time() - began < 0.25
