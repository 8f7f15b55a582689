"""An error has the form of the dialect that was asked in, also when it comes before the handler."""

from collections.abc import Mapping
from typing import Any

import pytest

from strabo.api.problems import Refused
from strabo.api.who import Who
from strabo.errors import Unavailable

MARQUEZ, WHEREHOWS = "/compat/marquez/api/v1", "/compat/wherehows"
READER = Who(name="ann", rights=frozenset({"read"}))


def _nobody(_headers: Mapping[str, str], _address: str) -> Who:
    raise Refused(401, "this server wants a token", fix="send one", www_authenticate="Bearer")


def _told(answer: Any, status: int, path: str) -> None:
    assert answer.status == status
    if path.startswith("/api/"):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == status
        said = answer.json["detail"]
    elif path.startswith(MARQUEZ):
        assert answer.json["code"] == status
        said = answer.json["message"]
    else:
        assert answer.json["return_code"] == status
        said = answer.json["error_message"]
    assert said


@pytest.mark.parametrize(
    ("read", "write"),
    [
        ("/api/v1/search", "/api/v1/records"),
        (f"{MARQUEZ}/namespaces", f"{MARQUEZ}/lineage"),
        (f"{WHEREHOWS}/dataset", f"{WHEREHOWS}/dataset"),
        ("/dataset", "/lineage"),
        (f"{WHEREHOWS}/dataset/owner", f"{WHEREHOWS}/dataset/owner"),
    ],
)
def test_before_the_handler_too(make: Any, read: str, write: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = make()
    _told(ask("GET", f"{read}?{'a=1&' * 101}"), 400, read)
    _told(ask("POST", write, b"x", headers={"content-encoding": "br"}), 415, write)
    _told(ask("POST", write, b"x" * 1_100_000), 413, write)
    _told(make(identify=lambda _h, _a: READER)("POST", write, b"{}"), 403, write)
    unknown = make(identify=_nobody)("GET", read)
    _told(unknown, 401, read)
    assert unknown.headers["www-authenticate"] == "Bearer"
    monkeypatch.setattr("strabo.api.app._READS_WAITING", 0)
    busy = make()("GET", read)
    _told(busy, 503, read)
    assert int(busy.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "path", [f"{MARQUEZ}/namespaces", f"{WHEREHOWS}/dataset?urn=hive:///a/b", "/api/v1/namespaces"]
)
def test_a_fault_of_ours_keeps_the_form_and_its_details(make: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = make()

    def broken() -> dict[str, int]:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(ask.catalog.store, "namespaces", broken)
    monkeypatch.setattr(ask.catalog.store, "notes", lambda *_: broken())
    answer = ask("GET", path)
    _told(answer, 500, path)
    assert b"secret" not in answer.body


@pytest.mark.parametrize("path", [f"{MARQUEZ}/namespaces", "/api/v1/namespaces"])
def test_where_the_catalog_lies_is_told_to_nobody(make: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = make()
    where = ask.catalog.path

    def busy(*_: Any) -> Any:
        raise Unavailable(f"{where} is held", where=where, fix=f"wait for {where}")

    monkeypatch.setattr(ask.catalog.store, "namespaces", busy)
    monkeypatch.setattr(ask.catalog.store, "notes", busy)
    answer = ask("GET", path)
    assert answer.status == 503
    assert b"the catalog is held" in answer.body
    assert where.encode() not in answer.body
