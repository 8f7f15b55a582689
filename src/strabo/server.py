"""The server: catalog, door and API as one ASGI application, and running it.

One process. Writes go through the door's thread, reads through a few threads; neither waits for the other.
"""

import asyncio
import contextlib
import ipaddress
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from strabo.api.app import Api, Identify, local
from strabo.api.body import Limits
from strabo.api.routes import routes
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import Door
from strabo.errors import Unavailable, UsageError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve. host_names: the Host headers to answer to; None derives them from `host`."""

    host: str = "127.0.0.1"
    port: int = 5400
    host_names: frozenset[str] | None = None
    limits: Limits = msgspec.field(default_factory=Limits)
    identify: Identify = local
    quiet: bool = False


def application(catalog: Catalog, settings: Settings | None = None) -> Starlette:
    """The ASGI application over an open catalog, which it does not close. Its door opens and closes with it."""
    settings = settings or Settings()
    door = Door(catalog.store)
    api = Api(
        catalog,
        door,
        routes(),
        identify=settings.identify,
        hosts=_host_names(settings),
        limits=settings.limits,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.to_thread(door.close)  # what was accepted is written before the process ends
            api.close()

    return Starlette(routes=[Mount("/", app=api)], lifespan=lifespan)


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host_names(settings: Settings) -> frozenset[str] | None:
    if settings.host_names is not None:
        return settings.host_names or None
    return LOOPBACK_NAMES if is_loopback(settings.host) else None


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on, bound. Raises Unavailable when the port is taken, UsageError for a wrong address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
    except socket.gaierror as error:
        found.close()
        raise UsageError(f"there is no address {settings.host!r}: {error}", fix="use 127.0.0.1") from error
    except (OSError, OverflowError) as error:
        found.close()
        raise Unavailable(
            f"port {settings.port} of {settings.host} cannot be used: {error}", fix="take another with --port"
        ) from error
    found.listen(2048)
    return found


def serve(catalog: Catalog, settings: Settings, *, ready: Callable[[str], None], sock: socket.socket) -> None:
    """Serves until SIGTERM or Ctrl-C, then finishes what was accepted. ready: told the address once it answers."""
    # The door's thread and the loop share one interpreter: shorter turns keep answers quick while it writes.
    sys.setswitchinterval(0.001)
    config = uvicorn.Config(
        application(catalog, settings),
        http="auto",
        loop="auto",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        backlog=2048,
    )
    server = _Server(config, ready, _url(sock))
    server.run(sockets=[sock])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None], url: str) -> None:
        super().__init__(config)
        self._ready, self._url = ready, url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready(self._url)

    def handle_exit(self, sig: int, frame: Any) -> None:  # noqa: ARG002 - uvicorn's
        """The first signal finishes what is under way; it is no failure, so it is not raised again at the end."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
