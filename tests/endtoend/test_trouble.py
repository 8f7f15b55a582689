"""What breaks in the middle: a server, a database, the program itself. Nothing is lost, and the run says so."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from strabo.catalog.catalog import open_catalog
from strabo.errors import Unavailable
from strabo.model.records import Dataset
from strabo.model.ref import Ref
from strabo.testing import mariadb, postgres

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]
Strabo = Callable[..., Any]
Write = Callable[..., Path]

PAUSE = '''
import time
from pathlib import Path


class Pause:
    """Holds the run up at the first object whose name ends in `stop`, until the file `go` is there."""

    def __call__(self, records):
        for record in records:
            if record.ref.name.endswith("stop") and not Path("go").exists():
                Path("waiting").touch()
                for _ in range(600):
                    if Path("go").exists():
                        break
                    time.sleep(0.05)
            yield record
'''


@pytest.fixture
def paused(folder: Path, environment: dict[str, str], program: tuple[str, ...]) -> Callable[..., Any]:
    """Runs a command line until it is held up, does something, lets it go on; its exit code and what it said."""
    (folder / "pause.py").write_text(PAUSE, encoding="utf-8")

    def run(meanwhile: Callable[["subprocess.Popen[str]"], object], *args: str) -> tuple[int, str]:
        for name in ("go", "waiting"):
            (folder / name).unlink(missing_ok=True)
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        with subprocess.Popen([*program, *args], cwd=folder, env=environment, text=True, **pipes) as child:
            try:
                end = time.monotonic() + 40
                while not (folder / "waiting").exists() and time.monotonic() < end and child.poll() is None:
                    time.sleep(0.02)
                if not (folder / "waiting").exists():
                    child.kill()
                    raise AssertionError(child.communicate())
                meanwhile(child)
            finally:
                (folder / "go").touch()
            out, err = child.communicate(timeout=40)
        assert "Traceback" not in err
        return child.returncode, out + err

    return run


STOP = [{"type": "pause:Pause"}]


@pytest.fixture
def two(database: Callable[..., str], write: Write, login: dict[str, Any], secret: str) -> str:
    """A workflow of two databases, held up in the middle of the first one's 450 tables."""
    tables = [f"CREATE TABLE t{number:03} (a int)" for number in range(450)]
    first = database(
        "first_e2e",
        "; ".join(tables),
        "CREATE TABLE t001_stop (a int)",
        "CREATE SCHEMA z",
        "CREATE TABLE z.last (a int)",
    )
    second = database("second_e2e", "CREATE TABLE other (a int)")
    config = {**login, "databases": [first, second], "namespace": "postgres://two.example:5432"}
    return str(write("two.yaml", source={"type": "postgres", "config": config}, processors=STOP))


def tables(ask: Ask) -> int:
    return int(ask("search", "kind:table", "--limit", "1")["total"])


@pytest.mark.server
def test_a_session_that_is_ended_by_the_server(
    two: str, paused: Callable[..., Any], ask: Ask, postgres: postgres.Server, database: Callable[..., str]
) -> None:
    Path(two).with_name("go").touch()
    assert ask("ingest", two)["written"] == 458

    def end(_: object) -> None:
        database("first_e2e", "DROP TABLE z.last")  # gone, but nobody saw the end of the list
        postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'first_e2e'")

    code, said = paused(end, "ingest", two)
    assert code == 1, said
    run = ask("runs")["runs"][0]
    assert (run["run"], run["exit_code"], run["retired"], run["proposed"]) == (2, code, 0, 0)
    assert (run["status"], run["failed"]) == ("incomplete", 1)
    assert "try: " in said
    assert tables(ask) == 453
    again = ask("ingest", two)
    assert (again["status"], again["written"], again["retired"]) == ("succeeded", 0, 1)


@pytest.mark.server
def test_a_database_that_is_dropped_while_another_is_listed(
    two: str, paused: Callable[..., Any], ask: Ask, strabo: Strabo, postgres: postgres.Server
) -> None:
    Path(two).with_name("go").touch()
    ask("ingest", two)
    code, said = paused(lambda _: postgres.run("DROP DATABASE second_e2e WITH (FORCE)"), "ingest", two)
    run = ask("runs")["runs"][0]
    assert (code, run["exit_code"], run["retired"], run["proposed"], run["failed"]) == (1, 1, 0, 0, 1)
    assert "second_e2e" in said
    # Nor is it retired by the next run: a workflow that names what is not there is wrong, until a person says so.
    error = strabo("ingest", two, "--json", code=2).error
    assert "second_e2e" in error["what"]
    assert "first_e2e" in error["fix"]
    assert ask("runs")["runs"][0]["exit_code"] == 2
    assert tables(ask) == 453


