"""Excerpts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.search.query import parse
from strabo.search.snippet import snippet


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("All orders of a customer.", "order cust", "All **orders** of a **customer**."),
        ("one row per OrderItem", "item", "one row per Order**Item**"),
        ("fct_order_items joined", "order_items", "fct_**order**_**items** joined"),
        ("数据库表", "据库", "数**据库**表"),
        ("Le café d'à côté", "cafe", "Le **café** d'à côté"),
        ("nothing here", "order", "nothing here"),
        ("two\n\nlines\x1b[31m \u202ered", "red", "two lines [31m **red**"),
        ("", "x", ""),
    ],
)
def test_marks(text: str, asked: str, shown: str) -> None:
    assert snippet(text, parse(asked)).marked() == shown


def test_a_long_text_is_cut_where_most_of_it_is() -> None:
    text = "order " + "filler " * 100 + "the customer order items are here " + "filler " * 100
    found = snippet(text, parse("customer order items"), 80)
    assert "**customer** **order** **items**" in found.marked()
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= 82


@given(text=st.text(max_size=400), asked=st.text(max_size=20), width=st.integers(10, 80))
def test_marks_are_in_order_and_within(text: str, asked: str, width: int) -> None:
    found = snippet(text, parse('"' + asked.replace('"', " ") + '"'), width)
    assert len(found.text) <= width + 2
    at = 0
    for start, end in found.marks:
        assert at <= start < end <= len(found.text)
        at = end + 1
    assert found.marked("", "") == found.text
    assert found.text.isprintable() or "\u200d" in found.text
