"""The audit over HTTP: what came by which call, for an admin only, and never a secret."""

from collections.abc import Callable

from strabo.api.who import Who
from strabo.testing.asker import Asker

TABLE = {"type": "dataset", "ref": {"namespace": "postgres://db:5432", "name": "shop.public.t"}}


def test_who_pushed_what_from_where(ask: Asker) -> None:
    ask("POST", "/api/v1/records?feed=shop", [TABLE], address="127.0.0.1")
    made = ask("POST", "/api/v1/tokens", {"name": "airflow", "rights": ["ingest"]}).json
    first = ask("GET", "/api/v1/audit?limit=1").json
    assert [(w["actor"], w["origin"]) for w in first["writes"]] == [("local", "127.0.0.1")]
    assert first["writes"][0]["what"] == f"token create airflow ({made['token']['id']})"
    second = ask("GET", f"/api/v1/audit?limit=1&cursor={first['next']}").json
    assert [(w["what"], w["feed"], w["began"], w["ended"]) for w in second["writes"]] == [
        ("POST /api/v1/records", "shop", 1, 0)
    ]
    rest = ask("GET", f"/api/v1/audit?cursor={second['next']}").json if second["next"] else {"writes": []}
    assert rest["writes"] == []
    assert made["secret"][12:] not in ask("GET", "/api/v1/audit").body.decode()
    assert ask("GET", "/api/v1/audit?actor=nobody").json == {"writes": [], "next": None}
    assert ask("GET", "/api/v1/audit?since=soon").status == 400
    assert ask("GET", "/api/v1/audit?cursor=x").status == 400
    assert ask("GET", "/api/v1/audit?actor=/(/").status == 400


def test_only_an_admin_may_read_it(make: Callable[..., Asker]) -> None:
    ask = make(identify=lambda _h, a: Who(name="bob", address=a, rights=frozenset({"read", "edit", "ingest"})))
    assert ask("GET", "/api/v1/audit").status == 403
