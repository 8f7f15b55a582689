"""Marquez' API over a catalog of its own, and a small shop in it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from strabo.testing.asker import Answer, Asker

PREFIX = "/compat/marquez/api/v1"
Event = dict[str, Any]
RUN = "0198d0d0-0000-7000-8000-00000000000{}"


class Marquez:
    """Asks as its clients do."""

    def __init__(self, ask: Asker) -> None:
        self.ask, self.catalog = ask, ask.catalog

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        """path: below /api/v1, quoted; one that begins with /v2beta is below /api."""
        base = PREFIX.removesuffix("/v1") if path.startswith("/v2beta") else PREFIX
        return self.ask(method, base + path, body)

    def get(self, path: str) -> Any:
        """The answer, which must be a good one."""
        answer = self("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def push(self, *events: Event) -> None:
        for event in events:
            answer = self("POST", "/lineage", event)
            assert (answer.status, answer.body) == (201, b""), answer.body


def event(
    job: str = "load",
    run: int = 1,
    kind: str = "COMPLETE",
    at: str = "2026-11-02T03:00:05Z",
    *,
    inputs: tuple[str | dict[str, Any], ...] = (),
    outputs: tuple[str | dict[str, Any], ...] = (),
    namespace: str = "shop",
    **facets: Any,
) -> Event:
    """One run event. Facets are the job's; a dataset is its name, or all of it."""

    def ports(found: tuple[str | dict[str, Any], ...]) -> list[dict[str, Any]]:
        return [{"namespace": "shop", "name": one} if isinstance(one, str) else one for one in found]

    return {
        "eventType": kind,
        "eventTime": at,
        "producer": "https://example.org/test",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": RUN.format(run), "facets": {}},
        "job": {"namespace": namespace, "name": job, "facets": facets},
        "inputs": ports(inputs),
        "outputs": ports(outputs),
    }


def table(name: str, *columns: str, made_of: dict[str, tuple[str, str]] | None = None) -> dict[str, Any]:
    """A dataset of an event, with its columns; made_of: column -> (dataset, column)."""
    facets: dict[str, Any] = {"schema": {"fields": [{"name": c, "type": "int"} for c in columns]}}
    if made_of:
        facets["columnLineage"] = {
            "fields": {
                column: {
                    "inputFields": [
                        {
                            "namespace": "shop",
                            "name": source,
                            "field": field,
                            "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}],
                        }
                    ]
                }
                for column, (source, field) in made_of.items()
            }
        }
    return {"namespace": "shop", "name": name, "facets": facets}


def quoted(text: str) -> str:
    return quote(text, safe="")


@pytest.fixture
def marquez(ask: Asker) -> Marquez:
    return Marquez(ask)


@pytest.fixture
def shop(marquez: Marquez) -> Marquez:
    """Raw → (clean) → orders → (sum) → revenue, with columns."""
    marquez.push(
        event("clean", 1, "START", "2026-11-02T03:00:00Z"),
        event("clean", 1, inputs=(table("raw", "id", "cents"),), outputs=(
            table("orders", "id", "amount", made_of={"id": ("raw", "id"), "amount": ("raw", "cents")}),
        )),
        event("sum", 2, "START", "2026-11-02T04:00:00Z", inputs=("orders",)),
        event("sum", 2, "FAIL", "2026-11-02T04:00:09Z", inputs=("orders",), outputs=(
            table("revenue", "total", made_of={"total": ("orders", "amount")}),
        )),
    )  # fmt: skip
    return marquez


Make = Callable[..., Asker]
