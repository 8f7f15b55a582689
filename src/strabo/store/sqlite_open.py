"""Opening a catalog file: what it may be, where it may lie, and bringing an older one up to date."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from strabo.errors import StraboError, Unavailable, UsageError
from strabo.store.body import first_dictionary
from strabo.store.sqlite_schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_SQLITE = (3, 37, 0)  # STRICT tables

# File systems on which SQLite's locks or its shared memory do not hold: https://www.sqlite.org/wal.html, "Advantages".
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "glusterfs", "ceph", "fuse.sshfs", "fuse.s3fs",
     "fuse.gcsfuse", "fuse.rclone", "fuse.glusterfs", "davfs", "fuse.davfs2", "9p", "beegfs", "lustre", "gpfs",
     "vboxsf"}
)  # fmt: skip


def connect(path: Path, *, patience: float, write: bool, migrations: Sequence[str] = MIGRATIONS) -> sqlite3.Connection:
    """A connection to the catalog at `path`, made (when writing) if there is none, at this version's schema.

    patience: seconds to wait for another writer. Raises UsageError for a file that is no catalog, is of a newer
    version, or lies on a network file system; Unavailable when it cannot be opened.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise Unavailable(
            f"this Python's SQLite is {sqlite3.sqlite_version}; a catalog needs 3.37 or newer",
            fix="use a Python built with a newer SQLite",
        )
    check_place(path)
    if not write and not path.exists():
        raise UsageError(
            f"there is no catalog at {path}",
            fix="`strabo ingest` makes one; or name another with --catalog or STRABO_CATALOG",
        )
    with explained(path):
        db = sqlite3.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    try:
        with explained(path):
            _prepare(db, path, migrations)
    except BaseException:
        db.close()
        raise
    return db


def check_place(path: Path) -> None:
    """Raises UsageError when a catalog cannot live at `path`: a folder, a missing folder, a network file system."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; a catalog is a file", fix=f"name a file in it: {path / 'strabo.db'}")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder} to put a catalog in", fix=f"mkdir -p {folder}")
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return  # no such list on this system: nothing to check
    kind = filesystem(folder.resolve(), mounts)
    if kind in NETWORK:
        raise UsageError(
            f"{path} is on a network file system ({kind}), where two writers can damage a catalog",
            fix="put it on a local disk and let others reach it over a server, or use PostgreSQL",
        )


def filesystem(path: Path, mounts: str) -> str:
    """The kind of file system that holds `path`, by a listing in the form of /proc/mounts; "" when none does."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        words = line.split()
        if len(words) < 3:
            continue
        point = words[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        if (path == Path(point) or Path(point) in path.parents) and len(point) >= best:
            best, kind = len(point), words[2]
    return kind


@contextmanager
def explained(path: Path, *, holder: str = "") -> "Iterator[None]":
    """Turns SQLite's errors into ours, each with the next thing to try."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path, holder=holder) from error


def busy(path: Path, *, holder: str = "") -> Unavailable:
    """Our error for a catalog that somebody else holds."""
    return Unavailable(
        f"another process is writing to the catalog{holder and ': '}{holder}",
        where=str(path),
        fix="wait until it is done and run this again: nothing was lost",
    )


def explain(error: sqlite3.Error, path: Path, *, holder: str = "") -> StraboError:
    """Our error for one of SQLite's. `holder` says who is writing, if that is known."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    where = str(path)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return busy(path, holder=holder)
    if code == sqlite3.SQLITE_FULL:
        return Unavailable(
            "the disk is full; this transaction was undone", where=where, fix="make room and run this again"
        )
    if code == sqlite3.SQLITE_NOTADB:
        return UsageError(
            "the file is no Strabo catalog", where=where, fix="name another with --catalog, or move it away"
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return Unavailable(
            f"the catalog is damaged: {error}",
            where=where,
            fix="restore a copy, or `strabo export` what can still be read",
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
        return Unavailable(
            f"the catalog cannot be opened or written: {error}",
            where=where,
            fix="check the rights, and the room on the disk",
        )
    return StraboError(f"SQLite: {error}", where=where, fix="`strabo doctor` checks the catalog")


def _prepare(db: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    if version == 0 and mark == 0 and not db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        db.execute("PRAGMA page_size = 8192")
        db.execute("PRAGMA journal_mode = WAL")
    elif mark != APPLICATION_ID:
        raise UsageError(
            "the file is an SQLite database, but no Strabo catalog",
            where=str(path),
            fix=f"name another with --catalog; to catalogue the database itself: strabo ingest {path}",
        )
    if version > len(migrations):
        raise UsageError(
            f"the catalog was written by a newer Strabo (its version {version}, ours {len(migrations)})",
            where=str(path),
            fix="pip install --upgrade strabo",
        )
    if version < len(migrations):
        _migrate(db, migrations)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA cache_size = -65536")  # 64 MiB
    db.execute("PRAGMA mmap_size = 268435456")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("PRAGMA journal_size_limit = 67108864")


def _migrate(db: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """All steps in one transaction: a crash in the middle leaves the file as it was."""
    db.execute("BEGIN IMMEDIATE")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]  # again: another process may have been faster
        for step in migrations[version:]:
            for statement in _statements(step):
                db.execute(statement)
        if version == 0:
            db.execute("INSERT INTO meta VALUES ('dictionary', ?)", (first_dictionary(),))
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    found, text = [], ""
    for piece in script.split(";"):
        text += piece + ";"
        if sqlite3.complete_statement(text):
            if text.strip(" \n;"):
                found.append(text)
            text = ""
    return found


def whoami() -> tuple[str, int]:
    """The host's name and this process's id, for the record of a run."""
    return os.uname().nodename if hasattr(os, "uname") else "", os.getpid()
