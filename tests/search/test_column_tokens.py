"""The fast path for the names of columns."""

from hypothesis import given
from hypothesis import strategies as st

from strabo.search import entry

PLAIN = st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8}){0,9}", fullmatch=True)


@given(st.from_regex(r"[a-zA-Z0-9_]{1,70}", fullmatch=True) | PLAIN)
def test_the_short_way_to_a_columns_tokens_is_the_long_one(column: str) -> None:
    assert list(entry._column_tokens(column)) == list(entry._any_column_tokens(column))
