"""`strabo export`: the catalog as records."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import click

from strabo.catalog.catalog import open_catalog
from strabo.cli.out import emit, note
from strabo.cli.refs import REF
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import clean, count
from strabo.ingest.artifact import Writer
from strabo.model import codec
from strabo.model.records import Record

_BATCH = 1000


@click.command(
    "export",
    cls=Command,
    epilog="""
Examples:
  strabo export | jq -r 'select(.type == "dataset") | .ref.name'
  strabo export --output backup.jsonl.zst && strabo --catalog copy.db load backup.jsonl.zst

With --json and --output: {"output", "records"}
""",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="A file with a checksum at its end; .zst and .gz compress. Without: plain lines to standard output.",
)
@click.option("--within", type=REF, metavar="REF", help="Only this object and what lies in it.")
@pass_session
def command(session: Session, output: str | None, within: str | None) -> None:
    """Write every current fact as a record.

    One JSON object a line, as `strabo schema` describes it and `strabo load` reads it.
    """
    with open_catalog(session.catalog, create=False) as catalog:
        records = catalog.export(within=within)
        if output is None or output == "-":
            _to_stream(sys.stdout.buffer, records)
            return
        if Path(output).exists() and not Path(output).is_file():  # a pipe or a device is written to, never replaced
            with Path(output).open("wb") as stream:
                written = _to_stream(stream, records)
        else:
            written = _to_file(output, records)
    if session.json:
        emit({"output": output, "records": written})
    else:
        note(session, f"{count(written, 'record')} in {clean(output)}")


def _to_stream(stream: IO[bytes], records: Iterable[Record]) -> int:
    """The number of records, written one a line with nothing around them."""
    written = 0
    for batch in _batches(records):
        stream.write(b"".join([codec.encode(record) + b"\n" for record in batch]))
        written += len(batch)
    stream.flush()
    return written


def _to_file(path: str, records: Iterable[Record]) -> int:
    """The number of records. The file has its name only once it is whole."""
    writer = Writer(path, feed=Path(path).name.partition(".")[0])
    complete = False
    try:
        for batch in _batches(records):
            writer.write(batch)
        complete = True
    finally:
        writer.close(complete=complete)
        if not complete:
            writer.part.unlink(missing_ok=True)
    return writer.records


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    stream = iter(records)
    while batch := list(islice(stream, _BATCH)):
        yield batch
