"""What is too much is given up, wherever it runs, and the statements around it are answered."""

import errno
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from tests.sql.rendering import SHOP, known, rendered

from strabo.sql import isolated, wire
from strabo.sql.lineage import lineage
from strabo.sql.names import TableName
from strabo.sql.parse import COMPILED
from strabo.sql.result import Limits, Made, Result, Session, Table

SCHEMAS = known(SHOP, "postgres")
APART = Limits(in_process=0)


@pytest.fixture(autouse=True, scope="module")
def no_worker_stays() -> Iterator[None]:
    yield
    isolated.close()


def apart(text: str, limits: Limits = APART, session: Session | None = None) -> Result:
    return lineage(text, dialect="postgres", schemas=SCHEMAS, session=session or Session(), limits=limits)


def test_another_process_says_the_same() -> None:
    session = Session(search_path=("a",), tables={("", "t"): Made(("t",), ("x", "y"), temporary=True), ("gone",): None})
    for text in (
        "SELECT id, total * 2 AS twice FROM orders WHERE status = 'x'; SELECT x FROM t",
        "CREATE TEMP TABLE made AS SELECT * FROM nowhere; SELECT 1 FROM made; DROP TABLE t",
        "SELECT FROM ((; SELECT 'abc",
    ):
        here = lineage(text, dialect="postgres", schemas=SCHEMAS, session=session)
        assert apart(text, session=session) == here


def test_what_schemas_raise_goes_up() -> None:
    def broken(name: TableName) -> Table | None:
        raise LookupError(name.parts[0])

    with pytest.raises(LookupError, match="orders"):
        lineage("SELECT 1 FROM orders", dialect="postgres", schemas=broken, limits=APART)
    assert apart("SELECT id FROM orders").statements


def test_a_worker_that_is_stuck_is_killed_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    real = isolated._Worker.receive
    seen: list[int] = []

    def receive(worker: isolated._Worker, seconds: float) -> wire.Message | None:
        message = real(worker, seconds)
        if isinstance(message, wire.Begun) and message.number == 1 and not seen:
            seen.append(message.number)
            worker.process.kill()  # as the watch does
            worker.process.wait()
        return message

    monkeypatch.setattr(isolated._Worker, "receive", receive)
    text = "SELECT id FROM orders; SELECT total FROM orders; SELECT name FROM customers"
    result = lineage(text, dialect="postgres", schemas=SCHEMAS, limits=APART)
    assert [s.outputs[0].name for s in result.statements] == ["id", "name"]
    assert [str(u) for u in result.unparsed] == ["1:24: not done within 5 seconds and 512 MB"]


