"""What events added up to for some objects and runs, read in sets: facets, and what each run read and wrote."""

from collections.abc import Iterable, Mapping
from typing import Any

from strabo.api.marquez.cards import Card
from strabo.catalog import events
from strabo.model.records import CheckResult, JobRun
from strabo.model.ref import Ref
from strabo.openlineage import state as states
from strabo.openlineage.deltas import dataset_key, job_key, run_key
from strabo.openlineage.state import DatasetState, JobState, RunState
from strabo.store.protocol import Reader

_SAYS = "https://openlineage.io/spec/facets/1-0-1/DataQualityAssertionsDatasetFacet.json"
PRODUCER = "urn:strabo:marquez"


def facets(reader: Reader, cards: Iterable[Card]) -> dict[int, dict[str, Any]]:
    """By node, every facet as it was sent, the newest of each; and the checks that another door brought."""
    keys: dict[bytes, int] = {}
    found: dict[int, dict[str, Any]] = {}
    for card in cards:
        found[card.node] = {}
        for ref in (card.ref, *card.aliases):
            keys.setdefault(job_key(ref) if card.job else dataset_key(ref), card.node)
        checks = _checks(card)
        if checks:
            found[card.node]["dataQualityAssertions"] = checks
    for key, body in _states(reader, keys).items():
        state = states.decode(body)
        if isinstance(state, JobState | DatasetState):
            said = {k: s.value for k, s in sorted(state.facets.items(), reverse=True) if s.value is not None}
            plain = {k.removeprefix("input.").removeprefix("output."): value for k, value in said.items()}
            found[keys[key]] |= plain
    return found


def _checks(card: Card) -> dict[str, Any]:
    results = card.all(CheckResult)
    if not results:
        return {}
    return {
        "_producer": PRODUCER,
        "_schemaURL": _SAYS,
        "assertions": [
            {"assertion": r.name, "success": r.passed, **({"column": r.column} if r.column else {})} for r in results
        ],
    }


def run_states(reader: Reader, runs: Iterable[tuple[Ref, JobRun]]) -> dict[tuple[Ref, str], RunState]:
    """What the events of these runs add up to, by job and id; of those that events speak of."""
    keys = {run_key(job, run.id): (job, run.id) for job, run in runs}
    found: dict[tuple[Ref, str], RunState] = {}
    for key, body in _states(reader, keys).items():
        state = states.decode(body)
        if isinstance(state, RunState):
            found[keys[key]] = state
    return found


def _states(reader: Reader, keys: Mapping[bytes, Any]) -> dict[bytes, bytes]:
    feed = events.feed_id(reader) if keys else 0
    return reader.states(feed, list(keys)) if feed else {}
