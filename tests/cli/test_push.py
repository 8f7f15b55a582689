"""`strabo push` against a server that can be told to fail."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import Result
from tests.kit.far_side import TAKE_AND_HANG_UP, FarSide, Plan, answer, far_side, problem

from strabo.cli import push
from strabo.ingest.artifact import Writer
from strabo.model import codec
from strabo.testing.hostile import HostileSource
from strabo.testing.records import one_of_each

Run = Callable[..., Result]
EVENT = {
    "eventType": "COMPLETE",
    "eventTime": "2026-11-01T00:00:00Z",
    "run": {"runId": "r"},
    "job": {"namespace": "n", "name": "j 🦉"},
    "producer": "p",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
}


@pytest.fixture
def far(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarSide]:
    monkeypatch.setattr("strabo.kit.retry.FIRST", 0.01)
    with far_side() as server:
        monkeypatch.setenv("STRABO_URL", server.url)
        yield server


def dataset(name: str) -> dict[str, Any]:
    return {"type": "dataset", "ref": {"namespace": "file", "name": name}}


def lines(*things: Any) -> bytes:
    return b"".join(json.dumps(thing, ensure_ascii=False).encode() + b"\n" for thing in things)


def told(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_file_of_records(far: FarSide, folder: Path, run: Run) -> None:
    (folder / "crm.v2.jsonl").write_bytes(lines(dataset("a"), dataset("b")) + b"\n  \n" + lines(dataset("a")))
    result = run("push", "crm.v2.jsonl")
    assert result.stdout == ""
    assert result.stderr == f"crm.v2.jsonl to {far.url} as crm\n  3 records = 3 written + 0 unchanged + 0 failed\n"
    assert [r["ref"]["name"] for r in far.stored] == ["a", "b", "a"]
    assert far.asked[0].query == {"feed": "crm"}
    assert far.asked[0].fields["x-strabo-run-key"]
    run("push", "crm.v2.jsonl", "--quiet", "--feed", "другой/feed")
    assert far.asked[1].query == {"feed": "другой/feed"}
    assert run("push", "crm.v2.jsonl", "--quiet").output == ""


def test_the_answer_in_json(far: FarSide, folder: Path, run: Run) -> None:
    (folder / "x.jsonl").write_bytes(lines(dataset("a"), EVENT))
    assert told(run("push", "x.jsonl", "--json")) == {
        "what": "x.jsonl",
        "url": far.url,
        "feed": "x",
        "stored": True,
        "records": {"received": 1, "written": 1, "unchanged": 0, "failed": 0},
        "events": {"received": 1, "written": 1, "unchanged": 0, "failed": 0},
        "failures": [],
        "run": None,
        "exit_code": 0,
    }


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("by", ["name", "input"])
def test_hostile_records_packed_or_not(
    far: FarSide, folder: Path, run: Run, pack: Callable[[bytes], bytes], by: str
) -> None:
    records = [*HostileSource().read(), *one_of_each()]
    body = pack(b"".join(codec.encode(record) + b"\n" for record in records))
    (folder / "h.jsonl").write_bytes(body)
    run("push", *(["h.jsonl"] if by == "name" else ["-"]), input=body if by == "input" else None)
    assert [codec.decode(json.dumps(r)) for r in far.stored] == records
    assert ("feed" in far.asked[0].query) == (by == "name")


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.zst", "jsonl.gz"])
@pytest.mark.parametrize("by", ["name", "input", "other name"])
def test_a_staged_file(far: FarSide, folder: Path, run: Run, suffix: str, by: str) -> None:
    path = folder / f"staged.{suffix}"
    writer = Writer(path, feed="the shop's")
    records = one_of_each()
    writer.write(records)
    writer.close()
    body = path.read_bytes()
    name = str(path)
    if by == "other name":
        name = str(path.rename(folder / "moved"))
    args, given = ([name], None) if by != "input" else (["-"], body)
    result = run("push", *args, input=given)
    assert f"to {far.url} as the shop's\n  the shop's: succeeded" in result.stderr
    assert "it is run 1 over there" in result.stderr
    head, *loaded, end = far.loads[0]
    assert (head["strabo"], end["strabo"], end["complete"]) == ("records", "end", True)
    assert [codec.decode(json.dumps(r)) for r in loaded] == records
    assert far.asked[0].query == {"feed": "the shop's"}
    assert "content-encoding" not in far.asked[0].fields
    assert far.asked[0].fields["content-type"] in {"application/zstd", "application/gzip"}
    assert told(run("push", *args, "--confirm", "--json", input=given))["run"]["run"] == 2
    assert far.asked[1].query == {"feed": "the shop's", "confirm": "true"}
    assert far.stored == []
    run("push", *args, "--records", input=given)
    assert [codec.decode(json.dumps(r)) for r in far.stored] == records  # no header, no end
    assert far.asked[2].query == {"feed": "the shop's"}


def test_what_a_load_did_is_told(far: FarSide, folder: Path, run: Run) -> None:
    writer = Writer(folder / "x.jsonl", feed="x")
    writer.write(one_of_each())
    writer.close()
    held = {
        "run": 7,
        "feed": "x\x1b",
        "status": "held",
        "listed": 3,
        "unchanged": 2,
        "failed": 1,
        "proposed": 40,
        "exit_code": 1,
    }
    reasons = [
        {
            "state": "failed",
            "reason": "no\nway",
            "part": "stats",
            "fix": "do",
            "count": 9,
            "examples": ["a", "b\x1b", "c"],
        }
    ]
    far.plans = [answer({"title": "held", "items": [held]}, 409), answer({**held, "reasons": reasons})]
    lines = run("push", "x.jsonl", code=1).stderr.splitlines()
    assert lines[1:] == [
        r"  x\x1b: held",
        "    listed 3 = 0 written + 2 unchanged + 0 filtered + 0 skipped + 1 failed",
        "    40 retirements proposed, 0 records, 0 complete scopes",
        "    9 failed (stats): no way",
        r"      a, b\x1b, c, …",
        "      try: do",
        "    nothing was retired: push it again with --confirm, once you agree",
        "  it is run 7 over there",
    ]
    assert far.asked[1].path == "/api/v1/runs/7"
    far.plans = [answer({**held, "status": "incomplete"}), problem(403, "may not read")]
    assert "x\\x1b: incomplete" in run("push", "x.jsonl", code=1).stderr
    far.plans = [answer({"run": 8, "status": "stranger", "exit_code": 0})]  # of a newer server
    assert "run 8 over there: stranger" in run("push", "x.jsonl").stderr
    far.plans = [problem(503, "another load is under way"), TAKE_AND_HANG_UP]
    run("push", "x.jsonl")
    assert len(far.loads) == 1


@pytest.mark.parametrize("by", ["name", "input"])
def test_a_damaged_staged_file_is_refused_whole(far: FarSide, folder: Path, run: Run, by: str) -> None:
    path = folder / "staged.jsonl"
    writer = Writer(path)
    writer.write(one_of_each())
    writer.close()
    body = path.read_bytes().replace(b"shop", b"SHOP", 1)
    path.write_bytes(body)
    result = run("push", *(["-"] if by == "input" else [str(path)]), input=body if by == "input" else None, code=2)
    assert "the file is damaged" in result.stderr
    assert far.asked == []


def test_events_are_recognised(far: FarSide, folder: Path, run: Run) -> None:
    (folder / "mixed.jsonl").write_bytes(
        lines(EVENT, dataset("a"), EVENT, {**dataset("eventTime"), "comment": '"eventTime"'})
    )
    result = run("push", "mixed.jsonl")
    assert "2 records = 2 written" in result.stderr
    assert "2 lineage events = 2 taken + 0 failed" in result.stderr
    assert far.events == [EVENT, EVENT]
    assert len(far.stored) == 2


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([EVENT, dataset("a")]),
        json.dumps([EVENT, dataset("a")], indent=2),
        json.dumps(EVENT, indent=2) + "\n" + json.dumps(dataset("a"), indent=2),
        "\ufeff\r\n" + json.dumps(EVENT, indent=2) + json.dumps(dataset("a")),
        "[\n" + json.dumps(EVENT) + "]\n\n[" + json.dumps(dataset("a")) + "]",
    ],
)
def test_json_laid_out_for_people(far: FarSide, folder: Path, run: Run, body: str) -> None:
    (folder / "x.json").write_text(body, encoding="utf-8")
    run("push", "x.json")
    assert far.events == [EVENT]
    assert far.stored == [dataset("a")]


def test_what_is_refused_is_said_with_its_line(far: FarSide, folder: Path, run: Run) -> None:
    far.fails = lambda r: "no\x1b[31m such kind" if r["ref"]["name"].startswith("bad") else None
    (folder / "x.jsonl").write_bytes(
        lines(dataset("a"), EVENT, dataset("bad 1"))
        + b"\n"
        + lines({"eventTime": 1}, {"eventtime": 1, "ref": {"name": "bad"}})
    )
    result = run("push", "x.jsonl", code=1)
    assert result.stderr.splitlines()[1:] == [
        "  3 records = 1 written + 0 unchanged + 2 failed",
        "  2 lineage events = 2 taken + 0 failed",
        r"  2 failed: no\x1b[31m such kind",
        "    line 3, line 6",
        "    try: mend it",
    ]
    found = told(run("push", "x.jsonl", "--json", code=1))
    assert found["failures"] == [
        {"at": "line 3", "error": "no\x1b[31m such kind", "fix": "mend it"},
        {"at": "line 6", "error": "no\x1b[31m such kind", "fix": "mend it"},
    ]
    assert found["exit_code"] == 1


def test_many_failures_are_grouped(far: FarSide, folder: Path, run: Run) -> None:
    far.fails = lambda r: f"reason {len(r['ref']['name'])}"
    (folder / "x.jsonl").write_bytes(lines(*(dataset("x" * (i % 12 + 1)) for i in range(100))))
    text = run("push", "x.jsonl", code=1).stderr
    assert "9 failed: reason 1\n    line 1, line 13, line 25, line 37, line 49, …\n" in text
    assert "and 2 other reasons" in text


def test_all_or_nothing(far: FarSide, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_AT_ONCE", 2)
    (folder / "x.jsonl").write_bytes(lines(*(dataset(str(i)) for i in range(5))))
    far.fails = lambda r: "no" if r["ref"]["name"] == "3" else None
    result = run("push", "x.jsonl", "--atomic", code=1)
    assert "nothing was stored: 1 of 5 records failed" in result.stderr
    assert "line 4" in result.stderr
    assert told(run("push", "x.jsonl", "--atomic", "--json", code=1))["stored"] is False
    assert far.stored == []
    far.fails = lambda _: None
    run("push", "x.jsonl", "--atomic")
    assert len(far.stored) == 5
    (folder / "y.jsonl").write_bytes(lines(EVENT))
    assert "never all or nothing" in run("push", "y.jsonl", "--atomic", code=2).stderr


# --- trouble


def test_a_server_that_comes_back(far: FarSide, folder: Path, run: Run) -> None:
    (folder / "x.jsonl").write_bytes(lines(dataset("a")))
    far.plans = [problem(503, "too many"), TAKE_AND_HANG_UP]
    result = run("push", "x.jsonl")
    assert result.stderr.startswith("the server cannot take it now (503): too many; asking again\n")
    assert "1 record = 1 written" in result.stderr
    assert len(far.stored) == 1


def test_a_server_that_stays_away(far: FarSide, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_AT_ONCE", 2)
    (folder / "x.jsonl").write_bytes(lines(*(dataset(str(i)) for i in range(5))))
    (folder / "y.jsonl").write_bytes(lines(dataset("y")))
    usual = far.take
    far.take = lambda asked: usual(asked) if len(far.asked) < 2 else Plan(503)  # type: ignore[method-assign]
    result = run("push", "x.jsonl", "y.jsonl", "--patience", "0.1", code=3)
    assert f"x.jsonl to {far.url} as x\n  2 records = 2 written" in result.stderr
    assert "do the same again: what was taken before is not doubled" in result.stderr
    assert "not tried: y.jsonl" in result.stderr
    far.take = usual  # type: ignore[method-assign]
    assert "5 records = 3 written + 2 unchanged" in run("push", "x.jsonl").stderr


def test_nobody_is_there(folder: Path, run: Run) -> None:
    with far_side() as gone:
        url = gone.url
    (folder / "x.jsonl").write_bytes(lines(dataset("a")))
    result = run("push", "x.jsonl", "--url", url, "--patience", "0", code=3)
    assert result.stderr.splitlines()[0] == "error: the server cannot be reached: Connection refused"
    assert "records =" not in result.stderr
    found = run("push", "x.jsonl", "--url", url, "--patience", "0", "--json", code=3)
    assert told(found)["exit_code"] == 3
    assert json.loads(found.stderr)["error"]["exit_code"] == 3


def test_a_wrong_token(far: FarSide, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    far.token = "right"
    (folder / "x.jsonl").write_bytes(lines(dataset("a")))
    result = run("push", "x.jsonl", "--token", "wr0ng", "--debug", code=3)
    assert "refused the login (401)" in result.stderr
    assert "try: set STRABO_TOKEN" in result.stderr
    assert "wr0ng" not in result.output
    monkeypatch.setenv("STRABO_TOKEN", "right")
    run("push", "x.jsonl")
    result = run("push", "x.jsonl", "--url", "http://far.example", code=2)
    assert "in clear text" in result.stderr
    assert "right" not in result.stderr


def test_a_redirect_is_refused(far: FarSide, folder: Path, run: Run) -> None:
    (folder / "x.jsonl").write_bytes(lines(dataset("a")))
    far.plans = [Plan(307, b"", (("Location", "https://evil.example\x1b/"),))]
    result = run("push", "x.jsonl", code=2)
    assert "sends us elsewhere (307)" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the file is empty"),
        (b" \n\r\n", "the file is empty"),
        (b"[1, 2", "not JSON"),
        (b"{\n", "not JSON"),
        (b"\x1f\x8b\x08\x00broken", "does not decompress"),
        (b"\x28\xb5\x2f\xfdbroken", "does not decompress"),
        (gzip.compress(os.urandom(100_000))[:-100], "does not decompress"),
    ],
)
def test_files_that_are_none(far: FarSide, folder: Path, run: Run, body: bytes, said: str) -> None:
    (folder / "x.jsonl").write_bytes(body)
    result = run("push", "x.jsonl", code=2)
    assert said in result.stderr
    assert "  at: x.jsonl" in result.stderr
    assert "  try: " in result.stderr
    assert "standard input" in run("push", "-", code=2, input=body).stderr


def test_a_file_that_is_not_there_does_not_stop_the_others(far: FarSide, folder: Path, run: Run) -> None:
    (folder / "x.jsonl").write_bytes(lines(dataset("a")))
    result = run("push", "no.jsonl", "x.jsonl", code=2)
    assert "there is no such file" in result.stderr
    assert far.stored == [dataset("a")]
    assert "no server is named" in run("push", "x.jsonl", "--url", " ", code=2).stderr


def test_a_name_in_another_encoding(far: FarSide, folder: Path, run: Run) -> None:
    path = os.fsencode(folder) + b"/\xff.jsonl"
    with open(path, "wb") as file:  # noqa: PTH123 - no Path has this name
        file.write(lines(dataset("a")))
    name = os.fsdecode(path)
    assert "is no text" in run("push", name, code=2).stderr
    assert told(run("push", name, "--feed", "f", "--json"))["records"]["written"] == 1
    assert "0 written + 1 unchanged" in run("push", name, "--feed", "f").stderr


def test_a_line_too_long(far: FarSide, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strabo.cli.pushing._LONGEST", 100_000)
    (folder / "x.jsonl").write_bytes(lines(dataset("a"), dataset("b" * 200_000)))
    result = run("push", "x.jsonl", code=2)
    assert "x.jsonl:2" in result.stderr
    (folder / "x.json").write_text(json.dumps([dataset("b" * 50_000)] * 3, indent=1))
    assert "jq -c" in run("push", "x.json", code=2).stderr


def test_what_comes_through_a_pipe_is_pushed_when_it_comes(far: FarSide, folder: Path) -> None:
    command = [sys.executable, "-c", "from strabo.cli import main; main()", "push", "-", "--feed", "live"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdin is not None
        assert started.stderr is not None
        for number in (1, 2):
            started.stdin.write(json.dumps(dataset(str(number))) + "\n")
            started.stdin.flush()
            end = time.monotonic() + 20
            while len(far.stored) < number and time.monotonic() < end:
                time.sleep(0.02)
            assert len(far.stored) == number  # and the pipe is still open
        started.stdin.close()
        assert started.wait(20) == 0
        assert "2 records = 2 written" in started.stderr.read()


def test_an_interrupt_says_what_was_taken(
    far: FarSide, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "_AT_ONCE", 1)
    (folder / "x.jsonl").write_bytes(lines(dataset("a"), dataset("b")))

    def stop(_: object, done: int) -> None:
        if done:
            raise KeyboardInterrupt

    monkeypatch.setattr(push._Shown, "__call__", stop)
    assert "1 record = 1 written" in run("push", "x.jsonl", code=130).stderr


def test_progress(far: FarSide, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_AT_ONCE", 1)
    monkeypatch.setattr(push, "_LOG_EVERY", 0.0)
    (folder / "x.jsonl").write_bytes(lines(dataset("a"), dataset("b")))
    text = run("push", "x.jsonl").stderr
    assert "x.jsonl: 1 pushed, " in text
    assert "x.jsonl: 2 pushed, " in text
    assert "pushed" not in run("push", "x.jsonl", "--json").stderr
