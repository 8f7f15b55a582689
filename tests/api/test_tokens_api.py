"""Tokens over HTTP."""

from collections.abc import Callable

import pytest

from strabo.api.who import Right, Who
from strabo.testing.asker import Asker


def test_made_listed_revoked(ask: Asker) -> None:
    made = ask("POST", "/api/v1/tokens", {"name": "airflow", "rights": ["ingest"], "feeds": ["a*"], "expires": "90d"})
    assert made.status == 201
    assert made.headers["cache-control"] == "no-store"
    secret, token = made.json["secret"], made.json["token"]
    assert secret.startswith("stb_" + token["id"])
    assert token["made_by"] == "local"
    listed = ask("GET", "/api/v1/tokens")
    assert [t["name"] for t in listed.json["tokens"]] == ["airflow"]
    assert secret[12:] not in listed.body.decode()
    gone = ask("DELETE", "/api/v1/tokens/airflow")
    assert (gone.status, gone.json["id"]) == (200, token["id"])
    assert ask("GET", "/api/v1/tokens").json == {"tokens": []}
    assert len(ask("GET", "/api/v1/tokens?revoked=true").json["tokens"]) == 1
    assert ask("DELETE", "/api/v1/tokens/airflow").status == 404
    moment = ask.catalog.store.writes(before=None, limit=9)[0]
    assert (moment.actor, moment.origin, moment.what) == ("local", "127.0.0.1", "token revoke airflow")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "this is no token"),
        ({"name": "a"}, "rights"),
        ({"name": "a", "rights": ["fly"]}, "fly"),
        ({"name": "a", "rights": ["read"], "color": 1}, "color"),
        ({"name": "a b", "rights": ["read"]}, "cannot be a token's name"),
        ({"name": "a", "rights": ["read"], "expires": "soon"}, "no length of time"),
    ],
)
def test_what_cannot_be_made(ask: Asker, body: object, says: str) -> None:
    got = ask("POST", "/api/v1/tokens", body)
    assert got.status == 400
    assert says in got.json["detail"]


@pytest.mark.parametrize("rights", [{"read"}, {"edit", "ingest", "read"}, set()])
def test_only_an_admin_may(make: Callable[..., Asker], rights: set[Right]) -> None:
    ask = make(identify=lambda _h, a: Who(name="bob", address=a, rights=frozenset(rights)))
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/bob")):
        got = ask(method, f"/api/v1/tokens{path}", {"name": "a", "rights": ["admin"]} if method == "POST" else None)
        assert got.status == 403
        assert "may not admin" in got.json["detail"]
