"""One request for every operation of this API, in the order in which they can be tried: a test does."""

from typing import NamedTuple
from urllib.parse import quote

from strabo.api.http import Route


class Example(NamedTuple):
    """A query and a body for a route; `file`: the body is a file of that name."""

    query: str = ""
    body: str = ""
    file: str = ""


ORDERS = {"namespace": "postgres://db:5432", "name": "shop.public.orders"}
DAILY = {"namespace": "airflow", "name": "etl.daily"}

_RECORD = '{"type":"dataset","ref":{"namespace":"postgres://db:5432","name":"shop.public.orders"},"columns":[{"name":"amount"}]}'
_RUN = '{"type":"run","ref":{"namespace":"airflow","name":"etl.daily"},"id":"1","status":"succeeded"}'
_EXAMPLES = {
    ("POST", "/api/v1/records"): Example("feed=shop", f"{_RECORD}\n{_RUN}"),
    ("POST", "/api/v1/edges"): Example(
        body='{"inputs":["postgres://db/shop.public.orders"],"outputs":["file:/exports/revenue.csv"],'
        '"job":"airflow:etl.daily","columns":{"total":["orders.amount"]}}'
    ),
    ("PUT", "/api/v1/datasets/{namespace}/{name}"): Example(
        "feed=shop",
        '{"kind":"table","columns":[{"name":"amount","type":"numeric(10,2)"}],"owners":["ann@example.org"]}',
    ),
    ("PUT", "/api/v1/jobs/{namespace}/{name}"): Example(body='{"kind":"workflow","schedule":"0 6 * * *"}'),
    ("POST", "/api/v1/loads"): Example("feed=warehouse", file="warehouse.jsonl.zst"),
    ("DELETE", "/api/v1/datasets/{namespace}/{name}"): Example("feed=shop"),
    ("GET", "/api/v1/search"): Example("q=orders"),
    ("GET", "/api/v1/suggest"): Example("q=ord"),
    ("GET", "/api/v1/datasets"): Example("namespace=postgres%3A%2F%2Fdb%3A5432&kind=table"),
    ("GET", "/api/v1/show"): Example("ref=orders"),
    ("GET", "/api/v1/lineage"): Example("ref=orders.amount&direction=downstream&columns=true"),
    ("GET", "/api/v1/impact"): Example("ref=orders"),
    ("GET", "/api/v1/history"): Example("ref=orders"),
    ("GET", "/api/v1/diff"): Example("since=1d"),
    ("GET", "/api/v1/changes"): Example("after=0"),
    ("GET", "/api/v1/datasets/{namespace}/{name}/lineage"): Example("hops=2"),
}


def example(route: Route) -> Example:
    """What to send, beside what the path says."""
    return _EXAMPLES.get((route.method, route.path), Example())


def path(route: Route) -> str:
    """The route's path, filled."""
    object_ = DAILY if "/jobs/" in route.path else ORDERS
    filled = route.path
    for name, text in {**object_, "run": "1"}.items():
        filled = filled.replace(f"{{{name}}}", quote(text, safe=""))
    return filled


def curl(route: Route, server: str) -> str:
    """The request as one line for a shell."""
    told = example(route)
    url = f"{server}{path(route)}" + (f"?{told.query}" if told.query else "")
    parts = ["curl", *([] if route.method == "GET" else ["-X", route.method]), _quoted(url)]
    if route.body is not None:
        parts += ["-H", _quoted(f"Content-Type: {route.media[0]}")]
        parts += ["--data-binary", f"@{told.file or 'body.json'}" if not told.body else _quoted(told.body)]
    return " ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
