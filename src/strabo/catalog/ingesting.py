"""Running a workflow into a catalog: the run recorded from its start, whatever becomes of it."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from strabo.catalog.actor import here
from strabo.catalog.changes import Diff, diff
from strabo.catalog.intake import Guard, Intake
from strabo.catalog.ledger import LedgerOf
from strabo.catalog.publish import Publisher
from strabo.errors import StraboError, UsageError
from strabo.ingest.contracts import Bindable, ResumableStage, RunContext, Tally
from strabo.ingest.events import Tell, silent
from strabo.ingest.report import Report, without_passwords
from strabo.ingest.runner import Run, Steps
from strabo.model.records import Record
from strabo.model.ref import Ref
from strabo.store.pack import Bits
from strabo.store.protocol import Store, Writer

UNFINISHED = frozenset({"interrupted", "failed", "lost"})


class Plan(msgspec.Struct, frozen=True):
    """What a dry run would have done."""

    report: Report
    diff: Diff
    proposed: tuple[Ref, ...] = ()  # would be retired, if somebody confirms


def run_workflow(
    store: Store,
    steps: Steps,
    context: RunContext,
    *,
    workflow: str = "",
    tell: Tell = silent,
    limit: int | None = None,
) -> Report:
    """Runs the steps and records the run. Without a sink, the catalog is the sink.

    limit: stop after so many objects; then nothing is retired. The report is the run's own; it never raises for
    what went wrong with the run.
    """
    close_lost_runs(store)
    done = scopes_done(store, context.feed) if context.resume else frozenset()
    run = store.start_run(context.feed, workflow=workflow)
    context = msgspec.structs.replace(context, run=run)
    report = Report(run=run, feed=context.feed, started_at=datetime.now(UTC), status="failed", exit_code=4)
    try:
        if not steps.sinks and steps.stage is None:
            steps.sinks = [publisher(store, context)]
        bind(steps, context)
        if context.resume and not steps.sinks and isinstance(steps.stage, ResumableStage):
            done = steps.stage.resume()
        ledger = LedgerOf(
            store, context.feed, run, standing=context.standing, catalog=_into_a_catalog(steps), by=_by(context)
        )
        tell = ledger.listening(tell)
        report = Run(steps, feed=context.feed, run=run, tell=tell, limit=limit, done=done, ledger=ledger).go()
        ledger.finish(broke=report.status in UNFINISHED)
    except StraboError as error:  # of a step that was told of the run; what goes wrong later is in the report
        report.problem, report.fix, report.exit_code = without_passwords(error.what), error.fix or None, error.exit_code
        raise
    finally:
        report.ended_at = report.ended_at or datetime.now(UTC)
        store.end_run(report)
    return report


def _into_a_catalog(steps: Steps) -> bool:
    """Whether one of the sinks writes accounts itself, with the scope that they belong to."""
    return any(getattr(step, "keeps_accounts", False) for step in (*steps.sinks, steps.bulk_sink))


def dry_run(store: Store, steps: Steps, context: RunContext, *, tell: Tell = silent, limit: int | None = None) -> Plan:
    """Runs the steps into a transaction that is then undone: what is shown is what would have happened, exactly."""
    sink = _DrySink(store, _intake(context, proves=True))
    steps.sinks, steps.stage, steps.bulk_sink = [sink], None, None
    bind(steps, context)
    report = Run(steps, feed=context.feed, tell=tell, limit=limit).go()
    return Plan(report, sink.diff, tuple(sink.proposed))


def bind(steps: Steps, context: RunContext) -> None:
    """Tells the steps that ask which run they serve."""
    parts = [steps.source, *(p for _, p in steps.processors), *steps.sinks, steps.stage, steps.bulk_sink]
    for part in parts:
        if isinstance(part, Bindable):
            part.bind(context)


def publisher(store: Store, context: RunContext) -> Publisher:
    """The catalog as a sink of one run."""
    done = scopes_done(store, context.feed, before=context.run) if context.resume else frozenset()
    return Publisher(store, _intake(context, done=done), **_by(context))


def _by(context: RunContext) -> dict[str, str]:
    """Whose writes these are, for the audit."""
    return {"actor": context.actor or here(), "origin": context.origin, "what": context.call}


def _intake(context: RunContext, *, proves: bool | None = None, done: frozenset[Ref] = frozenset()) -> Intake:
    guard = Guard(limit=context.retire_limit, at_least=context.retire_at_least, confirmed=context.confirmed)
    return Intake(
        context.feed,
        standing=context.standing,
        run=context.run,
        guard=guard,
        spells=True,
        proves=proves,
        done=done,
    )


def scopes_done(store: Store, feed: str, *, before: int = 0) -> frozenset[Ref]:
    """The scopes that the unfinished runs (before one, if it is said) since the last finished one have completed."""
    done: set[Ref] = set()
    for report in store.runs(20, feed):
        if before and report.run >= before:
            continue
        if report.status not in UNFINISHED:
            break
        done.update(store.scopes_done(report.run))
    return frozenset(done)


def close_lost_runs(store: Store, *, alive: Callable[[int], bool] | None = None) -> list[int]:
    """Marks runs of this machine that are recorded as running and whose process is gone. Their numbers."""
    alive = alive or _alive
    host = os.uname().nodename if hasattr(os, "uname") else ""
    lost = []
    for report in store.runs(50):
        if report.status != "running":
            continue
        info = store.run_info(report.run)
        if info.get("host") == host and not alive(info.get("pid", 0)):
            report.status, report.exit_code = "lost", 4
            report.problem = "its process ended without a word; completed scopes are kept"
            report.fix = "run it again with --resume"
            store.end_run(report)
            lost.append(report.run)
    return lost


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def confirm(store: Store, run: int, *, actor: str = "") -> int:
    """Retires what a held run proposed and nothing has listed since; how many objects that were.

    Raises UsageError when the run proposed nothing, or a later run of its feed has finished.
    """
    report = store.run(run)
    if report is None:
        raise UsageError(f"there is no run {run}", fix="`strabo runs` lists them")
    refs = [a.ref for a in store.accounts(run) if a.state == "proposed"]
    if not refs:
        raise UsageError(f"run {run} proposed no retirement", fix=f"`strabo runs show {run}` says what it did")
    if report.status not in {"held", "incomplete"} or not report.proposed:  # incomplete: another scope had failures
        raise UsageError(f"run {run} is {report.status}: its proposal is no longer open", fix="run the workflow again")
    newer = [r for r in store.runs(20, report.feed) if r.run > run and r.status in {"succeeded", "held", "incomplete"}]
    if newer:
        raise UsageError(
            f"run {newer[0].run} of {report.feed} is newer than this proposal", fix="confirm that one, or run it again"
        )
    standing = next((f.standing for f in store.feeds().values() if f.name == report.feed), 1)
    intake = Intake(report.feed, standing=standing, run=run)
    by, what = actor or here(), f"confirm run {run}"
    with store.writing(feed=report.feed, standing=standing, run=run, actor=by, what=what) as writer:
        feed = writer.feed(report.feed, standing)
        nodes = _not_back(writer, run, report.feed, list(writer.find(refs).values()))
        intake.retire(writer, feed, nodes, reason="confirmed")
        if report.status == "held":
            report.status, report.exit_code = "succeeded", 0
        report.retired += len(nodes)
        report.proposed = 0
        writer.save_run(report)
    return len(nodes)


def _not_back(writer: Writer, run: int, feed: str, nodes: Sequence[int]) -> list[int]:
    """Those of the nodes that no later run of the feed has listed: one that broke off has listed something too."""
    later = [Bits(bits) for r in writer.runs(100, feed) if r.run > run for bits in writer.seen(r.run).values()]
    return [node for node in nodes if not any(node in listed for listed in later)]


class _DrySink:
    """Writes into one transaction and takes the difference out of it before undoing it."""

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store, self._intake = store, intake
        self.diff = Diff(None, None)
        self.proposed: list[Ref] = []
        self._context = store.writing(feed=intake.feed, standing=intake.standing, actor="dry run")
        self._writer: Writer | None = None

    def write(self, batch: Sequence[Record]) -> Tally:
        if self._writer is None:
            self._writer = self._context.__enter__()
        self._intake.take(self._writer, batch)
        return Tally()

    def close(self, *, complete: bool) -> Tally:
        if self._writer is None:
            return Tally()
        try:
            if complete:
                self.diff = diff(self._writer, self._writer.tx - 1, self._writer.tx)
                self.proposed = self._intake.proposed
        finally:
            undo = _Undone()
            with suppress(_Undone):
                self._context.__exit__(_Undone, undo, None)
        counts = self._intake.counts()
        return Tally(
            written=counts.written,
            unchanged=counts.unchanged,
            retired=counts.retired,
            proposed=counts.proposed,
            failures=counts.failures,
        )


class _Undone(Exception):
    pass
