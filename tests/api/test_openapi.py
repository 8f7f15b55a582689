"""The API's description: valid, complete, true to what the server does, and readable."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.core.result import Ok
from tests.api.native.helpers import push, staged, table

from strabo.api.native import changes, examples
from strabo.api.native.routes import ROUTES as NATIVE
from strabo.api.openapi import document
from strabo.api.page import anchor
from strabo.api.routes import routes
from strabo.model import codec
from strabo.testing.asker import Asker

SHOWN = [r for r in routes() if r.documented]
DOCUMENT: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document(SHOWN)))


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, said in methods.items():
            yield method.upper(), path, said


def test_it_is_valid_openapi_31() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_route_is_described_and_every_type_is_there(ask: Asker) -> None:
    told = ask("GET", "/api/v1/openapi.json")
    assert told.status == 200
    assert told.json["paths"].keys() == DOCUMENT["paths"].keys()
    assert len(list(operations())) == len(SHOWN) > 30
    assert all(said["summary"] for _, _, said in operations())
    identities = [said["operationId"] for _, _, said in operations()]
    assert len(set(identities)) == len(identities)
    pointed = set(re.findall(r'"#/components/schemas/([^"]+)"', msgspec.json.encode(DOCUMENT).decode()))
    assert pointed <= DOCUMENT["components"]["schemas"].keys()
    assert "Record" in pointed


def test_records_are_described_as_strabo_schema_prints_them() -> None:
    kinds = codec.json_schema()["$defs"]
    for name, schema in kinds.items():
        assert DOCUMENT["components"]["schemas"][name]["properties"].keys() == schema["properties"].keys()


def test_two_types_of_one_name_are_told_apart() -> None:
    names = DOCUMENT["components"]["schemas"]
    assert [n for n in names if "." in n] == []
    assert names["Tag"]["properties"].keys() == {"name", "column", "value"}


def test_queries_name_what_they_take_and_what_they_must_have() -> None:
    said = {(m, p): {q["name"]: q for q in o["parameters"]} for m, p, o in operations()}
    lineage = said["GET", "/api/v1/lineage"]
    assert lineage["ref"]["required"]
    assert lineage["hops"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    assert lineage["direction"]["schema"]["enum"] == ["both", "downstream", "upstream"]
    assert "If-Match" in said["PUT", "/api/v1/datasets/{namespace}/{name}"]
    assert "Idempotency-Key" in said["POST", "/api/v1/records"]
    body = DOCUMENT["paths"]["/api/v1/records"]["post"]["requestBody"]["content"]
    assert body["application/x-ndjson"]["schema"] == {"$ref": "#/components/schemas/Record"}


# --- the page ---------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """What a page links to, what can be linked to, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        assert "style" not in told
        assert not any(name.startswith("on") for name in told)
        if tag not in {"meta", "link"}:
            self.open.append(tag)
        self.links += [told["href"] or ""] if "href" in told else []
        self.ids += [told["id"] or ""] if "id" in told else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_has_every_operation_and_no_dead_link(ask: Asker) -> None:
    got = ask("GET", "/docs", headers={"host": "localhost:5400"})
    assert (got.status, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    reader = Reader()
    reader.feed(got.body.decode())
    assert reader.open == []
    assert {anchor(r) for r in SHOWN} <= set(reader.ids)
    assert len(set(reader.ids)) == len(reader.ids)
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside <= set(reader.ids)
    for link in set(reader.links) - {"#" + i for i in inside}:
        assert ask("GET", link).status == 200
    assert "curl 'http://localhost:5400/api/v1/search?q=orders'" in reader.text
    assert "<script" not in got.body.decode()
    assert ask("GET", "/docs/style.css").headers["content-type"].startswith("text/css")


def test_a_host_name_cannot_write_into_the_page(ask: Asker) -> None:
    got = ask("GET", "/docs", headers={"host": "x'><script>alert(1)</script>"})
    assert b"<script" not in got.body


# --- the examples -----------------------------------------------------------------------------------------------


def test_every_example_of_the_native_api_works_in_its_order(ask: Asker, tmp_path: Path) -> None:
    ran = 0
    for route in sorted(NATIVE, key=lambda r: r.method == "DELETE"):
        told = examples.example(route)
        body = staged(tmp_path / told.file, ["a"]) if told.file else told.body.encode()
        path = examples.path(route) + (f"?{told.query}" if told.query else "")
        got = ask(route.method, path, body, headers={"content-type": route.media[0]})
        assert got.status in {200, 201, 204}, (route.method, path, got.body)
        assert path in examples.curl(route, "http://x")
        ran += 1
    assert ran > 25


# --- what the server really does --------------------------------------------------------------------------------


@pytest.fixture
def quick(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """A catalog with something in it, where nobody waits."""

    async def at_once(_self: Any, _tx: int, _seconds: float) -> None:
        return None

    monkeypatch.setattr(changes.Watch, "behind", at_once)
    monkeypatch.setattr(changes, "_STREAM", 0.02)
    push(ask, table("shop.public.orders", "id"))
    return ask


@schemathesis.serializer("application/x-ndjson", "application/zstd", "application/gzip")
def as_lines(_context: Any, value: Any) -> bytes:
    """A body of lines, or what no media type describes."""
    if isinstance(value, bytes):
        return value
    several = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(one).encode() for one in several)


def probe(ask: Asker, case: schemathesis.Case[Any]) -> None:
    """Sends what was made up, and compares the answer with the description."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://localhost")).prepare()
    body = prepared.body or b""
    got = ask(
        case.method.upper(),
        prepared.path_url,
        body.encode() if isinstance(body, str) else body,
        headers={str(k): str(v) for k, v in prepared.headers.items()},
    )
    assert got.status < 500 or got.status == 503, (prepared.method, prepared.path_url, body, got.body)
    if not own(case.path):
        return  # another dialect has its own ways to say what is wrong
    if got.status >= 400:
        problem = got.json
        assert got.headers["content-type"] == "application/problem+json"
        assert (problem["status"], bool(problem["title"] and problem["detail"])) == (got.status, True)
        return
    said = DOCUMENT["paths"][case.path][case.method.lower()]["responses"]
    assert str(got.status) in said, (prepared.path_url, got.status)
    if got.status in {200, 201} and got.headers["content-type"] == "application/json":
        schema = said[str(got.status)]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(got.json)


def own(path: str) -> bool:
    """Whether a path is of Strabo's own API."""
    return path.startswith("/api/v1/")


def made_up(ask: Asker, examples_each: int) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    count = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(max_examples=examples_each, deadline=10_000, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def one(case: schemathesis.Case[Any]) -> None:
            probe(ask, case)

        one()
        count += 1
    assert count == len(SHOWN)


def test_made_up_requests_find_no_fault(quick: Asker) -> None:
    made_up(quick, 4)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_many_made_up_requests_find_no_fault(quick: Asker) -> None:
    made_up(quick, 150)
