"""Near misses: what is probably one thing under two names, found with bounded work."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from itertools import combinations, islice, product
from typing import NamedTuple

from strabo.model import naming
from strabo.model.aliases import Names
from strabo.model.ref import Ref
from strabo.store.protocol import Reader

MOST = 20  # pairs told of
_PAIRS = 300  # pairs of namespaces whose names are compared
_SAMPLE = 200  # names compared of each
_MANY = 3  # names that an address and a host's name must share
_NODES = 100_000  # names looked at for letter case

# Beyond naming.ALIASES, which is put right without asking: these may well be something else.
_SCHEMES = {
    "pg": "postgres", "pgsql": "postgres", "sqlserver": "mssql", "tsql": "mssql", "hive2": "hive", "presto": "trino",
}  # fmt: skip
_FILES = frozenset({"sqlite", "duckdb"})  # the rest is a path, whose letter case may matter
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", "0.0.0.0"})  # noqa: S104 - read, not bound to


class Near(NamedTuple):
    """Two namespaces that may be one system. `name` is what the other would be mapped to: the full name of a host
    rather than a short one or an address; else the one that there is more under.
    """

    other: str
    name: str
    why: str
    shared: int  # names that both have, of those compared


class Twins(NamedTuple):
    """Objects of one namespace whose names differ only by letter case; `complete` when all names were looked at."""

    pairs: list[tuple[Ref, Ref]]
    complete: bool


class _Place(NamedTuple):
    namespace: str
    scheme: str
    host: str
    port: str
    path: str


def namespaces(reader: Reader, names: Names) -> list[Near]:
    """Pairs of namespaces that look like one, the likeliest first, at most twenty. What is mapped is left out."""
    counts = reader.namespaces()
    places = [_place(n) for n in counts if n not in names.mapping]
    found: list[Near] = []
    for one, two, why, needed in islice(_alike(places), _PAIRS):
        small, large = (p.namespace for p in sorted((one, two), key=lambda p: (_better(p), counts[p.namespace], p)))
        shared, compared = _shared(reader, small, large)
        if shared >= min(needed, max(1, compared)) and (needed < _MANY or 2 * shared >= compared):
            found.append(Near(small, large, why, shared))
    return sorted(found, key=lambda n: (-n.shared, n.other, n.name))[:MOST]


def names(reader: Reader) -> Twins:
    """Live objects that differ only by letter case, where the platform does not take them for one; at most twenty."""
    pairs: list[tuple[Ref, Ref]] = []
    room = _NODES
    for namespace in reader.namespaces():
        if naming.folds(namespace):
            continue
        seen: dict[str, Ref] = {}
        nodes = reader.by_prefix(namespace, "", room + 1)
        for node in nodes[:room]:
            if not node.live or node.same is not None:
                continue
            first = seen.setdefault(node.ref.name.casefold(), node.ref)
            if first != node.ref:
                pairs.append((first, node.ref))
        if len(nodes) > room or len(pairs) > MOST:
            return Twins(pairs[:MOST], complete=False)
        room -= len(nodes)
    return Twins(pairs, complete=True)


def _better(place: _Place) -> tuple[bool, bool]:
    return not _is_address(place.host), "." in place.host


def _alike(places: list[_Place]) -> Iterator[tuple[_Place, _Place, str, int]]:
    """(one, two, what is different, how many names they must share to be told of)."""
    groups: dict[tuple[str, str, str], list[_Place]] = {}
    for place in places:
        short = place.host if _is_address(place.host) else place.host.partition(".")[0]
        groups.setdefault((place.scheme, short, place.path), []).append(place)
    for members in groups.values():
        for one, two in combinations(members, 2):
            if one.host != two.host and "." in one.host and "." in two.host:
                continue  # db.prod and db.staging are two
            differences = _different(one, two)
            sure = differences in (["case"], ["scheme"], ["host alias"]) and one.scheme not in _FILES
            yield one, two, " and ".join(differences), 0 if sure else 1
    yield from _by_address(places)


def _different(one: _Place, two: _Place) -> list[str]:
    if one.host != two.host:
        found = ["short host name"]
    elif _raw_host(one.namespace) != _raw_host(two.namespace):
        found = ["host alias"]
    else:
        found = []
    if one.port != two.port:
        found.append("port")
    if one.namespace.partition(":")[0].lower() != two.namespace.partition(":")[0].lower():
        found.append("scheme")
    return found or ["case"]


def _by_address(places: list[_Place]) -> Iterator[tuple[_Place, _Place, str, int]]:
    """An address and a name cannot be compared without asking the network: what they hold must speak for itself."""
    groups: dict[tuple[str, str, str], tuple[list[_Place], list[_Place]]] = {}
    for place in places:
        if place.host:
            by_name, by_address = groups.setdefault((place.scheme, place.port, place.path), ([], []))
            (by_address if _is_address(place.host) else by_name).append(place)
    for by_name, by_address in groups.values():
        for one, two in product(by_address, by_name):
            yield one, two, "host address", _MANY


def _shared(reader: Reader, small: str, large: str) -> tuple[int, int]:
    """How many names of a sample of the smaller namespace the larger one has too, and how many the sample has."""
    sample = [node.ref.name for node in reader.by_prefix(small, "", _SAMPLE) if node.live]
    there = reader.nodes(reader.find([Ref(large, name) for name in sample]).values())
    return sum(node.live for node in there.values()), len(sample)


def _place(namespace: str) -> _Place:
    scheme, found, rest = namespace.partition("://")
    if not found:
        return _Place(namespace, "", "", "", namespace.casefold())
    scheme = scheme.lower()
    scheme = _SCHEMES.get(scheme) or scheme.partition("+")[0]
    scheme = naming.ALIASES.get(scheme, scheme)
    scheme = _SCHEMES.get(scheme, scheme)
    host, _, path = rest.partition("/")
    port = re.search(r":(\d+)\Z", host)
    host = host[: port.start()] if port else host
    default = str(naming.DEFAULT_PORTS.get(scheme, ""))
    alias = "localhost" if host.lower() in _HERE else host.casefold()
    return _Place(namespace, scheme, alias, port[1] if port else default, path.rstrip("/").casefold())


def _raw_host(namespace: str) -> str:
    return re.sub(r":\d+\Z", "", namespace.partition("://")[2].partition("/")[0]).casefold()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def commands(found: list[Near], counts: Mapping[str, int]) -> str:
    """What to type for each pair, and why, a line each."""
    lines = []
    for near in found:
        told = f", {near.shared} names in common" if near.shared else ""
        held = f"{counts.get(near.other, 0)} and {counts.get(near.name, 0)} objects"
        lines.append(f"strabo hosts map {_quoted(near.other)} {_quoted(near.name)}  # {near.why}: {held}{told}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text, re.ASCII) else "'" + text.replace("'", "'\\''") + "'"
