"""A client of a Strabo server: pushes records, lineage and events, and asks. Standard library only.

    with strabo.Client("https://catalog.example", token="…") as client:
        client.push([{"type": "dataset", "ref": {"namespace": "file", "name": "/exports/orders.csv"}}])
        client.edge(inputs=["postgres://db:5432/shop.public.orders"], outputs=["file:/exports/orders.csv"])

Whoever pushes dictionaries needs no other library; Strabo's own records are taken too.
"""

import ssl
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from strabo.errors import Unavailable, UsageError
from strabo.kit.address import address, token_for
from strabo.kit.answers import Answer, Failure, Pushed, not_ours, pushed, refusal
from strabo.kit.batches import batches, placed
from strabo.kit.connection import Connection, Waiting
from strabo.kit.lines import as_event, as_json
from strabo.kit.packing import packed_file
from strabo.model.secret import Secret

BATCH = 2000  # records of one request
BATCH_EVENTS = 500  # events are larger, and their answer waits for all
BATCH_BYTES = 4 << 20  # of one request, before compression
WHOLE_BYTES = 64 << 20  # of a request that is to be stored whole or not at all
_LOAD = 600.0  # seconds more than other answers may take

Name = Any
"""An object: a `Ref`, a pair of namespace and name, or a dictionary of the two. Where it says so, also text."""


