"""The strategies and samples that other tests rest on."""

import msgspec
import pytest
from hypothesis import given, settings

from strabo.model import codec, naming
from strabo.model.records import Record
from strabo.model.ref import Ref
from strabo.testing.records import KINDS, one_of_each, records, refs


@given(refs())
def test_refs_are_in_normal_form(ref: Ref) -> None:
    assert naming.normal(ref) is ref


def test_there_is_one_of_each_kind_with_every_field_said() -> None:
    samples = one_of_each()
    assert [type(r) for r in samples] == list(KINDS)
    for record in samples:
        defaults = {f.name: f.default for f in msgspec.structs.fields(type(record)) if not f.required}
        filled = [name for name, default in defaults.items() if getattr(record, name) != default]
        assert set(filled) >= set(defaults) - {"active", "covers", "kind"}  # whose defaults are a value of theirs
        assert codec.decode(codec.encode(record)) == record


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_strategy(kind: type[Record]) -> None:
    @settings(max_examples=15)
    @given(records(kind))
    def check(record: Record) -> None:
        assert type(record) is kind

    check()
