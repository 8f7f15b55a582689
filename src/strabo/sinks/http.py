"""Sends a run to another Strabo over HTTP, so that a workflow here fills the catalog there: record by record as a sink,
whole and with what is gone retired as a bulk sink.
"""

import shlex
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from strabo.errors import AccessDenied, Unavailable
from strabo.ingest import artifact
from strabo.ingest.contracts import RunContext, Tally
from strabo.ingest.disk import line
from strabo.kit.answers import Failure, Pushed
from strabo.kit.client import BATCH_BYTES, Client
from strabo.model import codec, naming
from strabo.model.records import ENTITIES, Failed, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref
from strabo.model.secret import Secret


class HttpBulkConfig(msgspec.Struct, frozen=True, kw_only=True):
    url: str | None = None  # of the other Strabo, "https://catalog.example"; without it, STRABO_URL
    token: Secret | None = None  # one that may ingest there; without it, STRABO_TOKEN
    feed: str | None = None  # what this feed is called there; without it, as here
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 60.0  # seconds without an answer that end one attempt
    patience: Annotated[float, msgspec.Meta(ge=0)] = 300.0  # seconds that a server which is away is asked again
    insecure: bool = False  # sends the token in clear text to another machine


class HttpConfig(HttpBulkConfig, frozen=True, kw_only=True):
    batch: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000  # records of one request


class HttpSink:
    """Every record of the run, those that account for objects too, each request stored before the next is sent.

    All requests carry the feed (percent-encoded) and a key that is the run's own, in X-Strabo-Feed and
    X-Strabo-Run-Key: the other side can tell runs of one feed apart. It sees no run whole, so it retires nothing:
    for that there is HttpBulkSink.
    """

    def __init__(self, config: HttpConfig) -> None:
        self.config = config
        # Says no to a wrong URL before the run begins; it connects with the first record.
        self._client = _client(config)
        self._feed = config.feed or ""
        self._run = uuid.uuid4().hex
        self._failed = set[Ref]()  # what the other side did not store

    def bind(self, context: RunContext) -> None:
        """Takes the name of the feed, unless the settings name another."""
        self._feed = self.config.feed or context.feed

    def write(self, batch: Sequence[Record]) -> Tally:
        """What became of the objects over there. Raises BadRecord, with nothing sent, for what JSON cannot hold."""
        lines = [line(record)[:-1] for record in batch]
        total = Tally()
        for part in _parts(lines, self.config.batch):
            records, sent = list(batch[part]), lines[part]
            for at, record in enumerate(records):
                if type(record) is ScopeComplete and (unproven := self._unproven(record)):
                    records[at], sent[at] = unproven, line(unproven)[:-1]
            total.add(self._tally(records, self._send(sent)))
        return total

    def close(self, *, complete: bool) -> Tally:  # noqa: ARG002 - what was sent is stored, however the run ended
        self._client.close()
        return Tally()

    def _send(self, lines: Sequence[bytes]) -> Pushed:
        try:
            return self._client.send(lines, feed=self._feed, answers=True, run=self._run)
        except Unavailable as error:
            raise Unavailable(
                error.what,
                where=error.where,
                fix="run it again when the server answers: what it has is not doubled. To keep what a run has read, "
                "write it to a `stage`, with `bulk_sink: {type: http}`",
            ) from error

    def _tally(self, records: Sequence[Record], done: Pushed) -> Tally:
        failures = {failure.index: failure for failure in done.failures}
        failed = [self._failure(record, failures[at]) for at, record in enumerate(records) if at in failures]
        self._failed.update(naming.normal(failure.ref) for failure in failed)
        objects = [record.ref for at, record in enumerate(records) if type(record) in ENTITIES and at not in failures]
        if done.states:
            changed = {r.ref for r, state in zip(records, done.states, strict=True) if state == "written"}
        else:  # a server that says no more than sums
            changed = set(objects) if done.written else set()
        written = sum(ref in changed for ref in objects)
        return Tally(written=written, unchanged=len(objects) - written, failures=failed)

    def _failure(self, record: Record, failure: Failure) -> Failed:
        return Failed(
            ref=record.ref,
            call=f"push to {self._client.url}",
            error=failure.error,
            part=None if type(record) in ENTITIES else codec.tag(record),
            fix=failure.fix or None,
        )

    def _unproven(self, record: ScopeComplete) -> Skipped | None:
        """What to say in place of the end of a scope of which something was not stored: else it would count as gone."""
        scope = naming.normal(record.ref)
        lost = next((ref for ref in self._failed if ref == scope or naming.within(scope, ref)), None)
        if lost is None:
            return None
        return Skipped(ref=record.ref, part="scope", reason=f"not closed: {lost} was not stored")


