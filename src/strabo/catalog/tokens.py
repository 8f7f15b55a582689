"""Tokens: who may use a server, and for what. A token is shown once; the catalog keeps a hash of it.

The hash is a plain SHA-256. A slow, salted one is for passwords, which can be guessed; a token has more than 200
random bits that are not in its id, so that nobody can try them all, and it is asked for with every request.
"""

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

import msgspec

from strabo.catalog.door import By, Door
from strabo.errors import NotFound, UsageError
from strabo.kit.patterns import matches
from strabo.store.protocol import Reader, Store, Writer

Right = Literal["read", "ingest", "edit", "admin"]
RIGHTS: tuple[Right, ...] = ("read", "ingest", "edit", "admin")

SPACE = "tokens"  # of notes: one for each token, by its id
USED = "token uses"  # of notes: when each was last used
SEEN = "token seen"  # what a write is called that only says so

_START = "stb_"
_ID = 8  # characters behind the start: what a token is called by, no secret
_TOKEN = re.compile(r"stb_([A-Za-z0-9]{8})[A-Za-z0-9_-]{35}\Z")
_INSIDE = re.compile(r"stb_([A-Za-z0-9]{8})[A-Za-z0-9_-]{8,}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_TAKEN = frozenset({"local", "anyone"})  # callers without a token
_HOLD = 2.0  # seconds: how long a revoked token may still work
_AGAIN = 0.1  # seconds: a token that is not known may have been made just now, but is not looked for more often
_USE_EVERY = 60.0


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without the token.

    feeds, namespaces: patterns of what it may write, as `Who` has them; empty means all. made_by: a person or a token.
    """

    id: str
    name: str
    rights: tuple[Right, ...]
    feeds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    made_by: str = ""
    used_at: datetime | None = None  # to the minute

    def state(self, now: datetime | None = None) -> Literal["live", "expired", "revoked"]:
        """Whether it opens the door."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= (now or datetime.now(UTC)):
            return "expired"
        return "live"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    token: Token
    hash: bytes


_decode = msgspec.json.Decoder(_Kept).decode


def hidden(text: str) -> str:
    """The text, of each token in it only the id: for logs and errors."""
    return _INSIDE.sub(r"stb_\1…", text) if _START in text else text


def create(
    store: Store,
    name: str,
    rights: Sequence[Right],
    *,
    feeds: Sequence[str] = (),
    namespaces: Sequence[str] = (),
    expires: timedelta | None = None,
    actor: str,
    origin: str = "",
) -> tuple[Token, str]:
    """A new token, and the text of it, which nothing can show again.

    Raises UsageError for a name that is no name or in use, no rights, a pattern that is none, a time in the past.
    """
    if not _NAME.match(name) or name in _TAKEN or name.startswith(_START):
        raise UsageError(
            f"{hidden(name)[:80]!r} cannot be a token's name", fix="letters, digits, dots, - and _: airflow-prod"
        )
    if not rights:
        raise UsageError("a token without a right opens nothing", fix=f"--right: {', '.join(RIGHTS)}")
    for pattern in (*feeds, *namespaces):
        _check_pattern(pattern)
    if expires is not None and expires <= timedelta():
        raise UsageError("it would have expired already", fix="--expires 90d")
    text, public = _made()
    now = datetime.now(UTC)
    try:
        until = None if expires is None else now + expires
    except OverflowError:
        raise UsageError("that is too far away", fix="leave --expires out for a token that does not") from None
    token = Token(
        id=public,
        name=name,
        rights=tuple(r for r in RIGHTS if r in rights),
        feeds=tuple(feeds),
        namespaces=tuple(namespaces),
        created_at=now,
        expires_at=until,
        made_by=actor,
    )
    with store.writing(actor=actor, origin=origin, what=f"token create {name} ({public})") as writer:
        others = _kept(writer)
        if public in others:  # one in 10**14
            raise UsageError("two tokens would have one id", fix="try again")
        if any(k.token.name == name and k.token.state(now) == "live" for k in others.values()):
            raise UsageError(
                f"there is a token {name!r} already", fix=f"take another name, or `strabo token revoke {name}` first"
            )
        writer.put_note(SPACE, public, msgspec.json.encode(_Kept(token=token, hash=_hash(text))))
    return token, text


def listed(reader: Reader, *, revoked: bool = False) -> list[Token]:
    """The tokens there are, in the order they were made; revoked ones too, when asked for."""
    used = {note.key: datetime.fromtimestamp(note.at / 1e6, UTC) for note in reader.notes(USED)}
    found = [
        msgspec.structs.replace(k.token, used_at=used.get(public))
        for public, k in _kept(reader).items()
        if revoked or k.token.revoked_at is None
    ]
    return sorted(found, key=lambda t: (t.created_at, t.id))


def revoke(store: Store, which: str, *, actor: str, origin: str = "") -> Token:
    """The token, which opens nothing from now on. which: its id, its name, or its text, as it was found somewhere.

    Raises NotFound.
    """
    shape = _TOKEN.match(which)
    which = shape[1] if shape else hidden(which)
    with store.writing(actor=actor, origin=origin, what=f"token revoke {which}"[:200]) as writer:
        kept = _kept(writer)
        held = sorted((k for k in kept.values() if k.token.revoked_at is None), key=lambda k: k.token.created_at)
        found = [k for k in held if k.token.id == which] or [k for k in held if k.token.name == which]
        if not found:
            raise NotFound(f"there is no token {which[:80]!r} to revoke", fix="`strabo token list` names them")
        done = found[-1].token
        for one in found:  # a name may also be that of one that has expired
            done = msgspec.structs.replace(one.token, revoked_at=datetime.now(UTC))
            writer.put_note(SPACE, done.id, msgspec.json.encode(_Kept(token=done, hash=one.hash)))
    return done


def in_use(reader: Reader) -> bool:
    """Whether anybody was given a token that is not revoked: then nobody gets in without one."""
    return any(k.token.revoked_at is None for k in _kept(reader).values())


class Tokens:
    """The tokens as a server asks for them: held for two seconds at most, and compared in constant time.

    clock: seconds, rising.
    """

    def __init__(self, reader: Reader, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader, self._clock = reader, clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._read = float("-inf")
        self._wanted = False

    @property
    def wanted(self) -> bool:
        """Whether nobody gets in without one. It stays so though the last one is revoked: that must open nothing."""
        self._fresh(_HOLD)
        return self._wanted

    def check(self, text: str) -> tuple[Token | None, str]:
        """The token that a text is, or None and why not, which is for the log and not for who asks."""
        shape = _TOKEN.match(text)
        public = shape[1] if shape else ""
        self._fresh(_HOLD)
        if shape and public not in self._kept:
            self._fresh(_AGAIN)
        kept = self._kept.get(public)
        same = hmac.compare_digest(kept.hash if kept else bytes(32), _hash(text))
        if kept is None:
            return None, "unknown" if shape else "no token at all"
        if not same:
            return None, f"wrong, with the id of {kept.token.name}"
        state = kept.token.state()
        if state != "live":
            return None, f"{state}: {kept.token.name} ({public})"
        return kept.token, ""

    def _fresh(self, most: float) -> None:
        with self._lock:
            now = self._clock()
            if now - self._read >= most:
                self._kept = _kept(self._reader)
                self._read = now
                self._wanted = self._wanted or any(k.token.revoked_at is None for k in self._kept.values())


class Uses:
    """Remembers which tokens were used: written once a minute at most, all of them at once, through the door."""

    def __init__(self, door: Door, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._door, self._clock = door, clock
        self._lock = threading.Lock()
        self._noted: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._next = float("-inf")

    def saw(self, public: str) -> None:
        """A request came with this token."""
        now = self._clock()
        with self._lock:
            if now - self._noted.get(public, float("-inf")) >= _USE_EVERY:
                self._noted[public] = now
                self._waiting.add(public)
            if not self._waiting or now < self._next:
                return
            self._next = now + _USE_EVERY
        self.flush()

    def flush(self) -> None:
        """Hands over what is not written yet; for the last time before the door closes."""
        with self._lock:
            waiting, self._waiting = sorted(self._waiting), set()
        if waiting and self._door.open and self._door.waiting < 1000:  # never in the way of what people send
            self._door.submit(_note_uses, By(feed="", what=SEEN), waiting)


def _note_uses(writer: Writer, _by: By, payloads: Sequence[Any]) -> list[None]:
    for public in {p for payload in payloads for p in payload}:
        writer.put_note(USED, public, b"")
    return [None] * len(payloads)


def _kept(reader: Reader) -> dict[str, _Kept]:
    return {note.key: _decode(note.body) for note in reader.notes(SPACE)}


def _made() -> tuple[str, str]:
    while True:
        text = _START + secrets.token_urlsafe(32)
        shape = _TOKEN.match(text)
        if shape:  # not so when its id would hold - or _, which read badly and look like an option
            return text, shape[1]


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _check_pattern(pattern: str) -> None:
    try:
        matches(pattern, "")
    except re.error as error:
        raise UsageError(
            f"the pattern {pattern!r} is no regular expression: {error}", fix="write airflow*, or /airflow-(eu|us)/"
        ) from None
    if not pattern:
        raise UsageError("an empty pattern matches nothing", fix="leave it out for all")
