"""A killed writer loses nothing acknowledged; readers never wait; a full disk and a second writer are told apart."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from strabo.catalog.intake import Intake
from strabo.catalog.publish import Publisher
from strabo.errors import Unavailable
from strabo.model.records import Dataset, ScopeComplete
from strabo.model.ref import Ref
from strabo.store.rows import NewFact
from strabo.store.sqlite import SqliteStore

OBJECTS = 40  # of each scope

# Publishes scope after scope, and says the number of each one that is acknowledged.
CHILD = textwrap.dedent(f"""
    import sys
    from strabo.catalog.intake import Intake
    from strabo.catalog.publish import Publisher
    from strabo.model.records import Column, Dataset, ScopeComplete
    from strabo.model.ref import Ref
    from strabo.store.sqlite import SqliteStore
    store, n = SqliteStore(sys.argv[1]), int(sys.argv[2])
    publisher = Publisher(store, Intake("child", run=store.start_run("child", workflow="")))
    columns = tuple(Column(name=f"column {{c}}", type="text") for c in range(5))
    while True:
        scope = Ref("postgres://db:5432", f"s{{n}}")
        for i in range({OBJECTS}):
            publisher.write([Dataset(ref=Ref(scope.namespace, f"{{scope.name}}.t{{i}}"), columns=columns)])
        publisher.write([ScopeComplete(ref=scope)])
        print(n, flush=True)
        n += 1
""")


def child(script: str, *args: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def test_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    acknowledged: set[int] = set()
    start = 0
    for round_ in range(12):
        with child(CHILD, path, start) as process:
            assert process.stdout is not None
            line = process.stdout.readline()  # it is at work
            time.sleep(0.003 * round_)
            process.send_signal(signal.SIGKILL)
            acknowledged |= {int(n) for n in [line, *process.stdout]}
        store = SqliteStore(path)
        assert store.check() == []
        whole = {int(ref.name[1:]) for r in store.runs(99) for ref in store.scopes_done(r.run)}
        assert acknowledged <= whole
        for n in range(max(whole) + 3):
            nodes = store.by_prefix("postgres://db:5432", f"s{n}.", 999)
            facts = store.facts([node.id for node in nodes])
            assert len(nodes) == len(facts) == (OBJECTS if n in whole else 0)
        assert store.counts() == {"table": OBJECTS * len(whole)}
        store.close()
        start = max(whole) + 1
    assert len(acknowledged) >= 12


HOLDER = textwrap.dedent("""
    import sys
    from strabo.store.sqlite import SqliteStore
    store = SqliteStore(sys.argv[1])
    run = store.start_run("nightly", workflow="")
    with store.writing(feed="nightly", run=run) as writer:
        print(run, flush=True)
        sys.stdin.readline()
""")


def test_another_process_writes_and_readers_go_on_while_writers_wait(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with SqliteStore(path).writing(feed="before"):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        run = int(process.stdout.readline())
        store = SqliteStore(path, patience=0.1)
        began = time.monotonic()
        assert store.last() == 1
        assert list(store.scan()) == []
        assert time.monotonic() - began < 1
        with (
            pytest.raises(Unavailable, match=f"run {run} of nightly \\(process {process.pid} on") as caught,
            store.writing(feed="second"),
        ):
            pass
        assert caught.value.where == str(path)
        assert "nothing was lost" in caught.value.fix
        patient = SqliteStore(path, patience=20)
        done = threading.Event()

        def write() -> None:
            with patient.writing(feed="patient"):
                done.set()

        thread = threading.Thread(target=write)
        thread.start()
        assert not done.wait(0.2)
        process.stdin.write("\n")
        process.stdin.flush()
        assert done.wait(20)
        thread.join()
    store.close()
    patient.close()


def test_readers_see_one_state_while_another_thread_commits(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "c.db")
    odd: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            facts = list(store.scan())
            if len(facts) % 5:
                odd.append(facts)

    thread = threading.Thread(target=read)
    thread.start()
    for n in range(30):
        with store.writing(feed="a") as writer:
            added = writer.add_nodes([Ref("n", f"{n}.{i}") for i in range(5)])
            writer.open_facts(1, [NewFact(node, 1, "", b"", b"{}") for node in added.values()])
    stop.set()
    thread.join()
    assert odd == []
    store.close()


FILLER = textwrap.dedent("""
    import resource, signal, sys
    from strabo.catalog.intake import Intake
    from strabo.errors import Unavailable
    from strabo.model.records import Dataset
    from strabo.model.ref import Ref
    from strabo.store.sqlite import SqliteStore
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, 1_200_000))
    store = SqliteStore(sys.argv[1])
    n = 0
    try:
        while True:
            with store.writing(feed="f") as writer:
                Intake("f").take(writer, [Dataset(ref=Ref("n", f"{n}.{i}")) for i in range(100)])
            n += 1
            print(n, flush=True)
    except Unavailable as error:
        print("Unavailable", error.what, flush=True)
""")


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on the size of files here")
def test_a_file_that_cannot_grow_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with child(FILLER, path) as process:
        out, _ = process.communicate(timeout=60)
    *numbers, last = out.splitlines()
    assert last.startswith("Unavailable")
    store = SqliteStore(path)
    assert store.check() == []
    assert len(list(store.scan())) == 100 * int(numbers[-1])
    store.close()


def test_a_full_disk_undoes_the_transaction_and_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "c.db")
    with store.writing(feed="f") as writer:
        Intake("f").take(writer, [Dataset(ref=Ref("n", "kept"))])
    assert store._writer is not None
    pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
    store._writer.execute(f"PRAGMA max_page_count = {pages + 3}")
    publisher = Publisher(store, Intake("f", run=store.start_run("f", workflow="")))
    many = [Dataset(ref=Ref("n", f"{i}" * 50)) for i in range(3000)]
    with pytest.raises(Unavailable, match="disk is full; this transaction was undone") as caught:
        publisher.write([*many, ScopeComplete(ref=Ref("n", ""))])
    assert caught.value.fix == "make room and run this again"
    publisher.close(complete=False)
    assert len(list(store.scan())) == 1
    store._writer.execute("PRAGMA max_page_count = 1000000")
    with store.writing(feed="f") as writer:
        Intake("f").take(writer, many)
    assert len(list(store.scan())) == 3001
    store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_catalog_that_may_not_be_written_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    SqliteStore(path).close()
    path.chmod(0o444)
    store = SqliteStore(path)
    with pytest.raises(Unavailable), store.writing(feed="f"):
        pass
    store.close()
