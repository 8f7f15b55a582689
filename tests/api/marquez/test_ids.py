"""Node ids are looked up, not taken apart by a pattern."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.marquez.conftest import Marquez, event, quoted

from strabo.api.marquez.ids import dataset_id, field_id, job_id, meant, version_id
from strabo.catalog.catalog import Catalog
from strabo.errors import NotFound, UsageError
from strabo.model.records import Column, Dataset, Job
from strabo.model.ref import Ref
from strabo.store.memory import MemoryStore

HOSTILE = [
    Ref("postgres://db.example:5432", "shop.public.orders"),
    Ref("postgres://db.example:5432", 'shop."a:b".t#1'),
    Ref("food", "1st:2nd"),
    Ref("a", "b:c"),
    Ref("a:b", "c"),
    Ref("file", "/data/2026#draft"),
    Ref("s3://bucket", "a/b/c:d"),
    Ref("שלום", "טבלה:🛒"),
    Ref("bigquery", "p.d.Orders"),
    Ref("bigquery", "p.d.orders"),
]


def test_every_name_is_found_again() -> None:
    store = MemoryStore()
    Catalog(store).put([Dataset(ref=ref, columns=(Column(name="x:y"), Column(name="z#1"))) for ref in HOSTILE])
    for ref in HOSTILE:
        if ref in {Ref("a", "b:c"), Ref("a:b", "c")}:
            continue
        found = meant(store, dataset_id(ref))
        assert (store.nodes([found.node])[found.node].ref, found.version) == (ref, None)
        for column in ("x:y", "z#1"):
            of = meant(store, field_id(ref, column))
            assert (store.nodes([of.node])[of.node].ref, of.field) == (ref, column)
        wanted = version_id(ref, 7)
        of = meant(store, f"{dataset_id(ref)}#{wanted}")
        assert (store.nodes([of.node])[of.node].ref, of.version) == (ref, wanted)
    both = meant(store, "dataset:a:b:c")  # two objects of this spelling: the longer namespace is taken
    assert store.nodes([both.node])[both.node].ref == Ref("a:b", "c")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    namespace=st.text("ab:/#1 .", min_size=1, max_size=8).map(lambda t: "n" + t.strip(" /") + "s"),
    name=st.text('ab:/#1 ."', min_size=1, max_size=8).filter(lambda t: t.strip() == t),
)
def test_any_name_is_found_again(namespace: str, name: str) -> None:
    store = MemoryStore()
    Catalog(store).put([Job(ref=Ref(namespace, name))])
    (ref,) = [node.ref for node in store.nodes(range(1, 5)).values()]
    found = meant(store, job_id(ref))
    assert store.nodes([found.node])[found.node].ref == ref
    assert meant(store, job_id(Ref(namespace, name))).node == found.node


def test_a_spelling_that_the_platform_takes_for_the_same_is_found() -> None:
    store = MemoryStore()
    Catalog(store).put([Dataset(ref=Ref("postgres://db:5432", "shop.public.orders"))])
    assert meant(store, "dataset:postgresql://DB:shop.public.ORDERS").node == 1


@pytest.mark.parametrize("text", ["", "dataset", "dataset:", "table:a:b", "datasetField"])
def test_what_is_no_node_id_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="no node id"):
        meant(MemoryStore(), text)


@pytest.mark.parametrize("text", ["dataset:a:b", "job:x", "datasetField:a:b:c", "datasetField:a:b", "dataset::"])
def test_what_is_not_there_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        meant(MemoryStore(), text)


def test_names_travel_through_paths(marquez: Marquez) -> None:
    names = ['a "quoted".dot', "slash/inside", "emoji 🛒", "ערב", "x#1", "1:2", "Case", "case", "plus+one"]
    marquez.push(*(event(f"job {n}", 1, outputs=(n,)) for n in names))
    for name in names:
        path = f"/namespaces/shop/datasets/{quoted(name)}"
        assert marquez.get(path)["name"] == name
        assert marquez.get(f"/namespaces/shop/jobs/{quoted('job ' + name)}")["outputs"] == [
            {"namespace": "shop", "name": name}
        ]
        for spelled in (name, quoted(name)):
            graph = marquez.get(f"/lineage?nodeId=dataset:shop:{quoted(spelled) if spelled == name else spelled}")
            assert {n["id"] for n in graph["graph"]} == {f"dataset:shop:{name}", f"job:shop:job {name}"}
    # As the pages write it into the address: a plus sign means a space there, and is one here.
    assert marquez.get("/lineage/?nodeId=dataset:shop:plus+one&depth=2")["graph"]
