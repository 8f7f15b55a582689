"""Near misses: what is told of as probably one, and what is not."""

import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strabo.catalog import hosts, near
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.ingest.contracts import Capability
from strabo.model.aliases import Names
from strabo.model.records import Dataset, Job, Record
from strabo.model.ref import Ref

Put = Callable[..., None]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "c.db") as catalog:
        yield catalog


@pytest.fixture
def put(catalog: Catalog) -> Put:
    def _put(namespace: str, *names: str) -> None:
        kind: type[Dataset | Job] = Dataset if "://" in namespace else Job
        records: list[Record] = [kind(ref=Ref(namespace, name)) for name in names]
        catalog.put(records, feed=namespace)

    return _put


def told(catalog: Catalog) -> list[tuple[str, str, str]]:
    return [(n.other, n.name, n.why) for n in near.namespaces(catalog.store, hosts.load(catalog.store))]


def finding(catalog: Catalog, name: str) -> Capability:
    return next(f for f in catalog.doctor() if f.name == name)


@pytest.mark.parametrize(
    ("small", "large", "why"),
    [
        ("postgres://db:5432", "postgres://db.internal:5432", "short host name"),
        ("postgres://db:6432", "postgres://db:5432", "port"),
        ("postgres://127.0.0.1:5432", "postgres://localhost:5432", "host alias"),
        ("postgres://10.0.0.5:5432", "postgres://db.internal:5432", "host address"),
        ("sqlserver://db:1433", "mssql://db:1433", "scheme"),
        ("mssql+pymssql://db:1433", "mssql://db:1433", "scheme"),
        ("postgres://db:6432", "postgres://db.internal:5432", "short host name and port"),
        ("airflow", "Airflow", "case"),
    ],
)
def test_what_looks_alike_is_told_with_the_command_that_maps_it(
    catalog: Catalog, put: Put, small: str, large: str, why: str
) -> None:
    put(large, *(f"shop.public.t{n}" for n in range(6)))
    put(small, *(f"shop.public.t{n}" for n in range(5)))
    assert told(catalog) == [(small, large, why)]
    found = finding(catalog, "namespaces are told apart")
    assert not found.ok
    assert f"{small} and {large} ({why})" in found.detail
    line = found.fix.splitlines()[1]
    assert "5 and 6 objects, 5 names in common" in line
    words = shlex.split(line, comments=True)
    assert words == ["strabo", "hosts", "map", small, large]
    hosts.add(catalog.store, words[3], words[4], actor="x")
    assert told(catalog) == []
    assert finding(catalog, "namespaces are told apart").ok


def test_what_is_likely_two_systems_is_not_told(catalog: Catalog, put: Put) -> None:
    names = [f"shop.public.t{n}" for n in range(5)]
    put("postgres://db.prod:5432", *names)
    put("postgres://db.staging:5432", *names)
    put("mysql://db.prod:3306", *names)
    put("postgres://crm:5432", "crm.public.a")
    put("postgres://crm:5433", "crm.public.b")  # two ports, and nothing in common
    put("postgres://10.0.0.5:5432", "other.public.a", "other.public.b", "other.public.c")
    put("postgres://10.0.0.6:5432", *names)  # alike, but which of the two, prod or staging?
    assert {t[:2] for t in told(catalog)} <= {
        ("postgres://10.0.0.6:5432", "postgres://db.prod:5432"),
        ("postgres://10.0.0.6:5432", "postgres://db.staging:5432"),
    }


def test_hostile_namespaces_are_quoted(catalog: Catalog, put: Put) -> None:
    put("it's $(rm)", "a")
    put("IT'S $(rm)", "a", "b")
    line = finding(catalog, "namespaces are told apart").fix.splitlines()[1]
    assert shlex.split(line, comments=True)[3:] == ["it's $(rm)", "IT'S $(rm)"]


def test_names_that_differ_only_by_case(catalog: Catalog, put: Put) -> None:
    put("s3://bucket", "raw/Orders", "raw/orders", "raw/customers", "raw/STRASSE", "raw/straße")
    put("postgres://db:5432", "shop.public.A", "shop.public.b")
    found = near.names(catalog.store)
    assert [(a.name, b.name) for a, b in found.pairs] == [("raw/Orders", "raw/orders"), ("raw/STRASSE", "raw/straße")]
    assert found.complete
    told = finding(catalog, "names differ by more than case")
    assert not told.ok
    assert "raw/Orders and raw/orders" in told.detail
    assert "rename processor" in told.fix


def test_there_is_an_end_to_it(catalog: Catalog, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(f"team{number}", "a")
        put(f"Team{number}", "a")
    put("kafka://k:9092", *(f"{c}{n}" for n in range(30) for c in "aA"))
    began = time.monotonic()
    assert len(told(catalog)) == near.MOST
    assert len(near.names(catalog.store).pairs) == near.MOST
    assert not near.names(catalog.store).complete
    assert time.monotonic() - began < 5
    monkeypatch.setattr(near, "_NODES", 10)
    assert not near.names(catalog.store).complete
    monkeypatch.setattr(near, "_PAIRS", 5)
    assert len(near.namespaces(catalog.store, Names())) == 5


def test_a_quiet_catalog_is_well(catalog: Catalog) -> None:
    assert all(f.ok for f in catalog.doctor())
