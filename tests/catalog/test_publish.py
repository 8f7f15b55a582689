"""Publishing scope by scope, when the ends of scopes come late."""

from pathlib import Path

import pytest

from strabo.catalog import publish
from strabo.catalog.catalog import open_catalog
from strabo.catalog.intake import Intake
from strabo.catalog.publish import Publisher
from strabo.model.records import Dataset, Record, ScopeComplete
from strabo.model.ref import Ref

NAMESPACE = "postgres://publish:5432"


def table(schema: str, name: str) -> Dataset:
    return Dataset(ref=Ref(NAMESPACE, f"db.{schema}.{name}"))


def end(schema: str) -> ScopeComplete:
    return ScopeComplete(ref=Ref(NAMESPACE, f"db.{schema}"))


@pytest.mark.parametrize("chunk", [1, 2, 10_000])
def test_half_a_scope_never_shows_though_the_one_before_it_ends_late(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_CHUNK", chunk)
    with open_catalog(tmp_path / "c.db") as catalog:
        run = catalog.store.start_run("f", workflow="")
        publisher = Publisher(catalog.store, Intake("f", run=run))
        records: list[Record] = [table("a", "one"), table("b", "half"), end("a")]
        written = sum(publisher.write([record]).written for record in records)
        assert not any(hit.ref.name == "db.b.half" for hit in catalog.find("half").hits)
        publisher.close(complete=False)
        names = {hit.ref.name for hit in catalog.find("").hits}
        assert "db.b.half" not in names
        assert len(names) == written


@pytest.mark.parametrize("chunk", [1, 2, 10_000])
def test_every_object_is_written_and_counted_once_in_the_end(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_CHUNK", chunk)
    with open_catalog(tmp_path / "c.db") as catalog:
        run = catalog.store.start_run("f", workflow="")
        publisher = Publisher(catalog.store, Intake("f", run=run))
        records: list[Record] = [
            table("a", "one"),
            table("b", "two"),
            end("a"),
            table("b", "three"),
            end("b"),
            table("c", "loose"),
        ]
        written = sum(publisher.write([record]).written for record in records)
        written += publisher.close(complete=True).written
        assert written == 4
        assert {hit.ref.name for hit in catalog.find("").hits} == {"db.a.one", "db.b.two", "db.b.three", "db.c.loose"}
