"""Running a workflow: records from the source through the processors to the sinks, every object accounted for."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from msgspec import structs

from strabo.errors import BadRecord, StraboError
from strabo.ingest.contracts import BulkSink, Processor, Resumable, Sink, Source, Stage, Tally
from strabo.ingest.events import Noticed, Progress, RunFinished, RunStarted, ScopeClosed, Tell, silent
from strabo.ingest.guarded import Guarded, Tap
from strabo.ingest.report import Account, Report, account_of, without_passwords
from strabo.model.records import ACCOUNTS, ENTITIES, Failed, Filtered, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref

BATCH = 1000  # records handed to a sink at once
_KEPT = 100  # accounts that a report itself carries
_TELL_EVERY = 0.2  # seconds


Ledger = Callable[[Account, bool], None]
"""Told every account, and whether it also went to the sinks as a record."""


class Steps:
    """What a run is made of. `processors` are named for the accounting."""

    def __init__(
        self,
        source: Source,
        processors: Sequence[tuple[str, Processor]] = (),
        sinks: Sequence[Sink] = (),
        stage: Stage | None = None,
        bulk_sink: BulkSink | None = None,
    ) -> None:
        self.source, self.processors, self.sinks = source, list(processors), list(sinks)
        self.stage, self.bulk_sink = stage, bulk_sink


class Run:
    """One execution. `go` returns its report; it raises only what is a bug."""

    def __init__(
        self,
        steps: Steps,
        *,
        feed: str,
        run: int = 0,
        tell: Tell = silent,
        limit: int | None = None,
        done: frozenset[Ref] = frozenset(),
        ledger: Ledger | None = None,
    ) -> None:
        self._steps, self._tell, self._limit, self._done = steps, tell, limit, done
        self.report = Report(run=run, feed=feed, started_at=datetime.now(UTC))
        self._tap = Tap(limit)
        self._told = self._began = time.monotonic()
        self._guards: list[Guarded] = []
        self._failures = 0
        self._retired: Counter[int] = Counter()  # by the place of the sink
        self._proposed: Counter[int] = Counter()
        self._borne: list[Failed] = []  # failures of the batch that the sink was given as records
        self._before = 0  # objects of a resumed stage that the run before had listed
        self._ledger: Ledger = ledger or (lambda _account, _recorded: None)

    def go(self) -> Report:
        """The run, from first record to last durable write, however it ends."""
        report = self.report
        self._tell(RunStarted(report.run, report.feed))
        sinks: list[Sink | Stage] = [*self._steps.sinks, *([self._steps.stage] if self._steps.stage else [])]
        finished = False
        try:
            with _closed(self._source()) as records:
                stream: Iterable[Record] = self._tap.watch(records)
                for name, process in self._steps.processors:
                    stream = Guarded(name, process, stream)
                    self._guards.append(stream)
                self._drain(stream, sinks)
                finished = True
        except KeyboardInterrupt:
            report.status, report.exit_code = "interrupted", 130
            report.problem = "interrupted; completed scopes are kept, the unfinished one was left out"
            report.fix = "run it again with --resume to go on from the last completed scope"
        except StraboError as error:
            self._broke(error)
        except Exception as error:  # noqa: BLE001 - a source is somebody's code: the run is recorded whatever happens
            self._broke(_bug(error))
        finally:
            self._close(sinks, complete=finished and report.status == "running")
        if report.status == "running" and self._steps.bulk_sink and self._steps.stage:
            self._publish(self._steps.bulk_sink, self._steps.stage)
        return self._finish()

    # --- the stream

    def _source(self) -> Iterator[Record]:
        source = self._steps.source
        if self._done and isinstance(source, Resumable):
            return source.read_rest(self._done)
        return source.read()

    def _drain(self, stream: Iterable[Record], sinks: Sequence[Sink | Stage]) -> None:
        batch: list[Record] = []
        try:
            for record in stream:
                batch.append(record)
                if len(batch) >= BATCH:
                    full, batch = batch, []
                    self._hand_over(full, sinks)
        except BaseException:  # what was read before it broke off was read: scopes that are complete are kept
            self._hand_over(batch, sinks)
            raise
        self._hand_over(batch, sinks)

    def _hand_over(self, batch: list[Record], sinks: Sequence[Sink | Stage]) -> None:
        report = self.report
        report.records += len(batch)
        for record in batch:
            if type(record) in ACCOUNTS:
                self._account(record)
        for at, sink in enumerate(sinks):
            self._count(self._write(sink, batch), at)
        if not sinks:
            self._count(Tally(written=sum(type(r) in ENTITIES for r in batch)))
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY:
            self._told = now
            self._tell(Progress(report.records, self._tap.listed, now - self._began))

    def _write(self, sink: Sink | Stage, batch: Sequence[Record]) -> Tally:
        """A batch into one sink. One bad record among good ones is found by halving, and accounted for."""
        try:
            return sink.write(batch)
        except (BadRecord, *_THEIR_BUGS) as error:
            if len(batch) == 1:
                record = batch[0]
                whole = type(record) in ENTITIES
                failed = Failed(
                    ref=record.ref,
                    call=f"write to {type(sink).__name__}",
                    error=error.what if isinstance(error, BadRecord) else f"{type(error).__name__}: {error}",
                    part=None if whole else type(record).__name__.lower(),
                    fix=(isinstance(error, BadRecord) and error.fix) or None,
                )
                self._bear(sink, failed)
                return Tally(failures=[failed])
            middle = len(batch) // 2
            first, second = self._write(sink, batch[:middle]), self._write(sink, batch[middle:])
            first.add(second)
            return first

    def _bear(self, sink: Sink | Stage, failed: Failed) -> None:
        """Leaves the failure where the record would have been: whoever reads on must not take the object for gone."""
        with suppress(BadRecord, *_THEIR_BUGS):
            sink.write([structs.replace(failed, ref=account_of(failed).ref)])
            self._borne.append(failed)

    def _close(self, sinks: Sequence[Sink | Stage], *, complete: bool) -> None:
        for at, sink in enumerate(sinks):
            try:
                self._count(sink.close(complete=complete), at)
            except StraboError as error:
                self._broke(error)
                complete = False
            except KeyboardInterrupt:
                self.report.status, self.report.exit_code = "interrupted", 130
                complete = False
            except Exception as error:  # noqa: BLE001 - a sink is somebody's code: the others are still closed
                self._broke(_bug(error))
                complete = False

    def _publish(self, bulk_sink: BulkSink, stage: Stage) -> None:
        # What the stage took is what the bulk sink publishes: its counts are the objects' last state.
        report = self.report
        if not self._steps.sinks:
            staged, report.written, report.unchanged = report.written, 0, 0
        try:
            tally = bulk_sink.publish(stage.artifact)
            self._count(tally, len(self._steps.sinks))
            if self._done and not self._steps.sinks:  # the file also has what an interrupted run before had listed
                found = tally.written + tally.unchanged + sum(f.part is None for f in tally.failures)
                self._before = max(0, found - staged)
        except StraboError as error:
            self._broke(error)
        except KeyboardInterrupt:
            report.status, report.exit_code = "interrupted", 130
        except Exception as error:  # noqa: BLE001 - as for sinks
            self._broke(_bug(error))

    # --- accounting

    def _count(self, tally: Tally, at: int = 0) -> None:
        """Adds the word of the sink at this place. The first one says what objects end as; failures of all count.

        What is gone only a catalog knows, wherever in the row it stands: of several, the one that says most.
        """
        report = self.report
        first = at == 0
        if first:
            report.written += tally.written
            report.unchanged += tally.unchanged
        self._retired[at] += tally.retired
        self._proposed[at] += tally.proposed
        report.retired, report.proposed = max(self._retired.values()), max(self._proposed.values())
        for failure in tally.failures:
            if failure.part is None and not first:
                report.notes += 1
                self._keep(failure, recorded=False)
            else:
                self._account(failure, recorded=any(failure is borne for borne in self._borne))
        self._borne.clear()

    def _account(self, record: Record, *, recorded: bool = True) -> None:
        """Counts a record of accounting. `recorded`: the sinks have it too, so a catalog among them keeps it."""
        report = self.report
        if type(record) is ScopeComplete:
            report.scopes += 1
            self._tell(ScopeClosed(record.ref))
            return
        if type(record) is Filtered:
            report.filtered += 1
        elif getattr(record, "part", None) is not None:
            report.notes += 1
        elif type(record) is Skipped:
            report.skipped += 1
        elif type(record) is Failed:
            report.failed += 1
        self._keep(record, recorded=recorded)

    def _keep(self, record: Record, *, recorded: bool) -> None:
        if isinstance(record, Skipped | Failed):
            self._failures += isinstance(record, Failed)
            self._tell(Noticed(record))
        account = account_of(record)
        if len(self.report.accounts) < _KEPT:
            self.report.accounts.append(account)
        self._ledger(account, recorded)

    def _lost(self, name: str, lost: tuple[int, list[Ref]]) -> None:
        count, refs = lost
        if not count:
            return
        self.report.lost += count
        for ref in refs[:_KEPT]:
            self._keep(
                Failed(
                    ref=ref,
                    call=name,
                    error="this step took the object in and never passed it on",
                    fix="a processor that drops an object must yield Filtered in its place",
                ),
                recorded=False,
            )
        self.report.failed += count

    def _broke(self, error: StraboError) -> None:
        report = self.report
        report.status, report.exit_code = "failed", error.exit_code
        report.problem = without_passwords(error.what + (f" ({error.where})" if error.where else ""))
        report.fix = without_passwords(error.fix) or None

    def _finish(self) -> Report:
        report = self.report
        if report.status == "running":  # what broke off has not passed on everything, and says so already
            for guard in self._guards:
                self._lost(guard.name, guard.lost())
        report.ended_at = datetime.now(UTC)
        report.listed = self._tap.listed + self._before + sum(g.made() for g in self._guards)
        if report.status == "running":
            if report.failed or self._failures or not report.reconciles:
                report.status, report.exit_code = "incomplete", 1
                if not report.reconciles:
                    report.problem = report.problem or "the totals do not reconcile with what was listed"
            elif report.proposed:
                report.status, report.exit_code = "held", 1
            else:
                report.status = "succeeded"
        self._tell(RunFinished(report.run, report.status))
        return report


@contextmanager
def _closed(records: Iterator[Record]) -> Iterator[Iterator[Record]]:
    """Lets go of a source's connection when the run ends, however it ends."""
    try:
        yield records
    finally:
        close = getattr(records, "close", None)
        if close is not None:
            close()


# What code that was never meant to meet this record raises.
_THEIR_BUGS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError)


def _bug(error: Exception) -> StraboError:
    return StraboError(
        f"{type(error).__name__}: {error}", fix="this is a bug, here or in a plugin: run with --debug to see where"
    )
