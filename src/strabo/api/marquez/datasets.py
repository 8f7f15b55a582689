"""A dataset as Marquez shows it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strabo.api.marquez.answers import Json, stamp
from strabo.api.marquez.cards import Card
from strabo.api.marquez.facets import facets
from strabo.api.marquez.ids import version_id
from strabo.api.marquez.versions import Version
from strabo.model.records import Column, Dataset, Lineage, Stats, Tag
from strabo.store.protocol import Reader
from strabo.store.rows import Seen

_STREAMS = frozenset({"topic", "stream"})
FACET = "marquez_dataset"
"""The facet that keeps what a client says of a dataset and no standard facet has a place for."""


def dataset_answers(reader: Reader, cards: Sequence[Card]) -> list[Json]:
    """The datasets, in their order; with their facets and when they were last written, in two reads for all."""
    said = facets(reader, cards)
    written = written_at(reader.seen_edges([card.node for card in cards])) if cards else {}
    return [dataset_json(card, said.get(card.node, {}), written.get(card.node)) for card in cards]


def written_at(seen: Iterable[Seen]) -> dict[int, int]:
    """When runs were last seen to write a dataset, in microseconds since 1970."""
    found: dict[int, int] = {}
    for edge in seen:
        found[edge.target] = max(found.get(edge.target, edge.last), edge.last)
    return found


def dataset_json(card: Card, said: Mapping[str, Any], written: int | None = None) -> Json:
    """One dataset. said: its facets. written: when a run last wrote it, in microseconds since 1970."""
    dataset, entity = card.dataset, card.entity
    stats = next(iter(card.all(Stats)), None)
    modified = stats.modified_at if stats is not None and stats.modified_at is not None else written
    return {
        "id": {"namespace": card.ref.namespace, "name": card.ref.name},
        "type": type_of(dataset, said),
        "name": card.ref.name,
        "physicalName": _put(said, "physicalName") or card.ref.name,
        "createdAt": stamp(card.created),
        "updatedAt": stamp(card.updated),
        "namespace": card.ref.namespace,
        "sourceName": source_of(card, said),
        "fields": fields_of(dataset, card.tags, card.column_descriptions),
        "tags": _whole(card.tags),
        "lastModifiedAt": stamp(modified),
        "lastLifecycleState": None,
        "description": card.description,
        "currentVersion": None if entity is None else version_id(card.ref, entity.fact),
        "columnLineage": column_lineage(card.lineages),
        "facets": dict(said),
        "deleted": card.deleted,
    }


def version_json(card: Card, version: Version, said: Mapping[str, Any], run: Json | None) -> Json:
    """One version of a dataset. run: the run that made it, where that is known."""
    dataset = version.record if isinstance(version.record, Dataset) else Dataset(ref=card.ref)
    current = version.until is None
    return {
        "id": {"namespace": card.ref.namespace, "name": card.ref.name, "version": version.id},
        "type": type_of(dataset, said),
        "name": card.ref.name,
        "physicalName": _put(said, "physicalName") or card.ref.name,
        "createdAt": stamp(version.since),
        "version": version.id,
        "namespace": card.ref.namespace,
        "sourceName": source_of(card, said),
        "fields": fields_of(dataset, card.tags if current else (), card.column_descriptions if current else {}),
        "tags": _whole(card.tags) if current else [],
        "lifecycleState": None,
        "description": card.description if current else dataset.comment,
        "createdByRun": run,
        "facets": dict(said) if current else {},
    }


def type_of(dataset: Dataset, said: Mapping[str, Any]) -> str:
    """DB_TABLE or STREAM: Marquez knows no other."""
    return _put(said, "type") or ("STREAM" if dataset.kind in _STREAMS else "DB_TABLE")


def _put(said: Mapping[str, Any], key: str) -> str | None:
    facet = said.get(FACET)
    found = facet.get(key) if isinstance(facet, dict) else None
    return found if isinstance(found, str) and found else None


def source_of(card: Card, said: Mapping[str, Any]) -> str:
    """The name of the source: as it was said, else the namespace, which says where it lies."""
    facet = said.get("dataSource")
    named = facet.get("name") if isinstance(facet, dict) else None
    return named if isinstance(named, str) and named else card.ref.namespace


def fields_of(dataset: Dataset, tags: Iterable[Tag], written: Mapping[str, str]) -> list[Json]:
    """The columns; those of a struct each under its path, as Marquez knows no nesting."""
    by_column: dict[str, dict[str, None]] = {}
    for tag in tags:
        if tag.column is not None:
            by_column.setdefault(tag.column, {})[tag.name] = None
    return [
        {
            "name": path,
            "type": column.type or None,
            "tags": list(by_column.get(path, ())),
            "description": written.get(path) or column.comment,
        }
        for path, column in _paths(dataset.columns)
    ]


def _paths(columns: Iterable[Column], above: str = "") -> Iterable[tuple[str, Column]]:
    for column in columns:
        path = f"{above}{column.name}"
        yield path, column
        yield from _paths(column.fields, f"{path}.")


def column_lineage(lineages: Iterable[Lineage]) -> list[Json]:
    """For every column that is known to be made of others: of which, and how."""
    made: dict[str, dict[tuple[str, str, str], Json]] = {}
    for lineage in lineages:
        for up in lineage.upstreams:
            for edge in up.columns:
                made.setdefault(edge.target, {}).setdefault(
                    (up.ref.namespace, up.ref.name, edge.source),
                    {
                        "namespace": up.ref.namespace,
                        "dataset": up.ref.name,
                        "field": edge.source,
                        "transformationDescription": lineage.expressions.get(edge.target),
                        "transformationType": edge.how.upper(),
                    },
                )
    return [{"name": column, "inputFields": list(inputs.values())} for column, inputs in made.items()]


def _whole(tags: Iterable[Tag]) -> list[str]:
    return list(dict.fromkeys(tag.name for tag in tags if tag.column is None))
