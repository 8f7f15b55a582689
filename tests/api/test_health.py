"""Health and figures."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from strabo.api.metrics import MEDIA
from strabo.api.problems import Refused
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.errors import Unavailable
from strabo.server import Settings, application
from strabo.testing.asker import Asker

NAME = 'secret.name."ת 📦"'
TABLE = {"type": "dataset", "ref": {"namespace": "postgres://host-of-data:5432", "name": NAME}}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "c.db") as catalog:
        yield catalog


@pytest.fixture
def serve(catalog: Catalog) -> Iterator[Callable[..., Asker]]:
    """The whole application, as it is served."""
    askers: list[Asker] = []

    def _serve(**settings: Any) -> Asker:
        askers.append(Asker(application(catalog, Settings(**settings)), catalog))
        return askers[-1]

    yield _serve
    for asker in askers:
        messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

        async def receive() -> Any:
            return messages.pop(0)  # noqa: B023 - used before the next

        async def send(_message: Any) -> None:
            pass

        asker._loop.run_until_complete(asker.app({"type": "lifespan"}, receive, send))
        asker._loop.run_until_complete(asker._loop.shutdown_default_executor())
        asker.close()


def test_alive_and_ready(serve: Callable[..., Asker]) -> None:
    ask = serve(require_token=True)
    for path in ("/healthz", "/readyz"):
        got = ask("GET", path)
        assert (got.status, got.json) == (200, {"ok": True, "problems": []})
        assert got.headers["cache-control"] == "no-store"


def test_not_ready_says_why(
    serve: Callable[..., Asker], catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ask = serve()
    full = shutil.disk_usage(tmp_path)._replace(free=3 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    got = ask("GET", "/readyz")
    assert (got.status, got.json["problems"]) == (503, ["the disk has 3 MiB left"])
    assert got.headers["retry-after"] == "5"

    def broken() -> int:
        raise Unavailable("gone", where=str(tmp_path))

    monkeypatch.setattr(catalog.store, "last", broken)
    got = ask("GET", "/readyz")
    assert got.json["problems"] == ["the catalog does not answer", "the disk has 3 MiB left"]
    assert str(tmp_path) not in got.body.decode()
    assert ask("GET", "/healthz").status == 200


def test_a_server_that_stops_is_not_ready(serve: Callable[..., Asker]) -> None:
    ask = serve()
    ask.app.stopping = True
    assert ask("GET", "/readyz").status == 503
    assert ask("GET", "/healthz").status == 200
    assert ask("GET", "/readyz").headers["x-frame-options"] == "DENY"


def figures(ask: Asker) -> dict[tuple[str, ...], float]:
    got = ask("GET", "/metrics")
    assert (got.status, got.headers["content-type"]) == (200, MEDIA)
    return {
        (sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(got.body.decode())
        for sample in family.samples
    }


def test_figures_tell_how_it_fares_and_no_names_of_data(serve: Callable[..., Asker], tmp_path: Path) -> None:
    ask = serve()
    path = tmp_path / "r.jsonl"
    path.write_text('{"type":"dataset","ref":{"namespace":"n","name":"x"}}\n')
    ask.catalog.load(path, feed="nightly")
    ask("POST", "/api/v1/records?feed=push", [TABLE])
    ask("GET", "/api/v1/datasets/postgres%3A%2F%2Fhost-of-data%3A5432/secret.name.nothing")
    ask("GET", "/nowhere/secret.name")
    ask("GET", "/nowhere/else")
    told = figures(ask)
    assert told["strabo_requests_total", "method=POST", "route=/api/v1/records", "status=200"] == 1
    assert told["strabo_requests_total", "method=", "route=none", "status=404"] == 2
    assert told["strabo_request_seconds_count", "method=POST", "route=/api/v1/records"] == 1
    assert told["strabo_request_seconds_bucket", "le=+Inf", "method=POST", "route=/api/v1/records"] == 1
    assert told["strabo_door_commits_total",] == 1
    assert sum(v for k, v in told.items() if k[0] == "strabo_door_writes_total" and "result=stored" in k) == 1
    assert told["strabo_door_waiting",] == told["strabo_door_waiting_bytes",] == 0
    assert told["strabo_catalog_bytes",] == ask.catalog.store.size()
    assert told["strabo_feed_last_run_ok", "feed=nightly"] == 1
    assert told["strabo_feed_last_run_timestamp_seconds", "feed=nightly"] > 1_700_000_000
    text = ask("GET", "/metrics").body.decode()
    for name in ("secret.name", "host-of-data", "📦", "else"):
        assert name not in text
    assert len(figures(ask)) < 200


def test_figures_need_the_right_to_read(serve: Callable[..., Asker]) -> None:
    def nobody(_headers: Any, _address: str) -> Any:
        raise Refused(401, "no")

    assert serve(identify=nobody)("GET", "/metrics").status == 401
