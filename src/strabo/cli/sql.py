"""`strabo sql`: which column comes from which, in any SQL."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from strabo.cli import sql_hint, sql_shown
from strabo.cli.out import emit, note, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.sql_schemas import OfCatalog, of_ddl, of_file, opened
from strabo.cli.sql_text import text_of
from strabo.cli.text import clean, count
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.sql.dialects import NAMES, called
from strabo.sql.names import Parts
from strabo.sql.result import Result, Schemas
from strabo.sql.result import Session as Sql

CATALOG = "catalog"


class _Dialect(click.Choice[str]):
    """One of our dialects, by whatever it is called."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return super().convert(called(str(value)) or value, param, ctx)


@click.command(
    "sql",
    cls=Command,
    epilog="""
FILE is a script of any number of statements; - reads standard input. Without a schema, what the text alone does not
tell is marked guessed or unknown. Exit code 1: something could not be read as SQL; the rest is answered all the same.

Examples:
  strabo sql load.sql --dialect snowflake
  strabo sql - --schema tables.yaml < query.sql
  strabo sql report.sql --dialect postgres --schema catalog --search-path shop.public
  strabo sql etl.sql --schema schema.sql --format openlineage --namespace postgres://db:5432
  strabo sql etl.sql --collapse --format mermaid

--schema takes {table: [columns]} in a .json, .yaml or .toml file, CREATE statements in a .sql file, or the word
catalog.

With --json, which is --format json: {"statements": [{"kind", "line", "column", "reads": [{"table", "guessed",
  "temporary", "location"}], "flows": [{"into": {"table", "way", …}, "outputs": [{"name", "expression"}], "columns":
  [{"table", "source", "field", "target", "how", "guessed"}], "influences": [{"table", "source", "how"}]}],
  "unknown": [{"reason", "line", "column"}]}], "unparsed": [{"reason", "line", "column"}]}; what is empty is left out.
""",
)
@click.argument("file", metavar="FILE|-")
@click.option(
    "--dialect", "-d", type=_Dialect(NAMES, case_sensitive=False), default="ansi", show_default=True,
    metavar="NAME", help=f"Of the SQL: {', '.join(NAMES)}.",
)  # fmt: skip
@click.option("--schema", "-s", metavar="FILE|catalog", help="Where the tables' columns are told.")
@click.option(
    "--search-path", multiple=True, metavar="PREFIX", help="Where a name that lacks parts is looked up; repeatable."
)
@click.option("--namespace", metavar="NS", help="Of the tables, such as postgres://db:5432.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "mermaid", "openlineage"]), default="table",
    show_default=True,
)  # fmt: skip
@click.option(
    "--collapse", is_flag=True,
    help="Leave out tables that the script only passes through: temporary, dropped, renamed, swapped ones.",
)  # fmt: skip
@pass_session
def command(
    session: Session,
    file: str,
    dialect: str,
    schema: str | None,
    search_path: tuple[str, ...],
    namespace: str | None,
    form: str,
    collapse: bool,
) -> None:
    """Show which column comes from which, in any SQL."""
    text, doubt = text_of(file)
    if doubt:
        note(session, f"warning: {clean(file)}:{doubt}")
    start = Sql(search_path=search_path)
    schemas: Schemas = _none
    with ExitStack() as stack:
        known: OfCatalog | None = None
        if schema == CATALOG:
            known = OfCatalog(stack.enter_context(opened(session.catalog)), dialect, namespace)
            schemas = known
        elif schema is not None and Path(schema).suffix.lower() in {".sql", ".ddl"}:
            made, trouble = of_ddl(schema, dialect)
            start = Sql(search_path=search_path or made.search_path, tables=made.tables)
            note(session, *(f"warning: {clean(one)}" for one in trouble))
        elif schema is not None:
            schemas = of_file(schema, dialect)
        room = import_module("strabo.sql.lineage")
        result: Result = room.lineage(text, dialect=dialect, schemas=schemas, session=start)
        if collapse:
            result = room.collapsed(result)
    if known is not None:
        note(session, *(f"warning: {clean(said)}" for said in known.ambiguous.values()))
    _show(session, result, "json" if session.json else form, _ref_of(known, namespace or dialect))
    if result.unparsed:
        note(session, f"{count(len(result.unparsed), 'statement')} not read as {dialect}")
        if not session.quiet and (others := sql_hint.readings(text, dialect)):
            also = f"; it reads as {', '.join(others[1:])} too" if others[1:] else ""
            note(session, f"  try: --dialect {others[0]}{also}")
        sys.exit(1)


def _show(session: Session, result: Result, form: str, ref_of: Callable[[Parts], Ref]) -> None:
    if form == "json":
        emit(sql_shown.as_dict(result))
    elif form == "openlineage":
        emit(sql_shown.openlineage(result, ref_of))
    elif form == "mermaid":
        click.echo(sql_shown.mermaid(result), nl=False)
    else:
        say(*sql_shown.lines(result, most=session.width, bold=session.bold))
    if form in {"mermaid", "openlineage"}:
        note(session, *(f"warning: {clean(str(unknown))}" for unknown in result.unparsed))
    if not result.statements and not result.unparsed:
        note(session, "there is no statement in it")


def _none(_: object) -> None:
    """The schemas of somebody who told none."""


def _ref_of(known: OfCatalog | None, namespace: str) -> Callable[[Parts], Ref]:
    def ref_of(parts: Parts) -> Ref:
        found = known.refs.get(parts) if known is not None else None
        return found or Ref(naming.normal_namespace(namespace), naming.join(*parts))

    return ref_of