def test_a_worker_that_hangs_is_killed_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has stopped answers nothing and notices nothing, as one in a loop of compiled code."""
    real = isolated._Worker.receive
    hung: list[int] = []

    def receive(worker: isolated._Worker, seconds: float) -> wire.Message | None:
        message = real(worker, seconds)
        if isinstance(message, wire.Begun) and message.number == 1 and not hung:
            os.kill(worker.process.pid, signal.SIGSTOP)
            hung.append(worker.process.pid)
        return message

    monkeypatch.setattr(isolated._Worker, "receive", receive)
    monkeypatch.setattr(isolated, "_SLACK", 0.5)
    start = time.monotonic()
    text = "SELECT id FROM orders; SELECT total, nothing FROM orders; SELECT name FROM customers"
    result = lineage(text, dialect="postgres", schemas=SCHEMAS, limits=Limits(in_process=0, seconds=1))
    assert hung
    assert [s.outputs[0].name for s in result.statements if len(s.outputs) == 1] == ["id", "name"]
    assert [str(u) for u in result.unparsed] == ["1:24: not done within 1 seconds and 512 MB"]
    assert time.monotonic() - start < 60


def test_no_process_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    isolated.close()
    monkeypatch.setattr("strabo.sql.isolated.subprocess.Popen", none)
    (told,) = apart("SELECT id FROM orders").unparsed
    assert str(told) == "1:1: no process could be started for it: Resource temporarily unavailable"


def test_the_compiled_parser_gets_short_texts_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "SELECT id FROM orders " + " " * 10_000
    isolated._short.cache_clear()
    (tmp_path / "parser.cpython-311-x86_64-linux-gnu.so").touch()
    spec = ModuleSpec("sqlglot", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    with monkeypatch.context() as patched:
        patched.setattr(isolated, "find_spec", lambda _: spec)
        assert isolated.is_for(text, Limits())
        assert not isolated.is_for(text[:5_000], Limits())
        assert not isolated.is_for(text, Limits(in_process=20_000))
    isolated._short.cache_clear()
    assert isolated.is_for(text, Limits()) == COMPILED


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id" + "[1]" * 3_000 + " FROM orders",
        "SELECT id" + "[1].a" * 1_000 + " FROM orders",
        "SELECT f(id)" + ".g(1)" * 1_000 + " FROM orders",
        "SELECT * FROM orders " + ", LATERAL f(x) y " * 5_000,
    ],
)
def test_what_the_parser_never_ends_with_is_given_up_in_time(text: str) -> None:
    start = time.process_time()
    result = lineage(
        f"{text}; SELECT name FROM customers", dialect="postgres", schemas=SCHEMAS, limits=Limits(seconds=1)
    )
    assert result.unparsed
    assert result.statements[-1].outputs[0].name == "name"
    assert time.process_time() - start < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", "SHOW " * 1_500 + "x"),
        ("athena", "EXPLAIN " * 900 + "SELECT 1"),
        ("snowflake", "CREATE PROCEDURE p() AS BEGIN " + "EXECUTE " * 900 + "END"),
        ("redshift", "COPY t FROM " + ", t" * 2_000),
        ("clickhouse", "SELECT AT " + "(x, y) -> AT " * 600 + "1"),
        ("postgres", "{% for x in y %}" * 3_000 + "SELECT 1" + "{% endfor %}" * 3_000),
        ("mysql", "SELECT " + "DECIMAL( " * 100 + "1" + ")" * 100),
        ("athena", "SELECT " + "DECIMAL( " * 100 + "1" + ")" * 100),
        ("athena", "CREATE TABLE x " + "DECIMAL( " * 100 + "1" + ")" * 100),
        ("databricks", "CREATE PROCEDURE p() AS BEGIN " + "TABLE( DECIMAL( " * 150 + "))" * 150),
    ],
)
def test_short_texts_that_once_took_for_ever(dialect: str, text: str) -> None:
    start = time.process_time()
    lineage(text, dialect=dialect, schemas=SCHEMAS, limits=Limits(in_process=1_000_000))
    assert time.process_time() - start < 3


DOUBLED = "WITH x0 AS (SELECT id, total FROM orders)" + "".join(
    f", x{n} AS (SELECT a.*, b.* FROM x{n - 1} a JOIN x{n - 1} b ON a.id = b.id)" for n in range(1, 30)
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{DOUBLED} SELECT * FROM x29", "more than 100,000 columns"),
        (f"{DOUBLED.partition(', x16 ')[0]}, z AS (SELECT 1 FROM x15 a, x15 b, x15 c) SELECT *, *, * FROM z, x15, x15",
         "more than 100,000 columns"),
        ("WITH a AS (SELECT " + " + ".join(f"c{n}" for n in range(800)) + " AS s FROM wide) SELECT "
         + ", ".join(f"s AS s{n}" for n in range(800)) + " FROM a", "more than 500,000 column edges"),
        ("WITH a AS (SELECT " + " + ".join(f"c{n}" for n in range(1_000)) + " AS s FROM wide) SELECT "
         + ", ".join(f"s + {n}" for n in range(2_100)) + " FROM a",
         "its columns are made of more than 2,000,000 others"),
    ],
)  # fmt: skip
def test_what_few_words_multiply_is_given_up(text: str, reason: str) -> None:
    result = lineage(
        f"{text}; SELECT name FROM customers", dialect="postgres", schemas=SCHEMAS, limits=Limits(seconds=60)
    )
    assert [unknown.reason for unknown in result.unparsed] == [reason]
    recovered, other = result.statements
    assert [read.guessed for read in recovered.reads] == [True]
    assert not recovered.edges
    assert other.edges


def test_a_late_worker_is_killed() -> None:
    worker = isolated._Worker()
    start = time.monotonic()
    assert worker.receive(0.1) is None
    assert time.monotonic() - start < 5
    assert worker.process.wait() != 0
    worker.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own limit")
def test_a_worker_without_a_parent_ends_all_the_same() -> None:
    code = "from strabo.sql import worker\nworker._LATER = 0\nworker._limit_time(0.5)\nwhile True: pass"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == -signal.SIGXCPU


def test_memory_has_an_end() -> None:
    text = "SELECT id FROM orders; SELECT " + ", ".join(f"id + {i} AS c{i}" for i in range(30_000)) + " FROM orders"
    result = apart(text, Limits(in_process=0, megabytes=8, seconds=30))
    assert "MB" in str(result.unparsed[0])


def test_threads_may_ask_at_once() -> None:
    answers: list[str] = []

    def ask(n: int) -> None:
        answers.append(rendered(apart(f"SELECT id + {n} AS x FROM orders")).splitlines()[3].strip())

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [f"x = id + {n}" for n in range(4)]


@pytest.mark.slow
def test_three_million_brackets() -> None:
    start = time.monotonic()
    result = apart("SELECT id FROM orders;\n" + "(" * 3_000_000, Limits(seconds=1))
    assert result.unparsed
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("text", ["\x00" * 200_000, "SELECT '" + "x" * 200_000, "a" * 200_000, "/*" * 100_000])
def test_large_garbage(text: str) -> None:
    result = apart(text, Limits(seconds=3))
    assert result.unparsed or not result.statements


def grown(make: str, between: str, around: str, sizes: tuple[int, int]) -> float:
    """How much longer the larger takes, by its length."""
    taken = []
    for size in sizes:
        text = around.format(between.join(make.format(i) for i in range(size)))
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            result = lineage(
                text, dialect="postgres", schemas=SCHEMAS, limits=Limits(seconds=60, in_process=10_000_000)
            )
            best = min(best, time.process_time() - start)
        assert not result.unparsed
        taken.append(best)
    return taken[1] / taken[0] / (sizes[1] / sizes[0])


@pytest.mark.parametrize(
    ("make", "between", "around"),
    [
        ("id + {0} AS c{0}", ", ", "SELECT {} FROM orders"),
        ("SELECT id, total FROM orders WHERE status = '{0}'", ";\n", "{}"),
        ("SELECT id FROM orders", " UNION ALL ", "{}"),
        ("x{0} AS (SELECT id, total FROM orders)", ", ", "WITH {} SELECT * FROM x0"),
        ("f(id) OVER (PARTITION BY {0})", ", ", "SELECT {} FROM orders"),
        ("id = {0}", " OR ", "SELECT id FROM orders WHERE {}"),
    ],
)
def test_time_grows_with_the_length(make: str, between: str, around: str) -> None:
    assert grown(make, between, around, (250, 1000)) < 2.5


@pytest.mark.parametrize("text", ["SELECT a FROM t", "SELECT FROM WHERE", "SELECT " + "(" * 5_000, "SELECT 'x"])
def test_garbage_is_collected_as_before(text: str) -> None:
    lineage(text, dialect="postgres", schemas=lambda _: None)
    assert gc.isenabled()
    gc.disable()
    try:
        lineage(text, dialect="postgres", schemas=lambda _: None)
        assert not gc.isenabled()
    finally:
        gc.enable()
