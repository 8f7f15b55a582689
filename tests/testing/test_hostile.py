"""The hostile source keeps its promises, and its records survive the codec."""

from itertools import islice

import msgspec

from strabo.ingest.contracts import Resumable
from strabo.model import codec
from strabo.model.naming import join, leaf, split, within
from strabo.model.records import ENTITIES, Dataset, Definition, Failed, ScopeComplete, Skipped
from strabo.testing.hostile import CASES, HOSTILE_NAMES, HostileSource


def test_names_are_distinct_even_where_ascii_case_does_not_count() -> None:
    assert len({name.lower() for name in HOSTILE_NAMES}) == len(HOSTILE_NAMES)
    assert len({name.lower() for name in CASES}) == 1
    assert len(set(CASES)) == len(CASES)


def test_names_hold_what_they_say() -> None:
    for sign in ".\"'`/\\ %;\n":
        assert any(sign in name for name in HOSTILE_NAMES), repr(sign)
    assert sum(len(name.encode()) == 63 for name in HOSTILE_NAMES) == 2


def test_every_name_survives_joining() -> None:
    for name in HOSTILE_NAMES:
        assert split(join("db", name, "x")) == ["db", name, "x"]


def test_reading_twice_says_the_same() -> None:
    source = HostileSource()
    assert list(source.read()) == list(source.read())


def test_records_survive_the_codec() -> None:
    for record in HostileSource().read():
        assert codec.decode(codec.encode(record)) == record


def test_it_is_as_awkward_as_it_says() -> None:
    datasets = {leaf(r.ref): r for r in HostileSource().read() if isinstance(r, Dataset)}
    assert set(HOSTILE_NAMES) | set(CASES) <= datasets.keys()
    assert len(datasets["columns"].columns) == 10_000
    assert len((datasets["comment"].comment or "").encode()) == 1_000_000
    assert datasets["no columns"].columns == ()
    assert sum(isinstance(r, Definition) for r in HostileSource().read()) == 6


def test_no_two_objects_share_a_name_and_none_is_spoken_of_before_it_is_announced() -> None:
    announced = set()
    for record in HostileSource().read():
        if type(record) in ENTITIES:
            assert record.ref not in announced
            announced.add(record.ref)
        elif not isinstance(record, Skipped | Failed) or record.part:
            assert record.ref in announced


def test_scopes_close_after_what_is_in_them_and_not_where_something_failed() -> None:
    records = list(HostileSource().read())
    closed = {r.ref for r in records if isinstance(r, ScopeComplete)}
    assert len(closed) == 6
    for at, record in enumerate(records):
        if isinstance(record, ScopeComplete):
            assert not any(within(record.ref, later.ref) for later in records[at + 1 :])
    assert not any(within(scope, r.ref) for scope in closed for r in records if isinstance(r, Failed))


def test_what_is_done_is_left_out() -> None:
    source = HostileSource()
    assert isinstance(source, Resumable)
    done = frozenset(r.ref for r in islice((r for r in source.read() if isinstance(r, ScopeComplete)), 3))
    rest = list(source.read_rest(done))
    assert not any(within(scope, r.ref) for scope in done for r in rest)
    assert sum(isinstance(r, ScopeComplete) for r in rest) == 3


def test_the_whole_of_it_is_one_json_array() -> None:
    assert msgspec.json.encode(list(HostileSource().read()))
