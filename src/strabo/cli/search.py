"""`strabo search`: objects by words and filters."""

import click

from strabo.catalog.catalog import open_catalog
from strabo.catalog.find import Found, Hit
from strabo.cli.out import emit, note, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import clean, count, cut, line

_FACET_VALUES = 6


@click.command(
    "search",
    cls=Command,
    epilog="""
Words match names, columns, comments, tags and owners. "two words" is a phrase, -word leaves out; filters are kind:,
platform:, schema:, tag:, owner:, column:, namespace:.

Examples:
  strabo search order items
  strabo search customer kind:view -tag:deprecated
  strabo search column:email --at 2026-11-01

With --json: {"query", "total", "more", "repaired", "relaxed", "offset", "hits": [{"ref": {"namespace", "name"}, "kind",
  "score", "live", "title", "snippet": {"text", "marks"}, "columns", "owners", "tags"}], "facets": {FIELD: {VALUE: N}}}
""",
)
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Show so many.")
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Leave out the first so many.")
@click.option("--at", metavar="TIME", help='As it was then: "2026-11-01", "3d", "yesterday", run:12.')
@click.option("--facets/--no-facets", default=True, help="Count what was found by kind, platform, schema, tag, owner.")
@pass_session
def command(session: Session, query: tuple[str, ...], limit: int, offset: int, at: str | None, facets: bool) -> None:
    """Find objects by words and filters."""
    with open_catalog(session.catalog, create=False) as catalog:
        found = catalog.find(" ".join(query), limit=limit, offset=offset, at=at, facets=facets)
    if session.json:
        emit(_as_json(found, offset))
        return
    if found.repaired:
        note(session, f"nothing has {clean(found.query)!r}; this is for {clean(found.repaired)!r}")
    if found.relaxed:
        note(session, "nothing has all of the words; these have some")
    if not found.total:
        note(session, f"nothing found for {clean(found.query)!r}", "try: fewer words, or the beginning of one")
        return
    for hit in found.hits:
        say(*_lines(session, hit))
    end = offset + len(found.hits)
    total = f"more than {found.total:,}" if found.more else f"{found.total:,}"
    note(session, "", f"{offset + 1:,}-{end:,} of {total}" if found.hits else f"only {count(found.total, 'object')}")
    for field, values in found.facets.items() if facets else ():
        shown = ", ".join(f"{line(value)} {number:,}" for value, number in list(values.items())[:_FACET_VALUES])
        more = f", and {len(values) - _FACET_VALUES} more" if len(values) > _FACET_VALUES else ""
        note(session, cut(f"  {field}: {shown}{more}", session.width or 10_000))


def _lines(session: Session, hit: Hit) -> list[str]:
    """One object: its name and kind, then what matched."""
    gone = "" if hit.live else "  (gone)" if hit.kind else "  (only spoken of)"
    lines = [session.bold(clean(str(hit.ref))) + session.dim(f"  {hit.kind}{gone}")]
    about = [f"{line(hit.title)}" if hit.title else ""]
    about += [f"columns: {', '.join(map(line, hit.columns))}" if hit.columns else ""]
    about += [f"tags: {', '.join(map(line, hit.tags))}" if hit.tags else ""]
    about += [f"owners: {', '.join(map(line, hit.owners))}" if hit.owners else ""]
    if hit.snippet is not None and hit.snippet.text:
        lines.append("    " + _marked(session, hit))
    told = "; ".join(filter(None, about))
    if told:
        lines.append("    " + cut(told, (session.width or 10_000) - 4))
    return lines


def _marked(session: Session, hit: Hit) -> str:
    """The snippet, what was asked for in bold; where there is no bold, as it is."""
    assert hit.snippet is not None  # noqa: S101 - the caller's
    text, made, at = hit.snippet.text, [], 0
    for start, end in hit.snippet.marks:
        made += [clean(text[at:start]), session.bold(clean(text[start:end]))]
        at = end
    return "".join([*made, clean(text[at:])])


def _as_json(found: Found, offset: int) -> dict[str, object]:
    return {
        "query": found.query,
        "total": found.total,
        "more": found.more,
        "repaired": found.repaired,
        "relaxed": found.relaxed,
        "offset": offset,
        "hits": [{name: getattr(hit, name) for name in Hit.__struct_fields__} for hit in found.hits],
        "facets": found.facets,
    }
