"""`strabo show`: all that is known of one object."""

from collections.abc import Iterator

import click
import msgspec

from strabo.catalog.catalog import open_catalog
from strabo.catalog.view import Thing
from strabo.cli.out import emit, indented, say
from strabo.cli.refs import REF
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import ago, clean, count, cut, line, moment, size
from strabo.model import codec
from strabo.model.records import Column, Dataset, Job, Record

_PARTS = 12  # partitions shown
_SAID = ("a person", "the source", "derived", "guessed")


class Around(msgspec.Struct):
    """How many objects are one step away."""

    upstream: int
    downstream: int


@click.command(
    "show",
    cls=Command,
    epilog="""
REF is a name as `strabo search` prints it, or any ending of one that only one object has: public.orders, orders.

With --json: {"ref": {"namespace", "name"}, "kind", "live", "title", "description", "record", "columns": [{"name",
  "type", "kind", "nullable", "default", "key", "comment", "description", "tags", …}], "definition", "stats",
  "partitions", "owners", "tags", "aliases", "since", "seen", "seen_run", "upstream": N, "downstream": N,
  "said": [{"feed", "standing", "since", "record"}]}; records are as `strabo schema` describes them.
""",
)
@click.argument("ref", type=REF)
@click.option("--at", metavar="TIME", help='As it was then: "2026-11-01", "3d", "yesterday", run:12.')
@pass_session
def command(session: Session, ref: str, at: str | None) -> None:
    """Show all that is known of one object."""
    with open_catalog(session.catalog, create=False) as catalog:
        thing = catalog.get(ref, at=at)
        graph = catalog.lineage(thing.ref, hops=1, at=at)
    around = Around(sum(n.hop < 0 for n in graph.nodes), sum(n.hop > 0 for n in graph.nodes))
    if session.json:
        emit(_as_json(thing, around))
        return
    for section in _sections(session, thing, around):
        say(*section)


def _sections(session: Session, thing: Thing, around: Around) -> Iterator[list[str]]:
    yield [session.bold(clean(str(thing.ref))), *indented(_summary(thing, around))]
    description = thing.description or ""
    if description.strip():
        yield ["", *indented(clean(description.strip(), lines=True).splitlines())]
    if thing.columns:
        yield ["", *_columns(session, thing)]
    if isinstance(thing.record, Dataset):
        keys = _keys(thing.record)
        if keys:
            yield ["", session.bold("keys and indexes"), *indented(keys)]
    if thing.partitions is not None:
        parts = thing.partitions
        by = f"{parts.method or ''} by {', '.join(map(line, parts.by))}".strip() if parts.by else parts.method or ""
        shown = [f"{line(p.name)}  {line(p.value)}".rstrip() for p in parts.parts[:_PARTS]]
        if len(parts.parts) > _PARTS:
            shown.append(f"… and {len(parts.parts) - _PARTS:,} more")
        yield ["", session.bold("partitions") + f"  {by}", *indented(shown)]
    if thing.definition is not None:
        text = clean(thing.definition.text.strip(), lines=True).splitlines()
        yield ["", session.bold("definition") + f"  {clean(thing.definition.dialect)}", *indented(text)]
    rows = [
        (
            codec.tag(s.record),
            s.feed,
            _SAID[s.standing] if s.standing < len(_SAID) else "",
            moment(s.since),
            _gist(s.record),
        )
        for s in thing.said
    ]
    if rows:
        head = ("said", "by feed", "who is", "since", "about")
        yield ["", *table(head, rows, most=session.width)]


