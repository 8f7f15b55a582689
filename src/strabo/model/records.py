"""The records: everything Strabo can be told, one small frozen value each, in one closed union.

A record says the same thing in four places: what a connector yields, a line of a staged file, the body of a
push, a line of an export. Every record has a `ref`, the object it speaks of. Times are RFC 3339 in UTC on the
wire, `datetime` with a zone in Python. Sizes are bytes. What is not known is left out.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from strabo.model.ref import Ref

DatasetKind = Literal[
    "table", "view", "materialized_view", "external_table", "foreign_table", "topic", "fileset", "file",
    "index", "collection", "stream", "sequence", "model", "temporary_table",
]  # fmt: skip
JobKind = Literal[
    "workflow", "task", "query", "mapping", "script", "procedure", "function", "trigger", "event", "model", "job",
]  # fmt: skip
RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "skipped", "lost"]
CanonicalType = Literal[
    "boolean", "integer", "decimal", "float", "text", "binary", "date", "time", "timestamp", "interval", "uuid",
    "json", "xml", "enum", "array", "map", "struct", "union", "geometry", "network", "bit", "vector", "range",
    "unknown",
]  # fmt: skip


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    ref: Ref


class _Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


# --- datasets ---------------------------------------------------------------------------------------------------


class Column(_Value, frozen=True, kw_only=True):
    """A column or a nested field. `fields` holds a struct's fields, an array's `element`, a map's `key` and `value`."""

    name: str
    type: str = ""  # as the source spells it: "numeric(10,2)"
    kind: CanonicalType = "unknown"
    nullable: bool = True
    default: str | None = None  # the expression, as the source spells it
    generated: str | None = None  # the expression of a computed column
    identity: bool = False  # numbered by the system: serial, auto_increment, identity
    comment: str | None = None
    fields: tuple["Column", ...] = ()
    values: tuple[str, ...] = ()  # of an enum or a set


class Key(_Value, frozen=True, kw_only=True):
    """A primary or a unique key."""

    columns: tuple[str, ...]
    name: str | None = None


class ForeignKey(_Value, frozen=True, kw_only=True):
    columns: tuple[str, ...]
    references: Ref
    to: tuple[str, ...] = ()  # the columns of the other side, in the same order
    name: str | None = None


class Index(_Value, frozen=True, kw_only=True):
    name: str
    columns: tuple[str, ...] = ()  # names, or expressions as the source spells them
    unique: bool = False
    method: str | None = None  # "btree", "gin"
    where: str | None = None  # of a partial index


