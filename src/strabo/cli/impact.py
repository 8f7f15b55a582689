"""`strabo impact`: what breaks when an object or a column changes, as a flat list."""

import csv
import io
import sys
from collections.abc import Callable
from typing import Any

import click

from strabo.catalog.catalog import open_catalog
from strabo.cli.out import emit, note, say
from strabo.cli.refs import REF
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import clean, count
from strabo.graph.impact import Row

_ORDERS: dict[str, Callable[[Row], Any]] = {
    "hop": lambda row: abs(row.hop),
    "name": lambda row: (row.ref.name, row.ref.namespace, row.column),
    "kind": lambda row: row.kind,
    "owner": lambda row: (not row.owners, row.owners),  # what nobody owns comes last
}

FIELDS = ("hop", "namespace", "name", "kind", "column", "via", "via_column", "how", "guessed", "job", "owners", "live")


@click.command(
    "impact",
    cls=Command,
    epilog="""
Columns that only filter, join or sort by what changes count too.

Examples:
  strabo impact orders.amount
  strabo impact orders --sort owner --format csv > tell-them.csv

With --json, which is --format json: {"objects": N, "rows": [{"hop", "namespace", "name", "kind", "column", "via",
  "via_column", "how", "guessed", "job", "owners", "live"}]}; the same fields are the columns of the CSV.
""",
)
@click.argument("ref", type=REF, metavar="REF[.COLUMN]")
@click.option("--hops", type=click.IntRange(1), metavar="N", help="Go so far. Without: all the way.")
@click.option("--at", metavar="TIME", help='As it was then: "2026-11-01", "3d", "yesterday", run:12.')
@click.option("--sort", type=click.Choice(list(_ORDERS)), default="hop", show_default=True)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@pass_session
def command(session: Session, ref: str, hops: int | None, at: str | None, sort: str, form: str) -> None:
    """List all that breaks when an object or a column changes."""
    with open_catalog(session.catalog, create=False) as catalog:
        rows = sorted(catalog.impact(ref, hops=hops, at=at), key=_ORDERS[sort])
    objects = len({row.ref for row in rows})
    if session.json or form == "json":
        emit({"objects": objects, "rows": [row.flat() for row in rows]})
        return
    if form == "csv":
        click.echo(_csv(rows), nl=False)
        return
    if not rows:
        note(session, "nothing is known to depend on it")
        return
    head = ("hop", "name", "column", "kind", "by", "of", "owners", "state")
    cells = [
        (
            str(row.hop),
            str(row.ref),
            row.column,
            row.kind,
            row.how + (" (guessed)" if row.guessed and row.how != "guessed" else ""),
            row.via_column,
            ", ".join(row.owners),
            "" if row.live else "gone" if row.kind else "not in the catalog",
        )
        for row in rows
    ]
    say(*table(head, cells, most=session.width, right=("hop",)))
    note(session, "", f"{count(objects, 'object')} depend{'s' if objects == 1 else ''} on it")


def _csv(rows: list[Row]) -> str:
    """For programs, so names are as they are; only a terminal is spared what would steer it."""
    made = io.StringIO()
    writer = csv.DictWriter(made, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.flat() for row in rows)
    return clean(made.getvalue(), lines=True) if sys.stdout.isatty() else made.getvalue()
