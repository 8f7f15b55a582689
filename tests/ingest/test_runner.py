"""Whatever a source, a processor or a sink does, every object ends in one state and the run is accounted for."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import AccessDenied, BadRecord, StraboError, Unavailable
from strabo.ingest.contracts import Processor, Sink, Tally
from strabo.ingest.events import Event, Noticed, RunFinished, RunStarted, ScopeClosed
from strabo.ingest.report import Report
from strabo.ingest.runner import Run, Steps
from strabo.model.records import ENTITIES, Dataset, Failed, Filtered, Record, ScopeComplete, Skipped, Stats
from strabo.model.ref import Ref

NS = "postgres://db:5432"
SCOPE = Ref(NS, "s")


def ref(i: object) -> Ref:
    return Ref(NS, f"s.t{i}")


def tables(*numbers: object) -> list[Record]:
    return [Dataset(ref=ref(i)) for i in numbers]


class ListSource:
    """Yields what it is given; raises what is an exception."""

    def __init__(self, *records: Record | BaseException) -> None:
        self.records, self.began, self.closed = records, False, False

    def read(self) -> Iterator[Record]:
        self.began = True
        try:
            for record in self.records:
                if isinstance(record, BaseException):
                    raise record
                yield record
        finally:
            self.closed = True


class ListSink:
    """Keeps what it gets; raises `error` for a batch that holds a record it does not like."""

    def __init__(self, hates: Callable[[Record], bool] = lambda _: False, error: Exception | None = None) -> None:
        self.records: list[Record] = []
        self.closed: list[bool] = []
        self._hates, self._error = hates, error

    def write(self, batch: Sequence[Record]) -> Tally:
        if self._error is not None and any(self._hates(r) for r in batch):
            raise self._error
        self.records += batch
        return Tally(written=sum(type(r) in ENTITIES for r in batch))

    def close(self, *, complete: bool) -> Tally:
        self.closed.append(complete)
        return Tally()


def run(
    source: ListSource,
    *processors: Processor,
    sinks: Sequence[Sink] | None = None,
    limit: int | None = None,
    tell: list[Event] | None = None,
) -> Report:
    steps = Steps(source, [(f"p{i}", p) for i, p in enumerate(processors)], [ListSink()] if sinks is None else sinks)
    told: list[Event] = [] if tell is None else tell
    report = Run(steps, feed="f", tell=told.append, limit=limit).go()
    assert source.closed == source.began
    assert isinstance(told[0], RunStarted)
    assert isinstance(told[-1], RunFinished)
    assert report.ended_at is not None
    return report


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.listed, report.written, report.filtered, report.skipped, report.failed


def test_every_object_ends_in_one_state() -> None:
    sink, told = ListSink(), list[Event]()
    source = ListSource(
        *tables(1, 2),
        Stats(ref=ref(1), rows=1),
        Filtered(ref=ref(3), rule="exclude t3"),
        Skipped(ref=ref(4), reason="locked"),
        Skipped(ref=ref(1), part="sizes", reason="no grant"),
        ScopeComplete(ref=SCOPE),
    )
    report = run(source, sinks=[sink], tell=told)
    assert counts(report) == (5 - 1, 2, 1, 1, 0)
    assert (report.notes, report.scopes, report.records) == (1, 1, 7)
    assert (report.status, report.exit_code) == ("succeeded", 0)
    assert sink.records == list(source.records)
    assert sink.closed == [True]
    assert sum(isinstance(e, Noticed) for e in told) == 2
    assert ScopeClosed(SCOPE) in told


def test_a_failure_that_the_source_reports_makes_the_run_incomplete() -> None:
    report = run(ListSource(*tables(1), Failed(ref=ref(2), call="list", error="torn")))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert (report.status, report.exit_code) == ("incomplete", 1)


def test_a_part_that_failed_makes_the_run_incomplete() -> None:
    report = run(ListSource(*tables(1), Failed(ref=ref(1), part="columns", call="list", error="torn")))
    assert (report.failed, report.notes) == (0, 1)
    assert (report.status, report.exit_code) == ("incomplete", 1)


def test_a_part_that_failed_counts_however_many_accounts_came_before() -> None:
    skipped = [Skipped(ref=ref(i), reason="locked") for i in range(200)]
    report = run(ListSource(*tables("a"), *skipped, Failed(ref=ref("a"), part="columns", call="list", error="torn")))
    assert (report.status, report.exit_code) == ("incomplete", 1)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable("gone", where="db", fix="wait"), "failed", 3),
        (AccessDenied("no", fix="GRANT"), "failed", 3),
        (StraboError("odd"), "failed", 4),
        (ValueError("a bug"), "failed", 4),
        (KeyboardInterrupt(), "interrupted", 130),
    ],
)
def test_a_source_that_breaks_off_ends_the_run_and_is_recorded(error: BaseException, status: str, code: int) -> None:
    sink = ListSink()
    report = run(ListSource(*tables(1, 2), error), sinks=[sink])
    assert (report.status, report.exit_code) == (status, code)
    assert report.problem
    assert report.fix or code == 4
    assert sink.closed == [False]
    assert run(ListSource(error), lambda rs: iter(list(rs))).exit_code == code


def test_a_source_that_raises_through_processors_is_not_taken_for_their_failure() -> None:
    report = run(ListSource(*tables(1, 2), Unavailable("gone")), lambda rs: (r for r in rs), iter)
    assert (report.status, report.exit_code, report.failed) == ("failed", 3, 0)


# --- processors that misbehave


def raising(rs: Iterable[Record]) -> Iterator[Record]:
    for r in rs:
        if r.ref == ref(2):
            raise KeyError("two")
        yield r


def dropping(rs: Iterable[Record]) -> Iterator[Record]:
    return (r for r in rs if r.ref != ref(2))


def doubling(rs: Iterable[Record]) -> Iterator[Record]:
    for r in rs:
        yield r
        if r.ref == ref(2):
            yield r


def renaming(rs: Iterable[Record]) -> Iterator[Record]:
    for r in rs:
        yield Dataset(ref=Ref(NS, "new." + r.ref.name)) if isinstance(r, Dataset) else r


def test_a_processor_that_raises_costs_one_record() -> None:
    sink = ListSink()
    report = run(ListSource(*tables(1, 2, 3), ScopeComplete(ref=SCOPE)), raising, sinks=[sink])
    assert counts(report) == (3, 2, 0, 0, 1)
    assert (report.status, report.exit_code) == ("incomplete", 1)
    (account,) = report.accounts
    assert (account.ref, account.call, account.part) == (ref(2), "processor p0", None)
    assert "KeyError" in account.reason
    assert [r.ref for r in sink.records] == [ref(1), ref(2), ref(3), SCOPE]


def test_a_processor_that_drops_an_object_is_found_out() -> None:
    report = run(ListSource(*tables(1, 2, 3)), dropping)
    assert counts(report) == (3, 2, 0, 0, 1)
    assert (report.status, report.exit_code, report.lost) == ("incomplete", 1, 1)
    assert report.accounts[0].ref == ref(2)
    assert "Filtered" in (report.accounts[0].fix or "")


def test_a_processor_that_makes_objects_has_them_counted() -> None:
    assert counts(run(ListSource(*tables(1, 2, 3)), doubling)) == (4, 4, 0, 0, 0)


def test_a_processor_that_renames_loses_nothing() -> None:
    report = run(ListSource(*tables(1, 2, 3)), renaming)
    assert counts(report) == (3, 3, 0, 0, 0)
    assert report.status == "succeeded"


@pytest.mark.parametrize("returned", [None, 5])
def test_a_processor_that_returns_no_records_is_no_success(returned: object) -> None:
    report = run(ListSource(*tables(1, 2)), lambda rs: returned)  # type: ignore[arg-type,return-value]
    assert report.status in {"failed", "incomplete"}
    assert report.exit_code != 0


def test_a_processor_that_stops_early_is_no_success() -> None:
    def first_only(rs: Iterable[Record]) -> Iterator[Record]:
        yield next(iter(rs))

    report = run(ListSource(*tables(1, 2, 3)), first_only)
    assert report.reconciles
    assert report.exit_code in {0, 1}

    report = run(ListSource(*tables(1, 2)), lambda rs: iter(()))
    assert (report.status, report.exit_code) == ("failed", 2)
    assert "p0" in (report.problem or "")


# --- sinks that misbehave


@pytest.mark.parametrize(
    "error", [BadRecord("bad", fix="mend it"), TypeError("bad"), ValueError("bad"), KeyError("bad")]
)
def test_a_record_that_a_sink_cannot_take_is_found_among_the_others(error: Exception) -> None:
    sink = ListSink(lambda r: r.ref == ref(777), error)
    report = run(ListSource(*tables(*range(2500))), sinks=[sink])
    assert counts(report) == (2500, 2499, 0, 0, 1)
    assert (report.status, report.exit_code) == ("incomplete", 1)
    assert report.accounts[0].ref == ref(777)
    assert [r.ref for r in sink.records] == [ref(i) for i in range(2500) if i != 777]


def test_a_sink_that_is_gone_ends_the_run() -> None:
    good, bad = ListSink(), ListSink(lambda r: True, Unavailable("no answer", where="http://x"))
    report = run(ListSource(*tables(1)), sinks=[good, bad])
    assert (report.status, report.exit_code) == ("failed", 3)
    assert report.problem == "no answer (http://x)"
    assert good.closed == bad.closed == [False]


def test_the_failures_of_a_second_sink_count() -> None:
    report = run(ListSource(*tables(1, 2)), sinks=[ListSink(), ListSink(lambda r: r.ref == ref(1), BadRecord("bad"))])
    assert (report.written, report.notes, report.exit_code) == (2, 1, 1)


def test_a_sink_that_cannot_close_is_no_success() -> None:
    class Leaky(ListSink):
        def close(self, *, complete: bool) -> Tally:
            raise Unavailable("the disk is full")

    report = run(ListSource(*tables(1)), sinks=[Leaky()])
    assert (report.status, report.exit_code) == ("failed", 3)


def test_a_bug_in_closing_a_sink_is_recorded_and_the_others_are_closed() -> None:
    class Leaky(ListSink):
        def close(self, *, complete: bool) -> Tally:
            raise RuntimeError("a bug")

    other = ListSink()
    report = run(ListSource(*tables(1)), sinks=[Leaky(), other])
    assert (report.status, report.exit_code) == ("failed", 4)
    assert other.closed == [False]


def test_a_sink_that_says_too_little_does_not_reconcile() -> None:
    class Silent(ListSink):
        def write(self, batch: Sequence[Record]) -> Tally:
            return Tally()

    report = run(ListSource(*tables(1)), sinks=[Silent()])
    assert (report.status, report.exit_code) == ("incomplete", 1)
    assert "reconcile" in (report.problem or "")


def test_objects_that_wait_for_a_word_hold_the_run() -> None:
    class Proposing(ListSink):
        def close(self, *, complete: bool) -> Tally:
            return Tally(proposed=9)

    report = run(ListSource(*tables(1)), sinks=[Proposing()])
    assert (report.status, report.exit_code, report.proposed) == ("held", 1, 9)


# --- a run cut short on purpose


def test_a_limit_closes_no_scope_and_so_retires_nothing() -> None:
    sink = ListSink()
    said = [*tables(1), Stats(ref=ref(1), rows=1), ScopeComplete(ref=SCOPE), *tables(2, 3), ScopeComplete(ref=SCOPE)]
    for limit in (0, 1, 2, 3, 99):
        sink = ListSink()
        report = run(ListSource(*said), sinks=[sink], limit=limit)
        assert report.listed == report.written == min(limit, 3)
        assert report.status == "succeeded"
        assert not any(isinstance(r, ScopeComplete) for r in sink.records)


# --- the law


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[list[Record], list[Processor], list[ListSink]]:
    said: list[Record] = []
    for i in range(draw(st.integers(0, 12))):
        kinds: list[list[Record]] = [
            tables(i),
            [*tables(i), Stats(ref=ref(i), rows=i)],
            [Filtered(ref=ref(i), rule="x")],
            [Skipped(ref=ref(i), reason="x")],
            [Failed(ref=ref(i), call="x", error="x")],
            [*tables(i), Failed(ref=ref(i), part="sizes", call="x", error="x")],
        ]
        said += draw(st.sampled_from(kinds))
    chosen: list[Processor] = draw(
        st.lists(st.sampled_from([raising, dropping, doubling, renaming, buffering]), max_size=3)
    )
    hated = draw(st.sets(st.integers(0, 12)))
    names = {ref(i) for i in hated}
    error = draw(st.sampled_from([BadRecord("bad"), TypeError("bad")]))
    # What a sink refuses is an object: accounts ride along.
    sinks = [ListSink(lambda r: type(r) in ENTITIES and r.ref in names, error), ListSink()]
    return said, chosen, sinks


def buffering(rs: Iterable[Record]) -> Iterator[Record]:
    yield from sorted(rs, key=lambda r: r.ref)


@settings(max_examples=150, deadline=None)
@given(pipelines())
def test_totals_reconcile_whatever_the_steps_do(pipeline: tuple[list[Record], list[Processor], list[ListSink]]) -> None:
    said, processors, sinks = pipeline
    report = run(ListSource(*said), *processors, sinks=sinks)
    assert report.reconciles, report
    assert report.status in {"succeeded", "incomplete"}
    failed = report.failed or any(a.state == "failed" for a in report.accounts)
    assert report.exit_code == (1 if failed else 0)
