"""`strabo token`: who may use a server, and for what."""

from datetime import UTC, datetime

import click

from strabo.catalog import times, tokens
from strabo.catalog.actor import here
from strabo.catalog.catalog import open_catalog
from strabo.catalog.tokens import RIGHTS, Right, Token
from strabo.cli.out import emit, note, say
from strabo.cli.session import Group, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import ago, clean, moment


@click.group(
    "token",
    cls=Group,
    epilog="""
Rights:
  read    search, show, lineage, and all else that only answers
  ingest  push records and events, as the feeds and about the namespaces of the token
  edit    change what people say: owners, tags, descriptions
  admin   all of these, and tokens, hosts and the audit
""",
)
def command() -> None:
    """Make, list and revoke the tokens that open a server."""


@command.command(
    "create",
    epilog="""
Examples:
  strabo token create ann --right read --right edit --expires 90d
  strabo token create airflow --right ingest --feed 'airflow*' --namespace 'postgres://*'

With --json: {"token": {"id", "name", "rights", "feeds", "namespaces", "created_at", "expires_at", "made_by", …},
  "secret"}
""",
)
@click.argument("name", metavar="NAME")
@click.option("--right", "rights", multiple=True, required=True, type=click.Choice(RIGHTS), help="What it may do.")
@click.option("--feed", "feeds", multiple=True, metavar="PATTERN", help="It may only write as these feeds.")
@click.option("--namespace", "namespaces", multiple=True, metavar="PATTERN", help="It may only write about these.")
@click.option("--expires", metavar="TIME", help="Ends it after 90d, 12h, 2w, 1y; without, it does not end.")
@pass_session
def create(
    session: Session,
    name: str,
    rights: tuple[Right, ...],
    feeds: tuple[str, ...],
    namespaces: tuple[str, ...],
    expires: str | None,
) -> None:
    """Make a token and show it, this once."""
    span = None if expires is None else times.length(expires)
    with open_catalog(session.catalog) as catalog:
        token, text = tokens.create(
            catalog.store, name, rights, feeds=feeds, namespaces=namespaces, expires=span, actor=here()
        )
    if session.json:
        emit({"token": token, "secret": text})
        return
    say(text)
    until = f" until {moment(token.expires_at)}" if token.expires_at else ""
    note(session, f"for {name}: {', '.join(token.rights)}{until}. Keep it now: nothing can show it again.")


@command.command(
    "list",
    epilog="""
With --json: {"tokens": [{"id", "name", "rights", "feeds", "namespaces", "created_at", "expires_at", "revoked_at",
  "made_by", "used_at", "state"}]}
""",
)
@click.option("--all", "revoked", is_flag=True, help="Also those that were revoked.")
@pass_session
def listing(session: Session, revoked: bool) -> None:
    """List the tokens, without their texts."""
    with open_catalog(session.catalog, create=False) as catalog:
        found = tokens.listed(catalog.store, revoked=revoked)
    if session.json:
        emit({"tokens": [_as_json(token) for token in found]})
        return
    if not found:
        note(session, "there is no token; on this machine nobody needs one (`strabo token create` makes one)")
        return
    head = ("id", "name", "state", "rights", "feeds", "namespaces", "expires", "used", "made by")
    rows = [
        (
            token.id,
            token.name,
            token.state(),
            ", ".join(token.rights),
            ", ".join(token.feeds),
            ", ".join(token.namespaces),
            moment(token.expires_at)[:16],
            ago(token.used_at) or "never",
            token.made_by,
        )
        for token in found
    ]
    say(*table(head, rows, most=session.width))


@command.command("revoke", epilog='With --json: {"id", "name", "revoked_at"}')
@click.argument("which", metavar="ID|NAME|TOKEN")
@pass_session
def revoke(session: Session, which: str) -> None:
    """End a token; a server that runs notices within two seconds."""
    with open_catalog(session.catalog, create=False) as catalog:
        token = tokens.revoke(catalog.store, which, actor=here())
        left = tokens.in_use(catalog.store)
    if session.json:
        emit({"id": token.id, "name": token.name, "revoked_at": token.revoked_at})
        return
    say(f"{clean(token.name)} ({token.id}) opens nothing any more")
    if not left:
        note(session, "it was the last: the next `strabo serve` on loopback wants none, unless told --require-token")


def _as_json(token: Token) -> dict[str, object]:
    now = datetime.now(UTC)
    return {**{f: getattr(token, f) for f in token.__struct_fields__}, "state": token.state(now)}
