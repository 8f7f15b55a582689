"""What `ingest` and `load` have in common: several runs one after the other, and one exit code for all."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from strabo.catalog.catalog import Catalog
from strabo.cli.accounting import accounting, as_json, reasons
from strabo.cli.app import INTERRUPTED, report
from strabo.cli.out import emit, note
from strabo.cli.session import Session
from strabo.errors import StraboError
from strabo.ingest.report import Report

_WORST = (0, 1, 3, 2, 4, INTERRUPTED)
"""Exit codes from best to worst. A bug is worse than a wrong setting, which nobody but a person can mend, and that is
worse than a system that did not answer, which may be there tomorrow."""


def worst(codes: Iterable[int]) -> int:
    """The exit code of several runs: the worst of theirs."""
    return max(codes, key=lambda code: _WORST.index(code) if code in _WORST else len(_WORST), default=0)


def told(session: Session, catalog: Catalog, done: Report, what: str) -> int:
    """Prints the accounting of a run that is over; its exit code. `what` is what was asked to run, without secrets."""
    if session.json:
        emit({"what": what, **as_json(done, reasons(catalog.accounts(done.run)))})
    else:
        note(session, *accounting(done, catalog.accounts(done.run)))
    if done.problem:
        error = StraboError(done.problem, where=done.feed, fix=done.fix or "")
        error.exit_code = done.exit_code
        report(error, session)
    return done.exit_code


@contextmanager
def stoppable() -> Iterator[None]:
    """While the block lasts, being asked to end (SIGTERM, by a scheduler) is like Ctrl-C: the run is recorded."""

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: whoever started it minds the signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
