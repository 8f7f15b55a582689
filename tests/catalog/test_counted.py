"""How fresh the edges are that queries of a log prove."""

from datetime import UTC, datetime, timedelta

import pytest

from strabo.catalog.catalog import Catalog
from strabo.errors import UsageError
from strabo.graph.model import Edge
from strabo.kit.logged import Logged, QueryLog
from strabo.model.records import Column, ColumnEdge, Dataset, Lineage, Record, Upstream
from strabo.model.ref import Ref
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig
from strabo.store.memory import MemoryStore

PG = "postgres://db:5432"
A, B = Ref(PG, "shop.public.a"), Ref(PG, "shop.public.b")
DAY = timedelta(days=1)
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TABLES: list[Record] = [Dataset(ref=ref, columns=(Column(name="x"),)) for ref in (A, B)]


def ran(*days_ago: int) -> list[Record]:
    """A query that moves `a` to `b`, and the lineage that it proves."""
    log = QueryLog(PG, "postgres")
    for days in days_ago:
        log.add(Logged(text="insert into b select x from a", search_path=("shop.public",), at=NOON - days * DAY))
    return list(SqlLineage(SqlLineageConfig())([*TABLES, *log.records()]))


def edge(catalog: Catalog, fresh: timedelta = 90 * DAY) -> Edge:
    graph = catalog.lineage(B, upstream=True, downstream=False, columns=True, fresh=fresh)
    (found,) = [e for e in graph.edges if e.source == A]
    return found


def test_an_edge_that_a_query_proves_says_when_and_how_often() -> None:
    catalog = Catalog(MemoryStore())
    catalog.put(ran(9, 9, 5), feed="log")
    found = edge(catalog)
    midnight = NOON.replace(hour=0)
    assert (found.how, found.runs, found.expired) == ("parsed", 3, False)
    assert (found.first_seen, found.last_seen) == (midnight - 9 * DAY, NOON - 5 * DAY)
    assert [(c.source, c.target, c.guessed) for c in found.columns] == [("x", "x", False)]
    assert found.job is not None
    assert found.job.name.startswith("query/")


def test_an_edge_that_no_query_has_proved_for_long_is_expired_and_stays() -> None:
    catalog = Catalog(MemoryStore())
    catalog.put(ran(200), feed="log")
    assert edge(catalog).expired
    assert not edge(catalog, 365 * DAY).expired
    catalog.put(ran(2), feed="log")
    again = edge(catalog)
    assert (again.expired, again.runs) == (False, 2)
    assert edge(catalog, 0 * DAY).expired  # none at all is a length of time too


def test_the_same_log_again_counts_nothing_twice_and_changes_nothing() -> None:
    catalog = Catalog(MemoryStore())
    catalog.put(ran(3, 3), feed="log")
    last = catalog.store.last()
    catalog.put(ran(3, 3), feed="log")
    assert edge(catalog).runs == 2
    assert list(catalog.store.changes(last, catalog.store.last())) == []


def test_an_edge_that_a_view_proves_as_well_never_expires() -> None:
    catalog = Catalog(MemoryStore())
    catalog.put(ran(200), feed="log")
    up = Upstream(ref=A, columns=(ColumnEdge(source="x", target="x"),))
    catalog.put([*TABLES, Lineage(ref=B, upstreams=(up,), how="parsed", evidence="view definition")], feed="pg")
    found = edge(catalog)
    assert (found.expired, found.runs) == (False, 1)


def test_how_long_an_edge_counts_as_current_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog(MemoryStore())
    catalog.put(ran(40), feed="log")
    for said, expired in (("", False), ("30d", True), ("2w", True), ("1y", False), ("999999999y", False)):
        monkeypatch.setenv("STRABO_FRESH", said)
        (found,) = catalog.lineage(B, downstream=False).edges
        assert found.expired is expired, said
    monkeypatch.setenv("STRABO_FRESH", "soon")
    with pytest.raises(UsageError, match="'soon' is no length of time") as told:
        catalog.lineage(B)
    assert told.value.where == "STRABO_FRESH"
    assert "90d" in str(told.value.fix)