class Client(AbstractContextManager["Client"]):
    """One server. Close it, or use it in a `with` block; threads may share it, and take turns.

    url, token: without them STRABO_URL and STRABO_TOKEN. A token goes over https or to this machine, unless
    `insecure`. timeout: seconds without an answer that end one attempt. patience: seconds that a question is asked
    again when the server is away or busy; a batch is stored once however often it is sent. waiting: told why and how
    long, before each wait. tls: for certificates of your own.

    Every method raises UsageError (the question is wrong), AccessDenied (the token is) or Unavailable (no answer).
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | Secret | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 30.0,
        insecure: bool = False,
        waiting: Waiting = lambda _why, _seconds: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        there = address(url)
        self.url = there.url
        secret = token_for(there, token, insecure=insecure)
        self._connection = Connection(there, secret, timeout=timeout, patience=patience, waiting=waiting, tls=tls)

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    # --- pushing

    def push(
        self,
        records: Iterable[Any],
        *,
        feed: str = "",
        atomic: bool = False,
        run: str = "",
        tell: Callable[[Pushed], None] = lambda _: None,
    ) -> Pushed:
        """What became of the records, each a dictionary, one of Strabo's records, or a line of JSON.

        They are sent in batches as they come; `tell` hears the sum so far after each. A record that is not stored is
        among the failures, and the others are. atomic: all in one batch, and none is stored if one fails. run: what
        tells the runs of a feed apart, for whoever sends one in several calls.
        """
        total = Pushed()
        most_bytes = WHOLE_BYTES if atomic else BATCH_BYTES
        for batch in batches(records, most=BATCH, most_bytes=most_bytes, whole=atomic):
            if atomic and batch.failures:
                total = placed(Pushed(len(batch.lines), stored=False), batch)
            else:
                total += placed(self.send(batch.lines, feed=feed, atomic=atomic, run=run), batch)
            tell(total)
        return total

    def send(
        self,
        lines: Sequence[bytes],
        *,
        feed: str = "",
        atomic: bool = False,
        answers: bool = False,
        run: str = "",
    ) -> Pushed:
        """One batch of encoded records as one request; halved where the server finds it too large.

        answers: also what became of each record that did not fail, in `states`.
        """
        if not lines:
            return Pushed()
        query = {"feed": feed, "atomic": "true" if atomic else "", "answers": "all" if answers else ""}
        fields = {"X-Strabo-Feed": _quoted(feed, "/"), "X-Strabo-Run-Key": _quoted(run)} if run else {}
        body = b"\n".join(lines) + b"\n"
        answer = self._post("/api/v1/records" + _query(query), body, "application/x-ndjson", fields)
        if answer.status == 413 and not atomic:
            if len(lines) == 1:
                why = f"larger than the server takes ({len(body):,} bytes)"
                return Pushed(1, failed=1, failures=(Failure(0, why, "raise the server's limit"),), states=("failed",))
            half = len(lines) // 2
            first, rest = (
                self.send(part, feed=feed, answers=answers, run=run) for part in (lines[:half], lines[half:])
            )
            return first + replace(rest, failures=tuple(replace(f, index=f.index + half) for f in rest.failures))
        if answer.status == 422 and atomic and answer.told().get("items"):
            return replace(self._counted(answer, len(lines)), written=0, unchanged=0, stored=False)
        return self._counted(self._good(answer), len(lines))

    def edge(
        self,
        inputs: Iterable[Name],
        outputs: Iterable[Name],
        *,
        job: Name = None,
        columns: Mapping[str, Iterable[str]] | None = None,
        feed: str = "",
    ) -> dict[str, Any]:
        """Says that these datasets feed those. columns: for each column of the outputs those that make it.

        A name may also be text: `namespace/name`, or `namespace:name` where the namespace is no URL.
        """
        told: dict[str, Any] = {"inputs": [_said(i) for i in inputs], "outputs": [_said(o) for o in outputs]}
        if job is not None:
            told["job"] = _said(job)
        if columns:
            told["columns"] = {out: list(made_of) for out, made_of in columns.items()}
        return self._told(self._post("/api/v1/edges" + _query({"feed": feed}), as_json(told)))

    def emit(self, events: Iterable[Any], *, feed: str = "", tell: Callable[[Pushed], None] = lambda _: None) -> Pushed:
        """What became of OpenLineage events, each a dictionary or JSON; otherwise as `push`."""
        total = Pushed()
        for batch in batches(events, most=BATCH_EVENTS, most_bytes=BATCH_BYTES, write=as_event):
            total += placed(self.send_events(batch.lines, feed=feed), batch)
            tell(total)
        return total

    def send_events(self, lines: Sequence[bytes], *, feed: str = "") -> Pushed:
        """One batch of encoded OpenLineage events as one request."""
        if not lines:
            return Pushed()
        path = "/api/v1/lineage/batch" + _query({"feed": feed})
        answer = self._good(self._post(path, b"[" + b",".join(lines) + b"]"))
        if answer.status == 204:
            return Pushed(len(lines), len(lines))
        return self._counted(answer, len(lines))

    def load(self, path: str | Path, *, feed: str = "", confirm: bool = False) -> dict[str, Any]:
        """The report of the run that loaded a whole staged file over there: each scope at once, what is gone retired.

        feed: in place of the one that the file names. confirm: retires however much is gone. A report with the
        status "held" waits for that word. Raises UsageError for a file that is damaged or larger than 64 MiB packed.
        """
        body, media = packed_file(path, WHOLE_BYTES)
        query = _query({"feed": feed, "confirm": "true" if confirm else ""})
        answer = self._ask("POST", "/api/v1/loads" + query, body, {"Content-Type": media}, longer=_LOAD)
        if answer.status == 409:
            items = answer.told().get("items")
            if isinstance(items, list) and items and isinstance(items[0], dict) and items[0].get("status") == "held":
                return dict(items[0])
        report = self._told(answer)
        if type(report.get("run")) is not int or not isinstance(report.get("status"), str):
            raise not_ours(self.url)
        return report

    def put(self, name: Name, dataset: Mapping[str, Any], *, feed: str = "") -> dict[str, Any]:
        """Says what a dataset is; in place of what the feed said of it before."""
        return self._told(self._ask("PUT", _dataset(name) + _query({"feed": feed}), as_json(dataset)))

    def delete(self, name: Name, *, feed: str = "") -> dict[str, Any]:
        """Retires a dataset that the feed announced. Its history stays."""
        return self._told(self._ask("DELETE", _dataset(name) + _query({"feed": feed})))

    # --- asking

    def search(self, text: str, *, limit: int = 20, cursor: str = "") -> dict[str, Any]:
        """A page of the objects that a search finds, best first. cursor: the `next` of the page before."""
        return self.ask("/api/v1/search", q=text, limit=limit, cursor=cursor)

    def show(self, ref: Name) -> dict[str, Any]:
        """All that is known of an object, by any ending of its name that only one has. Raises NotFound.

        The object may be text, here and below.
        """
        return self.ask("/api/v1/show", ref=_text(ref))

    def get(self, name: Name) -> dict[str, Any]:
        """All that is known of a dataset, by its whole name. Raises NotFound."""
        return self.ask(_dataset(name))

    def lineage(
        self, ref: Name, *, direction: str = "both", hops: int | None = None, columns: bool = False, at: str = ""
    ) -> dict[str, Any]:
        """What feeds an object and what it feeds. direction: upstream, downstream or both; at: as it was then."""
        asked = {"direction": direction, "hops": hops, "columns": "true" if columns else "", "at": at}
        return self.ask("/api/v1/lineage", ref=_text(ref), **asked)

    def impact(self, ref: Name, *, hops: int | None = None, cursor: str = "") -> dict[str, Any]:
        """A page of all that is fed by an object or a column, nearest first."""
        return self.ask("/api/v1/impact", ref=_text(ref), hops=hops, cursor=cursor)

    def history(self, ref: Name, *, cursor: str = "") -> dict[str, Any]:
        """A page of all that was ever said of an object, newest first."""
        return self.ask("/api/v1/history", ref=_text(ref), cursor=cursor)

    def changes(self, after: str | int = "", *, wait: float = 0) -> dict[str, Any]:
        """What changed since a cursor (0: ever; without: from now on), and the next cursor. wait: seconds, up to 60,
        to wait for the next change if there is none yet.
        """
        path = "/api/v1/changes" + _query({"after": after, "wait": f"{wait:g}" if wait else ""})
        return self._told(self._ask("GET", path, longer=wait))

    def follow(self, after: str | int = "", *, wait: float = 25) -> Iterator[dict[str, Any]]:
        """Every change from a cursor on, as it happens, without end. Each has its own `cursor` to go on from."""
        while True:
            found = self.changes(after, wait=wait)
            yield from found.get("changes", ())
            after = found.get("cursor", after)

    def ask(self, path: str, **query: Any) -> dict[str, Any]:
        """The answer to any other question, such as `ask("/api/v1/diff", since="3d")`; /docs has them all."""
        return self._told(self._ask("GET", path + _query(query)))

    def ready(self) -> bool:
        """Whether the server answers, and is ready to store."""
        try:
            return 200 <= self._ask("GET", "/readyz").status < 300
        except Unavailable:
            return False

    def close(self) -> None:
        """Lets go of the connection."""
        self._connection.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the wire

    def _post(
        self, path: str, body: bytes, kind: str = "application/json", fields: Mapping[str, str] | None = None
    ) -> Answer:
        return self._ask("POST", path, body, {"Content-Type": kind, **(fields or {})})

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        fields: Mapping[str, str] | None = None,
        *,
        longer: float = 0.0,
    ) -> Answer:
        """Every write has a key of its own, so that one that is sent again is not stored again.

        It is made by chance and not from the content: to say A, then B, then A again is not to repeat oneself.
        """
        sent = dict(fields or {})
        if method != "GET":
            sent["Idempotency-Key"] = uuid.uuid4().hex
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return self._connection.ask(method, path, body, sent, longer=longer)

    def _good(self, answer: Answer) -> Answer:
        if answer.status >= 300:
            raise self._connection.discreet(refusal(answer, self.url))
        return answer

    def _told(self, answer: Answer) -> dict[str, Any]:
        if not self._good(answer).body:
            return {}
        try:
            found = answer.json()
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise not_ours(self.url)
        return found

    def _counted(self, answer: Answer, sent: int) -> Pushed:
        try:
            return pushed(answer.told(), sent)
        except ValueError:
            raise not_ours(self.url) from None


def _query(values: Mapping[str, Any]) -> str:
    """The query of a URL; what is None or empty is left out."""
    said = {name: value for name, value in values.items() if value is not None and value != ""}
    return "?" + "&".join(f"{name}={_quoted(str(value))}" for name, value in said.items()) if said else ""


def _quoted(text: str, safe: str = "") -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:  # half a surrogate pair: from the name of a file in another encoding
        shown = text.encode("utf-8", "backslashreplace").decode()
        raise UsageError(f"{shown!r} is no text", fix="name it in UTF-8; a feed by --feed, or feed=") from None


def _pair(name: Name) -> tuple[str, str]:
    if isinstance(name, Mapping):
        found = name.get("namespace"), name.get("name")
    elif isinstance(name, tuple) and len(name) == 2:
        found = name
    else:
        found = getattr(name, "namespace", None), getattr(name, "name", None)
    if not (isinstance(found[0], str) and isinstance(found[1], str)):
        raise UsageError(f"{name!r} names no object", fix="give a strabo.Ref, or a pair of namespace and name")
    return found[0], found[1]


def _dataset(name: Name) -> str:
    """The path of a dataset. Each part is one segment, whatever is in it, and none is `.` or `..` to a proxy."""
    parts = [_quoted(part) for part in _pair(name)]
    return "/api/v1/datasets/" + "/".join(p.replace(".", "%2E") if p in {".", ".."} else p for p in parts)


def _said(name: Name) -> Any:
    """A name as the body of a request has it."""
    if isinstance(name, str):
        return name
    namespace, own = _pair(name)
    return {"namespace": namespace, "name": own}


def _text(name: Name) -> str:
    """A name as text: `namespace/name`, or `namespace:name` where the namespace is no URL."""
    if isinstance(name, str):
        return name
    namespace, own = _pair(name)
    if not own:
        return namespace
    return f"{namespace}/{own.removeprefix('/')}" if "://" in namespace else f"{namespace}:{own}"
