"""Groups: a merge join must hand out what a dictionary would."""

from hypothesis import given
from hypothesis import strategies as st

from strabo.kit.dbapi import Groups

keys = st.binary(max_size=2) | st.sampled_from([n.encode() for n in ("a", "A", "é", "🦉")])


@given(st.lists(st.tuples(keys, st.integers())), st.lists(keys))
def test_it_answers_as_a_dictionary_would(rows: list[tuple[bytes, int]], asked: list[bytes]) -> None:
    rows.sort()
    groups = Groups(rows)
    for key in sorted(set(asked)):
        assert groups.take(key) == [(value,) for k, value in rows if k == key]


def test_a_group_taken_is_gone_and_no_rows_are_no_trouble() -> None:
    groups = Groups([(1, "a"), (1, "b"), (2, "c")])
    assert groups.take(1) == [("a",), ("b",)]
    assert groups.take(1) == []
    assert groups.take(2) == [("c",)]
    assert groups.take(3) == []
    assert Groups(()).take(1) == []