def _parts(lines: Sequence[bytes], most: int) -> Iterator[slice]:
    """Where to cut the lines so that no request has more than `most` of them, nor is too long."""
    start = size = 0
    for at, text in enumerate(lines):
        if at > start and (at - start >= most or size + len(text) > BATCH_BYTES):
            yield slice(start, at)
            start, size = at, 0
        size += len(text) + 1
    if start < len(lines):
        yield slice(start, len(lines))


class HttpBulkSink:
    """A staged file as one run over there: each scope at once, and what is gone retired under the rules of that side.

    The file stays when the other side does not take it: `strabo push FILE` goes on from there.
    """

    def __init__(self, config: HttpBulkConfig) -> None:
        self.config = config
        self._client = _client(config)
        self._feed = config.feed or ""
        self._confirmed = False

    def bind(self, context: RunContext) -> None:
        """Takes the name of the feed, unless the settings name another, and whether a retirement is confirmed."""
        self._feed = self.config.feed or context.feed
        self._confirmed = context.confirmed

    def publish(self, path: str) -> Tally:
        """What became of the objects over there. Raises UsageError for a damaged file, of which nothing is sent."""
        artifact.verify(path)
        try:
            with self._client as client:
                report = client.load(path, feed=self._feed, confirm=self._confirmed)
                failures = self._failures(client, report, path)
        except Unavailable as error:
            fix = f"nothing is lost: `strabo push {shlex.quote(path)}` when the server answers"
            raise Unavailable(error.what, where=error.where, fix=fix) from error
        if report.get("status") in {"failed", "interrupted", "lost"}:
            raise Unavailable(
                f"the run over there {report['status']}: {report.get('problem') or 'it does not say why'}",
                where=self._client.url,
                fix=str(report.get("fix") or "look into its runs"),
            )
        counts = {name: int(report.get(name) or 0) for name in ("written", "unchanged", "retired", "proposed")}
        return Tally(**counts, failures=failures)

    def _failures(self, client: Client, report: Mapping[str, Any], path: str) -> list[Failed]:
        """What the other side could not store; not what the file itself says has failed, which is counted here."""
        if not (report.get("failed") or report.get("notes")):
            return []
        own = {(naming.normal(r.ref), r.part) for r in artifact.read(path) if isinstance(r, Failed)}
        call, run = f"load at {client.url}", report["run"]
        found: list[Failed] = []
        cursor: str | None = ""
        try:
            while cursor is not None:
                page = client.ask(f"/api/v1/runs/{run}/objects", state="failed", limit=1000, cursor=cursor)
                cursor = page.get("next")
                for item in page["objects"]:
                    ref, part = Ref(item["ref"]["namespace"], item["ref"]["name"]), item.get("part")
                    if (ref, part) not in own:
                        error = item.get("reason") or "the server gives no reason"
                        found.append(Failed(ref=ref, call=call, error=error, part=part, fix=item.get("fix")))
        except AccessDenied:  # a token that may ingest need not be one that may read
            lost = int(report.get("failed") or 0) - sum(part is None for _, part in own)
            if lost > 0:
                error = f"{lost} objects were not stored, and the token may not read which"
                fix = f"`strabo runs show {run}` over there lists them"
                found = [Failed(ref=Ref("strabo", f"run {run}"), call=call, error=error, part="objects", fix=fix)]
        return found


def _client(config: HttpBulkConfig) -> Client:
    """Says no to a wrong URL before the run begins; connects when it is first asked."""
    return Client(config.url, config.token, timeout=config.timeout, patience=config.patience, insecure=config.insecure)
