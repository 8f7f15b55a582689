"""From here into a catalog over there: the client, `strabo push` and the sinks against a real server."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT, Reader, blocks

from strabo.catalog.catalog import open_catalog
from strabo.errors import AccessDenied, NotFound
from strabo.ingest.contracts import BulkSink, RunContext, Sink, Stage
from strabo.ingest.runner import Run, Steps
from strabo.kit.client import Client
from strabo.model import codec
from strabo.model.records import Column, Dataset, Failed, Lineage, Record, ScopeComplete, Upstream
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.sinks.http import HttpBulkConfig, HttpBulkSink, HttpConfig, HttpSink
from strabo.sinks.stage import FileStage, FileStageConfig
from strabo.testing.hostile import CASES, HOSTILE_NAMES, HostileSource
from strabo.testing.sink import SinkContract
from strabo.testing.stage import BulkSinkContract

SHOP = """
create table orders (id integer primary key, amount real);
create table "o'rders ""2"" 日本" (a int);
create view revenue as select sum(amount) as total from orders;
"""
WORKFLOW = """
name: shop
source: {type: sqlite, config: {path: shop.db, namespace: "sqlite://pos-1/shop.db"}}
processors: [{type: sql_lineage}]
"""


class Far:
    """A server in a process of its own, over a catalog of its own; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.catalog = folder / "far.db"
        self.folder = folder
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        self._process = subprocess.Popen(
            strabo("--quiet", "--catalog", str(self.catalog), "serve", "--port", port, "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=self.folder,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
        self._process = None

    def records(self) -> list[Record]:
        """What is in its catalog."""
        with open_catalog(self.catalog) as catalog:
            return sorted(catalog.export(), key=codec.encode)


def strabo(*args: str) -> list[str]:
    return [sys.executable, "-c", "from strabo.cli import main; main()", *args]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """One server for the tests that do not mind each other."""
    far = Far(tmp_path_factory.mktemp("far"))
    far.start()
    yield far
    far.stop()


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    made = Far(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def here(
    tmp_path: Path, far: Far, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs a command line beside the server, which the variables name, and holds it against its exit code."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as db:
        db.executescript(SHOP)

    def run(*args: str, code: int = 0, **variables: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STRABO")}
        done = subprocess.run(
            strabo(*args), cwd=tmp_path, text=True, capture_output=True, timeout=90, check=False,
            stdin=subprocess.DEVNULL, env={**kept, "STRABO_URL": far.url, **variables},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


Here = Callable[..., "subprocess.CompletedProcess[str]"]


# --- the contracts


class TestSink(SinkContract):
    @pytest.fixture
    def sink(self, standing: Far) -> Iterator[Sink]:
        sink = HttpSink(HttpConfig(url=standing.url, batch=7))
        sink.bind(RunContext(feed="contract"))
        yield sink
        sink.close(complete=False)


@pytest.mark.parametrize("ending", ["", ".zst", ".gz"])
class TestBulkSink(BulkSinkContract):
    @pytest.fixture
    def stage(self, ending: str, tmp_path: Path) -> Stage:
        return FileStage(FileStageConfig(path=tmp_path / f"staged.jsonl{ending}"))

    @pytest.fixture
    def bulk_sink(self, standing: Far, ending: str) -> BulkSink:
        sink = HttpBulkSink(HttpBulkConfig(url=standing.url))
        sink.bind(RunContext(feed=f"bulk{ending}"))
        return sink


# --- a workflow here, a catalog there


STAGED = "stage: {type: file, config: {path: out.jsonl.zst}}\nbulk_sink: {type: http}"


@pytest.mark.parametrize("way", ["sink: {type: http}", STAGED])
def test_a_workflow_fills_the_other_catalog_as_its_own(tmp_path: Path, far: Far, here: Here, way: str) -> None:
    (tmp_path / "away.yaml").write_text(f"{WORKFLOW}{way}\n")
    (tmp_path / "home.yaml").write_text(WORKFLOW)
    here("ingest", "away.yaml", STRABO_CATALOG="project.db")
    here("ingest", "home.yaml", STRABO_CATALOG="home.db")
    with open_catalog(tmp_path / "home.db") as catalog:
        assert far.records() == sorted(catalog.export(), key=codec.encode)
    with Client(far.url) as client:
        assert client.show("orders")["ref"]["namespace"] == "sqlite://pos-1/shop.db"
        assert [row["name"] for row in client.impact("orders.amount")["rows"]] == ["revenue"]
    again = here("--json", "ingest", "away.yaml", STRABO_CATALOG="project.db")
    report = json.loads(again.stdout)
    assert (report["written"], report["unchanged"], report["reconciles"]) == (0, 4, True)


def test_what_is_gone_is_retired_there(tmp_path: Path, far: Far, here: Here) -> None:
    (tmp_path / "away.yaml").write_text(f"{WORKFLOW}{STAGED}\n")
    here("ingest", "away.yaml")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as db:
        db.executescript("drop view revenue")
    report = json.loads(here("--json", "ingest", "away.yaml").stdout)
    assert (report["status"], report["retired"], report["unchanged"]) == ("succeeded", 1, 3)
    assert "revenue" not in {record.ref.name for record in far.records()}


def test_failures_there_are_accounted_for_here(tmp_path: Path, standing: Far) -> None:
    scope, broken = Ref("sqlite://x/y", ""), Ref("sqlite://x/y", "broken")
    twice = Ref("sqlite://x/y", "twice")

    class Source:
        def read(self) -> Iterator[Record]:
            yield Dataset(ref=twice)
            yield Dataset(ref=twice, kind="view")  # which of the two is it?
            yield Failed(ref=broken, call="read it", error="no grant")
            yield Dataset(ref=Ref("sqlite://x/y", "well"))
            yield ScopeComplete(ref=scope)

    def run() -> Any:
        stage = FileStage(FileStageConfig(path=tmp_path / "s.jsonl"))
        return Run(Steps(Source(), stage=stage, bulk_sink=bulk), feed="f").go()

    bulk = HttpBulkSink(HttpBulkConfig(url=standing.url, feed="f"))
    report = run()
    assert (report.status, report.exit_code, report.reconciles) == ("incomplete", 1, True)
    assert (report.listed, report.written, report.failed) == (4, 2, 2)
    calls = {account.ref: account.call for account in report.accounts}
    assert calls == {broken: "read it", twice: f"load at {standing.url}"}


# --- push


def test_push_takes_what_export_gives(tmp_path: Path, far: Far, here: Here) -> None:
    (tmp_path / "home.yaml").write_text(WORKFLOW)
    here("ingest", "home.yaml", STRABO_CATALOG="home.db")
    (tmp_path / "all.jsonl").write_text(here("export", STRABO_CATALOG="home.db").stdout, encoding="utf-8")
    assert "0 failed" in here("push", "all.jsonl").stderr
    with open_catalog(tmp_path / "home.db") as catalog:
        home = sorted(catalog.export(), key=codec.encode)
    assert far.records() == home
    here("export", "--output", "all.jsonl.zst", STRABO_CATALOG="home.db")
    assert "succeeded" in here("push", "all.jsonl.zst").stderr


def test_all_or_nothing(tmp_path: Path, far: Far, here: Here) -> None:
    good, bad = '{"type":"job","ref":{"namespace":"cron","name":"a"}}', '{"type":"jbo","ref":{}}'
    (tmp_path / "x.jsonl").write_text(f"{good}\n\n{bad}\n")
    text = here("push", "x.jsonl", "--atomic", code=1).stderr
    assert "nothing was stored: 1 of 2 records failed" in text
    assert "did you mean job?" in text
    assert "line 3" in text
    assert far.records() == []
    assert "1 written + 0 unchanged + 1 failed" in here("push", "x.jsonl", code=1).stderr


def test_tokens(tmp_path: Path, far: Far, here: Here) -> None:
    made = json.loads(here("--json", "--catalog", "far.db", "token", "create", "ci", "--right", "ingest", "--feed",
                           "ci-*", "--namespace", "file").stdout)  # fmt: skip
    secret = made["secret"]
    time.sleep(2.5)  # a server looks for the first token every so often
    about = '{"type":"dataset","ref":{"namespace":"%s","name":"/a"}}\n'
    (tmp_path / "x.jsonl").write_text(about % "file" + about % "x")
    for token in ("", "wr0ng", secret[:-1] + "?"):
        text = here("push", "x.jsonl", "--feed", "ci-1", code=3, STRABO_TOKEN=token).stderr
        assert "401" in text
        assert "try: " in text
        assert not token or token not in text
    text = here("push", "x.jsonl", code=3, STRABO_TOKEN=secret).stderr
    assert "403" in text
    assert "may not write as feed 'x'" in text
    text = here("push", "x.jsonl", "--feed", "ci-1", code=1, STRABO_TOKEN=secret).stderr
    assert "2 records = 1 written + 0 unchanged + 1 failed" in text
    assert "line 2" in text
    with Client(far.url, secret) as client, pytest.raises(AccessDenied, match="may not read"):
        client.search("x")
    report = Run(
        Steps(HostileSource(), sinks=[HttpSink(HttpConfig(url=far.url, token=Secret("wr0ng")))]), feed="x"
    ).go()
    assert report.exit_code == 3


@pytest.mark.slow
def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(tmp_path: Path, far: Far) -> None:
    count = 12_000
    records = [
        {"type": "dataset", "ref": {"namespace": "file", "name": f"/{i}"}, "columns": [{"name": "a"}]}
        for i in range(count)
    ]
    acknowledged = 0
    killed = threading.Event()

    def kill() -> None:
        far.stop(signal.SIGKILL)
        time.sleep(0.3)
        far.start()

    def tell(done: Any) -> None:
        nonlocal acknowledged
        acknowledged = done.received
        if acknowledged >= 4000 and not killed.is_set():
            killed.set()
            threading.Thread(target=kill).start()

    with Client(far.url, patience=60) as client:
        done = client.push(records, feed="f", tell=tell)
        assert (done.received, done.failed) == (count, 0)
        assert killed.is_set()
        time.sleep(0.5)
        assert client.push(records, feed="f").unchanged == count
    assert len(far.records()) == count


def test_the_page(tmp_path: Path, far: Far) -> None:
    reader = Reader(tmp_path)
    page = ROOT / "docs" / "how-to" / "push-records.md"
    for block in blocks(page, lambda text: text.replace("http://127.0.0.1:5400", far.url)):
        reader.follow(block)


# --- the client


def names(graph: dict[str, Any]) -> set[str]:
    return {node["ref"]["name"] for node in graph["nodes"]}


def test_every_name_there_is(standing: Far) -> None:
    with Client(standing.url) as client:
        for name in [*HOSTILE_NAMES, *CASES, "%2F", "..", ".", "?", "#", "a/../b"]:
            ref = Ref("bigquery", name)
            client.put(ref, {"comment": name})
            found = client.get(ref)
            assert found["ref"] == {"namespace": "bigquery", "name": name}
            assert found["record"]["comment"] == name
            client.delete(ref)
            with pytest.raises(NotFound):
                client.delete(ref)


def test_what_is_pushed_is_found_in_the_same_second(standing: Far) -> None:
    orders, file = Ref("postgres://db:5432", "shop.public.orders"), Ref("file", "/out/orders.csv")
    told: list[dict[str, Any]] = []
    with Client(standing.url) as client, Client(standing.url) as watcher:
        start = watcher.changes()["cursor"]
        waiting = threading.Thread(target=lambda: told.append(watcher.changes(start, wait=20)))
        waiting.start()
        done = client.push([Dataset(ref=orders, columns=(Column(name="id"),)), Dataset(ref=file, kind="file")])
        assert (done.written, done.failed) == (2, 0)
        waiting.join(10)
        assert {change["ref"]["name"] for change in told[0]["changes"]} == {orders.name, file.name}
        assert [hit["ref"]["name"] for hit in client.search("orders kind:file")["hits"]] == [file.name]
        drawn = client.edge([orders], ["/out/orders.csv"], job=("cron", "nightly"), columns={"id": ["orders.id"]})
        assert drawn["outputs"] == [{"namespace": "file", "name": "/out/orders.csv"}]
        assert names(client.lineage(file, direction="upstream")) == {orders.name, file.name}
        again = client.push([Lineage(ref=file, upstreams=(Upstream(ref=orders),))])
        assert again.written == 1
        assert len(client.history(file)["events"]) == 3
        assert next(client.follow(0))["change"] == "created"
        assert client.ready()


def test_events(standing: Far) -> None:
    event: dict[str, Any] = {
        "eventType": "COMPLETE",
        "eventTime": "2026-11-01T00:00:00Z",
        "run": {"runId": "0190f1a2-0000-7000-8000-000000000001"},
        "job": {"namespace": "n", "name": "j 🦉"},
        "inputs": [{"namespace": "file", "name": "/in"}],
        "outputs": [{"namespace": "file", "name": "/out"}],
        "producer": "https://example.com",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }
    with Client(standing.url) as client:
        done = client.emit([event, {"eventTime": "when?"}, event])
        assert (done.received, done.failed, [f.index for f in done.failures]) == (3, 1, [1])
        assert names(client.lineage(("file", "/out"))) == {"/in", "/out"}
        assert client.emit([event]).unchanged == 1
