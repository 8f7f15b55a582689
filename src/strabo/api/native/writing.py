"""What all writes have in common: whose feed it is, what its word weighs, the key that makes it happen once."""

import asyncio
import time
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

from strabo.api.http import Call
from strabo.api.problems import Refused
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import Operation
from strabo.catalog.pushing import Conditions, Done, Key, Unmet
from strabo.errors import UsageError
from strabo.model import naming
from strabo.model.records import Record, SameAs

DEFAULT_FEED = "push"
_LONGEST_FEED = 200
_LONGEST_KEY = 255
_FRESH = 5.0  # seconds for which the weights of feeds are remembered
_weights: WeakKeyDictionary[Catalog, tuple[float, dict[str, int]]] = WeakKeyDictionary()


def feed_of(call: Call, *said: str) -> str:
    """The feed to write as: the first that is said; else the only one that the caller may, else "push".

    Raises UsageError for a name that is none.
    """
    for feed in said:
        if feed:
            if len(feed) > _LONGEST_FEED or not feed.isprintable() or feed != feed.strip():
                raise UsageError(
                    f"{feed[:60]!r} is no name for a feed", fix=f"take up to {_LONGEST_FEED} printable characters"
                )
            return feed
    own = call.who.feeds
    return own[0] if len(own) == 1 and "*" not in own[0] and "?" not in own[0] else DEFAULT_FEED


async def done(call: Call, operation: Operation, payload: Any, feed: str) -> Done:
    """The operation's answer. Raises Refused 412 where a condition does not hold."""
    call.who.need_feed(feed)  # before anything is asked of the store
    standing = await weight(call.catalog, feed)
    try:
        found: Done = await call.write(operation, payload, feed=feed, standing=standing)
    except Unmet as error:
        raise Refused(412, error.what, fix=error.fix) from error
    return found


async def weight(catalog: Catalog, feed: str, new: int = 1) -> int:
    """What the feed's word weighs already: a push does not change that. new: what that of a new feed weighs."""
    made, known = _weights.get(catalog, (0.0, {}))
    if feed not in known or time.monotonic() - made > _FRESH:
        feeds = await asyncio.to_thread(catalog.store.feeds)
        known = {f.name: f.standing for f in feeds.values()}
        _weights[catalog] = time.monotonic(), known
    return known.get(feed, new)


def key_of(call: Call) -> Key | None:
    """The caller's idempotency key and what it stands for; None without one."""
    text = call.headers.get("idempotency-key", "")
    if not text:
        return None
    if len(text) > _LONGEST_KEY:
        raise UsageError("the Idempotency-Key is too long", fix=f"take up to {_LONGEST_KEY} characters")
    name = blake2b(f"{call.who.name}\0{text}".encode(), digest_size=16).hexdigest()
    content = blake2b(digest_size=16)
    asked = sorted((f, str(getattr(call.query, f))) for f in getattr(call.query, "__struct_fields__", ()))
    for part in (call.route.method, call.route.path, *call.path.values(), *(t for pair in asked for t in pair)):
        content.update(f"{len(part)} {part}\0".encode("utf-8", "surrogatepass"))
    content.update(call.body)
    return Key(name, content.digest())


def conditions_of(call: Call) -> Conditions:
    """What If-Match and If-None-Match ask for (RFC 9110, 13.1). Raises UsageError for what a write cannot be asked."""
    match, none = call.headers.get("if-match", ""), call.headers.get("if-none-match", "")
    if none.strip() not in {"", "*"}:
        raise UsageError("a write takes If-None-Match: * and no other", fix="use If-Match for what you have seen")
    return Conditions(tuple(_marks(match)), none.strip() == "*")


def _marks(text: str) -> list[str]:
    tags = filter(None, (t.strip() for t in text.split(",")))
    return [tag if tag == "*" else tag.removeprefix("W/").strip('"').partition("-")[0] or "?" for tag in tags]


def refused(call: Call, record: Record) -> str:
    """Why this caller may not write this record; "" when it may. Names are judged as they will be stored."""
    if not call.who.namespaces:
        return ""
    refs = (record.ref, record.other) if isinstance(record, SameAs) else (record.ref,)
    return call.who.refused(naming.normal(ref) for ref in refs)
