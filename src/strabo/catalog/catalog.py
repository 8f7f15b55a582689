"""Catalog: the one object through which everything is put, found and followed."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from strabo.catalog import changes, events, find, ingesting, lineage, refs, times, view
from strabo.catalog.actor import here
from strabo.catalog.doctor import examined
from strabo.catalog.export import exported
from strabo.catalog.intake import Intake
from strabo.errors import NotFound, UsageError
from strabo.graph.impact import Row
from strabo.graph.model import Graph
from strabo.ingest.artifact import peek, verify
from strabo.ingest.artifact import read as read_artifact
from strabo.ingest.contracts import Capability, Checkable, RunContext, Source
from strabo.ingest.events import Tell, silent
from strabo.ingest.report import Account, Report
from strabo.ingest.runner import Steps
from strabo.model.records import Failed, Record
from strabo.model.ref import Ref
from strabo.store.pack import Bits
from strabo.store.protocol import Store
from strabo.store.rows import Feed
from strabo.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from strabo.ingest.workflow import Workflow

DEFAULT_PATH = "strabo.db"

At = datetime | str | int | None
"""A moment: a time, "2026-11-01", "3d" (ago), "run:12"; None for now."""


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What became of records that were put: objects written and unchanged, and what was refused, and why."""

    written: int = 0
    unchanged: int = 0
    failures: tuple[Failed, ...] = ()


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild did: the events it read, and the facts that began or ended by it."""

    events: int
    changes: int


class Listed(msgspec.Struct, frozen=True):
    """One object of a run and how it ended."""

    ref: Ref
    state: str
    reason: str = ""
    part: str | None = None
    fix: str | None = None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog holds."""

    path: str
    bytes: int
    kinds: dict[str, int]
    namespaces: dict[str, int]
    feeds: tuple[Feed, ...]
    last_run: Report | None = None


