"""Requests that several tests make."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from strabo.ingest.artifact import Writer
from strabo.model.naming import join
from strabo.model.records import Column, Dataset, Lineage, Record, ScopeComplete, Upstream
from strabo.model.ref import Ref
from strabo.testing.asker import Answer, Asker

DB = "postgres://db:5432"


def table(name: str, *columns: str) -> Dataset:
    return Dataset(ref=Ref(DB, name), columns=tuple(Column(name=c) for c in columns))


def feeds(target: str, *sources: str) -> Lineage:
    return Lineage(ref=Ref(DB, target), upstreams=tuple(Upstream(ref=Ref(DB, s)) for s in sources))


def lines(*records: Record | dict[str, Any]) -> bytes:
    return b"\n".join(msgspec.json.encode(r) for r in records) + b"\n"


def push(ask: Asker, *records: Record, query: str = "") -> Answer:
    """Pushes records, all of which must be stored."""
    got = ask("POST", "/api/v1/records" + query, lines(*records))
    assert got.status == 200, got.body
    assert got.json["failed"] == 0, got.body
    return got


def at(ref: Ref, kind: str = "datasets", below: str = "") -> str:
    """The path of an object."""
    return f"/api/v1/{kind}/{quote(ref.namespace, safe='')}/{quote(ref.name, safe='')}{below}"


def staged(path: Path, names: Sequence[str], *, feed: str = "warehouse", within: str = "shop") -> bytes:
    """A staged file that lists these tables of a database completely."""
    writer = Writer(path, feed=feed)
    writer.write([*(table(join(within, "public", n)) for n in names), ScopeComplete(ref=Ref(DB, within))])
    writer.close()
    return path.read_bytes()


def pages(ask: Asker, path: str, field: str) -> list[Any]:
    """All that a list holds, page by page, by its links."""
    found: list[Any] = []
    for _ in range(100):
        got = ask("GET", path)
        assert got.status == 200, got.body
        found += got.json[field]
        link = got.headers.get("link", "")
        assert bool(link) == (got.json["next"] is not None)
        if not link:
            return found
        path = link.partition(">")[0][1:]
    raise AssertionError("the list has no end")
