"""How text becomes words, and words tokens."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.search.plural import forms
from strabo.search.words import fold, joined, spans, spoken, wire, wire_beginnings, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fct_order_items", "fct order items fctorderitems"),
        ("fctOrderItems", "fct order items fctorderitems"),
        ("FctOrderItems2024", "fct order items 2024 fctorderitems2024"),
        ("FCT_ORDER_ITEMS", "fct order items fctorderitems"),
        ("order-items", "order items orderitems"),
        ("order2items", "order 2 items order2items"),
        ("HTTPServer", "http server httpserver"),
        ("customerIDs", "customer ids customerids"),
        ("shop.public.orders", "shop public orders"),
        ("/data/raw/Orders.parquet", "data raw orders parquet"),
        ("Café ØRDERS Straße", "cafe orders strasse"),
        ("数据库", "数据 据库 库"),
        ("库", "库"),
        ("订单orders", "订单 单 orders"),
        ("🚀 launch", "🚀 launch"),
        ("नमस्ते", "नमस्ते"),
        ("ＡＢＣ①", "abc 1 abc1"),
        ("a\u200db", "ab"),
        ("3f2a9c1b4d5e6f7a", "3f2a9c1b4d5e6f7a"),
        ("\";--'*()", ""),
        ("\ud800", ""),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@given(st.text())
def test_words_are_folded_and_never_empty(text: str) -> None:
    for word in words(text):
        assert word
        assert fold(word) == word or len(word) <= 2


@given(st.text())
def test_composed_and_decomposed_text_is_the_same(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(st.text())
def test_a_token_is_ascii_letters_and_digits_and_stands_for_one_word(text: str) -> None:
    for word in words(text):
        assert re.fullmatch(r"[0-9a-z]+", wire(word))
        assert spoken(wire(word)) == word


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_token_begins_as_its_word_does(one: str, other: str) -> None:
    for word in words(one):
        for beginning in words(other) + [word[:n] for n in range(1, len(word) + 1)]:
            found = wire(word).startswith(wire_beginnings(beginning)) or wire(word) == wire(beginning)
            assert found == word.startswith(beginning)


@pytest.mark.parametrize("word", ["xq", "xu", "xquery", "xu41"])
def test_a_word_is_never_taken_for_a_filter(word: str) -> None:
    assert spoken(wire(word)) == word


def test_what_is_no_word_is_not_spoken() -> None:
    assert spoken("xqtagx706969") is None
    assert spoken("xuzz") is None


@given(st.text())
def test_places_are_in_order_and_hold_their_word(text: str) -> None:
    at = 0
    for start, end, word in spans(text):
        assert at <= start < end <= len(text)
        assert fold(text[start:end]) == word
        at = end


def test_joined_is_what_spellings_of_a_name_share() -> None:
    assert {joined(n) for n in ("customer_id", "customerId", "CUSTOMERID", "customer-id", "Customer ID")} == {
        "customerid"
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order", "orders"), ("category", "categories"), ("cache", "caches"), ("batch", "batches"), ("box", "boxes"),
        ("address", "addresses"), ("status", "statuses"), ("id", "ids"), ("menu", "menus"), ("repo", "repos"),
        ("person", "people"), ("index", "indices"), ("alias", "aliases"), ("key", "keys"),
    ],
)  # fmt: skip
def test_singular_and_plural_are_forms_of_each_other(one: str, other: str) -> None:
    assert other in forms(one)
    assert one in forms(other)
    assert forms(one)[0] == one


@given(st.text(alphabet="aeiosxzchuy", min_size=1, max_size=8))
def test_forms_are_symmetrical(word: str) -> None:
    for other in forms(word):
        assert word in forms(other)


@pytest.mark.parametrize("word", ["class", "2024s", "数据", "s"])
def test_some_words_have_no_other_singular(word: str) -> None:
    assert all(len(form) >= len(word) for form in forms(word))


def test_quick_enough_for_a_million_columns() -> None:
    seen = [f"some_column_name_{i:03}" for i in range(500)]
    words(seen[0])
    for name in seen:
        words(name)
    began = time.process_time()
    for _ in range(20):
        for name in seen:
            words(name)
    assert (time.process_time() - began) / 10_000 < 20e-6
    prose = "The orders that a customer_id placed, one row per OrderItem. " * 200
    began = time.process_time()
    words(prose)
    assert (time.process_time() - began) / len(prose) < 1e-6