@pytest.mark.server
def test_a_mariadb_session_that_is_killed(
    mariadb: mariadb.Server,
    schema: Callable[..., str],
    write: Write,
    paused: Callable[..., Any],
    ask: Ask,
    environment: dict[str, str],
) -> None:
    names = [
        schema("a_e2e", "CREATE TABLE stop (a int)", "CREATE TABLE t (a int)"),
        schema("b_e2e", "CREATE TABLE t (a int)"),
    ]
    environment["MARIA"] = mariadb.password
    config = {"host": mariadb.host, "port": mariadb.port, "user": mariadb.user, "password": "${MARIA}"}
    path = str(write("m.yaml", source={"type": "mysql", "config": {**config, "databases": names}}, processors=STOP))
    Path(path).with_name("go").touch()
    first = ask("ingest", path)

    def kill(_: object) -> None:
        with mariadb.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND user = 'root'"
            )
            for (number,) in cursor.fetchall():
                cursor.execute(f"KILL {int(number)}")

    code, said = paused(kill, "ingest", path)
    run = ask("runs")["runs"][0]
    assert (run["exit_code"], run["retired"], run["proposed"]) == (code, 0, 0)
    assert code == 3, said
    assert "try: " in said
    again = ask("ingest", path)
    assert (again["status"], again["written"], again["unchanged"]) == ("succeeded", 0, first["written"])


@pytest.mark.server
def test_ctrl_c_then_resume(two: str, paused: Callable[..., Any], ask: Ask, write: Write, database: Any) -> None:
    database("second_e2e", "CREATE TABLE second_stop (a int)")
    database("first_e2e", "ALTER TABLE t001_stop RENAME TO t001_x")
    code, said = paused(lambda child: child.send_signal(signal.SIGINT), "ingest", two)
    assert code == 130, said
    assert "--resume" in said
    (run,) = ask("runs")["runs"]
    assert (run["status"], run["exit_code"]) == ("interrupted", 130)
    assert tables(ask) == 452  # the first database's scopes were complete
    done = ask("ingest", two, "--resume")
    assert done["status"] == "succeeded"
    assert done["listed"] < 100
    assert tables(ask) == 454
    assert ask("ingest", two)["written"] == 0


@pytest.mark.server
def test_kill_9_leaves_nothing_half_written(two: str, paused: Callable[..., Any], ask: Ask, strabo: Strabo) -> None:
    code, _ = paused(lambda child: child.kill(), "ingest", two)
    assert code == -signal.SIGKILL
    assert tables(ask) == 0
    assert strabo("export").out == ""
    done = ask("ingest", two)
    assert (done["status"], done["written"]) == ("succeeded", 458)
    assert [(r["run"], r["status"]) for r in ask("runs")["runs"]] == [(2, "succeeded"), (1, "lost")]
    assert tables(ask) == 453


# --- somebody else is writing


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db
        if db.in_transaction:
            db.execute("ROLLBACK")


def test_a_locked_catalog_is_waited_for(sql: Any, ask: Ask, strabo: Strabo, folder: Path) -> None:
    sql("shop.db", "create table t (a)")
    ask("ingest", "shop.db")
    sql("shop.db", "create table u (a)")
    with locked(folder / "strabo.db") as db:
        timer = Timer(3, lambda: db.execute("ROLLBACK"))
        timer.start()
        began = time.monotonic()
        assert ask("search", "kind:table")["total"] == 1  # readers never wait
        assert time.monotonic() - began < 3 or not db.in_transaction
        assert ask("ingest", "shop.db")["written"] == 1
        timer.join()


MANY = """
from strabo.model.records import Dataset
from strabo.model.ref import Ref


class Many:
    def read(self):
        for number in range(12_000):
            yield Dataset(ref=Ref("many://x", f"s.t{number}"))
        yield Dataset(ref=Ref("many://x", "s.stop"))
        yield Dataset(ref=Ref("many://x", "s.last"))
"""


def test_who_holds_a_locked_catalog(paused: Callable[..., Any], write: Write, folder: Path) -> None:
    (folder / "many.py").write_text(MANY, encoding="utf-8")
    path = str(write("many.yaml", source={"type": "many:Many"}, processors=STOP))
    holders: list[Unavailable] = []

    def try_to_write(child: Any) -> None:
        with open_catalog(folder / "strabo.db", patience=0.2) as catalog, pytest.raises(Unavailable) as caught:
            catalog.put([Dataset(ref=Ref("other://x", "t"))])
        holders.append(caught.value)
        assert f"process {child.pid}" in caught.value.what

    code, said = paused(try_to_write, "ingest", path)
    assert code == 0, said
    (error,) = holders
    assert "run 1 of many" in error.what
    assert os.uname().nodename in error.what
    assert error.fix
