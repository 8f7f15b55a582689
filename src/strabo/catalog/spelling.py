"""Which node a name means that is spelled otherwise than the node."""

from collections.abc import Sequence

from strabo.model import naming
from strabo.model.ref import Ref
from strabo.store.protocol import Reader


def folded(reader: Reader, refs: Sequence[Ref]) -> dict[Ref, list[int]]:
    """The nodes whose names fold the same, the one that is spelled as it folds first: an unquoted name means that."""
    by_namespace: dict[str, list[Ref]] = {}
    for ref in refs:
        by_namespace.setdefault(ref.namespace, []).append(ref)
    answers: dict[Ref, list[int]] = {}
    for namespace, group in by_namespace.items():
        if not naming.folds(namespace):
            answers.update((ref, []) for ref in group)
            continue
        folds = {ref: naming.fold(ref) for ref in group}
        found = reader.find_folded(namespace, list(dict.fromkeys(folds.values())))
        several = reader.nodes({c for candidates in found.values() if len(candidates) > 1 for c in candidates})
        for ref in group:
            candidates = found.get(folds[ref], [])
            if len(candidates) > 1:
                candidates = [c for _, c in sorted((several[c].ref.name != folds[ref], c) for c in candidates)]
            answers[ref] = candidates
    return answers


def meant(reader: Reader, refs: Sequence[Ref]) -> dict[Ref, int]:
    """The node of each ref that has one: of exactly this spelling, else of one that folds the same."""
    found = reader.find(refs)
    missing = [ref for ref in dict.fromkeys(refs) if ref not in found]
    if missing:
        found.update((ref, candidates[0]) for ref, candidates in folded(reader, missing).items() if candidates)
    return found


def above(ref: Ref) -> list[tuple[str, str]]:
    """The keys of all that a name lies below, the namespace first, spelled as they compare."""
    name = naming.fold(ref)
    mark = "/" if naming.platform(ref.namespace) in naming.PATHS else "."
    return [(ref.namespace, ""), *((ref.namespace, name[:at]) for at, char in enumerate(name) if char == mark)]


def key(ref: Ref) -> tuple[str, str]:
    """What `above` calls this name."""
    name = naming.fold(ref)
    return ref.namespace, name.rstrip("/") if naming.platform(ref.namespace) in naming.PATHS else name
