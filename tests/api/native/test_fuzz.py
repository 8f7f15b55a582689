"""Raw bytes and paths: nothing that is sent makes a fault, and every refusal says what to do."""

import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.native.helpers import push, table

from strabo.api.native import changes
from strabo.api.native.lines import read
from strabo.api.native.routes import ROUTES
from strabo.api.problems import Refused
from strabo.model.records import Record
from strabo.testing.asker import Answer, Asker
from strabo.testing.records import records, texts

_quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
WRITES = [r for r in ROUTES if r.method in {"POST", "PUT"}]
READS = [r for r in ROUTES if r.method == "GET"]


@pytest.fixture
def quick(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> Asker:
    async def at_once(_self: Any, _tx: int, _seconds: float) -> None:
        return None

    monkeypatch.setattr(changes.Watch, "behind", at_once)
    monkeypatch.setattr(changes, "_STREAM", 0.01)
    push(ask, table("shop.public.orders", "id"))
    return ask


def well(got: Answer) -> None:
    assert got.status < 500, got.body
    if got.status >= 400:
        assert got.headers["content-type"] == "application/problem+json"
        assert got.json["detail"]
        assert got.json["fix"] or got.status in {403, 404}, got.body


bits = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"[", b"]", b"{", b"}", b",", b"\n", b'"', b"\\ud800", b"\xff", b"\0", b"1e999", b"null", b" "]),
    st.recursive(st.none() | st.booleans() | st.floats() | texts(), lambda x: st.lists(x) | st.dictionaries(texts(), x))
    .map(json.dumps)
    .map(str.encode),
    records().map(msgspec.json.encode),
)
bodies = st.lists(bits, max_size=6).flatmap(
    lambda parts: st.sampled_from([b"\n", b",", b""]).map(lambda sign: sign.join(parts))
)


@_quick
@given(
    body=bodies,
    wrapped=st.booleans(),
    at=st.integers(0, len(WRITES) - 1),
    media=st.sampled_from(["application/json", "application/x-ndjson", "", "x"]),
)
def test_any_body_is_answered(quick: Asker, body: bytes, wrapped: bool, at: int, media: str) -> None:
    path = WRITES[at].path.replace("{namespace}", "x").replace("{name}", "y")
    well(quick(WRITES[at].method, path, b"[" + body + b"]" if wrapped else body, headers={"content-type": media}))


@_quick
@given(
    names=st.lists(texts(), min_size=2, max_size=2),
    at=st.integers(0, len(READS) - 1),
    query=st.dictionaries(
        st.sampled_from(
            [
                "ref",
                "q",
                "at",
                "since",
                "until",
                "within",
                "cursor",
                "limit",
                "hops",
                "after",
                "kind",
                "prefix",
                "state",
            ]
        ),
        texts(),
        max_size=3,
    ),
)
def test_any_path_and_query_are_answered(quick: Asker, names: list[str], at: int, query: dict[str, str]) -> None:
    path = READS[at].path.replace("{run}", quote(names[0], safe=""))
    path = path.replace("{namespace}", quote(names[0], safe="")).replace("{name}", quote(names[1], safe=""))
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    well(quick("GET", f"{path}?{asked}"))


@_quick
@given(
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=60),
    query=st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=40),
)
def test_any_raw_address_is_answered(quick: Asker, path: str, query: str) -> None:
    well(quick("GET", f"/api/v1/{path}?{query}"))


@_quick
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "if-match",
                "if-none-match",
                "idempotency-key",
                "content-type",
                "accept",
                "last-event-id",
                "content-encoding",
            ]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    )
)
def test_any_header_is_answered(quick: Asker, headers: dict[str, str]) -> None:
    for method, path, body in (
        ("PUT", "/api/v1/datasets/x/y", {"kind": "view"}),
        ("DELETE", "/api/v1/datasets/x/y", None),
        ("GET", "/api/v1/datasets/x/y", None),
        ("GET", "/api/v1/changes", None),
        ("POST", "/api/v1/records", [{"type": "stats", "ref": {"namespace": "x", "name": "y"}}]),
    ):
        well(quick(method, path, body, headers={k: v.encode("latin-1").decode("latin-1") for k, v in headers.items()}))


@_quick
@given(
    st.lists(
        st.one_of(records().map(msgspec.json.encode), st.sampled_from([b"{}", b"x", b"[]", b'{"a":1'])),
        min_size=1,
        max_size=9,
    ),
    st.data(),
)
def test_lines_are_read_as_each_would_be_alone(parts: list[bytes], data: st.DataObject) -> None:
    sign = data.draw(st.sampled_from([b"\n", b"\r\n", b"\n \n"]))
    if parts[0][:1] == b"[":
        parts = [b"{}", *parts]
    body = read(sign.join(parts))
    assert body.received == len(parts)
    stored = {body.index(at): record for at, record in enumerate(body.records)}
    lines = body.lines([b.index for b in body.bad])
    for index, part in enumerate(parts):
        try:
            alone = msgspec.json.decode(part, type=Record)
        except msgspec.DecodeError:
            assert lines[index] == index * (2 if sign == b"\n \n" else 1) + 1
        else:
            assert stored[index] == alone


def test_an_empty_body_is_refused() -> None:
    with pytest.raises(Refused, match="empty"):
        read(b" \r\n\t")
