"""The client against a server that misbehaves on request."""

import inspect
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kit.far_side import HANG_UP, TAKE_AND_HANG_UP, FarSide, Plan, answer, far_side, problem

import strabo
from strabo.errors import AccessDenied, NotFound, StraboError, Unavailable, UsageError
from strabo.ingest.artifact import Writer
from strabo.kit import client as client_module
from strabo.kit import packing
from strabo.kit.answers import Failure, Pushed
from strabo.kit.client import Client
from strabo.model import codec
from strabo.model.ref import Ref
from strabo.testing.hostile import HOSTILE_NAMES, HostileSource
from strabo.testing.records import names, one_of_each


@pytest.fixture
def far() -> Iterator[FarSide]:
    with far_side() as server:
        yield server


@pytest.fixture
def client(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr("strabo.kit.retry.FIRST", 0.01)
    with Client(far.url, patience=5) as made:
        yield made


def dataset(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "dataset", "ref": {"namespace": "file", "name": name}, **more}


# --- pushing


def test_records_of_every_kind_arrive_as_they_are(far: FarSide, client: Client) -> None:
    records = one_of_each()
    done = client.push(records, feed="a feed/б 🦉")
    assert (done.received, done.failed, done.failures) == (len(records), 0, ())
    assert [codec.decode(json.dumps(line)) for line in far.stored] == records
    assert far.asked[0].query["feed"] == "a feed/б 🦉"
    assert far.asked[0].fields["content-type"] == "application/x-ndjson"


def test_hostile_names_arrive(far: FarSide, client: Client) -> None:
    records = list(HostileSource().read())
    assert client.push(records).failed == 0
    assert [codec.decode(json.dumps(line)) for line in far.stored] == records


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(names(), max_size=5))
def test_dictionaries_text_and_bytes_say_the_same(far: FarSide, client: Client, given_names: list[str]) -> None:
    said = [dataset(name) for name in given_names]
    for form in (said, [json.dumps(r, indent=1) for r in said], [json.dumps(r).encode() + b"\r\n" for r in said]):
        far.stored.clear()
        assert client.push(form).received == len(said)
        assert far.stored == said


def test_what_a_dictionary_may_hold(far: FarSide, client: Client) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    client.push([{"type": "dataset", "ref": Ref("n", "a"), "created_at": day, "columns": [{"name": "c"}]}])
    assert far.stored == [
        {
            "type": "dataset",
            "ref": {"namespace": "n", "name": "a"},
            "created_at": "2026-11-01T00:00:00+00:00",
            "columns": [{"name": "c"}],
        }
    ]


@pytest.mark.parametrize("bad", [dataset("\ud800"), dataset("x", size=float("nan")), object(), b"", "", 7, None])
def test_what_is_no_json_fails_alone(far: FarSide, client: Client, bad: Any) -> None:
    done = client.push([dataset("a"), bad, dataset("b")])
    assert (done.received, done.written, done.failed) == (3, 2, 1)
    assert [f.index for f in done.failures] == [1]
    assert "cannot be written as JSON" in done.failures[0].error
    assert done.failures[0].fix
    assert len(far.stored) == 2


def test_nothing_asks_nothing(far: FarSide, client: Client) -> None:
    assert client.push([]) == client.emit([]) == Pushed()
    assert far.asked == []


