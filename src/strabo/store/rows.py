"""What a store hands out and takes in: plain rows, no behaviour.

Ids are dense integers that the store allots and never uses twice. A transaction id stands for a moment: a fact
is true from transaction `since` on, and until transaction `until`.
"""

from typing import NamedTuple

from strabo.model.ref import Ref

# Aspects: what a fact is about its node. The numbers are stored: never reuse one.
ASPECTS: dict[str, int] = {
    "dataset": 1, "definition": 2, "partitions": 3, "stats": 4, "container": 5, "job": 6, "run": 7, "lineage": 8,
    "same_as": 9, "dashboard": 10, "chart": 11, "person": 12, "group": 13, "ownership": 14, "tags": 15,
    "description": 16, "term": 17, "domain": 18, "profile": 19, "usage": 20, "check": 21, "check_result": 22,
    "sample": 23,
}  # fmt: skip
ASPECT_NAMES = {number: name for name, number in ASPECTS.items()}
ENTITY_ASPECTS = frozenset(
    ASPECTS[a] for a in ("dataset", "container", "job", "dashboard", "chart", "person", "group", "term", "domain")
)


class Node(NamedTuple):
    """An object that some fact is about. `kind` is empty and `live` False while no feed has announced it."""

    id: int
    ref: Ref
    kind: str
    live: bool
    same: int | None  # the node that stands for it and its aliases; None when it stands for itself


class NewFact(NamedTuple):
    node: int
    aspect: int
    part: str  # tells facts of one aspect apart: a column, a job, a window
    hash: bytes
    body: bytes  # the record as JSON, its ref left empty


class Fact(NamedTuple):
    id: int
    node: int
    aspect: int
    feed: int
    part: str
    since: int
    until: int | None
    body: bytes


class Held(NamedTuple):
    """A fact of one feed as it stands, without its body: what an incoming record is compared with."""

    id: int
    node: int
    aspect: int
    part: str
    hash: bytes


class Edge(NamedTuple):
    source: int
    target: int
    via: int  # the job's node, 0 for none
    fact: int  # the Lineage fact that says so


class EntryRow(NamedTuple):
    """One node in the search index."""

    node: int
    rank: int  # 0 comes first; how much it is used
    name: str
    path: str
    words: str


class Feed(NamedTuple):
    id: int
    name: str
    standing: int  # 0 a person's edit, 1 the source itself, 2 derived, 3 guessed: the lower one is shown


class Moment(NamedTuple):
    """A transaction."""

    id: int
    at: int  # microseconds since 1970, UTC
    feed: int
    run: int
    actor: str
    origin: str = ""  # from where: an address, a host
    what: str = ""  # by which call: "POST /api/v1/lineage x37"


class NewEvent(NamedTuple):
    """Something that was pushed, as it came."""

    digest: bytes  # 16 bytes: the same content again is the same event
    at: int  # microseconds since 1970: when it says that it happened
    subject: bytes  # 16 bytes: the run, else the job or dataset, that it is about
    body: bytes


class Event(NamedTuple):
    id: int
    feed: int
    at: int
    received: int  # microseconds since 1970
    subject: bytes
    body: bytes


class Sighting(NamedTuple):
    """One run of a job that was seen to move data from one node to another."""

    target: int
    source: int
    via: int
    feed: int
    grade: int  # how much it tells of the edge: more is better
    last: int  # microseconds since 1970
    run: bytes  # the key of the run's state
    first: int


class Seen(NamedTuple):
    """All sightings of one edge, added up."""

    target: int
    source: int
    via: int
    first: int
    last: int
    runs: int


class Note(NamedTuple):
    """A small thing to remember that is no fact about data: a token, a setting, an answer already given."""

    key: str
    at: int  # microseconds since 1970
    body: bytes


class Change(NamedTuple):
    """A fact that began (`opened`) or ended in one transaction."""

    tx: int
    opened: bool
    fact: int
    node: int
    aspect: int
    feed: int
    part: str
