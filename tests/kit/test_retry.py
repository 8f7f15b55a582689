"""Asking again: not too soon, not all at once, not for ever."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.kit.retry import LONGEST, Patience, retry_after


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def patience(seconds: float, time: Time, chance: float = 1.0) -> Patience:
    return Patience(seconds, clock=lambda: time.now, sleep=time.sleep, chance=lambda: chance)


def test_waits_grow_and_end() -> None:
    time = Time()
    asking = patience(60, time)
    while asking.wait():
        assert time.now <= 160
    assert time.slept[:6] == [0.25, 0.5, 1, 2, 4, 8]
    assert set(time.slept[6:]) == {LONGEST}


@given(st.floats(0, 100), st.floats(0, 1), st.lists(st.none() | st.floats(0, 50), max_size=20))
def test_it_never_waits_past_its_end_nor_less_than_asked(
    seconds: float, chance: float, asked: list[float | None]
) -> None:
    time = Time()
    asking = patience(seconds, time, chance)
    for wanted in asked:
        before = time.now
        if asking.wait(wanted):
            assert time.now - before >= (wanted or 0) * 0.999999
        else:
            assert time.now == before
    assert time.now <= 100 + seconds + 0.000001


def test_the_clock_starts_with_the_first_failure() -> None:
    time = Time()
    asking = patience(1, time)
    time.now += 1000  # the first attempt took long
    assert asking.wait()


def test_no_patience_asks_once() -> None:
    assert not patience(0, Time()).wait()


def test_it_says_how_long_before_it_sleeps() -> None:
    time = Time()
    told: list[tuple[float, int]] = []
    patience(10, time).wait(tell=lambda pause: told.append((pause, len(time.slept))))
    assert told == [(0.25, 0)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3),
        (" 0 ", 0),
        ("Sun, 06 Nov 2044 08:49:37 GMT", 37),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, datetime(2044, 11, 6, 8, 49, 0, tzinfo=UTC)) == seconds
