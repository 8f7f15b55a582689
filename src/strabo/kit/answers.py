"""What a Strabo server answers: counts and failures of what was pushed, or a refusal in our words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strabo.errors import AccessDenied, NotFound, StraboError, Unavailable, UsageError


@dataclass(frozen=True)
class Answer:
    """One answer to one question."""

    status: int
    fields: Mapping[str, str]  # header fields, names in lower case
    body: bytes

    def json(self) -> Any:
        """The body. Raises ValueError where it is no JSON."""
        return json.loads(self.body)

    def told(self) -> dict[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            found = self.json()
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Failure:
    """One pushed thing that was not stored. `index` is its place in what was pushed, from 0."""

    index: int
    error: str
    fix: str = ""


@dataclass(frozen=True)
class Pushed:
    """What became of what was pushed, in records or events: `written` said something new, `unchanged` did not.

    `states` says of every record what became of it, where that was asked for.
    """

    received: int = 0
    written: int = 0
    unchanged: int = 0
    failed: int = 0
    failures: tuple[Failure, ...] = ()
    states: tuple[str, ...] = ()
    stored: bool = True  # False when all or nothing was asked for, and it was nothing

    def __add__(self, more: "Pushed") -> "Pushed":
        return Pushed(
            self.received + more.received,
            self.written + more.written,
            self.unchanged + more.unchanged,
            self.failed + more.failed,
            self.failures + more.failures,
            self.states + more.states,
            self.stored and more.stored,
        )


def pushed(body: Mapping[str, Any], sent: int) -> Pushed:
    """What an answer to `sent` records (or OpenLineage events) says, in the native form or in OpenLineage's.

    Raises ValueError for one that says neither.
    """
    if "summary" in body:
        return _batch_of_events(body)
    counts = {name: body.get(name, 0) for name in ("written", "unchanged", "failed")}
    received = body.get("received", sent if body.get("items") else None)
    if not all(type(count) is int for count in (received, *counts.values())):
        raise ValueError("it does not say what was stored")
    items = [item for item in body.get("items") or () if isinstance(item, dict) and type(item.get("index")) is int]
    failures = tuple(
        Failure(item["index"], _why(item), str(item.get("fix") or ""))
        for item in items
        if item.get("status", "failed") == "failed"
    )
    states = tuple(str(item.get("status")) for item in sorted(items, key=lambda item: item["index"]))
    return Pushed(
        received=received,
        written=counts["written"],
        unchanged=counts["unchanged"],
        failed=max(counts["failed"], len(failures)),
        failures=failures,
        states=states if len(states) == sent else (),
    )


def _why(item: Mapping[str, Any]) -> str:
    column = item.get("column")
    return str(item.get("error") or "the server gives no reason") + (f" (column {column})" if column else "")


def _batch_of_events(body: Mapping[str, Any]) -> Pushed:
    """https://openlineage.io/apidocs/openapi: the answer of /lineage/batch."""
    summary = body["summary"]
    if not isinstance(summary, dict) or type(summary.get("received")) is not int:
        raise ValueError("it does not say what was stored")
    failures = tuple(
        Failure(
            event["index"],
            str(event.get("reason") or "the server gives no reason"),
            "push it again later" if event.get("retriable") else "",
        )
        for event in body.get("failed_events") or ()
        if isinstance(event, dict) and type(event.get("index")) is int
    )
    failed = max(int(summary.get("failed") or 0), len(failures))
    known = int(summary.get("duplicates") or 0)  # a word of Strabo's
    return Pushed(summary["received"], summary["received"] - failed - known, known, failed, failures)


def refusal(answer: Answer, where: str) -> StraboError:
    """The error that an answer other than 2xx is, in the server's words (RFC 9457) where it has any."""
    problem = answer.told()
    said = str(problem.get("detail") or problem.get("title") or "").strip()
    fix = str(problem.get("fix") or "").strip()
    status = answer.status
    if 300 <= status < 400:
        to = answer.fields.get("location", "somewhere else")
        return UsageError(
            f"the server sends us elsewhere ({status}), which is not followed: {to}",
            where=where,
            fix="if you trust that place, name it as the URL",
        )
    if status == 401:
        return AccessDenied(
            f"the server refused the login (401): {said or 'it does not take this token'}",
            where=where,
            fix=fix or "set STRABO_TOKEN to a token that is valid there; its administrator makes one",
        )
    if status == 403:
        return AccessDenied(
            f"the token may not do this (403): {said or 'the server refuses'}",
            where=where,
            fix=fix or "ask the server's administrator for a token that may",
        )
    if status in {404, 405, 501} and not problem:
        return UsageError(
            f"no Strabo answers there ({status})", where=where, fix="check the URL: it is what stands before /api/v1"
        )
    if status >= 500:
        return Unavailable(
            f"the server failed ({status}): {said or 'it does not say why'}",
            where=where,
            fix=fix or "look into its log; what it had taken before is stored",
        )
    kind = NotFound if status == 404 else UsageError
    return kind(f"the server refused ({status}): {said or 'it does not say why'}", where=where, fix=fix)


def not_ours(where: str) -> UsageError:
    """The error for an answer that no Strabo gives."""
    return UsageError("what answers there is no Strabo", where=where, fix="check the URL and its port")