class Dataset(_Record, frozen=True, kw_only=True, tag="dataset"):
    """Something that holds rows: its shape and what its owner wrote. Sizes are in `Stats`, SQL in `Definition`."""

    kind: DatasetKind = "table"
    columns: tuple[Column, ...] = ()
    primary_key: Key | None = None
    unique_keys: tuple[Key, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    owner: str | None = None  # the login that owns it in the source; people are in `Ownership`
    location: str | None = None  # where its bytes are, if elsewhere: a URL or a path
    format: str | None = None  # "parquet", "InnoDB"
    created_at: datetime | None = None
    altered_at: datetime | None = None  # its shape; changes of the data are in `Stats`
    properties: dict[str, str] = {}  # what only this system has


class Definition(_Record, frozen=True, kw_only=True, tag="definition"):
    """The text that makes an object: a view's query, a procedure's body, a job's script."""

    text: str
    dialect: str  # as sqlglot names it: "postgres", "mysql", "sqlite", "duckdb"; or another language
    search_path: tuple[str, ...] = ()  # prefixes that an unqualified name is looked up under: ("shop.public",)
    language: str = "sql"


class Partition(_Value, frozen=True, kw_only=True):
    name: str
    value: str | None = None  # "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"
    rows: int | None = None
    bytes: int | None = None


class Partitions(_Record, frozen=True, kw_only=True, tag="partitions"):
    """How a dataset is cut up. Its parts are not datasets of their own."""

    by: tuple[str, ...] = ()  # columns or expressions
    method: str | None = None  # "range", "list", "hash"
    parts: tuple[Partition, ...] = ()


class Stats(_Record, frozen=True, kw_only=True, tag="stats"):
    """Sizes and times as the source knows them without counting; they change often, so they stand apart."""

    rows: int | None = None
    exact: bool = False  # whether `rows` was counted, not estimated
    bytes: int | None = None
    files: int | None = None
    modified_at: datetime | None = None  # of the data


class Container(_Record, frozen=True, kw_only=True, tag="container"):
    """What datasets live in: a database, a schema, a bucket, a folder, a workspace."""

    kind: str = "schema"
    comment: str | None = None
    owner: str | None = None


# --- jobs -------------------------------------------------------------------------------------------------------


class Job(_Record, frozen=True, kw_only=True, tag="job"):
    """Something that runs: a workflow, a task of one, a script, a stored procedure, a trigger."""

    kind: JobKind = "job"
    parent: Ref | None = None  # the workflow it is a step of
    after: tuple[Ref, ...] = ()  # control flow: the jobs that it waits for
    schedule: str | None = None  # a cron expression, or the scheduler's own words
    comment: str | None = None
    owner: str | None = None
    location: str | None = None  # where its code is
    signature: str | None = None  # "(customer bigint) returns numeric"
    on: Ref | None = None  # the dataset that a trigger watches
    created_at: datetime | None = None
    altered_at: datetime | None = None
    properties: dict[str, str] = {}


class JobRun(_Record, frozen=True, kw_only=True, tag="run"):
    """One execution of a job; `ref` is the job's."""

    id: str
    status: RunStatus = "running"
    attempt: int = 1
    started_at: datetime | None = None
    ended_at: datetime | None = None
    scheduled_for: datetime | None = None
    parent: str | None = None  # the run id of the workflow's run
    read: int | None = None  # rows
    written: int | None = None  # rows
    error: str | None = None


# --- lineage ----------------------------------------------------------------------------------------------------

# OpenLineage's column lineage facet 1-2-0: DIRECT is the first three, INDIRECT the others.
Transformation = Literal[
    "identity", "transformation", "aggregation", "join", "group_by", "filter", "sort", "window", "conditional",
]  # fmt: skip
DIRECT: frozenset[str] = frozenset({"identity", "transformation", "aggregation"})


class ColumnEdge(_Value, frozen=True, kw_only=True):
    """One column of the upstream, or a field of one (`page.path`), that makes one column of the dataset."""

    source: str
    target: str
    how: Transformation = "identity"
    guessed: bool = False  # no schema proved it


class Influence(_Value, frozen=True, kw_only=True):
    """One column of the upstream that decides which rows there are, or in what order, without being in them."""

    source: str
    how: Transformation = "filter"


class Upstream(_Value, frozen=True, kw_only=True):
    """One dataset that feeds another, with what is known of the columns. No columns means: not known."""

    ref: Ref
    columns: tuple[ColumnEdge, ...] = ()
    influences: tuple[Influence, ...] = ()
    guessed: bool = False


class Lineage(_Record, frozen=True, kw_only=True, tag="lineage"):
    """All that feeds one dataset by one way (a view's query, a job). A later one of the same way replaces it whole."""

    upstreams: tuple[Upstream, ...] = ()
    job: Ref | None = None  # the job that moves the data; None for a view
    how: Literal["declared", "parsed", "observed", "guessed"] = "declared"
    evidence: str | None = None  # where it says so: "view definition", a file and line, a query id
    expressions: dict[str, str] = {}  # target column -> the expression that makes it
    unknown: tuple[str, ...] = ()  # what the text did not tell, and why


class SameAs(_Record, frozen=True, kw_only=True, tag="same_as"):
    """`ref` is another name of `other`: a symlink, or its name before a rename."""

    other: Ref
    why: Literal["symlink", "rename"] = "symlink"


# --- reports ----------------------------------------------------------------------------------------------------


class Dashboard(_Record, frozen=True, kw_only=True, tag="dashboard"):
    title: str | None = None
    url: str | None = None
    charts: tuple[Ref, ...] = ()
    comment: str | None = None
    owner: str | None = None


class Chart(_Record, frozen=True, kw_only=True, tag="chart"):
    title: str | None = None
    kind: str | None = None
    url: str | None = None
    comment: str | None = None


# --- people and meaning -----------------------------------------------------------------------------------------


class Person(_Record, frozen=True, kw_only=True, tag="person"):
    title: str | None = None
    email: str | None = None
    manager: Ref | None = None
    active: bool = True


class Group(_Record, frozen=True, kw_only=True, tag="group"):
    title: str | None = None
    members: tuple[Ref, ...] = ()


class Owner(_Value, frozen=True, kw_only=True):
    name: str  # an e-mail address, a login, a team
    role: str = "owner"
    kind: Literal["person", "group"] = "person"


class Ownership(_Record, frozen=True, kw_only=True, tag="ownership"):
    owners: tuple[Owner, ...] = ()


class Tag(_Value, frozen=True, kw_only=True):
    name: str  # "pii", "tier.gold"
    column: str | None = None
    value: str | None = None


class Tags(_Record, frozen=True, kw_only=True, tag="tags"):
    tags: tuple[Tag, ...] = ()


class Description(_Record, frozen=True, kw_only=True, tag="description"):
    """What somebody wrote about an object, or one of its columns, outside the source. Markdown."""

    text: str
    column: str | None = None


class Term(_Record, frozen=True, kw_only=True, tag="term"):
    """A word of the business glossary."""

    definition: str | None = None
    parent: Ref | None = None
    assigned: tuple[Ref, ...] = ()


class Domain(_Record, frozen=True, kw_only=True, tag="domain"):
    comment: str | None = None
    members: tuple[Ref, ...] = ()


# --- data quality and use ---------------------------------------------------------------------------------------


class ColumnProfile(_Value, frozen=True, kw_only=True):
    column: str
    nulls: int | None = None
    distinct: int | None = None
    min: str | None = None
    max: str | None = None
    mean: float | None = None


class Profile(_Record, frozen=True, kw_only=True, tag="profile"):
    at: datetime
    rows: int | None = None
    columns: tuple[ColumnProfile, ...] = ()


class Usage(_Record, frozen=True, kw_only=True, tag="usage"):
    """How often a dataset was read in a window; the same window again replaces it, so re-runs never inflate."""

    start: datetime
    end: datetime
    queries: int = 0
    users: dict[str, int] = {}
    columns: dict[str, int] = {}


class Check(_Record, frozen=True, kw_only=True, tag="check"):
    name: str
    column: str | None = None
    expectation: str | None = None
    severity: str | None = None


class CheckResult(_Record, frozen=True, kw_only=True, tag="check_result"):
    name: str
    at: datetime
    passed: bool
    column: str | None = None
    message: str | None = None
    failed_rows: int | None = None


class Sample(_Record, frozen=True, kw_only=True, tag="sample"):
    """Rows of the data itself; only ever made when somebody asked for it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...] = ()


# --- accounting -------------------------------------------------------------------------------------------------


class Filtered(_Record, frozen=True, kw_only=True, tag="filtered"):
    """An object that was listed and left out on purpose. It still exists: a filter never deletes."""

    rule: str  # the rule that decided, as written: "exclude shop.public.tmp_*"


class Skipped(_Record, frozen=True, kw_only=True, tag="skipped"):
    """An object, or one part of it, that could not be read for a reason outside the run: a missing grant, a format."""

    reason: str
    part: str | None = None  # "sizes", "lineage"; None means the object as a whole
    fix: str | None = None


class Failed(_Record, frozen=True, kw_only=True, tag="failed"):
    """An object, or one part of it, on which a step of the run broke."""

    call: str  # the step or query that failed
    error: str
    part: str | None = None
    fix: str | None = None


class ScopeComplete(_Record, frozen=True, kw_only=True, tag="scope_complete"):
    """The source has listed all objects below `ref`: what a run before listed there and this one did not is gone."""

    covers: tuple[str, ...] = ("dataset",)  # tags of the records listed completely


Record = (
    Dataset | Definition | Partitions | Stats | Container | Job | JobRun | Lineage | SameAs | Dashboard | Chart
    | Person | Group | Ownership | Tags | Description | Term | Domain | Profile | Usage | Check | CheckResult
    | Sample | Filtered | Skipped | Failed | ScopeComplete
)  # fmt: skip

# Records that say that an object exists; the others say something about one that another record announces.
Entity = Dataset | Container | Job | Dashboard | Chart | Person | Group | Term | Domain
ENTITIES: frozenset[type] = frozenset({Dataset, Container, Job, Dashboard, Chart, Person, Group, Term, Domain})
# Records about the run itself; they are accounted for, not kept as facts.
ACCOUNTS: frozenset[type] = frozenset({Filtered, Skipped, Failed, ScopeComplete})
