"""A check-up of the catalog: what is sound, what is not, and what to do about it."""

import sqlite3
from collections import Counter

from strabo.catalog import hosts, near
from strabo.ingest.contracts import Capability
from strabo.store.protocol import Store

_SHOWN = 5


def examined(store: Store) -> list[Capability]:
    """One finding after another; `ok` is False for what needs somebody."""
    found = [_sound(store)]
    found.append(Capability(name="sqlite", ok=True, detail=sqlite3.sqlite_version))
    found.append(_runs(store))
    found.append(_unknown_upstreams(store))
    found.append(_near_misses(store))
    found.append(_twins(store))
    return found


def _sound(store: Store) -> Capability:
    problems = store.check()
    return Capability(
        name="catalog file",
        ok=not problems,
        detail="; ".join(problems[:_SHOWN]) or "sound",
        fix="restore a copy, or `strabo export` what can still be read" if problems else "",
    )


def _runs(store: Store) -> Capability:
    newest: dict[str, tuple[int, str]] = {}
    for report in store.runs(200):
        newest.setdefault(report.feed, (report.run, report.status))
    bad = [
        f"{feed}: run {run} {status}"
        for feed, (run, status) in newest.items()
        if status not in {"succeeded", "running"}
    ]
    return Capability(
        name="newest run of each feed",
        ok=not bad,
        detail="; ".join(bad[:_SHOWN]) or f"{len(newest)} feeds, all well",
        fix="`strabo runs show N` says what happened" if bad else "",
    )


def _unknown_upstreams(store: Store) -> Capability:
    """Objects that lineage speaks of and no feed has announced: a missing source, or a name that does not meet."""
    ends = {end for pair in store.all_edges() for end in pair}
    unknown: list[str] = []
    ordered = sorted(ends)
    for start in range(0, len(ordered), 2000):
        unknown += [n.ref.namespace for n in store.nodes(ordered[start : start + 2000]).values() if not n.live]
    by_namespace = Counter(unknown)
    detail = ", ".join(f"{count} in {namespace}" for namespace, count in by_namespace.most_common(_SHOWN))
    return Capability(
        name="lineage ends are catalogued",
        ok=not unknown,
        detail=detail or f"all {len(ends)}",
        fix="ingest these systems, or map their names with the rename processor" if unknown else "",
    )


def _near_misses(store: Store) -> Capability:
    """Namespaces that are probably one system under two names."""
    found = near.namespaces(store, hosts.load(store))
    counts = store.namespaces()
    pairs = "; ".join(f"{n.other} and {n.name} ({n.why})" for n in found[:_SHOWN])
    return Capability(
        name="namespaces are told apart",
        ok=not found,
        detail=pairs + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
        or f"{len(counts)} namespaces",
        fix="where two are one system:\n" + near.commands(found, counts) if found else "",
    )


def _twins(store: Store) -> Capability:
    """Names that differ only by letter case, where that makes two objects."""
    found = near.names(store)
    whole = "" if found.complete else ", of the names looked at"
    return Capability(
        name="names differ by more than case",
        ok=not found.pairs,
        detail="; ".join(f"{one} and {two.name}" for one, two in found.pairs) or f"all{whole}",
        fix="where two are one object, spell it alike at its source, or with the rename processor"
        if found.pairs
        else "",
    )
