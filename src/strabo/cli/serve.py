"""`strabo serve`: the catalog over HTTP."""

import ipaddress
import logging
from pathlib import Path

import click
import msgspec

from strabo.api.identify import is_loopback
from strabo.api.logs import Format, set_up
from strabo.catalog import tokens
from strabo.catalog.catalog import default_path, open_catalog
from strabo.cli.out import note
from strabo.cli.session import Command, Session, pass_session
from strabo.errors import UsageError
from strabo.server import LOOPBACK_NAMES, Settings, listen, serve


@click.command(
    "serve",
    cls=Command,
    epilog="""
On this machine's own address nobody needs a token until the first one is made. Any other address wants one of an
admin first: `strabo token create NAME --right admin`.

Examples:
  strabo serve
  strabo --catalog team.db serve --port 8080
  strabo serve --trusted-proxy 127.0.0.1 --host-name catalog.example.org

SIGTERM or Ctrl-C: what is under way is finished, what is new gets 503, and all that was accepted is kept.

With --json: one line once it answers, {"url", "catalog"}.
""",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen on.")
@click.option("--port", default=5400, show_default=True, metavar="N", help="The port; 0 for any that is free.")
@click.option("--host-name", "names", multiple=True, metavar="NAME", help="Answer to this host name too.")
@click.option("--require-token", is_flag=True, help="Let nobody in without a token, not on this machine either.")
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Believe this proxy who asks (X-Forwarded-For); implies --require-token.",
)
@click.option(
    "--i-know-this-is-open",
    "opened",
    is_flag=True,
    help="Let everybody who can reach the address read and change everything.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="How requests and faults are written to standard error.",
)
@pass_session
def command(
    session: Session,
    host: str,
    port: int,
    names: tuple[str, ...],
    require_token: bool,
    proxies: tuple[str, ...],
    opened: bool,
    log_format: Format,
) -> int:
    """Serve the catalog over HTTP: push, search, lineage."""
    if opened and (require_token or proxies):
        raise UsageError("it cannot be open and want tokens", fix="leave out --i-know-this-is-open")
    for proxy in proxies:
        _check_network(proxy)
    settings = Settings(host=host, port=port, require_token=require_token, proxies=proxies, open_to_all=opened)
    if names:
        settings = msgspec.structs.replace(settings, host_names=LOOPBACK_NAMES | {n.lower() for n in names})
    path = session.catalog or default_path()
    _check_tokens(session, path, settings)  # before a catalog is made
    sock = listen(settings)
    try:
        with open_catalog(path) as catalog:

            def ready(url: str) -> None:
                line = msgspec.json.encode({"url": url, "catalog": catalog.path}).decode()
                print(line if session.json else f"{catalog.path} at {url} (Ctrl-C stops)", flush=True)

            handler = set_up(log_format, quiet=session.quiet)
            try:
                serve(catalog, settings, ready=ready, sock=sock)
            finally:
                logging.getLogger().removeHandler(handler)
    finally:
        sock.close()
    return 0


def _check_tokens(session: Session, path: str, settings: Settings) -> None:
    """Says who will get in. Raises UsageError for an address that others reach, when nobody holds a token for it."""
    live = _live_tokens(path)
    make = "`strabo token create NAME --right admin`"
    if settings.open_to_all:
        click.echo(
            f"WARNING: OPEN TO ALL. Whoever can reach {settings.host} may read and change everything in"
            f" {path}, without a token.",
            err=True,
        )
    elif not is_loopback(settings.host) and not any("admin" in t.rights for t in live):
        raise UsageError(
            f"{settings.host} is reachable from other machines, and there is no token of an admin",
            fix=f"{make}, or use 127.0.0.1; --i-know-this-is-open lets everybody do everything",
        )
    elif not live and (settings.require_token or settings.proxies):
        note(session, f"there is no token yet, so nobody gets in: {make}")


def _live_tokens(path: str) -> list[tokens.Token]:
    if not Path(path).exists():
        return []
    with open_catalog(path) as catalog:
        return [t for t in tokens.listed(catalog.store) if t.state() == "live"]


def _check_network(text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(
            f"{text!r} is no address to trust", fix="--trusted-proxy 127.0.0.1, or a network: 10.0.0.0/8"
        ) from None