def test_failures_say_where_they_stood(far: FarSide, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BATCH", 10)
    far.fails = lambda r: f"no {r['ref']['name']}" if r["ref"]["name"].endswith("3") else None
    told: list[Pushed] = []
    done = client.push((dataset(str(i)) if i != 5 else object() for i in range(25)), tell=told.append)
    assert [(f.index, f.error[:7], f.fix[:7]) for f in done.failures] == [
        (3, "no 3", "mend it"),
        (5, "cannot ", "give a "),
        (13, "no 13", "mend it"),
        (23, "no 23", "mend it"),
    ]
    assert (done.received, done.written, done.failed) == (25, 21, 4)
    assert [t.received for t in told] == [10, 20, 25]
    assert told[-1] == done


def test_batches_are_bounded_by_bytes(far: FarSide, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BATCH_BYTES", 1000)
    client.push([dataset(str(i), comment="x" * size) for i, size in enumerate([300, 300, 300, 5000, 1])])
    assert [len(asked.lines) for asked in far.asked] == [2, 1, 1, 1]
    assert all(len(a.body) <= 1001 for a in far.asked if len(a.lines) > 1)


@pytest.mark.parametrize("zstd", [True, False])
def test_long_bodies_are_compressed(far: FarSide, client: Client, zstd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not zstd:
        monkeypatch.setattr(packing, "zstandard", lambda: None)
    client.push([dataset("short")])
    client.push([dataset("long", comment="long " * 1000)])
    assert "content-encoding" not in far.asked[0].fields
    assert far.asked[1].fields["content-encoding"] == ("zstd" if zstd else "gzip")
    assert int(far.asked[1].fields["content-length"]) < 1000
    assert len(far.stored) == 2


def test_one_connection_serves_all(far: FarSide, client: Client) -> None:
    for name in "abc":
        client.push([dataset(name)])
        client.search(name)
    assert far.connections == 1
    client.close()
    client.push([dataset("d")])
    assert far.connections == 2


def test_all_or_nothing(far: FarSide, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BATCH", 2)
    assert client.push([dataset(str(i)) for i in range(9)], atomic=True).written == 9
    assert [len(asked.lines) for asked in far.asked] == [9]
    far.fails = lambda r: "no" if r["ref"]["name"] == "b" else None
    done = client.push([dataset("a"), dataset("b"), dataset("c")], atomic=True)
    assert (done.stored, done.written, done.unchanged) == (False, 0, 0)
    assert [f.index for f in done.failures] == [1]
    assert len(far.stored) == 9
    done = client.push([dataset("a"), object()], atomic=True)  # not even sent
    assert (done.stored, done.received, done.failed, [f.index for f in done.failures]) == (False, 2, 1, [1])
    assert len(far.asked) == 2
    monkeypatch.setattr(client_module, "WHOLE_BYTES", 100)
    with pytest.raises(UsageError, match="all or nothing") as caught:
        client.push([dataset("a" * 50), dataset("b" * 50)], atomic=True)
    assert caught.value.fix


def test_what_is_too_large_for_the_server_is_halved(far: FarSide, client: Client) -> None:
    far.most_bytes = 300
    done = client.push([dataset(str(i), comment="x" * (500 if i == 2 else 100)) for i in range(5)])
    assert [(f.index, "larger than the server takes" in f.error) for f in done.failures] == [(2, True)]
    assert (done.received, done.written, done.failed) == (5, 4, 1)
    assert [r["ref"]["name"] for r in far.stored] == ["0", "1", "3", "4"]
    with pytest.raises(UsageError, match="413"):
        client.push([dataset(str(i), comment="x" * 100) for i in range(5)], atomic=True)


@pytest.mark.parametrize("zstd", [True, False])
@pytest.mark.parametrize("suffix", ["", ".zst", ".gz"])
def test_a_staged_file_is_loaded_whole(
    far: FarSide, client: Client, tmp_path: Path, suffix: str, zstd: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not zstd:
        monkeypatch.setattr(packing, "zstandard", lambda: None)
    path = tmp_path / f"x.jsonl{suffix}"
    writer = Writer(path, feed="f")
    records = one_of_each()
    writer.write(records)
    writer.close()
    far.plans = [TAKE_AND_HANG_UP]
    report = client.load(path, feed="б")
    assert (report["run"], report["status"], report["feed"]) == (1, "succeeded", "б")
    (loaded,) = far.loads
    assert [codec.decode(json.dumps(line)) for line in loaded[1:-1]] == records
    packed_as = {".zst": "zstd", ".gz": "gzip", "": "zstd" if zstd else "gzip"}[suffix]
    assert far.asked[0].fields["content-type"] == f"application/{packed_as}"


def test_what_cannot_be_loaded(far: FarSide, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        client.load(tmp_path / "no")
    path = tmp_path / "x"
    path.write_bytes(os.urandom(3_000_000))
    monkeypatch.setattr(client_module, "WHOLE_BYTES", 2 << 20)
    with pytest.raises(UsageError, match="more than 2 MiB") as caught:
        client.load(path)
    assert "in several files" in caught.value.fix
    assert far.asked == []
    path.write_bytes(b"x")
    far.plans = [problem(409, "busy"), Plan(200, b"{}"), problem(409, "no", "yes")]
    for said in ("409", "no Strabo", "409"):
        with pytest.raises(UsageError, match=said):
            client.load(path)


# --- a server that is away


def test_a_busy_server_is_asked_again_with_the_same_key(far: FarSide, client: Client) -> None:
    far.plans = [problem(503, "too many at once"), 502, 504, 429]
    waited: list[str] = []
    client._connection._waiting = lambda why, _: waited.append(why)
    assert client.push([dataset("a")]).written == 1
    assert len({asked.fields["idempotency-key"] for asked in far.asked}) == 1
    assert len({asked.body for asked in far.asked}) == 1
    assert [why.partition(":")[0] for why in waited] == [
        f"the server cannot take it now ({status})" for status in (503, 502, 504, 429)
    ]
    assert "too many at once" in waited[0]
    client.push([dataset("a")])
    assert far.asked[-1].fields["idempotency-key"] != far.asked[0].fields["idempotency-key"]


def test_retry_after_is_honoured(far: FarSide, client: Client) -> None:
    paused: list[float] = []
    client._connection._waiting = lambda _, pause: paused.append(pause)
    far.plans = [Plan(503, b"", (("Retry-After", "1"),)), Plan(409, b"", (("Retry-After", "0"),))]
    client.push([dataset("a")])
    assert paused[0] >= 1
    assert len(paused) == 2
    far.plans = [Plan(503, b"", (("Retry-After", "3600"),))]
    with pytest.raises(Unavailable, match="cannot take it now"):
        client.push([dataset("a")])


@pytest.mark.parametrize("how", [HANG_UP, TAKE_AND_HANG_UP])
def test_a_reset_in_the_middle_neither_loses_nor_doubles(far: FarSide, client: Client, how: int) -> None:
    far.plans = [how, how]
    done = client.push([dataset("a"), dataset("b")])
    assert (done.written, done.unchanged) == (2, 0)
    assert [r["ref"]["name"] for r in far.stored] == ["a", "b"]
    far.plans = [how]  # on a connection that was kept
    assert client.push([dataset("c")]).written == 1
    assert len(far.stored) == 3


def test_a_server_that_stays_away(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    far.plans = [503] * 100
    with Client(far.url, patience=0.3) as client, pytest.raises(Unavailable) as caught:
        client.push([dataset("a")])
    assert caught.value.where == far.url
    assert "do the same again" in caught.value.fix
    assert len(far.asked) > 1


def test_nobody_listens() -> None:
    with far_side() as gone:
        url = gone.url
    with Client(url, patience=0) as client:
        with pytest.raises(Unavailable, match="cannot be reached: Connection refused") as caught:
            client.push([dataset("a")])
        assert caught.value.exit_code == 3
        assert caught.value.fix
        assert not client.ready()


def test_a_name_that_nobody_has() -> None:
    with Client("https://no-such-machine.invalid") as client, pytest.raises(Unavailable, match="no machine is called"):
        client.search("x")


def test_no_answer_in_time(far: FarSide) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Client(url, timeout=0.1, patience=0) as client,
            pytest.raises(Unavailable, match=r"no answer within 0.1 s"),
        ):
            client.push([dataset("a")])


def test_https_where_there_is_none(far: FarSide) -> None:
    with Client(far.url.replace("http", "https")) as client, pytest.raises(Unavailable, match="no TLS there") as caught:
        client.search("x")
    assert "http or https" in caught.value.fix


def test_certificates(tmp_path: Path) -> None:
    key, made = tmp_path / "key.pem", tmp_path / "cert.pem"
    own_certificate(key, made)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made, key)
    with far_side(serving) as far:
        far.token = "t0ken"
        with Client(far.url, "t0ken", timeout=5) as client:
            began = time.monotonic()
            with pytest.raises(Unavailable, match="certificate is not trusted") as caught:
                client.push([dataset("a")])
            assert "SSL_CERT_FILE" in caught.value.fix
            assert time.monotonic() - began < 20  # asked once: it would not become trusted
        assert far.asked == []
        with Client(far.url, "t0ken", tls=ssl.create_default_context(cafile=str(made))) as client:
            assert client.push([dataset("a")]).written == 1


def own_certificate(key: Path, file: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself; skips the test where nothing can make one."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl to make a certificate with")
    line = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=far -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([program, *line.split(), "-keyout", key, "-out", file], check=True, capture_output=True)


def test_what_speaks_no_http() -> None:
    import socket
    import threading

    def talk(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer:
            peer.recv(1000)
            peer.sendall(b"220 mail.example ESMTP\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Client(url) as client, pytest.raises(UsageError, match="no Strabo"):
            client.search("x")
        thread.join()


def test_an_interrupted_question_leaves_no_answer_behind(far: FarSide, client: Client) -> None:
    far.plans = [503]

    def stop(_why: str, _pause: float) -> None:
        raise KeyboardInterrupt

    client._connection._waiting = stop
    with pytest.raises(KeyboardInterrupt):
        client.search("a")
    assert client.search("b")["query"]["q"] == "b"


# --- a server that says no


def test_a_wrong_token(far: FarSide) -> None:
    far.token = "right"
    with Client(far.url, "wr0ng") as client, pytest.raises(AccessDenied) as caught:
        client.push([dataset("a")])
    assert caught.value.exit_code == 3
    assert "STRABO_TOKEN" in caught.value.fix
    assert "wr0ng" not in str(caught.value)  # though the server repeats it
    assert "***" in caught.value.what
    assert len(far.asked) == 1
    with Client(far.url, "right") as client:
        assert client.push([dataset("a")]).written == 1
        assert "right" not in repr(client)
        assert "right" not in repr(vars(client._connection))


REFUSALS: list[tuple[Plan, type[StraboError], int, str]] = [
    (problem(403, "ann may not ingest", "use another"), AccessDenied, 3, "may not do this (403): ann may not ingest"),
    (problem(400, "bad query", "mend it"), UsageError, 2, "refused (400): bad query"),
    (problem(422, "no"), UsageError, 2, "refused (422): no"),
    (problem(500, "oh"), Unavailable, 3, "the server failed (500): oh"),
    (Plan(500, b"<html>"), Unavailable, 3, "the server failed (500): it does not say why"),
    (Plan(404, b"<html>"), UsageError, 2, "no Strabo answers there (404)"),
    (problem(404, "there is no shop.x"), NotFound, 2, "there is no shop.x"),
    (Plan(200, b"<html>"), UsageError, 2, "is no Strabo"),
    (Plan(200, b"[]"), UsageError, 2, "is no Strabo"),
    (Plan(200, b"{}"), UsageError, 2, "is no Strabo"),
    (Plan(200, b'{"received": "many"}'), UsageError, 2, "is no Strabo"),
    (Plan(204), UsageError, 2, "is no Strabo"),
]


@pytest.mark.parametrize(("plan", "kind", "code", "said"), REFUSALS)
def test_refusals_keep_the_servers_words(
    far: FarSide, client: Client, plan: Plan, kind: type[StraboError], code: int, said: str
) -> None:
    far.plans = [plan]
    with pytest.raises(kind) as caught:
        client.push([dataset("a")])
    assert said in caught.value.what
    assert caught.value.where == far.url
    assert caught.value.exit_code == code
    assert far.stored == []
    if b'"fix"' in plan.body and json.loads(plan.body)["fix"]:
        assert caught.value.fix == json.loads(plan.body)["fix"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(far: FarSide, client: Client, status: int) -> None:
    far.plans = [Plan(status, b"", (("Location", "https://evil.example/api/v1/records"),))]
    with pytest.raises(UsageError, match=r"elsewhere .*evil\.example") as caught:
        client.push([dataset("a")])
    assert "name it as the URL" in caught.value.fix
    assert len(far.asked) == 1


# --- lineage


def test_edges(far: FarSide, client: Client) -> None:
    client.edge(
        [Ref("postgres://db:5432", "a.b"), "s3://lake/x"],
        [("file", "/out 🦉")],
        job={"namespace": "cron", "name": "n", "more": 1},
        columns={"total": ["amount", "tax"]},
        feed="f",
    )
    assert far.asked[0].path == "/api/v1/edges"
    assert far.asked[0].query == {"feed": "f"}
    assert json.loads(far.asked[0].body) == {
        "inputs": [{"namespace": "postgres://db:5432", "name": "a.b"}, "s3://lake/x"],
        "outputs": [{"namespace": "file", "name": "/out 🦉"}],
        "job": {"namespace": "cron", "name": "n"},
        "columns": {"total": ["amount", "tax"]},
    }
    with pytest.raises(UsageError, match="names no object"):
        client.edge([7], [])


def test_events(far: FarSide, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BATCH_EVENTS", 2)
    event = {"eventTime": "2026-11-01T00:00:00Z", "job": {"namespace": "n", "name": "ж"}}
    assert client.emit([event, json.dumps(event)]) == Pushed(2, 2)
    done = client.emit([event, {"x": 1}, {"y": 1}, event, object(), b'{"x":', "[]"], feed="f")
    assert far.events == [event] * 4
    assert far.asked[-1].query == {"feed": "f"}
    assert (done.received, done.written, done.failed) == (7, 2, 5)
    assert [f.index for f in done.failures] == [1, 2, 4, 5, 6]
    assert "malformed JSON" in done.failures[3].error
    assert "no JSON object" in done.failures[4].error
    assert done.failures[0] == Failure(1, "no eventTime")
    assert done.failures[1] == Failure(2, "no eventTime", "push it again later")


# --- asking


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, ".", "", "%2F", "ключ"])
def test_a_name_is_one_segment_of_a_path(far: FarSide, client: Client, name: str) -> None:
    for answered in (
        client.get(("a://b/c", name)),
        client.put(("a://b/c", name), {}),
        client.delete(Ref("a://b/c", name)),
    ):
        assert answered["path"] == ["", "api", "v1", "datasets", "a://b/c", name]
    assert "/../" not in f"{far.asked[0].path}/"
    assert [asked.method for asked in far.asked] == ["GET", "PUT", "DELETE"]


def test_what_is_no_text(client: Client) -> None:
    for call in (lambda: client.get(("n", "\ud800")), lambda: client.push([dataset("a")], feed="\udcff", run="r")):
        with pytest.raises(UsageError, match=r"'.*ud.*' is no text") as caught:
            call()
        assert caught.value.fix


def test_reads(far: FarSide, client: Client) -> None:
    said = client.search("kind:view é&=", limit=5, cursor="c/1")
    assert said["path"][-1] == "search"
    assert said["query"] == {"q": "kind:view é&=", "limit": "5", "cursor": "c/1"}
    said = client.lineage(("s3://lake", "/a b"), direction="upstream", hops=2, columns=True, at="3d")
    assert said["query"] == {
        "ref": "s3://lake/a b",
        "direction": "upstream",
        "hops": "2",
        "columns": "true",
        "at": "3d",
    }
    assert client.impact("orders.amount", hops=0)["query"] == {"ref": "orders.amount", "hops": "0"}
    assert client.history(Ref("airflow", "d"))["query"] == {"ref": "airflow:d"}
    assert client.history(Ref("a://b", ""))["query"] == {"ref": "a://b"}
    assert client.changes(7, wait=2.5)["query"] == {"after": "7", "wait": "2.5"}
    assert client.changes()["query"] == {}
    assert client.show("orders")["path"][-1] == "show"
    assert client.ask("/api/v1/diff", since="3d", until=None)["query"] == {"since": "3d"}
    assert client.ready()


def test_changes_are_followed(far: FarSide, client: Client) -> None:
    far.plans = [
        answer({"changes": [{"cursor": "1"}, {"cursor": "2"}], "cursor": "3"}),
        answer({"changes": [], "cursor": "4"}),
        answer({"changes": [{"cursor": "5"}], "cursor": "6"}),
    ]
    following = client.follow(0, wait=1)
    assert [next(following)["cursor"] for _ in range(3)] == ["1", "2", "5"]
    assert [asked.query["after"] for asked in far.asked] == ["0", "3", "4"]


def test_a_question_may_take_longer(far: FarSide) -> None:
    usual = far.take

    def slow(asked: Any) -> Plan:
        time.sleep(0.5)
        return usual(asked)

    far.take = slow  # type: ignore[method-assign]
    with Client(far.url, timeout=0.2, patience=0) as client:
        assert client.changes(wait=5)["query"]["wait"] == "5"
        with pytest.raises(Unavailable, match=r"no answer within 0.2 s"):
            client.search("x")  # on the same connection


def test_a_path_before_the_api(far: FarSide) -> None:
    with Client(f"{far.url}/team/x/") as client:
        assert client.search("x")["path"] == ["", "team", "x", "api", "v1", "search"]


def test_threads_take_turns(far: FarSide, client: Client) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda i: client.push([dataset(str(i))]).written, range(40)))
    assert sum(done) == 40
    assert far.connections == 1


# --- what it needs


def test_it_needs_no_library(far: FarSide) -> None:
    code = f"""
import sys
sys.modules["msgspec"] = sys.modules["zstandard"] = sys.modules["click"] = None
import strabo
with strabo.Client({far.url!r}) as client:
    done = client.push([{{"type": "dataset", "ref": {{"namespace": "n", "name": "x"}}, "comment": "y" * 5000}}])
    assert done.written == 1, done
    client.edge(["a:b"], [("c", "d")])
    try:
        client.push([7])
    except strabo.StraboError:
        raise
print(len([m for m in sys.modules if m.startswith(("yaml", "sqlglot", "rich", "sqlite3"))]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout == "0\n"
    assert far.asked[0].fields["content-encoding"] == "gzip"


def test_it_is_strabos_client() -> None:
    assert strabo.Client is Client
    assert "Client" in strabo.__all__
    public = [n for n, f in vars(Client).items() if inspect.isfunction(f) and not n.startswith("_")]
    assert all(vars(Client)[name].__doc__ for name in public)


def test_an_answer_that_has_counts_only(far: FarSide, client: Client) -> None:
    far.plans = [
        answer({"received": 2, "written": 1, "unchanged": 0, "failed": 1, "items": [{"index": 9}, 7, {"x": 1}]})
    ]
    done = client.push([dataset("a"), dataset("b")])
    assert (done.failed, done.failures) == (1, ())
