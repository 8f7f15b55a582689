"""The fast path for the names of columns: the same answer as the long way."""

from hypothesis import given
from hypothesis import strategies as st

from strabo.search import entry
from strabo.search.words import name_words, names, wire

PLAIN = st.from_regex(r"[a-z]{1,8}(_([a-z]{1,8}|[0-9]{1,3})){0,9}", fullmatch=True)
ANY = st.from_regex(r"[a-zA-Z0-9_ ]{1,70}", fullmatch=True) | PLAIN | st.sampled_from(["xq_a", "x_q", "xu", "naïve"])


@given(ANY)
def test_the_short_way_to_a_columns_tokens_is_the_long_one(column: str) -> None:
    assert list(entry._column_tokens(column)) == list(entry._any_column_tokens(column))


@given(st.lists(PLAIN, max_size=6) | st.lists(ANY, max_size=6))
def test_all_columns_at_once_have_the_tokens_of_each(columns: list[str]) -> None:
    each = {token for column in columns for token in entry._any_column_tokens(column)}
    assert set(entry._columns_tokens(dict.fromkeys(columns))) == each


@given(st.text("abcxquzABXQU0_-.é ", max_size=70))
def test_a_plain_word_takes_a_short_way_too(text: str) -> None:
    whole = tuple(wire(word) for name in names(text) for word in name_words(name))
    assert entry._short_tokens(text) == whole
