"""URNs as WhereHows has them, to Refs and back.

`hive:///db/table` names no server: two servers with the same schema are one dataset. A Ref has the server in it,
so a `Naming` says which server each scheme means. Where it says nothing the namespace is the scheme alone, `hive`,
which no connector uses: nothing collides, nothing is lost, and a mapping of hosts can move it later.
"""

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote, unquote

import msgspec

from strabo.errors import BadRecord
from strabo.model import naming
from strabo.model.ref import Ref

_URN = re.compile(r"([A-Za-z][\w+.-]*)://([^/]*)/(.*)", re.DOTALL)
_LI_URN = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([^,()]+),(.*),(\w+)\)", re.DOTALL)
_ORIGIN = re.compile(r"\w+:\w+")
# The scheme of a URN for a Ref that no other URN spells.
_WHOLE = "strabo"
_PLAIN_ORIGIN = "PROD"
UNKNOWN_DATABASE = "wherehows-db:"
"""What the namespace of a database begins with that nothing is known of but its name or its id."""
# The first folder of a path is the server's part of an object store's name.
_BUCKETS = frozenset({"s3", "gs"})
# A name is one text, dots and slashes and all.
_VERBATIM = frozenset({"kafka", "pulsar", "kinesis"})


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the objects of a scheme or a database are."""

    namespace: str  # "oracle://db.example:1521"
    prefix: str = ""  # what their names begin with there: an Oracle service, a PostgreSQL database


class Naming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which server a URN, a database or an application of WhereHows means. All of it may be left out."""

    schemes: dict[str, str | Place] = {}  # "hdfs", or "hive@EI" for what is not of the origin PROD
    databases: dict[str, str | Place] = {}  # by database_name, or by db_id as text
    apps: dict[str, str] = {}  # by app_name, or by app_id as text: the namespace of its jobs


UNMAPPED = Naming()


def ref_of(urn: str, names: Naming = UNMAPPED) -> Ref:
    """The Ref that a URN means. `hdfs:///path`, `teradata:///db/table`, `urn:li:dataset:(urn:li:dataPlatform:hive,
    db.table,PROD)`; with a server (`hdfs://nn:8020/path`) it is taken as it stands. Raises BadRecord for anything else.
    """
    if found := _LI_URN.fullmatch(urn):
        return _native(found[1], found[2], found[3].upper(), names, urn)
    found = _URN.fullmatch(urn)
    if found is None:
        raise _no_urn(urn)
    scheme, server, path = found[1].lower(), found[2], found[3]
    if scheme == _WHOLE:
        namespace, slash, name = path.partition("/")
        if server or not slash:
            raise _no_urn(urn)
        return naming.normal(Ref(unquote(namespace), unquote(name)))
    scheme = naming.ALIASES.get(scheme, scheme)
    style = style_of(scheme)
    if server:
        segments = path.split("/")
        name = path if style != "dotted" or len(segments) == 1 else naming.join(*segments)
        return _named(Ref(f"{scheme}://{server}", "/" + path if style == "path" else name), urn)
    if style == "dotted":
        return _named(_placed(scheme, naming.join(*path.split("/")) if path else "", names), urn)
    return _named(_placed(scheme, "/" + path if style == "path" else path, names), urn)


def urn_of(ref: Ref, names: Naming = UNMAPPED) -> str:
    """The URN of a Ref: the shortest that `ref_of` turns into the same Ref."""
    ref = naming.normal(ref)
    for urn in _candidates(ref, names):
        try:
            if ref_of(urn, names) == ref:
                return urn
        except BadRecord:
            continue
    return f"{_WHOLE}:///{quote(ref.namespace, safe='')}/{quote(ref.name, safe='')}"


def object_ref(name: str, *, database: str, db_id: int, storage: str, names: Naming = UNMAPPED) -> Ref:
    """What a row of lineage means: the object `name` of a database that is known by its name, its id, or both.

    The name may be a URN. Else the configured database decides, else the platform that `database` or `storage`
    names (`hdfs`, `Teradata`), else it is an object of a database that we know nothing of. Raises BadRecord for a
    name that starts as a URN and is none.
    """
    if "://" in name or name.startswith("urn:li:dataset:"):
        return ref_of(name, names)
    keys = [key for key in (database, str(db_id) if db_id else "") if key]
    for key in keys:
        place = names.databases.get(key)
        if place is not None:
            place = _place(place)
            return naming.normal(_in(place, loose_name(naming.platform(place.namespace), name)))
    for word in (database, storage):
        scheme = naming.ALIASES.get(word.lower(), word.lower())
        if scheme in PLATFORMS or scheme in names.schemes:
            return naming.normal(_placed(scheme, loose_name(scheme, name), names))
    return Ref(UNKNOWN_DATABASE + (keys[0] if keys else "unknown"), name)


