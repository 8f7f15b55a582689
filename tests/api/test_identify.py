"""Who gets in: on this machine, with a token, through a proxy, from a page of another site."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.api.http import Call, Reply, Route
from strabo.api.identify import Gatekeeper, is_loopback, presented
from strabo.api.problems import Refused
from strabo.catalog import tokens
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.catalog.door import Door
from strabo.catalog.tokens import Tokens, Uses
from strabo.errors import AccessDenied
from strabo.testing.asker import Asker

Make = Callable[..., Asker]
HOME, AWAY = "127.0.0.1", "10.1.2.3"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "who.db") as catalog:
        yield catalog


@pytest.fixture
def gate(catalog: Catalog) -> Iterator[Callable[..., Gatekeeper]]:
    door = Door(catalog.store)
    yield lambda **options: Gatekeeper(Tokens(catalog.store), Uses(door), **options)
    door.close()


def refusal(gate: Gatekeeper, headers: dict[str, str], address: str = HOME) -> Refused:
    with pytest.raises(Refused) as caught:
        gate(headers, address)
    assert caught.value.status == 401
    return caught.value


def test_on_this_machine_nobody_needs_a_token_until_there_is_one(catalog: Catalog, gate: Any) -> None:
    who = gate()({}, HOME)
    assert (who.name, who.rights) == ("local", frozenset(tokens.RIGHTS))
    assert gate()({}, "::1").name == "local"
    assert "another machine" in refusal(gate(), {}, AWAY).what
    tokens.create(catalog.store, "ann", ["read"], actor="x")
    assert "wants a token" in refusal(gate(), {}).what


def test_a_token_says_who_and_what(catalog: Catalog, gate: Any) -> None:
    _, text = tokens.create(catalog.store, "ann", ["ingest"], feeds=["a*"], namespaces=["s3://*"], actor="x")
    for headers in (
        {"authorization": f"Bearer {text}"},
        {"authorization": f"bearer   {text} "},
        {"x-api-key": text},
        {"authorization": "Basic YTpi", "x-api-key": text},
    ):
        who = gate()(headers, AWAY)
        assert (who.name, who.address, who.rights) == ("ann", AWAY, frozenset({"ingest"}))
        assert (who.feeds, who.namespaces) == (("a*",), ("s3://*",))
    with pytest.raises(AccessDenied, match="ann may not read"):
        who.need("read")


def test_all_that_is_wrong_with_a_token_gets_one_answer(
    catalog: Catalog, gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _, revoked = tokens.create(catalog.store, "ann", ["read"], actor="x")
    tokens.revoke(catalog.store, "ann", actor="x")
    _, expired = tokens.create(catalog.store, "bob", ["read"], expires=timedelta(microseconds=1), actor="x")
    _, good = tokens.create(catalog.store, "eve", ["read"], actor="x")
    wrong = [revoked, expired, good[:-1] + ("A" if good[-1] != "A" else "B"), "stb_", "x" * 10_000, good.upper(), "é"]
    with caplog.at_level(logging.WARNING, "strabo.access"):
        errors = [refusal(gate(), {"authorization": f"Bearer {text}"}) for text in wrong]
    assert len({(e.what, e.fix, tuple(e.headers.items())) for e in errors}) == 1
    assert errors[0].headers == {"www-authenticate": 'Bearer realm="strabo", error="invalid_token"'}
    whys = [json.loads(line)["why"] for line in caplog.messages]
    assert [w.split(":")[0].split(",")[0] for w in whys[:3]] == ["revoked", "expired", "wrong"]
    for text in wrong[:4]:
        assert text[12:] == "" or text[12:] not in caplog.text
    assert "error" not in refusal(gate(required=True), {}).headers["www-authenticate"]


def test_required_and_open(gate: Any) -> None:
    refusal(gate(required=True), {})
    refusal(gate(required=True), {"authorization": "Bearer "})
    assert gate(open_to_all=True)({}, AWAY).name == "anyone"
    refusal(gate(open_to_all=True), {"x-api-key": "stb_nonsense"}, AWAY)


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
def test_what_a_proxy_relays_is_not_from_this_machine(gate: Any, name: str) -> None:
    assert "another machine" in refusal(gate(), {name: "127.0.0.1"}).what


def test_a_page_of_another_site_gets_nothing_without_a_token(catalog: Catalog, gate: Any) -> None:
    host = {"host": "localhost:5400"}
    for origin in ("https://evil.example", "null", "http://localhost:3000", "http://[", "localhost:5400"):
        with pytest.raises(AccessDenied, match="another site"):
            gate()({**host, "origin": origin}, HOME)
        with pytest.raises(AccessDenied):
            gate(open_to_all=True)({**host, "origin": origin}, AWAY)
    assert gate()({**host, "origin": "http://LOCALHOST:5400"}, HOME).name == "local"
    _, text = tokens.create(catalog.store, "ann", ["read"], actor="x")
    assert gate()({**host, "origin": "https://evil.example", "x-api-key": text}, HOME).name == "ann"


@pytest.mark.parametrize(
    ("host", "yes"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("::ffff:10.0.0.1", False), ("10.0.0.1", False), ("", False),
        ("localhost.evil.example", False), ("127.0.0.1.evil.example", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(host: str, yes: bool) -> None:
    assert is_loopback(host) is yes


@given(st.dictionaries(st.sampled_from(["authorization", "x-api-key", "origin", "host", "via"]), st.text(max_size=80)))
def test_no_headers_break_it(headers: dict[str, str]) -> None:
    from strabo.store.memory import MemoryStore

    store = MemoryStore()
    door = Door(store)
    try:
        gate = Gatekeeper(Tokens(store), Uses(door))
        for address in (HOME, AWAY, "", "x"):
            try:
                who = gate(headers, address)
            except (Refused, AccessDenied):
                continue
            assert (who.name, address) == ("local", HOME)
            assert not presented(headers)
    finally:
        door.close()


def see(call: Call) -> Reply:
    return Reply(value={"who": call.who.name})


def test_through_the_application(make: Make, catalog: Catalog, gate: Any) -> None:
    routes = [
        Route(method="GET", path="/see", handle=see, summary=""),
        Route(method="POST", path="/put", handle=see, summary="", needs="ingest"),
        Route(method="GET", path="/open", handle=see, summary="", needs=None),
    ]
    _, text = tokens.create(catalog.store, "ann", ["read"], actor="x")
    ask = make(routes, identify=gate())
    refused = ask("GET", "/see")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Bearer realm="strabo"')
    assert refused.json["title"] == "Who are you?"
    assert ask("GET", "/see", headers={"Authorization": f"Bearer {text}"}).json == {"who": "ann"}
    assert ask("POST", "/put", b"{}", headers={"Authorization": f"Bearer {text}"}).status == 403
    assert ask("GET", "/open").status == 200
    assert ask("GET", "/nowhere").status == 404
