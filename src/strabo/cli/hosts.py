"""`strabo hosts`: the names under which one system is known."""

import click

from strabo.catalog import hosts
from strabo.catalog.actor import here
from strabo.catalog.catalog import open_catalog
from strabo.cli.out import emit, note, say
from strabo.cli.session import Group, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import clean, count
from strabo.model import naming


@click.group(
    "hosts",
    cls=Group,
    invoke_without_command=True,
    epilog="""
Examples:
  strabo hosts
  strabo hosts map postgres://10.0.0.5:5432 postgres://db.internal:5432
  strabo hosts unmap postgres://10.0.0.5:5432

With --json: {"hosts": {NAMESPACE: NAMESPACE}}
""",
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List and set which systems are one under several names.

    What is pushed about a namespace that is mapped is kept under the one it is mapped to.
    """
    session = ctx.ensure_object(Session)
    if ctx.invoked_subcommand is not None:
        return
    with open_catalog(session.catalog, create=False) as catalog:
        names = hosts.load(catalog.store)
    if session.json:
        emit({"hosts": names.mapping})
    elif names:
        say(*table(("name", "is taken for"), list(names.mapping.items()), most=session.width))
    else:
        note(session, "no names are mapped; `strabo doctor` says which ones look alike")


@command.command("map", epilog='With --json: {"hosts": {NAMESPACE: NAMESPACE}}')
@click.argument("other", metavar="NAMESPACE")
@click.argument("name", metavar="NAMESPACE")
@pass_session
def map_(session: Session, other: str, name: str) -> None:
    """Take the first namespace for the second from now on."""
    with open_catalog(session.catalog) as catalog:
        names = hosts.add(catalog.store, other, name, actor=here())
        known = naming.normal_namespace(other)
        there = catalog.store.namespaces().get(known, 0)
    if session.json:
        emit({"hosts": names.mapping})
        return
    say(f"{clean(known)} is taken for {clean(names.mapping[known])}")
    if there:
        note(
            session,
            f"{count(there, 'object')} are there under the other name: `strabo rebuild` moves what was pushed as"
            " events; the rest moves when its source is pushed, or ingested with the rename processor, again",
        )


@command.command("unmap", epilog='With --json: {"hosts": {NAMESPACE: NAMESPACE}}')
@click.argument("other", metavar="NAMESPACE")
@pass_session
def unmap(session: Session, other: str) -> None:
    """Let a namespace stand for itself again."""
    with open_catalog(session.catalog, create=False) as catalog:
        names = hosts.remove(catalog.store, other, actor=here())
    if session.json:
        emit({"hosts": names.mapping})
    else:
        say(f"{clean(naming.normal_namespace(other))} stands for itself")
