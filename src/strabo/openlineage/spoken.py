"""Of which objects an event says something, other than that they were read: what a token must be good for."""

from collections.abc import Iterator

from strabo.model.ref import Ref
from strabo.openlineage.deltas import named
from strabo.openlineage.event import DatasetPart, Event, ref_of
from strabo.openlineage.read import objects


def spoken_of(event: Event) -> Iterator[Ref]:
    """The job, the datasets that are written or described, and whatever their facets join, rename, drop or make."""
    if event.job is not None:
        yield ref_of(event.job)
        lineage = (event.job.facets or {}).get("lineage")
        for entry in objects(lineage, "entries") if isinstance(lineage, dict) else ():
            target = named(entry)
            if target is not None:
                yield target
    for part in (*event.outputs, *([event.dataset] if event.dataset is not None else [])):
        yield ref_of(part)
        yield from _others(part)
    for part in event.inputs:
        others = list(_others(part))
        if others or (part.facets or {}).get("lifecycleStateChange"):
            yield ref_of(part)
            yield from others


def _others(part: DatasetPart) -> Iterator[Ref]:
    """What the facets of a dataset say that it is, too, or was before."""
    facets = part.facets or {}
    symlinks, change = facets.get("symlinks"), facets.get("lifecycleStateChange")
    found = [named(one) for one in objects(symlinks, "identifiers")] if isinstance(symlinks, dict) else []
    if isinstance(change, dict):
        found.append(named(change.get("previousIdentifier")))
    yield from (ref for ref in found if ref is not None)