def loose_name(platform: str, name: str) -> str:
    """The name of an object that people spell `db.table`, `db/table` or `/db/table`."""
    style = style_of(platform)
    if style == "path":
        return "/" + name.removeprefix("/")
    if style == "dotted" and "/" in name:
        return naming.join(*name.removeprefix("/").split("/"))
    return name


PLATFORMS = frozenset(
    {"hdfs", "hive", "teradata", "oracle", "mysql", "kafka", "dalids", "espresso", "voldemort", "pinot", "druid",
     "postgres", "mssql", "redshift", "snowflake", "s3", "elasticsearch", "cassandra", "presto", "trino", "vertica"}
)  # fmt: skip
"""Words for a platform that a row of lineage may have in place of a database."""


def style_of(platform: str) -> Literal["path", "verbatim", "dotted"]:
    """How names of a platform are made of the segments of a URN."""
    if platform in naming.PATHS:
        return "path"
    return "verbatim" if platform in _VERBATIM else "dotted"


def _native(platform: str, name: str, origin: str, names: Naming, urn: str) -> Ref:
    scheme = naming.ALIASES.get(platform.lower(), platform.lower())
    name = loose_name(scheme, name)
    if origin == _PLAIN_ORIGIN:
        return _named(_placed(scheme, name, names), urn)
    place = names.schemes.get(f"{scheme}@{origin}")
    if place is not None:
        return _named(_in(_place(place), name), urn)
    return _named(Ref(f"{scheme}:{origin}", name), urn)


def _placed(scheme: str, name: str, names: Naming) -> Ref:
    place = names.schemes.get(scheme)
    if place is not None:
        return _in(_place(place), name)
    if scheme in _BUCKETS:
        bucket, _, key = name.removeprefix("/").partition("/")
        return Ref(f"{scheme}://{bucket}", key) if bucket else Ref("", "")
    return Ref(scheme, name)


def _place(place: str | Place) -> Place:
    return Place(place) if isinstance(place, str) else place


def _in(place: Place, name: str) -> Ref:
    if not place.prefix or not name:
        return Ref(place.namespace, name)
    sign = "/" if style_of(naming.platform(place.namespace)) == "path" else "."
    return Ref(place.namespace, place.prefix.rstrip(sign) + sign + name.removeprefix(sign))


def _candidates(ref: Ref, names: Naming) -> Iterator[str]:
    """URNs that may spell a Ref, the ones that people know first."""
    for key, value in names.schemes.items():
        place = _place(value)
        if naming.normal_namespace(place.namespace) != ref.namespace:
            continue
        scheme, _, origin = key.partition("@")
        sign = "/" if style_of(naming.platform(place.namespace)) == "path" else "."
        name = ref.name.removeprefix(place.prefix.rstrip(sign) + sign) if place.prefix else ref.name
        yield _li_urn(scheme, name, origin) if origin else _segments(f"{scheme}://", scheme, name)
    scheme, found, server = ref.namespace.partition("://")
    if found and scheme in _BUCKETS:
        yield f"{scheme}:///{server}/{ref.name}" if ref.name else f"{scheme}:///{server}"
    if found:
        yield _segments(ref.namespace, scheme, ref.name)
    elif _ORIGIN.fullmatch(ref.namespace):
        scheme, _, origin = ref.namespace.partition(":")
        yield _li_urn(scheme, ref.name, origin)
    else:
        yield _segments(f"{ref.namespace}://", ref.namespace, ref.name)


def _segments(before: str, platform: str, name: str) -> str:
    if style_of(platform) == "dotted":
        name = "/".join(naming.split(name))
    return f"{before}/{name.removeprefix('/')}"


def _li_urn(platform: str, name: str, origin: str) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:{platform},{name},{origin})"


def _named(ref: Ref, urn: str) -> Ref:
    ref = naming.normal(ref)
    if not ref.namespace or (not ref.name and naming.platform(ref.namespace) not in _BUCKETS):
        raise _no_urn(urn)
    return ref


def _no_urn(urn: str) -> BadRecord:
    shown = urn if len(urn) <= 120 else urn[:117] + "…"
    return BadRecord(
        f"{shown!r} is no dataset URN",
        fix="write hdfs:///path, teradata:///db/table or urn:li:dataset:(urn:li:dataPlatform:hive,db.table,PROD)",
    )
