"""What is shown while a run goes on: drawn for a person, a line now and then for a log; always to standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from strabo.cli.session import Session
from strabo.cli.text import clean, count, seconds
from strabo.ingest.events import Event, Noticed, Progress, ScopeClosed, Tell

EVERY = 10.0  # seconds between two lines of a log


class Told:
    """The newest state of a run, out of its events."""

    def __init__(self) -> None:
        self.listed = self.records = self.troubles = 0
        self.seconds = 0.0
        self.scope = ""

    def take(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.listed, self.records, self.seconds = event.listed, event.records, event.seconds
        elif isinstance(event, ScopeClosed):
            self.scope = clean(str(event.scope))
        elif isinstance(event, Noticed):
            self.troubles += 1

    @property
    def pace(self) -> int:
        """Objects a second."""
        return int(self.listed / self.seconds) if self.seconds else 0

    def line(self, name: str) -> str:
        trouble = f", {self.troubles:,} noticed" if self.troubles else ""
        return (
            f"{name}: {count(self.listed, 'object')} listed, {count(self.records, 'record')}, {self.pace:,} objects/s"
            f"{trouble}, {seconds(self.seconds)}"
        )


class Plain:
    """A line every ten seconds; a run that is quicker says nothing before its accounting."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock, self._last = clean(name), clock, clock()
        self._told = Told()

    def __call__(self, event: Event) -> None:
        self._told.take(event)
        now = self._clock()
        if isinstance(event, Progress) and now - self._last >= EVERY:
            self._last = now
            click.echo(self._told.line(self._name), err=True)


@contextmanager
def progress(session: Session, name: str) -> Iterator[Tell]:
    """What to tell a run's events to while the block lasts."""
    if session.live:
        from strabo.cli.live import Live  # noqa: PLC0415 - rich takes longer to load than most commands to run

        with Live(name, color=session.color) as live:
            yield live.tell
    elif session.quiet or session.json:
        yield lambda _: None
    else:
        yield Plain(name)
