"""The taps on a stream count objects and pin failures on the record at fault."""

from collections.abc import Iterable, Iterator

import pytest

from strabo.errors import Unavailable, UsageError
from strabo.ingest.guarded import Tap, guarded, is_object
from strabo.model.records import Dataset, Failed, Filtered, Record, ScopeComplete, Skipped, Stats
from strabo.model.ref import Ref

A, B, C = (Dataset(ref=Ref("n", name)) for name in "abc")
DONE = ScopeComplete(ref=Ref("n", ""))


def test_what_counts_as_an_object() -> None:
    part = Skipped(ref=A.ref, part="sizes", reason="x")
    whole = Failed(ref=A.ref, call="x", error="x")
    assert [is_object(r) for r in (A, Stats(ref=A.ref), part, whole, Filtered(ref=A.ref, rule="x"), DONE)] == [
        True, False, False, True, True, False,
    ]  # fmt: skip


def test_a_limit_stops_after_so_many_objects_and_keeps_what_rides_along() -> None:
    tap = Tap(1)
    assert list(tap.watch([A, Stats(ref=A.ref), DONE, B])) == [A, Stats(ref=A.ref)]
    assert tap.listed == 1
    assert list(Tap().watch([A, DONE])) == [A, DONE]


def test_a_processor_is_started_again_after_the_record_it_broke_on() -> None:
    def breaks(rs: Iterable[Record]) -> Iterator[Record]:
        for r in rs:
            if r in [B, Stats(ref=C.ref)]:
                raise ZeroDivisionError("no")
            yield r

    guard = guarded("p", breaks, [A, B, C, Stats(ref=C.ref), DONE])
    first, failed, third, part, done = guard
    assert (first, third, done) == (A, C, DONE)
    assert isinstance(failed, Failed)
    assert isinstance(part, Failed)
    assert (failed.ref, failed.part, failed.call) == (B.ref, None, "processor p")
    assert failed.error == "ZeroDivisionError: no"
    assert (part.ref, part.part) == (C.ref, "stats")
    assert guard.lost() == (0, [])
    assert guard.made() == 0


def test_what_went_in_and_never_came_out_is_named() -> None:
    guard = guarded("p", lambda rs: (r for r in rs if r is not B), [A, B, C])
    assert list(guard) == [A, C]
    assert guard.lost() == (1, [B.ref])


def test_a_processor_may_hold_back_and_reorder() -> None:
    guard = guarded("p", lambda rs: iter(list(rs)[::-1]), [A, B, C])
    assert list(guard) == [C, B, A]
    assert (guard.lost(), guard.made()) == ((0, []), 0)


def test_made_objects_are_counted() -> None:
    guard = guarded("p", lambda rs: (x for r in rs for x in (r, r)), [A, B])
    assert list(guard) == [A, A, B, B]
    assert (guard.lost(), guard.made()) == ((0, []), 2)


def test_the_sources_error_is_not_the_processors() -> None:
    def broken() -> Iterator[Record]:
        yield A
        raise Unavailable("gone")

    stream = iter(guarded("p", lambda rs: (r for r in rs), broken()))
    assert next(stream) == A
    with pytest.raises(Unavailable):
        next(stream)


def test_a_processor_that_reads_nothing_is_told_so() -> None:
    with pytest.raises(UsageError, match="stopped without reading"):
        list(guarded("p", lambda _: iter(()), [A]))


def test_nothing_in_nothing_out() -> None:
    assert list(guarded("p", lambda rs: (r for r in rs), [])) == []
