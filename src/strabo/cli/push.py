"""`strabo push`: files of records and of lineage events to a server."""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from strabo.cli.accounting import Reason, accounting
from strabo.cli.app import INTERRUPTED, report
from strabo.cli.out import emit, indented, note
from strabo.cli.pushing import Thing, parcel
from strabo.cli.running import stoppable, worst
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import clean, count, line, seconds
from strabo.errors import AccessDenied, NotFound, StraboError, UsageError
from strabo.ingest.disk import printable
from strabo.ingest.report import Report
from strabo.kit.answers import Failure, Pushed
from strabo.kit.client import Client

_AT_ONCE = 2000  # things between two answers
_AT_ONCE_BYTES = 4 << 20
_REASONS, _PLACES = 10, 5  # shown
_LOG_EVERY, _DRAW_EVERY = 10.0, 0.2  # seconds
_FAR = 3  # the exit code of a server that is away, or refuses the login


@click.command(
    "push",
    cls=Command,
    epilog="""
A file has one record or one OpenLineage event a line (`strabo schema` describes
records), packed or not. What a run has staged is loaded whole: each scope at once,
and what is gone is retired. A file named - is standard input. What was pushed
before is not doubled: push it again after any trouble.

Examples:
  strabo push crm.jsonl.zst --url https://catalog.example
  make-records | strabo push - --feed crm

With --json: {"what", "url", "feed", "stored", "records": {"received", "written",
"unchanged", "failed"}, "events": {…}, "failures": [{"at", "error", "fix"}],
"run": what the run did that loaded a staged file, or null, "exit_code"}, a line
for each file.
""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE…")
@click.option("--url", metavar="URL", help="The server. Without: STRABO_URL.")
@click.option("--token", metavar="TOKEN", help="Better in STRABO_TOKEN, where other users do not see it.")
@click.option("--feed", metavar="NAME", help="Name the feed, instead of by the file.")
@click.option("--atomic", is_flag=True, help="Store all records of a file or none.")
@click.option("--confirm", is_flag=True, help="Retire what is gone from a staged file, however much it is.")
@click.option("--records", "apart", is_flag=True, help="Push a staged file record by record; nothing is then retired.")
@click.option("--patience", type=click.FloatRange(0), default=30.0, metavar="SECONDS", show_default=True,
              help="How long to ask a server again that is away.")  # fmt: skip
@click.option("--insecure", is_flag=True, help="Send the token in clear text to another machine.")
@pass_session
def command(
    session: Session,
    files: tuple[str, ...],
    url: str | None,
    token: str | None,
    feed: str | None,
    atomic: bool,
    confirm: bool,
    apart: bool,
    patience: float,
    insecure: bool,
) -> int:
    """Push files of records or lineage events to a server.

    The exit code is that of the worst file. After a server that is away, no other file is tried.
    """
    codes: list[int] = []
    waiting = _Waiting(session)
    with Client(url, token, patience=patience, insecure=insecure, waiting=waiting, timeout=60.0) as client, stoppable():
        for at, file in enumerate(files):
            push = _Push(session, client, file, atomic=atomic, confirm=confirm, apart=apart)
            problem: StraboError | None = None
            try:
                push.go(feed)
            except StraboError as error:
                problem, push.code = error, error.exit_code
            except KeyboardInterrupt:
                push.code = INTERRUPTED
            push.tell()
            if problem is not None:
                report(problem, session)
            codes.append(push.code)
            if push.code in {_FAR, INTERRUPTED}:
                if files[at + 1 :]:
                    note(session, f"not tried: {', '.join(map(clean, files[at + 1 :]))}")
                break
    return worst(codes)


class _Push:
    """One file on its way."""

    def __init__(
        self, session: Session, client: Client, file: str, *, atomic: bool, confirm: bool, apart: bool
    ) -> None:
        self._session, self._client, self._file = session, client, file
        self._atomic, self._confirm, self._apart = atomic, confirm, apart
        self._feed = self._events_feed = ""
        self._run = uuid.uuid4().hex
        self.records, self.events = Pushed(), Pushed()
        self.failures: list[tuple[str, Failure]] = []  # and where each stood
        self.loaded: dict[str, Any] | None = None  # what the run did that loaded a staged file
        self.code = 0

    def go(self, feed: str | None) -> None:
        """All of the file. What was stored before an error is counted."""
        shown = _Shown(self._session, self._file)
        with parcel(self._file) as found:
            self._feed = feed or found.feed or ("" if self._file == "-" else Path(self._file).name.partition(".")[0])
            self._events_feed = feed or ""
            if found.staged and not (self._apart or self._atomic):
                self._load(found.staged)
                return
            try:
                for part in _parts(found.things, whole=self._atomic):
                    self._push([thing for thing in part if not thing.event])
                    self._emit([thing for thing in part if thing.event])
                    shown(self.records.received + self.events.received)
            finally:
                shown.end()
        if self.failures or self.records.failed or self.events.failed:
            self.code = 1

    def _load(self, path: str) -> None:
        self.loaded = self._client.load(path, feed=self._feed, confirm=self._confirm)
        code = self.loaded.get("exit_code")
        self.code = code if isinstance(code, int) else 0
        if self.loaded.get("failed") or self.loaded.get("notes") or self.loaded.get("proposed"):
            with suppress(AccessDenied, NotFound):  # a token that may ingest need not be one that may read
                self.loaded = self._client.ask(f"/api/v1/runs/{self.loaded['run']}")

    def _push(self, things: list[Thing]) -> None:
        if not things:
            return
        done = self._client.push([t.text for t in things], feed=self._feed, atomic=self._atomic, run=self._run)
        self._failed(things, done)
        self.records += replace(done, failures=())

    def _emit(self, things: list[Thing]) -> None:
        if not things:
            return
        if self._atomic:
            raise UsageError(
                "lineage events are stored one by one, never all or nothing",
                where=f"{self._file}: {things[0].place}",
                fix="push them without --atomic",
            )
        done = self._client.emit((t.text for t in things), feed=self._events_feed)
        self._failed(things, done)
        self.events += replace(done, failures=())

    def _failed(self, things: list[Thing], done: Pushed) -> None:
        self.failures += [(things[f.index].place, f) for f in done.failures if f.index < len(things)]

    def tell(self) -> None:
        """Prints what became of the file."""
        if self._session.json:
            emit(self._as_json())
        elif self.loaded is not None:
            note(self._session, *self._run_lines(self.loaded))
        elif self.code in {0, 1} or self.records.received or self.events.received:
            note(self._session, *self._lines())

    def _as_json(self) -> dict[str, Any]:
        return {
            "what": printable(self._file),
            "url": self._client.url,
            "feed": self._feed,
            "stored": self.records.stored,
            "records": _counts(self.records),
            "events": _counts(self.events),
            "failures": [{"at": place, "error": f.error, "fix": f.fix or None} for place, f in self.failures],
            "run": self.loaded,
            "exit_code": self.code,
        }

    def _lines(self) -> list[str]:
        records, events = self.records, self.events
        told = [
            f"{clean(self._file)} to {clean(self._client.url)}" + (f" as {clean(self._feed)}" if self._feed else "")
        ]
        if not records.stored:
            told.append(f"  nothing was stored: {records.failed:,} of {count(records.received, 'record')} failed")
        elif records.received or not events.received:
            told.append(
                f"  {count(records.received, 'record')} = {records.written:,} written"
                f" + {records.unchanged:,} unchanged + {records.failed:,} failed"
            )
        if events.received:
            told.append(
                f"  {count(events.received, 'lineage event')} = {events.written + events.unchanged:,} taken"
                f" + {events.failed:,} failed"
            )
        return told + indented(_reasons(self.failures))

    def _head(self) -> str:
        name = f" as {clean(self._feed)}" if self._feed else ""
        return f"{clean(self._file)} to {clean(self._client.url)}{name}"

    def _run_lines(self, run: Mapping[str, Any]) -> list[str]:
        """What the run did over there, as `strabo load` tells it here."""
        try:
            done = msgspec.convert({**run, "accounts": []}, Report)
            groups = msgspec.convert(run.get("reasons") or [], list[Reason])
        except msgspec.ValidationError:  # a newer server has more to say
            return [self._head(), f"  run {run.get('run')} over there: {line(str(run.get('status')))}"]
        told = [self._head(), *indented(accounting(msgspec.structs.replace(done, run=0), []))]
        for group in groups[:_REASONS]:
            part = f" ({clean(group.part)})" if group.part else ""
            told.append(f"    {group.count:,} {group.state}{part}: {line(group.reason)}")
            told.append("      " + ", ".join(map(clean, group.examples)) + (", …" if group.count > 3 else ""))
            told += [f"      try: {line(group.fix)}"] if group.fix else []
        if len(groups) > _REASONS:
            told.append(f"    and {count(len(groups) - _REASONS, 'other reason')}")
        if done.proposed:
            told.append("    nothing was retired: push it again with --confirm, once you agree")
        if done.problem:
            told.append(f"    {line(done.problem)}" + (f" (try: {line(done.fix)})" if done.fix else ""))
        return [*told, f"  it is run {done.run} over there"]


def _parts(things: Iterator[Thing | None], *, whole: bool) -> Iterator[list[Thing]]:
    """The things, so many at a time, or what there is while no more comes. whole: all at once."""
    part: list[Thing] = []
    size = 0
    for thing in things:
        if thing is not None:
            part.append(thing)
            size += len(thing.text)
        if part and not whole and (thing is None or len(part) >= _AT_ONCE or size >= _AT_ONCE_BYTES):
            yield part
            part, size = [], 0
    if part:
        yield part


def _counts(done: Pushed) -> dict[str, int]:
    return {name: getattr(done, name) for name in ("received", "written", "unchanged", "failed")}


def _reasons(failures: list[tuple[str, Failure]]) -> list[str]:
    """The failures by their reason, the most frequent first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for place, failure in failures:
        groups.setdefault((failure.error, failure.fix), []).append(place)
    told: list[str] = []
    for (error, fix), places in sorted(groups.items(), key=lambda group: -len(group[1]))[:_REASONS]:
        told.append(f"{len(places):,} failed: {line(error)}")
        told.append("  " + ", ".join(places[:_PLACES]) + (", …" if len(places) > _PLACES else ""))
        told += [f"  try: {line(fix)}"] if fix else []
    if len(groups) > _REASONS:
        told.append(f"and {count(len(groups) - _REASONS, 'other reason')}")
    return told


class _Shown:
    """How far a file is: drawn for a person, a line now and then for a log."""

    def __init__(self, session: Session, file: str) -> None:
        self._session, self._name = session, clean(file)
        self._began = self._last = time.monotonic()
        self._drawn = False

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last < (_DRAW_EVERY if self._session.live else _LOG_EVERY):
            return
        self._last, took = now, now - self._began
        text = f"{self._name}: {done:,} pushed, {int(done / took):,}/s, {seconds(took)}"
        if self._session.live:
            click.echo(f"\r{text[: (self._session.width or 80) - 1]}\x1b[K", nl=False, err=True)
            self._drawn = True
        elif not (self._session.quiet or self._session.json):
            click.echo(text, err=True)

    def end(self) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", nl=False, err=True)


class _Waiting:
    """Says why nothing moves, once for each reason."""

    def __init__(self, session: Session) -> None:
        self._session, self._said = session, ""

    def __call__(self, why: str, _pause: float) -> None:
        if why != self._said and not self._session.json:
            note(self._session, f"{clean(why)}; asking again")
        self._said = why
