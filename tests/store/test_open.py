"""What is no catalog is told so; where a catalog cannot live is told so; an older one is brought up to date."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strabo.errors import StraboError, Unavailable, UsageError
from strabo.store import sqlite_open
from strabo.store.rows import NewEvent
from strabo.store.sqlite import SqliteStore
from strabo.store.sqlite_open import connect, explain, filesystem
from strabo.store.sqlite_schema import APPLICATION_ID, MIGRATIONS


def refused(path: Path, *, create: bool = True) -> StraboError:
    with pytest.raises(StraboError) as caught:
        SqliteStore(path, create=create)
    assert caught.value.fix
    assert str(path.parent) in str(caught.value)
    return caught.value


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, but long enough to be looked at\n" * 50)
    before = path.read_bytes()
    error = refused(path)
    assert isinstance(error, UsageError)
    assert "no Strabo catalog" in error.what
    assert path.read_bytes() == before


def test_a_database_that_is_no_catalog(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE orders (id)")
    error = refused(path)
    assert isinstance(error, UsageError)
    assert "strabo ingest" in error.fix
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0,)


def test_a_newer_catalog(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    error = refused(path)
    assert isinstance(error, UsageError)
    assert "newer Strabo" in error.what
    assert "upgrade" in error.fix


def test_a_folder_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path).what
    assert "mkdir -p" in refused(tmp_path / "no" / "c.db", create=True).fix


def test_reading_makes_no_catalog(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    assert "no catalog" in refused(path, create=False).what
    assert not path.exists()


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    path.touch()
    store = SqliteStore(path)
    assert store.last() == 0
    store.close()


MOUNTS = """\
/dev/root / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sda1 /home/me/local xfs rw 0 0
sshfs#x /mnt/with\\040space fuse.sshfs rw 0 0
tmpfs /home tmpfs rw 0 0
short line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/c", "ext4"),
        ("/homework", "ext4"),
        ("/home/me/local/x", "xfs"),
        ("/mnt/with space/x", "fuse.sshfs"),
        ("/home/me", "tmpfs"),  # the later mount hides the earlier one
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert filesystem(Path(path), MOUNTS) == kind
    assert filesystem(Path(path), "") == ""


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_text

    def read(self: Path, *args: str, **more: str) -> str:
        return f"server:/x {tmp_path} nfs rw 0 0\n" if str(self) == "/proc/self/mounts" else real(self, *args, **more)

    monkeypatch.setattr(Path, "read_text", read)
    error = refused(tmp_path / "c.db")
    assert isinstance(error, UsageError)
    assert "network file system (nfs)" in error.what
    assert not (tmp_path / "c.db").exists()


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_open, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(Unavailable, match=r"3\.37"):
        SqliteStore(tmp_path / "c.db")


TO_2 = ("CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;\nINSERT INTO extra VALUES (7); -- one; two\n",)


def test_an_older_catalog_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    store = SqliteStore(path)
    run = store.start_run("kept", workflow="")
    store.close()
    for _ in range(2):
        with closing(connect(path, patience=1, write=False, migrations=(*MIGRATIONS, *TO_2))) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + len(TO_2),)
            assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
            assert db.execute("SELECT id FROM extra").fetchall() == [(7,)]
            assert db.execute("SELECT id FROM run").fetchall() == [(run,)]
    assert "newer" in refused(path).what


def test_a_migration_that_breaks_off_leaves_the_old_version(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    SqliteStore(path).close()
    broken = (*MIGRATIONS, TO_2[0] + "INSERT INTO extra VALUES (7);")
    with pytest.raises(StraboError):
        connect(path, patience=1, write=True, migrations=broken)
    store = SqliteStore(path)
    assert store._one("PRAGMA user_version") == (len(MIGRATIONS),)
    assert store._all("SELECT name FROM sqlite_schema WHERE name = 'extra'") == []
    store.close()


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (sqlite3.SQLITE_BUSY, Unavailable, "writing"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Unavailable, "writing"),
        (sqlite3.SQLITE_FULL, Unavailable, "full"),
        (sqlite3.SQLITE_NOTADB, UsageError, "no Strabo catalog"),
        (sqlite3.SQLITE_CORRUPT, Unavailable, "damaged"),
        (sqlite3.SQLITE_READONLY, Unavailable, "cannot be opened"),
        (sqlite3.SQLITE_IOERR_WRITE, Unavailable, "cannot be opened"),
        (sqlite3.SQLITE_MISUSE, StraboError, "SQLite: x"),
    ],
)
def test_every_error_says_what_to_do(code: int, kind: type[StraboError], said: str) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    ours = explain(error, Path("/c.db"), holder="run 7")
    assert type(ours) is kind
    assert said in ours.what
    assert ours.where == "/c.db"
    assert ours.fix


def test_a_catalog_of_the_first_version_takes_what_is_pushed(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    connect(path, patience=1, write=True, migrations=MIGRATIONS[:1]).close()
    store = SqliteStore(path)
    with store.writing(feed="f", actor="ann", origin="127.0.0.1", what="push") as writer:
        assert writer.add_events(1, [NewEvent(b"d", 1, b"s", b"{}")]) == [True]
    assert [m[4:] for m in store.writes(before=None, limit=5)] == [("ann", "127.0.0.1", "push")]
    store.close()
