"""Search as Marquez' pages ask for it, both forms of it."""

from datetime import UTC, datetime
from typing import Any

from strabo.api.marquez.answers import Json, stamp
from strabo.api.marquez.cards import ANY, Card, cards
from strabo.api.marquez.facets import facets
from strabo.api.marquez.hidden import Hidden
from strabo.api.marquez.ids import dataset_id, job_id
from strabo.api.marquez.listing import KINDS, What
from strabo.api.marquez.runs import STATES
from strabo.catalog.find import Found, find
from strabo.errors import UsageError
from strabo.model.records import Definition, JobRun
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

_EVENTS = {"NEW": "OTHER", "RUNNING": "START", "COMPLETED": "COMPLETE", "FAILED": "FAIL", "ABORTED": "ABORT"}
_WIDE = 3  # times as many are looked at where what was found is filtered afterwards


def search(
    reader: Reader,
    text: str,
    *,
    only: str = "",
    sort: str = "",
    limit: int = 10,
    namespace: str = "",
    before: datetime | None = None,
    after: datetime | None = None,
) -> Json:
    """`{totalCount, results}`: the best matches, in the order of their names or of their last change."""
    what = _what(only)
    if sort.upper() not in {"", "NAME", "UPDATE_AT", "UPDATED_AT"}:
        raise UsageError(f"sort is {sort[:40]!r}", fix="it takes NAME or UPDATE_AT")
    found = _found(reader, text, what, namespace, limit * (_WIDE if before or after else 1))
    shown = [c for c in _cards(reader, found, ANY) if _between(c, before, after)][:limit]
    if sort.upper() in {"UPDATE_AT", "UPDATED_AT"}:
        shown.sort(key=lambda c: (-c.updated, c.ref.name))
    else:
        shown.sort(key=lambda c: (c.ref.name, c.ref.namespace))
    return {
        "totalCount": len(shown) if before or after else max(found.total, len(shown)),
        "results": [
            {
                "type": "JOB" if c.job else "DATASET",
                "name": c.ref.name,
                "updatedAt": stamp(c.updated),
                "namespace": c.ref.namespace,
                "nodeId": (job_id if c.job else dataset_id)(c.ref),
            }
            for c in shown
        ],
    }


def search_in_full(reader: Reader, text: str, what: What, limit: int = 20) -> Json:
    """`{hits, highlights}` of jobs or of datasets, the best first, with where the words were found."""
    found = _found(reader, text, what, "", limit)
    shown = _cards(reader, found, (*ANY, ASPECTS["definition"]))
    said = facets(reader, shown)
    marks = {str(hit.ref): hit for hit in found.hits}
    hits, highlights = [], []
    for card in shown:
        hits.append(_hit(card, said.get(card.node, {})))
        hit = marks.get(str(card.ref))
        lights: dict[str, list[str]] = {}
        if hit is not None and hit.columns:
            lights["facets.schema.fields.name"] = [f"<em>{c}</em>" for c in hit.columns]
        highlights.append(lights or {"name": [f"<em>{card.ref.name}</em>"]})
    return {"hits": hits, "highlights": highlights}


def _hit(card: Card, said: dict[str, Any]) -> Json:
    run = next((t.record for t in card.runs if isinstance(t.record, JobRun)), None)
    shown = dict(said)
    if card.job:
        text = next(iter(card.all(Definition)), None)
        if text is not None:
            shown.setdefault("sourceCode", {"language": text.dialect or text.language, "sourceCode": text.text})
    elif card.dataset.columns:
        fields = [{"name": c.name, "type": c.type, "fields": []} for c in card.dataset.columns]
        shown.setdefault("schema", {"fields": fields})
    hit = {
        "run_id": run.id if run is not None else "",
        "name": card.ref.name,
        "namespace": card.ref.namespace,
        "eventType": _EVENTS[STATES[run.status]] if run is not None else "",
        "facets": shown,
    }
    return {**hit, "type": "BATCH", "runFacets": {}} if card.job else hit


def _what(only: str) -> What | None:
    if only.upper() in {"", "ALL"}:
        return None
    if only.upper() not in {"JOB", "DATASET"}:
        raise UsageError(f"filter is {only[:40]!r}", fix="it takes JOB or DATASET")
    return "job" if only.upper() == "JOB" else "dataset"


def _found(reader: Reader, text: str, what: What | None, namespace: str, limit: int) -> Found:
    """What matches. Marquez' own pattern `%`, any text, parts two words here."""
    kinds = ",".join(KINDS[what] if what else (*KINDS["dataset"], *KINDS["job"]))
    where = f"kind:{kinds}" + (f' namespace:"{namespace}"' if namespace and '"' not in namespace else "")
    words = text.strip().strip("%").replace("%", " ")
    if not words.strip():
        return find(reader, where, limit=limit, facets=False)
    try:
        return find(reader, f"{where} {words}", limit=limit, facets=False)  # the last word may be the beginning of one
    except UsageError:  # what reads as a filter that there is not is text
        return find(reader, f'{where} "{words.replace(chr(34), " ")}"', limit=limit, facets=False)


def _cards(reader: Reader, found: Found, aspects: tuple[int, ...]) -> list[Card]:
    nodes = reader.find([hit.ref for hit in found.hits])
    every = cards(reader, [nodes[hit.ref] for hit in found.hits if hit.ref in nodes], aspects)
    return Hidden(reader).visible({card.node: card for card in every.values()}.values())


def _between(card: Card, before: datetime | None, after: datetime | None) -> bool:
    moment = datetime.fromtimestamp(card.updated / 1_000_000, UTC)
    return (before is None or moment < before) and (after is None or moment > after)
