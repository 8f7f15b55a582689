"""A group of posts in one commit comes to what they come to one by one, and a bad one harms no other."""

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.api.wherehows import notes, writes
from strabo.api.wherehows.blocks import read_block
from strabo.api.wherehows.datasets import read_dataset
from strabo.api.wherehows.lineage import read_lineage
from strabo.api.wherehows.writes import Ask
from strabo.api.who import Who
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.catalog.door import By, Door
from strabo.errors import BadRecord
from strabo.model import codec
from strabo.model.ref import Ref

WHO, BY = Who(name="t"), By("wherehows")


def encoded(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)


def dataset(urn: str, field: str, value: str) -> tuple[Any, Ask]:
    return writes.put_dataset, Ask(WHO, read_dataset(encoded({"urn": urn, field: value})))


def tagged(urn: str, tag: str) -> tuple[Any, Ask]:
    return writes.put_block, Ask(WHO, read_block("tag", encoded({"urn": urn, "tags": [tag]})))


def moved(run: int, source: str, target: str) -> tuple[Any, Ask]:
    rows = [
        {"abstracted_object_name": source, "source_target_type": "source"},
        {"abstracted_object_name": target, "source_target_type": "target"},
    ]
    body = {"app_id": 1, "flow_path": "f", "job_name": "j", "job_exec_id": run, "flow_exec_id": run % 2 + 1,
            "job_end_unixtime": 1469040000 + run % 3, "lineages": rows}  # fmt: skip
    return writes.put_lineage, Ask(WHO, read_lineage(encoded(body)))


urns = st.sampled_from(["hive:///d/t", "hive:///d/T", "hive:///d/u", "kafka:///a.b"])
posts = st.one_of(
    st.builds(dataset, urns, st.sampled_from(["source", "parent_name"]), st.sampled_from(["1", "2"])),
    st.builds(tagged, urns, st.sampled_from(["a", "b"])),
    st.builds(moved, st.integers(1, 4), urns, urns),
)


def all_of(catalog: Catalog) -> tuple[set[bytes], list[Any], list[Any]]:
    store = catalog.store
    runs = [
        (n.key, n.body) for space in ("wherehows.run", "wherehows.flow", "wherehows.job") for n in store.notes(space)
    ]
    nodes = list(store.find([Ref("hive", n) for n in ("d.t", "d.T", "d.u")]).values())
    edges = store.seen_edges(nodes)
    refs = {n.id: n.ref for n in store.nodes({end for e in edges for end in (e.source, e.target)}).values()}
    seen = sorted((refs[e.target], refs[e.source], e.first, e.last, e.runs) for e in edges)
    return {codec.encode(r) for r in catalog.export()}, runs, seen


@given(st.lists(posts, max_size=8))
@settings(max_examples=15, deadline=None)
def test_together_is_one_by_one(said: list[tuple[Any, Ask]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for grouped in (False, True):
            with open_catalog(Path(folder) / f"{grouped}.db") as catalog:
                groups: list[tuple[Any, list[Ask]]] = []
                for operation, ask in said:  # neighbours of one kind go together, as the door has it
                    if grouped and groups and groups[-1][0] is operation:
                        groups[-1][1].append(ask)
                    else:
                        groups.append((operation, [ask]))
                for operation, asks in groups:
                    with catalog.store.writing(feed="wherehows") as writer:
                        operation(writer, BY, asks)
                found.append(all_of(catalog))
        assert found[0] == found[1]


def test_a_bad_post_in_a_group_is_refused_alone(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "c.db") as catalog:
        door = Door(catalog.store)
        asks = [dataset(urn, "source", "x")[1] for urn in ("hive:///d/a", "nonsense", "hive:///d/c\0", "hive:///d/d")]
        futures = [door.submit(writes.put_dataset, BY, ask) for ask in asks]
        door.close()
        assert [futures[0].result(1), futures[3].result(1)] == ["hive:d.a", "hive:d.d"]
        for future, what in ((futures[1], "no dataset URN"), (futures[2], "NUL")):
            with pytest.raises(BadRecord, match=what):
                future.result(1)
        assert {h.ref.name for h in catalog.find("kind:table").hits} == {"d.a", "d.d"}
        assert notes.naming_of(catalog.store) == notes.naming_set(catalog.store)
