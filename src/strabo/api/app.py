"""The API as one ASGI application: from a request to its route, who asks, the handler, and how it went."""

import asyncio
import functools
import inspect
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from strabo.api import body
from strabo.api.http import Call, Reply, Route, Router
from strabo.api.problems import FAULT, LOOK, Refused, problem
from strabo.api.who import Who
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import Door
from strabo.errors import Overloaded, StraboError, UsageError
from strabo.ingest.document import guess

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Identify = Callable[[Mapping[str, str], str], Who]
"""From headers (names in lower case) and the peer's address to who asks. Raises Refused 401, or AccessDenied."""

_log = logging.getLogger("strabo.access")
_faults = logging.getLogger("strabo.faults")
_encode = msgspec.json.Encoder(enc_hook=str).encode
_READERS = 8
_READS_WAITING = 200
_MOST_ASKED = 100  # parameters of one query

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", _POLICY.encode()),
]


def local(_headers: Mapping[str, str], address: str) -> Who:
    """Everybody is the one person at this machine: for a server that only loopback reaches."""
    return Who(name="local", address=address)


class Api:
    """The ASGI application over one catalog and one door.

    hosts: the Host headers to answer to, without ports, against DNS rebinding; None for any.
    """

    def __init__(
        self,
        catalog: Catalog,
        door: Door,
        routes: Sequence[Route],
        *,
        identify: Identify = local,
        hosts: frozenset[str] | None = None,
        limits: body.Limits | None = None,
        observe: Callable[[Route | None, int, float], None] | None = None,
    ) -> None:
        self._catalog, self._door = catalog, door
        self._router = Router(routes)
        self._identify, self._hosts = identify, hosts
        self._limits = limits or body.Limits()
        self._budget = body.Budget(self._limits.together)
        self._observe = observe
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="strabo-read")
        self._reading = 0

    @property
    def reading(self) -> int:
        """How many reads wait or run."""
        return self._reading

    async def __call__(self, scope: MutableMapping[str, Any], receive: body.Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        trace = _trace(headers.get("traceparent", ""))
        address = (scope.get("client") or ("", 0))[0]
        route: Route | None = None
        who: Who | None = None
        share = self._budget.share()
        try:
            self._check_host(headers)
            raw = scope.get("raw_path") or scope["path"].encode()
            route, path = self._router.find(scope["method"], raw.decode("latin-1"))
            who = self._identify(headers, address) if route.needs else Who(name="", address=address, rights=frozenset())
            if route.needs:
                who.need(route.needs)
            query = _query(route, scope.get("query_string", b""))
            content = b""
            if route.method in {"POST", "PUT"}:
                content = await body.read(receive, headers, self._limits, share)
            call = Call(
                catalog=self._catalog,
                door=self._door,
                who=who,
                route=route,
                path=path,
                query=query,
                headers=headers,
                body=content,
                trace=trace,
            )
            reply = await self._run(route, call)
        except body.Gone:
            return
        except StraboError as error:
            reply = self._refused(route, error)
        except Exception:  # noqa: BLE001 - an edge: the caller gets a 500, the log gets the rest
            _faults.exception("trace %s: %s %s", trace, scope["method"], scope["path"])
            reply = self._refused(route, StraboError(FAULT, fix=LOOK))
        finally:
            share.give_back()
        size = await _answer(reply, scope["method"], headers, trace, send)
        took = time.perf_counter() - began
        if self._observe is not None:
            self._observe(route, reply.status, took)
        if _log.isEnabledFor(logging.INFO):
            _log.info(
                "%s",
                _encode(
                    {
                        "method": scope["method"],
                        "path": scope["path"][:500],
                        "status": reply.status,
                        "ms": round(took * 1000, 2),
                        "bytes": size,
                        "who": who.name if who else "",
                        "from": address,
                        "trace": trace,
                    }
                ).decode(),
            )

    async def _run(self, route: Route, call: Call) -> Reply:
        if inspect.iscoroutinefunction(route.handle):
            reply: Reply = await route.handle(call)
            return reply
        if self._reading >= _READS_WAITING:
            raise Overloaded(f"{self._reading} reads wait already", fix="ask again in a second")
        self._reading += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._readers, route.handle, call)  # type: ignore[arg-type]
        finally:
            self._reading -= 1

    def _refused(self, route: Route | None, error: StraboError) -> Reply:
        path = self._catalog.path
        if path:  # where the server keeps it is nobody's business
            for name in ("what", "where", "fix"):
                setattr(error, name, getattr(error, name).replace(path, "the catalog"))
        return problem(error) if route is None or route.refused is None else route.refused(error)

    def _check_host(self, headers: Mapping[str, str]) -> None:
        if self._hosts is None:
            return
        host = headers.get("host", "")
        name = host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name.lower() not in self._hosts:
            raise Refused(
                400, f"this server does not answer to the host name {host[:100]!r}", fix="start it with --host-name"
            )

    def close(self) -> None:
        """Lets the threads go, when what they read is done."""
        self._readers.shutdown()


@functools.cache  # to ask what fields a type has takes longer than to read them
def _names(query: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(query)]


def _query(route: Route, raw: bytes) -> Any:
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_ASKED) if raw else []
    except ValueError:
        raise UsageError(
            f"more than {_MOST_ASKED} parameters", where="the query", fix="say less in one request"
        ) from None
    if route.query is None:
        return None
    fields = _names(route.query)
    values: dict[str, Any] = {}
    problems = []
    for said, value in pairs:
        name = "at" if said == "as_of" and "at" in fields else said  # what others call it
        if name not in fields:
            if route.refused is not None:  # a dialect's clients send what its own server ignores
                continue
            problems.append(f"{said[:60]}: unknown{guess(said[:60], fields)}")
            continue
        if name in values:
            problems.append(f"{name}: given twice")
        values[name] = value
    if not problems:
        try:
            return msgspec.convert(values, route.query, strict=False)
        except msgspec.ValidationError as error:
            problems.append(str(error))
    raise UsageError("; ".join(problems), where="the query", fix=f"it takes: {', '.join(fields)}")


def _trace(parent: str) -> str:
    """The trace id of a W3C traceparent header, or a new one: https://www.w3.org/TR/trace-context/."""
    parts = parent.split("-")
    if len(parts) >= 4 and len(parts[1]) == 32 and set(parts[1]) <= set("0123456789abcdef"):
        return parts[1]
    return secrets.token_hex(16)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _answer(reply: Reply, method: str, headers: Mapping[str, str], trace: str, send: Send) -> int:
    raw = [*SECURITY, (b"x-trace-id", trace.encode())]
    raw += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    raw.append((b"content-type", reply.media.encode()))
    status = reply.status
    if reply.stream is not None:
        await send({"type": "http.response.start", "status": status, "headers": raw})
        size = 0
        stream = _nothing() if method == "HEAD" else reply.stream  # which then never begins
        async for chunk in stream:
            size += len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return size
    content = reply.value if isinstance(reply.value, bytes) else b"" if status == 204 else _encode(reply.value)
    if status == 200 and method in {"GET", "HEAD"} and "etag" not in reply.headers:
        tag = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
        raw.append((b"etag", tag.encode()))
        if tag in {t.strip() for t in headers.get("if-none-match", "").split(",")}:
            status, content = 304, b""
    if status not in {204, 304}:
        raw.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else content})
    return len(content)
