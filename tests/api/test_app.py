"""The application around the handlers: routes, bodies, errors, headers."""

import gzip
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import zstandard

from strabo.api.http import Call, Reply, Route, Router
from strabo.api.who import Who
from strabo.errors import AccessDenied, BadRecord, NotFound, Overloaded, UsageError
from strabo.testing.asker import Asker

Make = Callable[..., Asker]


class Words(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    limit: int = 10
    columns: bool = False


def echo(call: Call) -> Reply:
    return Reply(
        value={"path": dict(call.path), "query": call.query, "size": len(call.body), "head": call.body[:4].decode()}
    )


async def failing(call: Call) -> Reply:
    kinds: dict[str, Exception] = {
        "usage": UsageError("wrong", fix="do right"),
        "none": NotFound("not there"),
        "bad": BadRecord("half"),
        "busy": Overloaded("full", wait=7),
        "denied": AccessDenied("no"),
        "bug": KeyError("a secret inside"),
    }
    raise kinds[call.path["kind"]]


def routes() -> list[Route]:
    return [
        Route(method="GET", path="/a/{ns}/{name}", handle=echo, summary="", query=Words),
        Route(method="GET", path="/a/{ns}/special", handle=lambda _: Reply(value="special"), summary=""),
        Route(method="GET", path="/rest/{all*}", handle=echo, summary=""),
        Route(method="POST", path="/a", handle=echo, summary="", needs="ingest"),
        Route(method="GET", path="/fail/{kind}", handle=failing, summary=""),
    ]


def test_a_name_may_hold_a_slash_when_it_is_quoted(make: Make) -> None:
    ask = make(routes())
    got = ask("GET", "/a/postgres%3A%2F%2Fdb%3A5432/shop.%22a%2Fb%22.%D7%A9?limit=3&columns=true")
    assert got.status == 200
    assert got.json["path"] == {"ns": "postgres://db:5432", "name": 'shop."a/b".ש'}
    assert got.json["query"] == {"limit": 3, "columns": True}
    assert ask("GET", "/a/x/special").json == "special"
    assert ask("GET", "/rest/a/b%2Fc").json["path"] == {"all": "a/b/c"}

    assert ask("GET", "/a/%ff/x").status == 400


def test_a_query_without_end_is_refused(make: Make) -> None:
    got = make(routes())("GET", "/a/x/y?" + "&".join(f"p{n}=1" for n in range(101)))
    assert got.status == 400
    assert "more than 100 parameters" in got.json["detail"]


def test_what_is_wrong_with_a_request_is_said(make: Make) -> None:
    ask = make(routes())
    missing = ask("GET", "/nowhere")
    assert missing.status == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json["fix"]
    other = ask("PUT", "/a")
    assert (other.status, other.headers["allow"]) == (405, "POST")
    typo = ask("GET", "/a/x/y?limt=3&limit=many")
    assert typo.status == 400
    assert "did you mean limit?" in typo.json["detail"]
    assert ask("GET", "/a/x/y?limit=many").status == 400


@pytest.mark.parametrize(
    ("kind", "status"), [("usage", 400), ("none", 404), ("bad", 422), ("busy", 503), ("denied", 403), ("bug", 500)]
)
def test_every_error_has_its_status_and_a_fault_keeps_its_details(make: Make, kind: str, status: int) -> None:
    got = make(routes())("GET", f"/fail/{kind}")
    assert got.status == got.json["status"] == status
    assert "secret" not in got.body.decode()
    if kind == "busy":
        assert got.headers["retry-after"] == "7"


def test_bodies_are_unpacked_and_bounded(make: Make) -> None:
    ask = make(routes())
    plain = b"x" * 300_000
    for coding, packed in (("gzip", gzip.compress(plain)), ("zstd", zstandard.compress(plain)), ("identity", plain)):
        assert ask("POST", "/a", packed, headers={"Content-Encoding": coding}).json["size"] == 300_000
    twice = gzip.compress(b"ab") + gzip.compress(b"cd")
    assert ask("POST", "/a", twice, headers={"content-encoding": "gzip"}).json["head"] == "abcd"
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert ask("POST", "/a", bomb, headers={"content-encoding": "gzip"}).status == 413
    bomb = zstandard.compress(b"\0" * 50_000_000)
    assert ask("POST", "/a", bomb, headers={"content-encoding": "zstd"}).status == 413
    for coding in ("gzip", "zstd"):
        for broken in (b"nonsense", gzip.compress(plain)[:-9], zstandard.compress(plain)[:-9]):
            assert ask("POST", "/a", broken, headers={"content-encoding": coding}).status == 400
    assert ask("POST", "/a", b"x", headers={"content-encoding": "br"}).status == 415
    early = ask("POST", "/a", b"", headers={"content-length": "99999999"})
    assert early.status == 413
    assert ask("POST", "/a", chunks=[b"x" * 400_000] * 3).status == 413


def test_a_slow_body_does_not_hold_a_place(make: Make) -> None:
    import asyncio

    from strabo.api.body import Limits, read
    from strabo.api.problems import Refused

    async def slow() -> Any:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        asyncio.run(read(slow, {}, Limits(seconds=0.3)))
    assert caught.value.status == 408
    assert time.monotonic() - began < 5


def test_a_wrong_host_is_not_answered(make: Make) -> None:
    ask = make(routes(), hosts=frozenset({"localhost", "[::1]"}))
    assert ask("GET", "/a/x/y", headers={"host": "localhost:5400"}).status == 200
    assert ask("GET", "/a/x/y", headers={"host": "[::1]:5400"}).status == 200
    assert ask("GET", "/a/x/y", headers={"host": "evil.example"}).status == 400


def test_rights_are_asked_for_before_the_body_is_read(make: Make) -> None:
    ask = make(routes(), identify=lambda _h, a: Who(name="reader", address=a, rights=frozenset({"read"})))
    assert ask("GET", "/a/x/y").status == 200
    refused = ask("POST", "/a", b"x")
    assert refused.status == 403
    assert "may not ingest" in refused.json["detail"]


def test_an_answer_that_is_known_is_not_sent_again(make: Make) -> None:
    ask = make(routes())
    first = ask("GET", "/a/x/y")
    again = ask("GET", "/a/x/y", headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (again.status, again.body) == (304, b"")
    assert ask("HEAD", "/a/x/y").body == b""
    assert first.headers["x-content-type-options"] == "nosniff"
    parent = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
    assert ask("GET", "/a/x/y", headers={"traceparent": parent}).headers["x-trace-id"] == "ab" * 16


def test_two_routes_cannot_share_a_path() -> None:
    with pytest.raises(ValueError, match="two routes"):
        Router([*routes(), routes()[0]])
