"""Every ref of a record is reached, and nothing else."""

from hypothesis import given, settings

from strabo.model import codec
from strabo.model.records import Dataset, Record
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.testing.records import one_of_each, records


def marked(ref: Ref) -> Ref:
    return Ref("seen", ref.name)


def test_every_ref_of_every_kind_is_passed_through() -> None:
    for record in one_of_each():
        said = codec.encode(map_refs(record, marked))
        assert said.count(b'"namespace":') == said.count(b'"namespace":"seen"') >= 1


@settings(max_examples=50, deadline=None)
@given(records())
def test_nothing_changed_is_the_same_object(record: Record) -> None:
    assert map_refs(record, lambda r: r) is record
    assert map_refs(record, lambda r: Ref(r.namespace, r.name)) is record


def test_the_old_record_stays_as_it_was() -> None:
    record = Dataset(ref=Ref("n", "x"))
    assert map_refs(record, marked).ref == Ref("seen", "x")
    assert record.ref == Ref("n", "x")
