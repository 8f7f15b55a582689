"""POST /loads: a whole staged file, and what is gone retired."""

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from tests.api.native.helpers import DB, at, lines, push, staged, table

from strabo.api.native import loads
from strabo.api.who import Who
from strabo.model.ref import Ref
from strabo.testing.asker import Asker

TEN = [f"t{n}" for n in range(10)]


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.zst", ".jsonl.gz"])
def test_a_staged_file_is_loaded_and_its_run_is_the_answer(
    ask: Asker, tmp_path: Path, spool: Path, suffix: str
) -> None:
    got = ask("POST", "/api/v1/loads", staged(tmp_path / f"a{suffix}", TEN))
    assert (got.status, got.json["status"], got.json["feed"], got.json["written"]) == (
        200,
        "succeeded",
        "warehouse",
        10,
    )
    assert ask("GET", f"/api/v1/runs/{got.json['run']}").json["scopes"] == 1
    fewer = ask("POST", "/api/v1/loads", staged(tmp_path / f"b{suffix}", TEN[1:]))
    assert (fewer.json["retired"], fewer.json["unchanged"]) == (1, 9)
    assert ask("GET", at(Ref(DB, "shop.public.t0"))).status == 404
    assert list(spool.iterdir()) == []


def test_much_that_is_gone_waits_for_a_word(ask: Asker, tmp_path: Path) -> None:
    ask("POST", "/api/v1/loads", staged(tmp_path / "a.jsonl", TEN))
    held = ask("POST", "/api/v1/loads", staged(tmp_path / "b.jsonl", TEN[:2]))
    report = held.json["items"][0]
    assert (held.status, report["status"], report["proposed"]) == (409, "held", 8)
    shown = ask("GET", f"/api/v1/runs/{report['run']}/objects?state=proposed").json["objects"]
    assert len(shown) == 8
    sure = ask("POST", "/api/v1/loads?confirm=true", staged(tmp_path / "c.jsonl", TEN[:2]))
    assert sure.json["retired"] == 8


def test_the_audit_says_who_sent_a_load_and_from_where(make: Callable[..., Asker], tmp_path: Path) -> None:
    who = Who(name="nightly", address="10.0.0.7")
    ask = make(identify=lambda _h, _a: who)
    run = ask("POST", "/api/v1/loads", staged(tmp_path / "a.jsonl", TEN)).json["run"]
    writes = ask("GET", "/api/v1/audit").json["writes"]
    assert writes
    for one in writes:
        assert (one["actor"], one["origin"], one["what"], one["feed"], one["run"]) == (
            "nightly",
            "10.0.0.7",
            "POST /api/v1/loads",
            "warehouse",
            run,
        )
    assert {e["actor"] for e in ask("GET", "/api/v1/changes?after=0").json["changes"]} == {"nightly"}


def test_a_damaged_file_stores_nothing(ask: Asker, tmp_path: Path, spool: Path) -> None:
    whole = staged(tmp_path / "a.jsonl", TEN)
    packed = zstandard.compress(whole)
    for body, said in (
        (whole[: whole.rindex(b"\n", 0, -1) + 1], "cut off"),
        (whole[:-9], "damaged"),
        (whole.replace(b"t7", b"t8"), "damaged"),
        (packed[:-5], ""),
        (gzip.compress(whole)[:-5], ""),
        (b"\x28\xb5\x2f\xfdnonsense", "unpack"),
        (b"\x1f\x8bnonsense", "unpack"),
        (b"nonsense", "not a file of records"),
        (b"\n", "empty"),
        (b"", "empty"),
    ):
        got = ask("POST", "/api/v1/loads", body)
        assert (got.status, said in got.json["detail"]) == (400, True), got.body
        assert str(spool) not in got.body.decode()
        assert "strabo-load" not in got.body.decode()
    assert ask.catalog.store.last() == 0
    assert list(spool.iterdir()) == []


def test_a_line_that_is_no_record_is_accounted_for_without_a_path(ask: Asker, spool: Path) -> None:
    got = ask("POST", "/api/v1/loads?feed=made", lines(table("shop.public.a")) + b"{}\n")
    assert (got.status, got.json["status"], got.json["written"], got.json["failed"]) == (200, "incomplete", 1, 1)
    told = ask("GET", f"/api/v1/runs/{got.json['run']}").json["reasons"][0]
    assert "line 2" in told["reason"]
    assert str(spool) not in str(told)


def test_a_file_that_unpacks_to_too_much_is_refused(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "_UNPACKED", 1 << 20)
    for pack in (zstandard.compress, gzip.compress):
        assert ask("POST", "/api/v1/loads", pack(b" " * (2 << 20))).status == 413
    assert (
        ask(
            "POST", "/api/v1/loads?feed=x", gzip.compress(lines(table("a.b.c"))) + gzip.compress(lines(table("a.b.d")))
        ).json["written"]
        == 2
    )


def test_a_load_with_a_key_happens_once(ask: Asker, tmp_path: Path) -> None:
    body = staged(tmp_path / "a.jsonl", TEN)
    first = ask("POST", "/api/v1/loads", body, headers={"idempotency-key": "k"})
    again = ask("POST", "/api/v1/loads", body, headers={"idempotency-key": "k"})
    assert (first.body, again.headers.get("idempotency-replayed")) == (again.body, "true")
    assert len(ask("GET", "/api/v1/runs").json["runs"]) == 1
    assert ask("POST", "/api/v1/loads?confirm=true", body, headers={"idempotency-key": "k"}).status == 422


def test_one_load_at_a_time(ask: Asker, tmp_path: Path) -> None:
    body = staged(tmp_path / "a.jsonl", TEN)
    loads._loading.add(ask.catalog)
    busy = ask("POST", "/api/v1/loads", body)
    assert (busy.status, busy.headers["retry-after"]) == (503, "5")
    loads._loading.discard(ask.catalog)
    assert ask("POST", "/api/v1/loads", body).status == 200


def test_only_ones_own_feeds_and_namespaces(make: Callable[..., Asker], tmp_path: Path) -> None:
    ask = make(identify=lambda _h, _a: Who(name="etl", feeds=("warehouse",), namespaces=("postgres://db*",)))
    assert ask("POST", "/api/v1/loads", staged(tmp_path / "a.jsonl", TEN)).status == 200
    assert ask("POST", "/api/v1/loads", staged(tmp_path / "b.jsonl", TEN, feed="other")).status == 403
    ask = make(identify=lambda _h, _a: Who(name="etl", namespaces=("s3://*",)))
    refused = ask("POST", "/api/v1/loads", staged(tmp_path / "c.jsonl", TEN))
    assert (refused.status, "may not write about postgres" in refused.json["detail"]) == (403, True)
    assert ask.catalog.store.last() == 0


def test_a_push_afterwards_stands_beside_the_load(ask: Asker, tmp_path: Path) -> None:
    ask("POST", "/api/v1/loads", staged(tmp_path / "a.jsonl", TEN))
    push(ask, table("shop.public.t0", "own"))
    assert {s["feed"] for s in ask("GET", "/api/v1/show?ref=t0").json["said"]} == {"warehouse", "push"}
