"""Text for people: nothing from data steers the terminal, columns line up, widths are those of a terminal."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.cli.table import GAP, fitted, table
from strabo.cli.text import ago, clean, count, cut, line, seconds, size, width

STEERING = "\x00\x07\x08\x0b\x1b\x7f\x80\x9b\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ud800"


@given(st.text(alphabet=st.characters() | st.sampled_from(STEERING)))
def test_clean_text_has_nothing_that_steers(text: str) -> None:
    for made in (clean(text), line(text)):
        assert not set(made) & set(STEERING + "\n\r\t")
        made.encode()  # no lone surrogate is left
    assert not set(clean(text, lines=True)) & set(STEERING + "\r\t")


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("orders", "orders"),
        ("日本 é 🎉👩‍👧", "日本 é 🎉👩‍👧"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb", r"a\nb"),
        ("abc\u202etxt.exe", r"abc\u202etxt.exe"),
    ],
)
def test_clean_examples(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_lines_are_kept_when_asked() -> None:
    assert clean("a\r\n\tb\rc", lines=True) == "a\n    b\\rc"


@given(st.text(), st.integers(0, 30))
def test_cut_fits(text: str, most: int) -> None:
    made = cut(text, most)
    assert width(made) <= most
    assert made == text or made.endswith("…") or most == 0


def test_width() -> None:
    assert width("ab") == 2
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert width("\u200b") == 0


ROWS = st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5)


@given(ROWS)
def test_columns_line_up(rows: list[tuple[str, str]]) -> None:
    lines = table(("one", "two"), rows)
    assert len(lines) == len(rows) + 1
    if any(a for a, _ in rows) and any(b for _, b in rows):
        first = max([3, *(width(clean(a)) for a, _ in rows)])
        for text, (_, b) in zip(lines[1:], rows, strict=True):
            if clean(b).strip():
                assert text.endswith(clean(b).rstrip())
                assert width(text[: len(text) - len(clean(b).rstrip())]) == first + len(GAP)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(0, 300))
def test_fitted_widths_fit_where_they_can(wide: list[int], room: int) -> None:
    found = fitted(wide, room)
    assert all(now <= before for now, before in zip(found, wide, strict=True))
    assert sum(found) <= room or all(now <= 8 for now in found)


def test_a_wide_table_is_cut_to_the_terminal() -> None:
    lines = table(("name", "comment"), [("orders", "日本" * 40)], most=40)
    assert all(width(text) <= 40 for text in lines)
    assert lines[1].endswith("…")


def test_a_column_without_text_is_left_out_and_numbers_go_right() -> None:
    assert table(("n", "empty", "name"), [("1", "", "a"), ("20", "", "b")], right=("n",)) == [
        " N  NAME",
        " 1  a",
        "20  b",
    ]


def test_small_words() -> None:
    assert count(1, "table") == "1 table"
    assert count(1200, "table") == "1,200 tables"
    assert count(2, "retirement proposed", "retirements proposed") == "2 retirements proposed"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert ago(now - timedelta(hours=3), now=now) == "3 hours ago"
    assert ago(now - timedelta(seconds=3), now=now) == "just now"
    assert ago(None) == ""
    assert [seconds(s) for s in (0.44, 12, 125, 3800)] == ["0.4 s", "12 s", "2 min 5 s", "1 h 3 min"]
    assert [size(n) for n in (None, 5, 1536, 1 << 41)] == ["", "5 B", "1.5 KiB", "2.0 TiB"]
