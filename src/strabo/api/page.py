"""/docs: every operation of the server on one page for reading. No script; its own small style."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.metadata import version
from typing import Any

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.examples import curl
from strabo.api.openapi import PATH, document

_HTML = "text/html; charset=utf-8"
_TICKS = re.compile(r"`([^`]+)`")

STYLE = """
:root { color-scheme: light dark; --line: #d5d9de; --soft: #f4f6f8; --text: #1c2630; --faint: #5b6875; --mark: #0a5ea8 }
@media (prefers-color-scheme: dark) {
  :root { --line: #37424d; --soft: #1b232b; --text: #dde4ea; --faint: #93a1ae; --mark: #7fbcf0 }
  body { background: #12181e }
}
* { box-sizing: border-box }
body { margin: 0; color: var(--text); font: 16px/1.5 system-ui, sans-serif }
a { color: var(--mark); text-decoration: none }
a:hover { text-decoration: underline }
code, pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
header { padding: 1.5rem 2rem 1rem; border-bottom: 1px solid var(--line) }
header p { max-width: 48rem; margin: .3rem 0; color: var(--faint) }
h1 { margin: 0; font-size: 1.6rem }
.layout { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
nav { padding: 1rem 1rem 2rem 2rem; border-right: 1px solid var(--line); font-size: .86rem;
  position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto }
nav h2 { margin: 1rem 0 .2rem; font-size: .8rem; color: var(--faint); text-transform: uppercase; letter-spacing: .05em }
nav ul { margin: 0; padding: 0; list-style: none }
nav li { overflow-wrap: anywhere }
main { padding: 1rem 2rem 4rem; min-width: 0; max-width: 64rem }
main > h2 { margin: 2.5rem 0 0; padding-bottom: .3rem; border-bottom: 2px solid var(--line) }
section { margin: 1.6rem 0 2.4rem; scroll-margin-top: 1rem }
h3 { margin: 0 0 .3rem; font-size: 1.02rem; font-weight: 600; overflow-wrap: anywhere }
h4 { margin: 1rem 0 .2rem; font-size: .84rem; color: var(--faint) }
pre { margin: .6rem 0; padding: .7rem .9rem; background: var(--soft); border-radius: 6px; white-space: pre-wrap }
table { width: 100%; border-collapse: collapse; font-size: .9rem }
td, th { padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top }
tr:first-child > * { border-top: 0 }
td:first-child { width: 12rem }
td:nth-child(2) { width: 16rem; color: var(--faint) }
.method { display: inline-block; min-width: 3.6rem; padding: 0 .4rem; border-radius: 4px; color: #fff;
  font: 600 12px/1.6 ui-monospace, monospace; text-align: center }
.get { background: #2b6cb0 } .post { background: #2f7d46 } .put { background: #96610c } .delete { background: #b03a3a }
.needs { float: right; padding: 0 .5rem; border: 1px solid var(--line); border-radius: 9px; font-size: .76rem;
  color: var(--faint) }
@media (max-width: 60rem) { .layout { display: block } nav { position: static; max-height: none; border: 0 } }
@media (max-width: 40rem) { nav, main, header { padding-left: 1rem; padding-right: 1rem }
  td:first-child, td:nth-child(2) { width: auto } }
"""


def page(routes: Sequence[Route], server: str) -> str:
    """The page as HTML. server: what the examples begin with, such as http://127.0.0.1:5400."""
    described: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document(routes)))
    groups: dict[str, list[Route]] = {}
    for route in routes:
        if route.documented:
            groups.setdefault(route.group or "More", []).append(route)
    return "".join(_page(groups, described, server))


def _page(groups: Mapping[str, Sequence[Route]], described: Mapping[str, Any], server: str) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Strabo API</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<link rel="stylesheet" href="/docs/style.css"></head><body><header>'
    yield f"<h1>Strabo API</h1><p>{_prose(described['info']['description'])}</p>"
    yield f'<p>Version {escape(version("strabo"))} · <a href="{PATH}">OpenAPI 3.1 description</a></p></header>'
    yield '<div class="layout"><nav>'
    for group, several in groups.items():
        yield f"<h2>{escape(group)}</h2><ul>"
        for route in several:
            yield f'<li><a href="#{anchor(route)}"><code>{route.method} {escape(_short(route))}</code></a></li>'
        yield "</ul>"
    yield '<h2>Types</h2><ul><li><a href="#types">All types</a></li></ul></nav><main>'
    for group, several in groups.items():
        yield f"<h2>{escape(group)}</h2>"
        for route in several:
            yield from _operation(route, described, server)
    yield '<h2 id="types">Types</h2>'
    for name, schema in sorted(described["components"]["schemas"].items()):
        yield from _type(name, schema)
    yield "</main></div></body></html>"


def anchor(route: Route) -> str:
    """Where the page speaks of a route."""
    return "-".join([route.method.lower(), *re.findall(r"\w+", route.path)])


def _short(route: Route) -> str:
    """The path as the list of contents has room for it."""
    return route.path.removeprefix("/api/v1").replace("{namespace}/{name}", "…")


def _operation(route: Route, described: Mapping[str, Any], server: str) -> Iterator[str]:
    path = re.sub(r"\{(\w+)\*\}", r"{\1}", route.path)
    said = described["paths"][path][route.method.lower()]
    yield f'<section id="{anchor(route)}">'
    if route.needs:
        yield f'<span class="needs">{escape(route.needs)}</span>'
    method = f'<span class="method {route.method.lower()}">{route.method}</span>'
    yield f"<h3>{method} <code>{escape(route.path)}</code></h3>"
    yield f"<p>{_prose(route.summary)}</p><pre>{escape(curl(route, server))}</pre>"
    if said["parameters"]:
        yield "<h4>Takes</h4><table>"
        for one in said["parameters"]:
            kind = f"{one['in']}, {shape(one['schema'])}"
            yield _row(f"<code>{escape(one['name'])}</code>", kind, one.get("description", ""))
        yield "</table>"
    if "requestBody" in said:
        yield "<h4>Body</h4><table>"
        for media, content in said["requestBody"]["content"].items():
            yield _row(f"<code>{escape(media)}</code>", shape(content["schema"]), "")
        yield "</table>"
    yield "<h4>Answers</h4><table>"
    for status, answer in said["responses"].items():
        shapes = [shape(content["schema"]) for content in answer.get("content", {}).values()]
        yield _row(f"<code>{escape(status)}</code>", ", ".join(shapes), answer["description"])
    yield "</table></section>"


def _type(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<section id="type-{escape(name)}"><h3>{escape(name)}</h3>'
    if schema.get("description"):
        yield f"<p>{_prose(schema['description'])}</p>"
    if "properties" in schema:
        required = set(schema.get("required", ()))
        yield "<table>"
        for field, told in schema["properties"].items():
            must = "must be there" if field in required else _default(told)
            bare = {key: value for key, value in told.items() if key != "default"}
            yield _row(f"<code>{escape(field)}</code>", shape(bare), must, plain=False)
        yield "</table>"
    elif "anyOf" in schema:
        yield f"<p>One of {shape(schema)}</p>"
    yield "</section>"


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return "" if default in (None, "", [], {}) else f"<code>{escape(msgspec.json.encode(default).decode())}</code>"


def _row(first: str, second: str, third: str, *, plain: bool = True) -> str:
    return f"<tr><td>{first}</td><td>{second}</td><td>{_prose(third) if plain else third}</td></tr>"


def shape(schema: Mapping[str, Any]) -> str:
    """A schema in a few words of HTML, types linked."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#type-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(shape(arm) for arm in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"list of {shape(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {shape(schema['additionalProperties'])}"
    bounds = [
        f"from {schema['minimum']}" if "minimum" in schema else "",
        f"to {schema['maximum']}" if "maximum" in schema else "",
    ]
    default = _default(schema)
    told = [escape(str(kind)), *filter(None, bounds), f"default {default}" if default else ""]
    return " ".join(filter(None, told))


def _prose(text: str) -> str:
    """Text with what stands in backticks as code."""
    return _TICKS.sub(r"<code>\1</code>", escape(text))


def routes(others: Sequence[Route]) -> list[Route]:
    """The routes of the page about these, and of its style."""

    def answer(call: Call) -> Reply:
        host = call.headers.get("host", "") or "127.0.0.1:5400"
        return Reply(value=page(others, f"http://{host}").encode(), media=_HTML)

    def style(_call: Call) -> Reply:
        return Reply(value=STYLE.strip().encode(), media="text/css; charset=utf-8")

    return [
        Route(method="GET", path="/docs", handle=answer, summary="This page", needs=None, documented=False),
        Route(method="GET", path="/docs/style.css", handle=style, summary="Its style", needs=None, documented=False),
    ]
