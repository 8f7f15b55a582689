"""`strabo schema`: what records and workflow files look like."""

import click
import msgspec

from strabo.cli.out import emit
from strabo.cli.session import Command, Session, pass_session
from strabo.ingest.schema import workflow_schema
from strabo.model.codec import json_schema


@click.command(
    "schema",
    cls=Command,
    epilog="""
Examples:
  strabo schema > record.schema.json
  strabo schema workflow > workflow.schema.json

The answer is JSON with and without --json, which only takes the line ends out.
""",
)
@click.argument("what", type=click.Choice(["records", "workflow"]), default="records", required=False)
@pass_session
def command(session: Session, what: str) -> None:
    """Print the JSON Schema of records or of workflow files."""
    schema = workflow_schema() if what == "workflow" else json_schema()
    if session.json:
        emit(schema)
    else:
        click.echo(msgspec.json.format(msgspec.json.encode(schema), indent=2))
