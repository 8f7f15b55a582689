"""What every Source must do. Subclass it and override the fixture `source` with one of yours on a real system."""

from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from strabo.ingest.contracts import Capability, Checkable, Resumable, Source
from strabo.ingest.guarded import is_object
from strabo.ingest.runner import Run, Steps
from strabo.model import codec, naming
from strabo.model.records import ENTITIES, Record, ScopeComplete
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.store.rows import ASPECTS


class SourceContract:
    """The promises of `strabo.ingest.contracts.Source`. That constructing does not connect is yours to test."""

    @pytest.fixture
    def source(self) -> Source:
        """A source of at least one object, with hostile names in it."""
        raise NotImplementedError("override the fixture `source`")

    @pytest.fixture
    def records(self, source: Source) -> list[Record]:
        return list(source.read())

    def test_it_lists_something(self, records: list[Record]) -> None:
        assert any(type(r) in ENTITIES for r in records)

    def test_reading_twice_says_the_same(self, source: Source, records: list[Record]) -> None:
        assert list(source.read()) == records

    def test_every_record_survives_the_codec(self, records: list[Record]) -> None:
        for record in records:
            assert codec.decode(codec.encode(record)) == record

    def test_every_ref_is_in_normal_form(self, records: list[Record]) -> None:
        odd: list[Ref] = []

        def look(ref: Ref) -> Ref:
            if naming.normal(ref) is not ref or "\0" in ref.name:
                odd.append(ref)
            return ref

        for record in records:
            map_refs(record, look)
        assert odd == []

    def test_no_two_objects_have_one_ref(self, records: list[Record]) -> None:
        counts = Counter(r.ref for r in records if is_object(r))
        assert [ref for ref, count in counts.items() if count > 1] == []

    def test_an_object_is_announced_before_it_is_spoken_of(self, records: list[Record]) -> None:
        where = {r.ref: i for i, r in reversed(list(enumerate(records))) if type(r) in ENTITIES}
        early = [r for i, r in enumerate(records) if i < where.get(r.ref, -1) and type(r) is not ScopeComplete]
        assert early == []

    def test_a_scope_is_closed_after_its_last_object(self, records: list[Record]) -> None:
        closed: list[ScopeComplete] = []
        for record in records:
            if isinstance(record, ScopeComplete):
                assert set(record.covers) <= ASPECTS.keys()
                closed.append(record)
                continue
            late = [c.ref for c in closed if naming.within(c.ref, record.ref) and codec.tag(record) in c.covers]
            assert late == [], f"{record.ref} comes after its scope was closed"

    def test_a_scope_is_closed_once(self, records: list[Record]) -> None:
        closed = [(r.ref, tag) for r in records if isinstance(r, ScopeComplete) for tag in r.covers]
        assert len(closed) == len(set(closed))

    def test_an_abandoned_reading_can_be_closed_and_begun_again(self, source: Source, records: list[Record]) -> None:
        for count in (0, 1, len(records) // 2):
            stream: Any = source.read()
            with closing(stream):
                for _, record in zip(range(count), stream, strict=False):
                    assert record in records
        assert list(source.read()) == records

    def test_a_run_accounts_for_every_object(self, source: Source) -> None:
        report = Run(Steps(source), feed="contract").go()
        assert report.problem is None
        assert report.reconciles

    def test_what_was_done_is_left_out_of_the_rest(self, source: Source, records: list[Record]) -> None:
        if not isinstance(source, Resumable):
            pytest.skip("this source cannot resume")
        scopes = list(dict.fromkeys(r.ref for r in records if isinstance(r, ScopeComplete)))
        assert list(source.read_rest(frozenset())) == records
        rest = list(source.read_rest(frozenset(scopes)))
        again = [r.ref for r in rest if is_object(r) and any(naming.within(s, r.ref) for s in scopes)]
        assert again == []
        for scope in scopes[:3]:
            rest = list(source.read_rest(frozenset([scope])))
            assert not any(is_object(r) and naming.within(scope, r.ref) for r in rest)
            assert [r for r in rest if r in records] == rest

    def test_it_says_what_its_login_may_read(self, source: Source) -> None:
        if not isinstance(source, Checkable):
            pytest.skip("this source cannot check its login")
        capabilities = list(source.check())
        assert capabilities
        for one in capabilities:
            assert isinstance(one, Capability)
            assert one.name
            assert one.ok or one.fix or one.detail
