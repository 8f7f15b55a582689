"""Lines and columns, also of long texts."""

from hypothesis import given
from hypothesis import strategies as st

from strabo.sql import text

PIECES = st.sampled_from(["\n", "a", "ab\n", "\n\n", "x" * 50])


@given(st.lists(PIECES, max_size=40).map("".join), st.integers(-2, 3_000), st.integers(1, 60))
def test_places_are_those_that_counting_finds(written: str, at: int, block: int) -> None:
    was, text._BLOCK = text._BLOCK, block
    text._before.cache_clear()
    try:
        found = text.place(written, at)
    finally:
        text._BLOCK = was
        text._before.cache_clear()
    before = written[: max(0, at)]
    assert found == (before.count("\n") + 1, len(before) - before.rfind("\n"))
