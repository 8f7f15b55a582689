"""`strabo serve`: the catalog over HTTP."""

import logging
import sys

import click
import msgspec

from strabo.catalog.catalog import open_catalog
from strabo.cli.session import Command, Session, pass_session
from strabo.errors import UsageError
from strabo.server import Settings, is_loopback, listen, serve


@click.command(
    "serve",
    cls=Command,
    epilog="""
Examples:
  strabo serve
  strabo --catalog team.db serve --port 8080

With --json: one line once it answers, {"url": …}, and the access log as JSON lines.
""",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen on.")
@click.option("--port", default=5400, show_default=True, metavar="N", help="The port; 0 for any that is free.")
@click.option("--host-name", "names", multiple=True, metavar="NAME", help="Answer to this host name too.")
@pass_session
def command(session: Session, host: str, port: int, names: tuple[str, ...]) -> int:
    """Serve the catalog over HTTP: push, search, lineage."""
    if not is_loopback(host):
        raise UsageError(f"{host} is reachable from other machines", fix="use 127.0.0.1")
    settings = Settings(host=host, port=port, quiet=session.quiet)
    if names:
        settings = msgspec.structs.replace(settings, host_names=frozenset({"localhost", "127.0.0.1", "[::1]", *names}))
    sock = listen(settings)
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING if session.quiet else logging.INFO, format="%(message)s"
    )
    with open_catalog(session.catalog) as catalog:

        def ready(url: str) -> None:
            line = msgspec.json.encode({"url": url, "catalog": catalog.path}).decode()
            print(line if session.json else f"{catalog.path} at {url} (Ctrl-C stops)", flush=True)

        serve(catalog, settings, ready=ready, sock=sock)
    return 0
