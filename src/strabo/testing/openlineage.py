"""Sets of events for laws: a few jobs, runs and datasets that touch each other in every way there is."""

from typing import Any

from hypothesis import strategies as st

PG, S3 = "postgres://db:5432", "s3://lake"
DATASETS = [
    {"namespace": PG, "name": "shop.public.orders"},
    {"namespace": "postgresql://DB", "name": "shop.PUBLIC.orders"},  # the same one, spelled by somebody else
    {"namespace": PG, "name": "shop.public.items"},
    {"namespace": PG, "name": "shop.mart.daily"},
    {"namespace": S3, "name": "/raw/orders/"},
    {"namespace": S3, "name": 'a "b".ש/🦆'},
]
COLUMNS = ["id", "amount", "day"]
JOBS = [{"namespace": "etl", "name": name} for name in ("dag", "dag.load", "dag.build")]
RUNS = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "not a uuid"]
HOURS = [f"2026-11-01T{hour:02}:00:00Z" for hour in range(6)]

QUERIES = [
    "INSERT INTO shop.mart.daily (day, amount) SELECT day, sum(amount) FROM shop.public.orders o GROUP BY day",
    "INSERT INTO daily SELECT o.id, i.amount, day FROM orders o JOIN public.items i ON i.id = o.id WHERE o.day > now()",
    "CREATE TABLE public.orders AS SELECT * FROM items",
    "SELECT id, upper(day) AS day FROM ORDERS WHERE amount > 0",
    "INSERT INTO items SELECT (((",
]

_pick = st.sampled_from


@st.composite
def _field(draw: st.DrawFn) -> dict[str, Any]:
    source: dict[str, Any] = {**draw(_pick(DATASETS)), "field": draw(_pick(COLUMNS))}
    how = draw(
        _pick([None, ("DIRECT", "IDENTITY"), ("DIRECT", "AGGREGATION"), ("INDIRECT", "FILTER"), ("INDIRECT", "JOIN")])
    )
    if how is not None:
        source["transformations"] = [{"type": how[0], "subtype": how[1]}]
    return source


@st.composite
def _column_lineage(draw: st.DrawFn) -> dict[str, Any]:
    fields = {
        c: {"inputFields": draw(st.lists(_field(), min_size=1, max_size=2))} for c in draw(st.sets(_pick(COLUMNS)))
    }
    facet: dict[str, Any] = {"fields": fields}
    if draw(st.booleans()):
        facet["dataset"] = draw(st.lists(_field(), max_size=2))
    return facet


@st.composite
def _facets(draw: st.DrawFn, *, output: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found["schema"] = {"fields": [{"name": c, "type": "int"} for c in draw(st.permutations(COLUMNS))]}
    if output and draw(st.booleans()):
        found["columnLineage"] = draw(_column_lineage())
    if draw(st.integers(0, 5)) == 0:
        found["symlinks"] = {"identifiers": [{**draw(_pick(DATASETS)), "type": "TABLE"}]}
    if draw(st.integers(0, 4)) == 0:
        found["ownership"] = {"owners": [{"name": draw(_pick(["team:a", "user:b"])), "type": "OWNER"}]}
    if draw(st.integers(0, 6)) == 0:
        found["documentation"] = draw(_pick([{"description": "one"}, {"description": "two"}, {"_deleted": True}]))
    if draw(st.integers(0, 6)) == 0:
        found["dataQualityAssertions"] = {
            "assertions": [{"assertion": "unique", "column": "id", "success": draw(st.booleans())}]
        }
    if draw(st.integers(0, 6)) == 0:
        how = draw(_pick(["DROP", "CREATE", "RENAME", "TRUNCATE"]))
        found["lifecycleStateChange"] = {"lifecycleStateChange": how}
        if how == "RENAME":
            found["lifecycleStateChange"]["previousIdentifier"] = draw(_pick(DATASETS))
    return found


@st.composite
def _dataset(draw: st.DrawFn, *, output: bool) -> dict[str, Any]:
    part = {**draw(_pick(DATASETS)), "facets": draw(_facets(output=output))}
    if output and draw(st.booleans()):
        part["outputFacets"] = {"outputStatistics": {"rowCount": draw(st.integers(0, 9))}}
    return part


@st.composite
def _explicit(draw: st.DrawFn) -> dict[str, Any]:
    target = draw(_pick([*DATASETS[:4], *JOBS]))
    kind = "JOB" if target in JOBS else "DATASET"
    inputs = [{**d, "type": "DATASET"} for d in draw(st.lists(_pick(DATASETS), max_size=2))]
    if draw(st.booleans()):
        inputs.append({**draw(_pick([*JOBS, {}])), "type": "JOB"})
    entry: dict[str, Any] = {"type": kind, **target, "inputs": inputs}
    if kind == "DATASET" and draw(st.booleans()):
        entry["fields"] = {"id": {"inputs": [{"type": "DATASET", **draw(_field())}]}}
    return entry


@st.composite
def event(draw: st.DrawFn) -> dict[str, Any]:
    """One event of any kind."""
    made: dict[str, Any] = {"eventTime": draw(_pick(HOURS)), "producer": "https://example.org/p", "schemaURL": "x"}
    kind = draw(_pick(["run", "run", "run", "run", "job", "dataset"]))
    if kind == "dataset":
        made["dataset"] = draw(_dataset(output=True))
        if draw(st.booleans()):
            made["dataset"]["facets"]["lineage"] = {"inputs": [{**draw(_pick(DATASETS)), "type": "DATASET"}]}
        return made
    made["job"] = {**draw(_pick(JOBS)), "facets": {}}
    if draw(st.integers(0, 3)) == 0:
        made["job"]["facets"]["lineage"] = {"entries": draw(st.lists(_explicit(), min_size=1, max_size=2))}
    if draw(st.integers(0, 2)) == 0:
        made["job"]["facets"]["sql"] = {"query": draw(_pick(QUERIES))}
    if draw(st.integers(0, 5)) == 0:
        pattern = {"eventContentMode": draw(_pick(["COMPLETE_SNAPSHOT", "ACCUMULATIVE"]))}
        made["job"]["facets"]["jobType"] = {"processingType": "STREAMING", "emissionPattern": pattern}
    if draw(st.booleans()):
        made["inputs"] = draw(st.lists(_dataset(output=False), max_size=2))
    if draw(st.booleans()):
        made["outputs"] = draw(st.lists(_dataset(output=True), max_size=2))
    if kind == "run":
        made["eventType"] = draw(_pick(["START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"]))
        made["run"] = {"runId": draw(_pick(RUNS)), "facets": {}}
        if draw(st.booleans()):
            made["run"]["facets"]["parent"] = {"run": {"runId": RUNS[0]}, "job": draw(_pick(JOBS))}
        if draw(st.integers(0, 4)) == 0:
            made["run"]["facets"]["errorMessage"] = {"message": draw(_pick(["boom", "bang"]))}
    return made


events = st.lists(event(), min_size=1, max_size=7)


def split(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The same word of a run in several events: each with some of the datasets. What a job declares is one word."""
    if "run" not in one:
        return [one]
    parts = [{**one, "inputs": [d], "outputs": []} for d in one.get("inputs", ())]
    parts += [{**one, "inputs": [], "outputs": [d]} for d in one.get("outputs", ())]
    return parts or [one]
