"""What a node looks like to search: built from all that the feeds say of it, the best word of each first."""

from collections.abc import Iterable, Iterator, Sequence

from strabo.model import codec, naming
from strabo.model.records import (
    ENTITIES,
    Chart,
    Column,
    Container,
    Dashboard,
    Dataset,
    Description,
    Domain,
    Entity,
    Group,
    Job,
    Ownership,
    Person,
    Record,
    Tags,
    Term,
    Usage,
)
from strabo.model.ref import Ref
from strabo.search.entry import build_entry
from strabo.store.protocol import Writer
from strabo.store.rows import ASPECTS, EntryRow, Fact, Feed, NewFact

RELEVANT = tuple(
    ASPECTS[a] for a in ("dataset", "container", "job", "dashboard", "chart", "person", "group", "term", "domain",
                         "ownership", "tags", "description", "usage")
)  # fmt: skip
_CHUNK = 2000


def refresh(writer: Writer, opened: Iterable[tuple[NewFact, Record]], new: set[int]) -> None:
    """Brings the index up to date with facts just opened; `new` are nodes of which nothing else is known."""
    fresh: dict[int, list[Record]] = {}
    stale: dict[int, None] = {}
    for fact, record in opened:
        if fact.aspect not in RELEVANT:
            continue
        if fact.node in new:
            fresh.setdefault(fact.node, []).append(record)
        else:
            stale[fact.node] = None
    _write(writer, ((node, records[0].ref, records, "") for node, records in fresh.items()))
    rebuild(writer, sorted(stale))


def rebuild(writer: Writer, nodes: Sequence[int]) -> None:
    """Builds the entries of these nodes anew; a node that no feed announces any more leaves the index."""
    feeds = writer.feeds()
    for start in range(0, len(nodes), _CHUNK):
        chunk = nodes[start : start + _CHUNK]
        known = writer.nodes(chunk)
        records: dict[int, list[Record]] = {node: [] for node in chunk}
        for fact in by_precedence(writer.facts(chunk, RELEVANT), feeds):
            records[fact.node].append(codec.decode(fact.body))
        _write(writer, ((node, known[node].ref, records[node], known[node].kind) for node in chunk))


def by_precedence(facts: Iterable[Fact], feeds: dict[int, Feed]) -> list[Fact]:
    """A person's edit before the source itself, before what was derived, before guesses; of equals the newest."""
    return sorted(facts, key=lambda f: (feeds[f.feed].standing if f.feed in feeds else 9, -f.id))


def _write(writer: Writer, nodes: Iterable[tuple[int, Ref, list[Record], str]]) -> None:
    rows: list[EntryRow] = []
    labels: dict[int, list[tuple[str, str]]] = {}
    states: list[tuple[int, str, bool]] = []
    gone: list[int] = []
    for node, ref, records, kind in nodes:
        entity = next((r for r in records if type(r) in ENTITIES), None)
        if entity is None:
            gone.append(node)
            states.append((node, kind, False))
            continue
        states.append((node, kind_of(entity), True))  # type: ignore[arg-type]
        row, pairs = _entry(node, ref, entity, records)  # type: ignore[arg-type]
        rows.append(row)
        if pairs:
            labels[node] = pairs
    if states:
        writer.set_nodes(states)
    if rows:
        writer.put_entries(rows, labels)
    if gone:
        writer.drop_entries(gone)


def kind_of(entity: Entity) -> str:
    """The word that people filter by: "table", "view", "procedure", "dashboard"."""
    if isinstance(entity, Dataset | Job | Container):
        return entity.kind
    return codec.tag(entity)


def title_of(entity: Entity) -> str | None:
    """What the object is called in its own tool, where that is more than its name."""
    if isinstance(entity, Dashboard | Chart | Person | Group):
        return entity.title
    return None


def comment_of(entity: Entity) -> str | None:
    """What the source itself says of the object."""
    if isinstance(entity, Dataset | Job | Container | Dashboard | Chart | Domain):
        return entity.comment
    if isinstance(entity, Term):
        return entity.definition
    return None


def _entry(node: int, ref: Ref, entity: Entity, records: list[Record]) -> tuple[EntryRow, list[tuple[str, str]]]:
    columns: list[str] = []
    comments = [text for text in (comment_of(entity), title_of(entity)) if text]
    if isinstance(entity, Dataset):
        every = entity.columns if not any(c.fields for c in entity.columns) else tuple(walk(entity.columns))
        columns = [c.name for c in every]
        comments += [c.comment for c in every if c.comment]
    owners = dict.fromkeys(o.name for r in records if isinstance(r, Ownership) for o in r.owners)
    login = getattr(entity, "owner", None)
    if login:
        owners[login] = None
    tags = dict.fromkeys(t.name for r in records if isinstance(r, Tags) for t in r.tags)
    queries = sum(r.queries for r in records if isinstance(r, Usage))
    parts = naming.parts(ref) if ref.name else []
    kind = kind_of(entity)
    entry = build_entry(
        parts=parts,
        leaf=naming.leaf(ref),
        columns=columns,
        comments=comments,
        descriptions=[r.text for r in records if isinstance(r, Description)],
        tags=list(tags),
        owners=list(owners),
        kind=kind,
        platform=naming.platform(ref.namespace),
        schema=".".join(parts[:-1]),
        namespace=ref.namespace,
    )
    labels = [("tag", tag) for tag in tags] + [("owner", owner) for owner in owners]
    # What is used more comes first; a folder or a schema after the things in it.
    rank = 20 - min(20, (queries + 1).bit_length() - 1) + (4 if isinstance(entity, Container) else 0)
    return EntryRow(node, rank, entry.name_words, entry.path_words, entry.all_words), labels


def walk(columns: Iterable[Column]) -> Iterator[Column]:
    """Columns and all that is nested in them, parents first."""
    for column in columns:
        yield column
        if column.fields:
            yield from walk(column.fields)
