"""Lists by name: each page is read from where the one before ended, however much lies before it."""

from typing import Any

import pytest
from tests.api.native.helpers import DB, pages, push, table

from strabo.api.native import listing
from strabo.model.records import Dataset
from strabo.model.ref import Ref
from strabo.testing.asker import Asker

NAMES = ["a", "A", "a.b", 'q"uote', "100%", "sl/ash", "é", "🎉", "\u202eright", *(f"t{n:03}" for n in range(40))]


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_are_read_from_where_they_begin(ask: Asker, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    push(ask, *(table(name) for name in NAMES), Dataset(ref=Ref("file", "/x")), Dataset(ref=Ref("z", "t001")))
    monkeypatch.setattr(listing, "_CHUNK", 5)
    store, asked = ask.catalog.store, []

    def watched(namespace: str, prefix: str, most: int, **more: Any) -> Any:
        asked.append(most)
        return by_prefix(namespace, prefix, most, **more)

    by_prefix = store.by_prefix
    monkeypatch.setattr(store, "by_prefix", watched)
    found = [(o["ref"]["namespace"], o["ref"]["name"]) for o in pages(ask, f"/api/v1/datasets?limit={limit}", "items")]
    listed = {Ref(*one) for one in found}
    assert found == sorted(found)
    assert len(found) == len(listed)
    assert {r.name for r in listed if r.namespace == DB} >= {
        "a.b",
        'q"uote',
        "100%",
        "sl/ash",
        "é",
        "🎉",
        "\u202eright",
    }
    assert {"file", "z"} <= {r.namespace for r in listed}
    assert max(asked) == 5
    some = pages(ask, f"/api/v1/datasets?limit={limit}&namespace={DB}&prefix=t00", "items")
    assert [o["ref"]["name"] for o in some] == [f"t{n:03}" for n in range(10)]


def test_what_comes_and_goes_between_two_pages_moves_nothing_else(ask: Asker) -> None:
    push(ask, *(table(f"t{n}") for n in range(6)))
    first = ask("GET", "/api/v1/datasets?limit=3").json
    push(ask, table("t0a"), table("t3a"))
    ask("DELETE", "/api/v1/datasets/postgres%3A%2F%2Fdb%3A5432/t1")
    second = ask("GET", f"/api/v1/datasets?limit=9&cursor={first['next']}").json
    names = [o["ref"]["name"] for page in (first, second) for o in page["items"]]
    assert names == ["t0", "t1", "t2", "t3", "t3a", "t4", "t5"]
