"""What a handler sees of a request, what it gives back, and the routes that handlers hang on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from strabo.api.who import Right, Who
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import By, Door, Operation
from strabo.errors import NotFound, StraboError, UsageError

Method = Literal["GET", "POST", "PUT", "DELETE"]


class Call:
    """One request: its route's variables in `path`, its query as the route's struct, its body unpacked and bounded."""

    __slots__ = ("body", "catalog", "door", "headers", "path", "query", "route", "trace", "who")

    def __init__(
        self,
        *,
        catalog: Catalog,
        door: Door,
        who: Who,
        route: "Route",
        path: Mapping[str, str],
        query: Any = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        trace: str = "",
    ) -> None:
        self.catalog, self.door, self.who, self.route = catalog, door, who, route
        self.path, self.query, self.body, self.trace = path, query, body, trace
        self.headers: Mapping[str, str] = headers or {}  # names in lower case

    async def write(self, operation: Operation, payload: Any, *, feed: str, standing: int = 1) -> Any:
        """What the operation answers, once it is durable. Raises AccessDenied for a feed that is not this caller's."""
        self.who.need_feed(feed)
        by = By(feed, standing, self.who.name, self.who.address, f"{self.route.method} {self.route.path}")
        return await asyncio.wrap_future(self.door.submit(operation, by, payload, weight=len(self.body)))


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: a value that becomes JSON, or bytes as they are, or a stream of them."""

    value: Any = None
    status: int = 200
    media: str = "application/json"
    headers: dict[str, str] = {}
    stream: AsyncIterator[bytes] | None = None


Handler = Callable[[Call], Reply | Awaitable[Reply]]
"""A plain function runs on a thread of its own and may read the catalog; a coroutine runs on the loop and may not."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation. In `path`, `{name}` stands for one segment and `{name*}` for all that are left.

    The rest is what the OpenAPI document says of it: the types of the query (a struct), of the body and of the
    answer. A body of type None is none; its bytes are the handler's to read, so that errors can say where.
    refused: how an error is told where a dialect has its own form for it, also one that comes before the handler.
    """

    method: Method
    path: str
    handle: Handler
    summary: str
    needs: Right | None = "read"  # None: anybody
    query: type[msgspec.Struct] | None = None
    body: Any = None
    media: tuple[str, ...] = ("application/json",)
    answer: Any = None
    status: int = 200
    group: str = ""
    documented: bool = True
    refused: Callable[[StraboError], Reply] | None = None


class Router:
    """Finds the route of a path. Works on the path as it was sent: a slash inside a name is `%2F`."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root: dict[str, Any] = {}
        for route in routes:
            here = self._root
            for part in route.path.strip("/").split("/"):
                here = here.setdefault("*" if part.endswith("*}") else "{}" if part.startswith("{") else part, {})
            methods = here.setdefault("", {})
            if route.method in methods:
                raise ValueError(f"two routes for {route.method} {route.path}")
            methods[route.method] = route

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]]:
        """The route and its variables. Raises NotFound, or NotAllowed with the methods that there are."""
        parts = raw_path.strip("/").split("/")
        methods = _walk(self._root, parts, 0)
        if methods is None:
            raise NotFound(f"there is nothing at {raw_path[:200]}", fix="/docs lists what there is")
        route = methods.get(method) or (methods.get("GET") if method == "HEAD" else None)
        if route is None:
            raise NotAllowed(method, sorted(methods))
        values: dict[str, str] = {}
        for at, part in enumerate(route.path.strip("/").split("/")):
            if part.endswith("*}"):
                values[part[1:-2]] = "/".join(_plain(p) for p in parts[at:])
            elif part.startswith("{"):
                values[part[1:-1]] = _plain(parts[at])
        return route, values


class NotAllowed(UsageError):
    """The path is there, the method is not."""

    def __init__(self, method: str, methods: Sequence[str]) -> None:
        super().__init__(f"{method} is not possible here", fix=f"use {' or '.join(methods)}")
        self.methods = tuple(methods)


def _walk(tree: Mapping[str, Any], parts: Sequence[str], at: int) -> dict[str, Route] | None:
    if at == len(parts):
        return tree.get("")
    for key in (parts[at] or "{}", "{}"):
        below = tree.get(key)
        if below is not None:
            found = _walk(below, parts, at + 1)
            if found is not None:
                return found
    rest = tree.get("*")
    return None if rest is None else rest.get("")


def _plain(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise UsageError(f"{part[:200]!r} is no UTF-8", fix="quote each part of the path as UTF-8") from None