class Catalog(AbstractContextManager["Catalog"]):
    """A catalog over a store. Close it, or use it in a `with` block. Reads from several threads are safe."""

    def __init__(self, store: Store, *, path: str = "") -> None:
        self.store = store
        self.path = path

    # --- putting in

    def put(
        self, records: Iterable[Record], *, feed: str = "manual", standing: int | None = None, actor: str = ""
    ) -> Put:
        """Writes records in one transaction, durable when this returns. What they do not mention stays as it is.

        standing: how much the feed's word weighs: 0 a person's edit, 1 a source, 2 derived, 3 guessed; by default as
        before, and 1 for a new feed. actor: who says it; by default the person at this machine.
        """
        if standing is None:
            standing = next((f.standing for f in self.store.feeds().values() if f.name == feed), 1)
        intake = Intake(feed, standing=standing)
        with self.store.writing(feed=feed, standing=standing, actor=actor or here()) as writer:
            intake.take(writer, records)
        counts = intake.counts()
        return Put(written=counts.written, unchanged=counts.unchanged, failures=tuple(counts.failures))

    def ingest(
        self,
        what: "Workflow | Source | Mapping[str, Any] | str | Path",
        *,
        feed: str = "",
        tell: Tell = silent,
        limit: int | None = None,
        confirm: bool = False,
        resume: bool = False,
    ) -> Report:
        """Runs a workflow into this catalog: a file, a connection URL, a dictionary, a Workflow or a Source.

        limit: stop after so many objects; nothing is then retired. confirm: retire what is gone, however much it
        is. resume: leave out the scopes that an unfinished run before has completed. Raises UsageError for a wrong
        configuration; all that goes wrong later is in the report, which is also kept.
        """
        workflow, steps = self._prepare(what, feed)
        context = self._context(workflow, confirm=confirm, resume=resume)
        label = str(workflow.path or "")
        return ingesting.run_workflow(self.store, steps, context, workflow=label, tell=tell, limit=limit)

    def plan(
        self,
        what: "Workflow | Source | Mapping[str, Any] | str | Path",
        *,
        feed: str = "",
        tell: Tell = silent,
        limit: int | None = None,
    ) -> ingesting.Plan:
        """What `ingest` would create, change and retire; nothing is kept."""
        workflow, steps = self._prepare(what, feed)
        return ingesting.dry_run(self.store, steps, self._context(workflow), tell=tell, limit=limit)

    def test(self, what: "Workflow | Source | Mapping[str, Any] | str | Path") -> Iterator[Capability]:
        """Connects the source, and yields what its login may read. Raises Unavailable or AccessDenied."""
        _, steps = self._prepare(what, "")
        if not isinstance(steps.source, Checkable):
            yield Capability(name="check", ok=True, detail="this source has nothing to check")
            return
        yield from steps.source.check()

    def load(self, path: str | Path, *, feed: str = "", tell: Tell = silent, confirm: bool = False) -> Report:
        """Loads a file of records, staged by a run or written by a script. A damaged file is refused before anything
        is written (UsageError); each scope in it is published all at once.
        """
        verify(str(path))
        name = feed or peek(str(path)).feed or Path(path).name.partition(".")[0]
        steps = Steps(_ArtifactSource(str(path)))
        context = RunContext(feed=name, catalog=self.path, columns_of=self.columns, confirmed=confirm)
        return ingesting.run_workflow(self.store, steps, context, workflow=str(path), tell=tell)

    def rebuild(self, feed: str = events.FEED, *, actor: str = "") -> Rebuilt:
        """Works out anew what the pushed events of a feed add up to; what is right already stays as it is.

        Raises NotFound when there is no such feed.
        """
        known = next((f for f in self.store.feeds().values() if f.name == feed), None)
        if known is None:
            names = ", ".join(sorted(f.name for f in self.store.feeds().values())[:20])
            raise NotFound(f"there is no feed {feed!r}", fix=f"the feeds: {names}" if names else "push something first")
        before = self.store.last()
        with self.store.writing(feed=feed, standing=known.standing, actor=actor, what="rebuild") as writer:
            count = events.rebuild(writer, feed, standing=known.standing)
        return Rebuilt(events=count, changes=sum(1 for _ in self.store.changes(before, self.store.last())))

    def confirm(self, run: int, *, actor: str = "") -> int:
        """Retires what a held run proposed; how many objects that were."""
        return ingesting.confirm(self.store, run, actor=actor)

    def _prepare(
        self, what: "Workflow | Source | Mapping[str, Any] | str | Path", feed: str
    ) -> "tuple[Workflow, Steps]":
        # Loaded here: reading commands, which are most, need neither YAML nor the plugins.
        from strabo.catalog.preparing import prepared  # noqa: PLC0415

        return prepared(what, feed)

    def _context(self, workflow: "Workflow", *, confirm: bool = False, resume: bool = False) -> RunContext:
        return RunContext(
            feed=workflow.name,
            catalog=self.path,
            columns_of=self.columns,
            retire_limit=workflow.retire.limit,
            retire_at_least=workflow.retire.at_least,
            confirmed=confirm,
            resume=resume,
        )

    # --- finding

    def find(self, text: str, *, limit: int = 20, offset: int = 0, at: At = None, facets: bool = True) -> find.Found:
        """Objects that answer a search, best first: words, `"phrases"`, `-not`, `kind:view`, `tag:pii`, `owner:ann`,
        `schema:public`, `platform:postgres`, `column:email`. Raises UsageError for a filter that there is not.
        """
        return find.find(self.store, text, limit=limit, offset=offset, at=self._tx(at), facets=facets)

    def resolve(self, text: str | Ref) -> Ref:
        """The object that a name means: whole, or any ending that only one object has. Raises UsageError with the
        candidates when there are several.
        """
        return refs.resolve(self.store, text).ref

    def get(self, ref: str | Ref, *, at: At = None) -> view.Thing:
        """All that is known of one object. Raises UsageError as `resolve`, and when it was not known yet then."""
        node = refs.resolve(self.store, ref)
        found = view.thing(self.store, node, at=self._tx(at))
        if at is not None and not found.said:
            raise UsageError(
                f"{found.ref} was not known then", fix=f"`strabo history {found.ref}` says since when it is"
            )
        return found

    def columns(self, ref: Ref) -> tuple[str, ...] | None:
        """The column names of a dataset in their order; None for one that the catalog does not know, or not in full."""
        return view.column_names(self.store, ref)

    # --- following

    def lineage(
        self,
        ref: str | Ref,
        *,
        upstream: bool = True,
        downstream: bool = True,
        hops: int | None = None,
        columns: bool = False,
        indirect: bool = False,
        limit: int = 1000,
        at: At = None,
        fresh: timedelta | None = None,
        kinds: Collection[str] = (),
        like: str = "",
    ) -> Graph:
        """What feeds an object, or one of its columns (`orders.amount`), and what it feeds.

        hops: how far; None for all the way. columns: also which column makes which. indirect: also columns that
        only filter, join or sort. fresh: how long an edge that only runs or queries have shown counts as current after
        the last of them; it is shown as expired from then on. None: STRABO_FRESH, or 90 days. kinds, like: only the
        ways to objects of these kinds, and to those whose full name fits a shell pattern (`postgres://*.marts.*`). The
        graph says whether it is complete.
        """
        return lineage.lineage(
            self.store,
            ref,
            upstream=upstream,
            downstream=downstream,
            hops=hops,
            columns=columns,
            indirect=indirect,
            limit=limit,
            at=self._tx(at),
            fresh=fresh,
            kinds=kinds,
            like=like,
        )

    def impact(self, ref: str | Ref, *, hops: int | None = None, at: At = None) -> list[Row]:
        """All that is fed by an object or one of its columns, nearest first: what breaks when it changes."""
        return lineage.impact(self.store, ref, hops=hops, at=self._tx(at))

    # --- looking back

    def history(self, ref: str | Ref) -> list[changes.Event]:
        """All that was ever said of an object, newest first."""
        node = refs.resolve(self.store, ref)
        return changes.history(self.store, self.store.members(node.id))

    def diff(
        self, since: At = None, until: At = None, *, within: str | Ref | None = None, quiet: bool = True
    ) -> changes.Diff:
        """What is different at `until` (now) from `since` (before the newest run that wrote anything).

        `run:N` as `since` means before that run, as `until` after it. quiet: leave out sizes and usage.
        """
        last = times.transaction_at(self.store, until)
        upto = self.store.last() if last is None else last
        after = times.transaction_at(self.store, since, before=True)
        if after is None:
            after = self._before_newest_run()
        inside = None if within is None else within if isinstance(within, Ref) else self.resolve(within)
        return changes.diff(self.store, after, upto, within=inside, quiet=quiet)

    def _before_newest_run(self) -> int:
        for report in self.store.runs(100):
            first = self.store.first_of(report.run)
            if first and next(self.store.changes(first - 1, self.store.last(run=report.run)), None) is not None:
                return first - 1
        return max(0, self.store.last() - 1)

    def _tx(self, at: At) -> int | None:
        return times.transaction_at(self.store, at)

    # --- runs

    def runs(self, limit: int = 20, *, feed: str | None = None) -> list[Report]:
        """The newest runs first."""
        return self.store.runs(limit, feed)

    def run(self, run: int) -> Report:
        """Raises UsageError when there is no such run."""
        report = self.store.run(run)
        if report is None:
            raise UsageError(f"there is no run {run}", fix="`strabo runs` lists them")
        return report

    def objects(self, run: int) -> Iterator[Listed]:
        """Every object of a run and how it ended; and the parts of objects that could not be read."""
        for account in self.store.accounts(run):
            yield Listed(account.ref, account.state, account.reason, account.part, account.fix)
        for state, bits in sorted(self.store.seen(run).items(), reverse=True):
            chunk: list[int] = []
            for node in Bits(bits):
                chunk.append(node)
                if len(chunk) == 1000:
                    yield from self._listed(chunk, state)
                    chunk = []
            yield from self._listed(chunk, state)

    def _listed(self, nodes: Sequence[int], state: str) -> Iterator[Listed]:
        for node in sorted(self.store.nodes(nodes).values(), key=lambda n: n.ref):
            yield Listed(node.ref, state)

    def accounts(self, run: int) -> Iterator[Account]:
        """What a run left out, and why."""
        return self.store.accounts(run)

    # --- the whole

    def overview(self) -> Overview:
        """How much there is, and from where."""
        return Overview(
            path=self.path,
            bytes=self.store.size(),
            kinds=self.store.counts(),
            namespaces=self.store.namespaces(),
            feeds=tuple(self.store.feeds().values()),
            last_run=next(iter(self.store.runs(1)), None),
        )

    def export(self, *, within: str | Ref | None = None) -> Iterator[Record]:
        """What the catalog shows, as records, announcements first; of several feeds' words the best one."""
        scope = None if within is None else within if isinstance(within, Ref) else self.resolve(within)
        yield from exported(self.store, scope)

    def doctor(self) -> list[Capability]:
        """What is well with the catalog and what is not."""
        return examined(self.store)

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _ArtifactSource:
    """A staged file as a source."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> Iterator[Record]:
        yield from read_artifact(self._path)


def default_path() -> str:
    """Where the catalog is when nobody says: STRABO_CATALOG, else strabo.db in this folder."""
    return os.environ.get("STRABO_CATALOG") or DEFAULT_PATH


def open_catalog(path: str | Path | None = None, *, create: bool = True, patience: float = 30.0) -> Catalog:
    """The catalog in a file, made if it is not there. Without a path: STRABO_CATALOG, else strabo.db here.

    patience: seconds to wait for another writer. Raises UsageError for a file that is no catalog, a network file
    system, a newer version; Unavailable when it cannot be opened.
    """
    where = str(path) if path is not None else default_path()
    return Catalog(SqliteStore(where, create=create, patience=patience), path=where)
