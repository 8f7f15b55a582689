"""The API's own description: OpenAPI 3.1, made from the routes and the types they name.

https://spec.openapis.org/oas/v3.1.1. What msgspec calls JSON Schema is 2020-12, which 3.1 takes as it is.
"""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.fields import header_fields
from strabo.api.problems import MEDIA, Problem
from strabo.model.records import Record

PATH = "/api/v1/openapi.json"
_TEMPLATE = "#/components/schemas/{name}"
_START = _TEMPLATE.format(name="")
_VARIABLE = re.compile(r"\{(\w+)\*?\}")
_ABOUT = """Push what you know, ask what is known. Names follow OpenLineage: a namespace and a name. In a path each is
one segment, quoted whole: a slash is `%2F`. Every error is a problem (RFC 9457) that says what to do. Bodies may be
packed with gzip or zstd (`Content-Encoding`). Where the server asks for a token, send `Authorization: Bearer …`."""


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The document, as plain values."""
    shown = [r for r in routes if r.documented]
    schemas = Schemas(shown)
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        paths.setdefault(_VARIABLE.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Strabo", "version": version("strabo"), "description": _ABOUT},
        "tags": [{"name": group} for group in dict.fromkeys(r.group for r in shown if r.group)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `strabo token create`."}
            },
        },
    }


class Schemas:
    """The schema of every type that the routes name; a record is spelled out once and pointed to elsewhere."""

    def __init__(self, routes: Sequence[Route]) -> None:
        kinds = [k for r in routes for k in (r.body, r.answer) if k not in {None, bytes}]
        (record, problem, *found), components = msgspec.json.schema_components(
            [Record, Problem, *kinds], ref_template=_TEMPLATE
        )
        self._record = record
        self._names = _plain_names(components)
        del problem  # it is among the components
        self._kinds = [(kind, self._pointed(schema)) for kind, schema in zip(kinds, found, strict=True)]
        self.components = {self._names[name]: self._pointed(schema) for name, schema in components.items()}
        queries = [r.query for r in routes if r.query is not None]
        asked, of_queries = msgspec.json.schema_components(queries, ref_template="{name}")
        self.queries = {q: of_queries[schema["$ref"]] for q, schema in zip(queries, asked, strict=True)}
        self.components["Record"] = {"title": "Record", **{key: self._pointed(value) for key, value in record.items()}}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of a type; {} for bytes, which are what their media type says."""
        if kind is bytes:
            return {}
        if kind is Record:
            return {"$ref": _TEMPLATE.format(name="Record")}
        return next(schema for known, schema in self._kinds if known == kind)

    def _pointed(self, schema: Any) -> Any:
        if isinstance(schema, dict):
            if schema == self._record:
                return {"$ref": _TEMPLATE.format(name="Record")}
            return {key: self._pointed(value) for key, value in schema.items()}
        if isinstance(schema, str) and schema.startswith(_START):
            return _START + self._names[schema.removeprefix(_START)]
        return [self._pointed(value) for value in schema] if isinstance(schema, list | tuple) else schema


def _plain_names(components: Mapping[str, Any]) -> dict[str, str]:
    """A short name for each type. Of several with one name in Python a record keeps it, else a type of the native API;
    the others say whose they are.
    """
    names: dict[str, str] = {}
    for long in sorted(components, key=lambda name: (".model." not in name, ".native." not in name, name)):
        module, _, own = long.rpartition(".")
        island = [*module.split("."), "", "", ""][2].removesuffix("_api").title()
        plain = not module or ".model." in long or ".native." in long
        free = (c for c in (own if plain else "", island + own) if c and c not in names.values())
        names[long] = next((c for c in free if c == long or c not in components), long)
    return names


def parameters(route: Route, schemas: Schemas) -> list[dict[str, Any]]:
    """What a route takes in its path, its query and its header fields."""
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _VARIABLE.findall(route.path)
    ]
    if route.query is not None:
        for name, told in schemas.queries[route.query].get("properties", {}).items():
            schema = _not_null(told)
            about = schema.pop("description", "")
            if schema.get("default", 0) in {None, ""}:
                del schema["default"]
            required = name in schemas.queries[route.query].get("required", ())
            found.append({"name": name, "in": "query", "required": required, "description": about, "schema": schema})
    for name, about in header_fields(route):
        found.append({"name": name, "in": "header", "description": about, "schema": {"type": "string"}})
    return found


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    words = [route.method.lower(), *re.findall(r"\w+", route.path.removeprefix("/api/v1"))]
    said: dict[str, Any] = {
        "operationId": "_".join(words),
        "summary": route.summary,
        "parameters": parameters(route, schemas),
        "responses": _responses(route, schemas),
    }
    if route.group:
        said["tags"] = [route.group]
    if route.needs:
        said["description"] = f"Needs the right `{route.needs}`."
        said["security"] = [{}, {"token": []}]  # on this machine alone a server may ask for none
    if route.body is not None:
        said["requestBody"] = {"required": True, "content": _content(route, schemas)}
    return said


def _content(route: Route, schemas: Schemas) -> dict[str, Any]:
    content = {}
    for media in route.media:
        kind = Record if media == "application/x-ndjson" and route.body == list[Record] else route.body  # one a line
        content[media] = {"schema": schemas.of(kind)}
    return content


def _responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "No content" if route.status == 204 else "Done"}
    if route.answer is not None:
        answer["content"] = {"application/json": {"schema": schemas.of(route.answer)}}
        if route.path == "/api/v1/changes":
            answer["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    found = {str(route.status): answer}
    if route.method == "PUT":
        found["201"] = {**answer, "description": "Created"}
    if route.method == "GET":
        found["304"] = {"description": "As you have it: the ETag is that of If-None-Match"}
    problem = {"schema": {"$ref": _TEMPLATE.format(name="Problem")}}
    found["default"] = {"description": "A problem, and what to do about it", "content": {MEDIA: problem}}
    return found


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the null that stands for "not said": a query cannot say it."""
    arms = [a for a in schema.get("anyOf", ()) if a.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if not arms:
        return rest
    return {**rest, **arms[0]} if len(arms) == 1 else {**rest, "anyOf": arms}


def routes(others: Sequence[Route]) -> list[Route]:
    """The route that answers with the document of these."""
    made: list[bytes] = []

    def answer(call: Call) -> Reply:  # noqa: ARG001 - a handler's
        if not made:
            made.append(msgspec.json.encode(document([*others, own])))
        return Reply(value=made[0])

    own = Route(
        method="GET",
        path=PATH,
        handle=answer,
        summary="This description, as OpenAPI 3.1",
        needs=None,
        answer=dict[str, Any],
        group="About",
    )
    return [own]