def _summary(thing: Thing, around: Around) -> list[str]:
    """The facts that fit a line each."""
    record = thing.record
    state = thing.kind or "only spoken of"
    if not thing.live:
        state += ", gone: nobody lists it any more" if thing.said and thing.kind else ", not catalogued itself"
    pairs: list[tuple[str, str]] = [("kind", state), ("title", line(thing.title))]
    if thing.stats is not None:
        stats = thing.stats
        about = "" if stats.exact else "about "
        rows = f"{about}{count(stats.rows, 'row')}" if stats.rows is not None else ""
        pairs.append(("size", ", ".join(filter(None, [rows, size(stats.bytes)]))))
        pairs.append(("data changed", moment(stats.modified_at)))
    if isinstance(record, Dataset):
        pairs += [("location", line(record.location)), ("format", line(record.format))]
        pairs += [("created", moment(record.created_at)), ("altered", moment(record.altered_at))]
    if isinstance(record, Job):
        pairs += [("schedule", line(record.schedule)), ("signature", line(record.signature))]
        pairs += [("part of", clean(str(record.parent)) if record.parent else "")]
        pairs += [("watches", clean(str(record.on)) if record.on else "")]
    pairs.append(("owners", ", ".join(f"{line(o.name)} ({line(o.role)})" for o in thing.owners)))
    login = getattr(record, "owner", None)
    pairs.append(("owned by login", line(login)))
    pairs.append(("tags", ", ".join(line(t.name) for t in thing.tags if not t.column)))
    pairs.append(("also known as", ", ".join(clean(str(a)) for a in thing.aliases)))
    pairs.append(("upstream", count(around.upstream, "object") if around.upstream else ""))
    pairs.append(("downstream", count(around.downstream, "object") if around.downstream else ""))
    pairs.append(("known since", moment(thing.since)))
    seen = f"run {thing.seen_run}, {moment(thing.seen)} ({ago(thing.seen)})" if thing.seen_run else ""
    pairs.append(("last seen by", seen))
    pairs += [(line(k), line(v)) for k, v in (getattr(record, "properties", None) or {}).items()]
    wide = max(len(name) for name, value in pairs if value)
    return [f"{name:<{wide}}  {value}" for name, value in pairs if value]


def _columns(session: Session, thing: Thing) -> list[str]:
    keys = _key_marks(thing)
    tags: dict[str, list[str]] = {}
    for tag in thing.tags:
        if tag.column:
            tags.setdefault(tag.column, []).append(tag.name)
    rows = [
        (
            "  " * depth + line(column.name),
            line(column.type) or column.kind,
            "" if column.nullable else "not null",
            keys.get(path, ""),
            line(column.default or (f"= {column.generated}" if column.generated else None)),
            ", ".join(map(line, tags.get(path, ()))),
            line(thing.column_descriptions.get(path) or column.comment),
        )
        for depth, path, column in _walk(thing.columns)
    ]
    return table(("column", "type", "null", "key", "default", "tags", "comment"), rows, most=session.width)


def _walk(columns: tuple[Column, ...], depth: int = 0, above: str = "") -> Iterator[tuple[int, str, Column]]:
    for column in columns:
        yield depth, above + column.name, column
        yield from _walk(column.fields, depth + 1, f"{above}{column.name}.")


def _key_marks(thing: Thing) -> dict[str, str]:
    """Column name to "PK", "UK", "FK", as they apply."""
    found: dict[str, dict[str, None]] = {}
    record = thing.record
    if isinstance(record, Dataset):
        keys = [("PK", record.primary_key.columns)] if record.primary_key else []
        keys += [("UK", key.columns) for key in record.unique_keys]
        keys += [("FK", key.columns) for key in record.foreign_keys]
        for mark, columns in keys:
            for column in columns:
                found.setdefault(column, {})[mark] = None
    return {column: " ".join(marks) for column, marks in found.items()}


def _keys(record: Dataset) -> list[str]:
    def listed(names: tuple[str, ...]) -> str:
        return ", ".join(map(line, names))

    lines = [f"primary key ({listed(record.primary_key.columns)})"] if record.primary_key else []
    lines += [f"unique ({listed(key.columns)})" for key in record.unique_keys]
    for key in record.foreign_keys:
        to = f" ({listed(key.to)})" if key.to else ""
        lines.append(f"foreign key ({listed(key.columns)}) → {clean(str(key.references))}{to}")
    for index in record.indexes:
        kind = "unique index" if index.unique else "index"
        where = f" where {line(index.where)}" if index.where else ""
        method = f" {line(index.method)}" if index.method else ""
        lines.append(f"{kind} {line(index.name)}{method} ({listed(index.columns)}){where}")
    return lines


def _gist(record: Record) -> str:
    """What a fact is about where there may be several of its kind."""
    about = getattr(record, "column", None) or getattr(record, "job", None) or getattr(record, "other", None)
    return cut(clean(str(about)), 60) if about else ""


def _as_json(thing: Thing, around: Around) -> dict[str, object]:
    keys = _key_marks(thing)
    tags: dict[str, list[str]] = {}
    for tag in thing.tags:
        if tag.column:
            tags.setdefault(tag.column, []).append(tag.name)
    columns = [
        {
            **{field: getattr(column, field) for field in Column.__struct_fields__ if field != "fields"},
            "name": path,
            "key": keys.get(path, ""),
            "description": thing.column_descriptions.get(path),
            "tags": tags.get(path, []),
        }
        for _, path, column in _walk(thing.columns)
    ]
    told = {name: getattr(thing, name) for name in Thing.__struct_fields__ if name != "column_descriptions"}
    return {**told, "columns": columns, "upstream": around.upstream, "downstream": around.downstream}
