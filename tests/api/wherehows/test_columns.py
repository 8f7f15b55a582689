"""Fields and schemas as clients spell them, as columns."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.api.wherehows import hive
from strabo.api.wherehows.columns import columns_of
from strabo.model.records import Column

AVRO = {
    "type": "record", "name": "View", "namespace": "com.example", "fields": [
        {"name": "id", "type": "long", "doc": "its key"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "either", "type": ["int", "string"], "default": 0},
        {"name": "who", "type": {"type": "record", "name": "Who", "fields": [
            {"name": "name", "type": "string"}, {"name": "boss", "type": ["null", "Who"]}]}},
        {"name": "also", "type": "com.example.Colour"},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "colour", "type": {"type": "enum", "name": "Colour", "symbols": ["RED", "BLUE"]}},
        {"name": "second", "type": "Colour"},
        {"name": "counts", "type": {"type": "map", "values": "int"}},
    ],
}  # fmt: skip


def tree(columns: tuple[Column, ...]) -> list[object]:
    return [(c.name, c.type, tree(c.fields)) if c.fields else (c.name, c.type) for c in columns]


def by_name(columns: tuple[Column, ...]) -> dict[str, Column]:
    return {c.name: c for c in columns}


def test_avro() -> None:
    columns = columns_of(msgspec.json.encode(AVRO).decode())
    found = by_name(columns)
    assert [c.name for c in columns] == [f["name"] for f in AVRO["fields"]]  # type: ignore[index]
    assert found["id"] == Column(name="id", type="long", kind="integer", nullable=False, comment="its key")
    assert (found["at"].kind, found["at"].type) == ("timestamp", "long(timestamp-millis)")
    assert (found["note"].nullable, found["note"].type) == (True, "string")
    assert (found["either"].kind, found["either"].default, found["either"].nullable) == ("union", "0", False)
    assert tree(found["who"].fields) == [("name", "string"), ("boss", "Who")]  # it would go on for ever
    assert tree((found["tags"],)) == [("tags", "array", [("element", "string")])]
    assert found["colour"].values == found["second"].values == ("RED", "BLUE")
    assert tree((found["counts"],)) == [("counts", "map", [("key", "string"), ("value", "int")])]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[{"name": "a", "type": "int"}, {"name": "b"}]', ["a", "b"]),
        ('[{"field_name": "a", "data_type": "int"}]', ["a"]),
        ('["a", "b"]', ["a", "b"]),
        ('{"fields": [{"name": "a"}]}', ["a"]),
        ('{"columns": [{"fieldName": "a"}]}', ["a"]),
        ('{"a": "int", "b": "string"}', ["a", "b"]),
        (
            '{"schema": "{\\"type\\": \\"record\\", \\"fields\\": [{\\"name\\": \\"k\\", \\"type\\": \\"int\\"}]}"}',
            ["k"],
        ),
        (
            '[{"name": "say \\"hi\\"."}, {"name": "שלום"}, {"name": "A"}, {"name": "a"}]',
            ['say "hi".', "שלום", "A", "a"],
        ),
    ],
)
def test_the_ways_to_write_fields(text: str, names: list[str]) -> None:
    assert [c.name for c in columns_of(text)] == names


@pytest.mark.parametrize(
    "text", ["", " ", "a int, b string", "3", "null", "[1]", '[{"type": "int"}]', "{", '{"type": "x"}']
)
def test_what_is_no_schema_has_no_columns(text: str) -> None:
    assert columns_of(text) == ()


def test_the_first_text_that_tells_decides() -> None:
    assert [c.name for c in columns_of("not json", '["a"]', '["b"]')] == ["a"]


def test_all_of_a_row_is_read() -> None:
    (row,) = columns_of(
        '[{"field_name": "a", "data_type": "decimal(10,2)", "is_nullable": "N", "default_value": 0,'
        ' "description": "x"}]'
    )
    assert row == Column(name="a", type="decimal(10,2)", kind="decimal", nullable=False, default="0", comment="x")


def test_rows_are_nested_by_path_by_number_and_by_fields() -> None:
    by_path = [
        {"field_name": "a", "sort_id": 1, "parent_sort_id": 0, "parent_path": ""},
        {"field_name": "b", "sort_id": 2, "parent_sort_id": 1, "parent_path": "a"},
        {"field_name": "c", "sort_id": 3, "parent_sort_id": 2, "parent_path": "a.b"},
    ]
    by_number = [
        {"fieldPath": n, "position": p, "parentFieldPosition": q} for n, p, q in (("a", 1, 0), ("b", 2, 1), ("c", 3, 2))
    ]
    by_dots = [{"fieldPath": p} for p in ("a", "a.b", "a.b.c")]
    by_fields = [{"name": "a", "type": "x", "fields": [{"name": "b", "type": "x", "fields": [{"name": "c"}]}]}]
    wanted = [("a", "b", "c")]
    for rows in (by_path, by_number, by_dots, by_fields):
        (a,) = columns_of(msgspec.json.encode(rows).decode())
        assert [(a.name, a.fields[0].name, a.fields[0].fields[0].name)] == wanted


def test_hive_types_are_opened() -> None:
    column = hive.column("c", "array<struct<id:bigint,`a:b`:map<string,decimal(10,2)>>>")
    assert column.type == "array<struct<id:bigint,`a:b`:map<string,decimal(10,2)>>>"
    (element,) = column.fields
    assert [(f.name, f.kind) for f in element.fields] == [("id", "integer"), ("a:b", "map")]
    assert [(f.name, f.type) for f in element.fields[1].fields] == [("key", "string"), ("value", "decimal(10,2)")]
    assert hive.column("u", "uniontype<int,string>").kind == "union"


@pytest.mark.parametrize("type_", ["struct<a>", "array<", "map<int,int,int>", "<>", "array<int>>", "a,b", "", "`"])
def test_a_type_that_is_not_understood_stays_as_it_is(type_: str) -> None:
    assert hive.column("c", type_) == Column(name="c", type=type_)


def test_types_may_be_deep_and_texts_hostile() -> None:
    assert hive.column("c", "array<" * 5000 + "int" + ">" * 5000).kind == "unknown"
    deep: object = "int"
    for _ in range(300):
        deep = {"type": "array", "items": deep}
    (column,) = columns_of(msgspec.json.encode({"type": "record", "fields": [{"name": "d", "type": deep}]}).decode())
    assert column.kind == "array"


@given(st.text(max_size=30), st.text(st.sampled_from("abc<>:,()` "), max_size=25))
def test_any_type_makes_a_column(name: str, type_: str) -> None:
    made = hive.column(name, type_)
    assert (made.name, made.type) == (name, type_)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["record", "array", "int"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["name", "type", "fields", "items", "values", "schema", "parent_path", "sort_id", "position",
                         "parentFieldPosition", "symbols", "logicalType", "namespace", "default", "doc", "nullable"]),
        inner,
    ),
    max_leaves=25,
)  # fmt: skip


@given(json)
def test_any_json_gives_columns_or_none(value: object) -> None:
    columns = columns_of(msgspec.json.encode(value).decode())
    assert all(isinstance(c.name, str) and isinstance(c.type, str) for c in columns)
    msgspec.json.decode(msgspec.json.encode(columns), type=tuple[Column, ...])
