"""`strabo lineage`: what feeds an object, and what it feeds."""

import click

from strabo.catalog.catalog import open_catalog
from strabo.catalog.times import length
from strabo.cli.out import emit, note
from strabo.cli.refs import REF
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import count
from strabo.graph import text
from strabo.graph.model import Graph


@click.command(
    "lineage",
    cls=Command,
    epilog="""
REF is a name as `strabo search` prints it, or any ending of one that only one object has; orders.amount is a column.

Examples:
  strabo lineage orders
  strabo lineage orders.amount --downstream
  strabo lineage public.revenue --upstream --columns --hops 2
  strabo lineage orders --downstream --kind dashboard
  strabo lineage orders --format dot | dot -Tsvg > orders.svg

With --json, which is --format json: {"root", "direction", "complete", "left_out", "hidden", "nodes": [{"ref", "kind",
  "live", "hop", "owners", "columns"}], "edges": [{"source", "target", "job", "how", "columns": [{"source", "target",
  "how", "guessed"}], "first_seen", "last_seen", "runs", "expired"}]}; what is empty is left out of nodes and edges.
""",
)
@click.argument("ref", type=REF, metavar="REF[.COLUMN]")
@click.option("--upstream", is_flag=True, help="Only what feeds it.")
@click.option("--downstream", is_flag=True, help="Only what it feeds.")
@click.option("--hops", type=click.IntRange(1), metavar="N", help="Go so far. Without: all the way.")
@click.option("--columns", is_flag=True, help="Say which column makes which.")
@click.option("--indirect", is_flag=True, help="Also columns that only filter, join or sort.")
@click.option(
    "--limit", type=click.IntRange(1), default=1000, show_default=True, metavar="N", help="At most so many objects."
)
@click.option("--at", metavar="TIME", help='As it was then: "2026-11-01", "3d", "yesterday", run:12.')
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only the ways to these: table, view, … Repeatable."
)
@click.option("--like", default="", metavar="PATTERN", help="Only the ways to full names like '*.marts.*'.")
@click.option(
    "--fresh",
    metavar="TIME",
    help="An edge that only runs or queries have shown counts as current for so long: 90d, 12h, 2w, 1y. Without:"
    " STRABO_FRESH, else 90d.",
)
@click.option(
    "--format", "form", type=click.Choice(["tree", "json", "mermaid", "dot"]), default="tree", show_default=True
)
@pass_session
def command(
    session: Session,
    ref: str,
    upstream: bool,
    downstream: bool,
    hops: int | None,
    columns: bool,
    indirect: bool,
    limit: int,
    at: str | None,
    kinds: tuple[str, ...],
    like: str,
    fresh: str | None,
    form: str,
) -> None:
    """Show what feeds an object or a column, and what it feeds."""
    both = upstream == downstream
    with open_catalog(session.catalog, create=False) as catalog:
        graph = catalog.lineage(
            ref,
            upstream=upstream or both,
            downstream=downstream or both,
            hops=hops,
            columns=columns,
            indirect=indirect,
            limit=limit,
            at=at,
            fresh=length(fresh) if fresh else None,
            kinds=kinds,
            like=like,
        )
    if session.json or form == "json":
        emit(text.as_dict(graph))
        return
    click.echo(_drawn(graph, form, columns=columns), nl=False)
    if graph.hidden:
        note(session, f"{count(graph.hidden, 'object')} on other ways not shown")
    if graph.hidden == 0 and len(graph.nodes) <= 1:
        note(session, "no lineage is known of it")
    if not graph.complete:
        note(session, f"{count(graph.left_out, 'object')} left out: --limit shows more")


def _drawn(graph: Graph, form: str, *, columns: bool) -> str:
    columns = columns or any(edge.columns for edge in graph.edges)
    if form == "mermaid":
        return text.mermaid(graph, columns=columns)
    if form == "dot":
        return text.dot(graph, columns=columns)
    return text.tree(graph, columns=columns)
