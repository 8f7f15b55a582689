"""Column lineage as events carry it, to edges: direct ones per column, indirect ones folded to the dataset."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from strabo.model.records import DIRECT, ColumnEdge, Influence, Transformation, Upstream
from strabo.model.ref import Ref
from strabo.openlineage.deltas import dataset_key, named
from strabo.openlineage.read import objects, text

Name = Callable[[Ref], Ref]
_HOW = frozenset(msgspec.inspect.type_info(Transformation).values)  # type: ignore[attr-defined]


class Links:
    """The upstreams of one dataset, being gathered."""

    def __init__(self, name: Name) -> None:
        self._name = name
        self.found: dict[str, tuple[Ref, dict[tuple[str, str, str], None], dict[tuple[str, str], None]]] = {}

    def __bool__(self) -> bool:
        return bool(self.found)

    def source(self, ref: Ref) -> tuple[dict[tuple[str, str, str], None], dict[tuple[str, str], None]]:
        """The columns and the influences of one source, to add to."""
        key = dataset_key(ref).hex()
        entry = self.found.setdefault(key, (ref, {}, {}))
        if ref < entry[0]:
            self.found[key] = (ref, entry[1], entry[2])
        return entry[1], entry[2]

    def field(self, source: Any, target: str | None, old: str = "") -> None:
        """One input field of a column, or of the dataset as a whole (target None)."""
        ref, column = named(source), text(source, "field") if isinstance(source, dict) else None
        if ref is None:
            return
        columns, influences = self.source(self._name(ref))
        if column is None:
            return
        for how in _how(source, old, whole=target is None):
            if how in DIRECT and target is not None:
                columns[column, target, how] = None
            else:
                influences[column, "filter" if how in DIRECT else how] = None

    def facet(self, facet: Any) -> None:
        """A columnLineage facet: https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet."""
        if not isinstance(facet, dict):
            return
        fields = facet.get("fields")
        for target, made in fields.items() if isinstance(fields, dict) else ():
            if isinstance(made, dict) and target:
                for source in objects(made, "inputFields"):
                    self.field(source, target, str(made.get("transformationType") or ""))
        for source in objects(facet, "dataset"):
            self.field(source, None)

    def upstreams(self) -> dict[str, Upstream]:
        """By the key of the source."""
        return {
            key: Upstream(
                ref=ref,
                columns=tuple(ColumnEdge(source=s, target=t, how=h) for s, t, h in sorted(columns)),  # type: ignore[arg-type]
                influences=tuple(Influence(source=s, how=h) for s, h in sorted(influences)),  # type: ignore[arg-type]
            )
            for key, (ref, columns, influences) in sorted(self.found.items())
        }


def _how(source: dict[str, Any], old: str, *, whole: bool) -> Iterable[str]:
    """How an input field makes a column, in our words; of an indirect way without a name, that it decides."""
    found = []
    for one in objects(source, "transformations"):
        # Interned: a default is left out of a record's JSON only when it is that very object, and equal records must
        # have equal JSON.
        kind, sub = (text(one, "type") or "").upper(), sys.intern((text(one, "subtype") or "").lower())
        if kind == "INDIRECT":
            found.append(sub if sub in _HOW and sub not in DIRECT else "conditional")
        else:
            found.append(sub if sub in DIRECT else "transformation")
    if found:
        return dict.fromkeys(found)
    return ("filter",) if whole else ("identity",) if old.upper() == "IDENTITY" else ("transformation",)
