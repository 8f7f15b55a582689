"""Bodies: leniently read where nothing is lost, refused with all problems at once where something would be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.api.wherehows.blocks import read_block
from strabo.api.wherehows.datasets import read_dataset
from strabo.api.wherehows.job_exec import read_job_exec
from strabo.api.wherehows.lineage import read_lineage
from strabo.errors import BadRecord


@pytest.mark.parametrize("body", [b"", b"{", b'{"urn":}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused_with_its_place(body: bytes) -> None:
    with pytest.raises(BadRecord, match="the body is no JSON"):
        read_dataset(body)


def test_malformed_json_says_where() -> None:
    with pytest.raises(BadRecord, match="byte 12"):
        read_dataset(b'{"urn": "x",}')


@pytest.mark.parametrize(("body", "shown"), [(b"[]", "a list"), (b"3", "3"), (b"null", "null")])
def test_a_body_is_an_object(body: bytes, shown: str) -> None:
    with pytest.raises(BadRecord, match=f"expected an object, got {shown}"):
        read_dataset(body)


def test_an_unknown_field_is_guessed() -> None:
    with pytest.raises(BadRecord, match="unknown field; did you mean storage_type") as caught:
        read_dataset(b'{"urn": "hive:///a/b", "storageType": "Table"}')
    assert caught.value.where == "storageType"


def test_all_problems_are_told_at_once_with_their_paths() -> None:
    rows = b'[{"source_target_type": 3}, {"db_id": [], "abstracted_object_name": "/a"}]'
    body = b'{"app_id": "x", "z": 1, "lineages": ' + rows + b"}"
    with pytest.raises(BadRecord) as caught:
        read_lineage(body)
    said = caught.value.what
    assert said.startswith("5 problems")
    assert 'app_id: expected a whole number, got "x"' in said
    assert "lineages[0].abstracted_object_name: missing; it takes text" in said
    assert "lineages[1].db_id: expected a whole number, got a list" in said
    assert "lineages[1].source_target_type: missing" in said
    assert "z: unknown field" in said


def test_a_list_must_be_a_list() -> None:
    with pytest.raises(BadRecord, match="expected a list, got an object"):
        read_lineage(b'{"lineages": {"source_target_type": "source", "abstracted_object_name": "x"}}')


def test_null_is_absent_numbers_are_text_and_text_is_numbers() -> None:
    body = read_dataset(
        b'{"urn": "hive:///a/b", "schema": null, "source_modified_time": 1469040000, "ref_dataset_id": "7",'
        b' "is_active": "Y", "fields": {"a": "int"}}'
    )
    assert (body.schema, body.source_modified_time, body.ref_dataset_id) == (None, "1469040000", 7)
    assert (body.is_active, body.fields) == (True, '{"a":"int"}')


def test_required_and_null_is_missing() -> None:
    with pytest.raises(BadRecord, match="missing; it takes text"):
        read_dataset(b'{"urn": null}')


def test_the_four_blocks_of_an_execution_are_required() -> None:
    with pytest.raises(BadRecord) as caught:
        read_job_exec(b"{}")
    for block in ("application", "jobExecution", "inputDatasetList", "outputDatasetList"):
        assert f"{block}: missing" in caught.value.what


def test_a_field_map_says_where_it_is_wrong() -> None:
    with pytest.raises(BadRecord) as caught:
        read_job_exec(
            b'{"application": {"name": "a"}, "jobExecution": {"name": "j"}, "inputDatasetList": [],'
            b' "outputDatasetList": [{"datasetUrn": "hive:///a/b", "detailLineageMap": {"fieldLineage": [{'
            b' "fieldPath": "x",'
            b' "mappedToFields": [{"mappedToDataset": {"nativeNam": "q", "dataPlatformUrn": "p"}, "fieldPaths": ["y"]}'
            b"]}]}}]}"
        )
    path = "outputDatasetList[0].detailLineageMap.fieldLineage[0].mappedToFields[0].mappedToDataset.nativeNam"
    assert f"{path}: unknown field; did you mean nativeName?" in caught.value.what


def test_a_block_must_be_there_and_say_of_what() -> None:
    with pytest.raises(BadRecord, match="capacity is missing"):
        read_block("capacity", b'{"urn": "hive:///a/b"}')
    with pytest.raises(BadRecord, match="which dataset"):
        read_block("capacity", b'{"capacity": []}')
    with pytest.raises(BadRecord, match="caseSensitivity is missing"):
        read_block("casesensitivity", b'{"datasetProperties": {"uri": "hive:///a/b"}}')


FIELDS = ["urn", "fields", "schema", "lineages", "db_id", "source_target_type", "abstracted_object_name", "application",
          "jobExecution", "inputDatasetList", "outputDatasetList", "name", "datasetUrn", "partition", "owners", "tags",
          "owner", "partitionSpec", "partitionKeys", "constraints", "indices", "fieldSchema"]  # fmt: skip
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(FIELDS), json, max_size=5))
def test_any_json_is_read_or_refused(value: dict[str, object]) -> None:
    import contextlib

    import msgspec

    body = msgspec.json.encode(value)
    for read in (read_dataset, read_lineage, read_job_exec, lambda b: read_block("owner", b)):
        with contextlib.suppress(BadRecord):
            read(body)
