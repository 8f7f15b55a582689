"""Every record comes back as it went; what is no record says why."""

import json

import msgspec
import pytest
from hypothesis import given, settings

from strabo.errors import BadRecord
from strabo.model import codec
from strabo.model.records import Record
from strabo.testing.records import KINDS, one_of_each, records


@settings(max_examples=200, deadline=None)
@given(records())
def test_every_record_survives_the_codec(record: Record) -> None:
    line = codec.encode(record)
    assert b"\n" not in line
    again = codec.decode(line)
    assert again == record
    assert type(again) is type(record)
    assert codec.encode(again) == line
    assert codec.decode(line.decode()) == record


@pytest.mark.parametrize("record", one_of_each(), ids=codec.tag)
def test_the_order_of_fields_does_not_matter(record: Record) -> None:
    turned = dict(reversed(json.loads(codec.encode(record)).items()))
    assert codec.encode(codec.decode(json.dumps(turned))) == codec.encode(record)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "Expected `object`"),
        (b"\xff", "malformed"),
        (b'{"type":"dataset"}', "missing required field `ref`"),
        (b'{"type":"table","ref":{"namespace":"n","name":"x"}}', "Invalid value 'table' - at `$.type`"),
        (b'{"ref":{"namespace":"n","name":"x"}}', "missing required field `type`"),
        (b'{"type":"dataset","ref":{"namespace":"n","name":"x"},"colums":[]}', "unknown field `colums`"),
        (b'{"type":"dataset","ref":{"namespace":"n"}}', "field `name` - at `$.ref`"),
        (b'{"type":"dataset","ref":{"namespace":"n","name":"x"},"columns":[{"name":1}]}', "at `$.columns[0].name`"),
        (b'{"type":"dataset","ref":{"namespace":"n","name":"x"},"kind":"tabel"}', "Invalid enum value 'tabel'"),
        (b'{"type":"dataset","ref":{"namespace":"n","name":"x"},"columns":' + b'[{"fields":' * 5000, "not a record"),
    ],
)
def test_what_is_no_record_says_why_and_where(line: bytes, said: str) -> None:
    with pytest.raises(BadRecord) as caught:
        codec.decode(line)
    assert said.lower() in caught.value.what.lower()
    assert "strabo schema" in caught.value.fix


def test_digests_tell_contents_apart() -> None:
    digests = {codec.digest(codec.encode(r)) for r in one_of_each()}
    assert len(digests) == len(KINDS)
    assert {len(d) for d in digests} == {16}


def test_the_schema_names_every_kind() -> None:
    schema = codec.json_schema()
    assert schema["x-schema-version"] == codec.SCHEMA_VERSION
    assert {kind.__name__ for kind in KINDS} <= schema["$defs"].keys()
    assert msgspec.json.encode(schema)
