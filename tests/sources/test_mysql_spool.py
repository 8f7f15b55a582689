"""Rows put by, and rows joined in passing: laws."""

from collections import defaultdict

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from strabo.sources.mysql.spool import Beside, Spool


class Row(msgspec.Struct, frozen=True, array_like=True):
    key: str
    number: int | None = None


ROWS = st.lists(st.builds(Row, st.text(max_size=3), st.none() | st.integers(0, 2**64 - 1)))


@given(st.lists(ROWS))
def test_what_is_put_by_comes_back_in_order_as_often_as_wanted(batches: list[list[Row]]) -> None:
    with Spool(Row) as spool:
        for batch in batches:
            spool.add([[row.key, row.number] for row in batch])
        rows = [row for batch in batches for row in batch]
        assert next(iter(spool), None) == (rows[0] if rows else None)
        assert list(spool) == rows
        assert list(zip(spool, spool, strict=True)) == list(zip(rows, rows, strict=True)), "two readers do not meet"


@given(ROWS, st.sets(st.text(max_size=3)))
def test_rows_beside_a_listing_are_those_of_each_key(rows: list[Row], keys: set[str]) -> None:
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.key].append(row)
    # Sorted as the server sorts: by the bytes of the name.
    rows.sort(key=lambda row: row.key.encode("utf-8", "surrogatepass"))
    beside = Beside(rows, lambda row: row.key)
    for key in sorted(keys):
        assert beside.of(key) == [row for row in rows if row.key == key] == grouped[key]
