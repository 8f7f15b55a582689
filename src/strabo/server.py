"""The server: catalog, door and API as one ASGI application, and running it.

One process. Writes go through the door's thread, reads through a few threads; neither waits for the other.
"""

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import uvicorn

from strabo.api import health
from strabo.api.app import Api, Identify
from strabo.api.body import Limits
from strabo.api.connections import Patience, protocol
from strabo.api.gate import App, Gate
from strabo.api.identify import Gatekeeper, is_loopback
from strabo.api.metrics import Metrics
from strabo.api.routes import routes
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import Door
from strabo.catalog.tokens import Tokens, Uses
from strabo.errors import Unavailable, UsageError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_log = logging.getLogger("strabo.server")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve. host_names: the Host headers to answer to; None derives them from `host`.

    require_token, open_to_all: as for Gatekeeper. proxies: addresses or networks whose X-Forwarded-For and
    X-Forwarded-Proto are believed; behind one nobody gets in without a token. identify: instead of tokens.
    drain: seconds that what is under way may take when the server stops.
    """

    host: str = "127.0.0.1"
    port: int = 5400
    host_names: frozenset[str] | None = None
    limits: Limits = msgspec.field(default_factory=Limits)
    patience: Patience = msgspec.field(default_factory=Patience)
    require_token: bool = False
    open_to_all: bool = False
    proxies: tuple[str, ...] = ()
    identify: Identify | None = None
    drain: float = 30.0


def application(catalog: Catalog, settings: Settings | None = None) -> Gate:
    """The ASGI application over an open catalog, which it does not close. Its door opens and closes with it."""
    settings = settings or Settings()
    door = Door(catalog.store)
    uses = Uses(door)
    identify = settings.identify or Gatekeeper(
        Tokens(catalog.store),
        uses,
        required=settings.require_token or bool(settings.proxies),
        open_to_all=settings.open_to_all,
        relayed=bool(settings.proxies),
    )
    metrics = Metrics(catalog, door, reading=lambda: api.reading, turned_away=lambda: gate.turned_away)
    api = Api(
        catalog,
        door,
        [*routes(), *health.ROUTES, *metrics.routes()],
        identify=identify,
        hosts=_host_names(settings),
        limits=settings.limits,
        observe=metrics.observe,
    )

    def close() -> None:
        uses.flush()
        door.close()  # what was accepted is written before the process ends
        api.close()

    gate = Gate(_living(api, close))
    return gate


def _living(app: App, close: Callable[[], None]) -> App:
    """The application, which closes what it holds when the server is done."""

    async def living(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await asyncio.to_thread(close)
        await send({"type": "lifespan.shutdown.complete"})

    return living


def _host_names(settings: Settings) -> frozenset[str] | None:
    if settings.host_names is not None:
        return settings.host_names or None
    return LOOPBACK_NAMES if is_loopback(settings.host) else None


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on, bound. Raises Unavailable when the port is taken, UsageError for a wrong address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is said outright: asyncio sends small answers at once only on what it knows to be TCP.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
    """Serves until SIGTERM or Ctrl-C, then finishes what is under way. ready: told the address once it answers."""
    # The door's thread and the loop share one interpreter: shorter turns keep answers quick while it writes.
    sys.setswitchinterval(0.001)
    gate = application(catalog, settings)
    config = uvicorn.Config(
        gate,
        http=protocol(settings.patience),
        loop="auto",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.proxies),  # uvicorn would believe whoever is at this machine
        forwarded_allow_ips=list(settings.proxies),
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        backlog=2048,
    )
    server = _Server(config, gate, ready, _url(sock), settings.drain)
    server.run(sockets=[sock])


class _Server(uvicorn.Server):
    """Stops in two steps: first it answers what is new with 503 until all that is under way is answered."""

    def __init__(
        self, config: uvicorn.Config, gate: Gate, ready: Callable[[str], None], url: str, drain: float
    ) -> None:
        super().__init__(config)
        self._gate, self._ready, self._url, self._drain = gate, ready, url, drain
        self._stop_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            _log.info("%s", _event("started", url=self._url))
            self._ready(self._url)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to end now."""
        if self._gate.stopping and not self.should_exit:
            if self._stop_at is None:
                self._stop_at = time.monotonic() + self._drain
                _log.info("%s", _event("stopping", under_way=self._gate.under_way))
            self.should_exit = self._gate.under_way == 0 or time.monotonic() > self._stop_at
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets=sockets)
        _log.info("%s", _event("stopped", turned_away=self._gate.turned_away))

    def handle_exit(self, sig: int, frame: Any) -> None:  # noqa: ARG002 - uvicorn's
        """The first signal finishes what is under way; it is no failure, so it is not raised again at the end."""
        if self._gate.stopping and sig == signal.SIGINT:
            self.should_exit = self.force_exit = True
        self._gate.stopping = True


def _event(event: str, **told: Any) -> str:
    return msgspec.json.encode({"event": event, **told}).decode()


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
