"""A catalog in one SQLite file."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from strabo.ingest.report import Report
from strabo.store.body import Squeeze
from strabo.store.sqlite_open import busy, connect, explain, explained, whoami
from strabo.store.sqlite_read import SqliteReader
from strabo.store.sqlite_write import SqliteWriter


class SqliteStore(SqliteReader):
    """One file, one writer at a time, readers that never wait. Usable from several threads and processes at once.

    create: makes the file when it is not there. patience: seconds to wait for another writer.
    """

    def __init__(self, path: str | Path, *, create: bool = True, patience: float = 30.0) -> None:
        self.path = Path(path)
        self._patience = patience
        self._lock = threading.Lock()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._open_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        db = connect(self.path, patience=patience, write=create)
        self._opened.append(db)
        self._local.db = db
        row = db.execute("SELECT value FROM meta WHERE key = 'dictionary'").fetchone()
        super().__init__(self._reading, Squeeze(row[0]), self.path)

    def _reading(self) -> sqlite3.Connection:
        """The calling thread's own connection."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = connect(self.path, patience=self._patience, write=False)
            with self._open_lock:
                self._opened.append(db)
            self._local.db = db
        return db

    @contextmanager
    def writing(
        self, *, feed: str = "", standing: int = 1, run: int = 0, actor: str = "", origin: str = "", what: str = ""
    ) -> Iterator[SqliteWriter]:
        """One transaction at a time; see Store.writing."""
        with self._transaction() as db:
            writer = SqliteWriter(db, self._squeeze, self.path)
            writer.begin(feed=feed, standing=standing, run=run, actor=actor, origin=origin, what=what)
            yield writer

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if not self._lock.acquire(timeout=self._patience):  # a thread waits as long as another process would
            raise busy(self.path, holder=self._holder())
        try:
            with self._locked() as db:
                yield db
        finally:
            self._lock.release()

    @contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        if self._writer is None:
            self._writer = connect(self.path, patience=self._patience, write=True)
        db = self._writer
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise explain(error, self.path, holder=self._holder()) from error
        try:
            with explained(self.path):
                yield db
                db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _holder(self) -> str:
        """Who is likely to be writing: the runs that have not ended."""
        rows = self._all("SELECT id, feed, host, pid FROM run WHERE status = 'running' ORDER BY id DESC LIMIT 3")
        return ", ".join(f"run {run} of {feed} (process {pid} on {host})" for run, feed, host, pid in rows)

    def start_run(self, feed: str, *, workflow: str) -> int:
        host, pid = whoami()
        with self._transaction() as db:
            run = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM run").fetchone()[0])
            report = Report(run=run, feed=feed, status="running", started_at=datetime.now(UTC))
            db.execute(
                "INSERT INTO run VALUES (?, ?, 'running', ?, ?, ?, ?)",
                (run, feed, host, pid, workflow, msgspec.json.encode(report)),
            )
        return run

    def end_run(self, report: Report) -> None:
        with self._transaction() as db:
            db.execute(
                "UPDATE run SET status = ?2, report = ?3 WHERE id = ?1",
                (report.run, report.status, msgspec.json.encode(report)),
            )

    def optimize(self) -> None:
        """Merges the search index and refreshes the planner's statistics: worth it after a first, large load."""
        with self._transaction() as db:
            db.execute("INSERT INTO fn (fn) VALUES ('optimize')")
            db.execute("INSERT INTO fa (fa) VALUES ('optimize')")
            db.execute("PRAGMA optimize")
        if self._writer is not None:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; empty when it is sound."""
        return [row[0] for row in self._all("PRAGMA quick_check(20)") if row[0] != "ok"]

    def close(self) -> None:
        with self._open_lock:
            for db in self._opened:
                db.close()
            self._opened.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
