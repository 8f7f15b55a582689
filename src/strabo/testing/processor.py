"""What every processor must do. Subclass it and override the fixture `processor`."""

from collections.abc import Iterator

import pytest

from strabo.ingest.contracts import Processor
from strabo.ingest.guarded import guarded
from strabo.model import codec
from strabo.model.records import Record
from strabo.testing.hostile import HostileSource
from strabo.testing.records import one_of_each


class ProcessorContract:
    """The promises of `strabo.ingest.contracts.Processor`."""

    streams = True
    """Whether records come out while others have yet to go in. A gap is declared by setting it to False."""
    changes: frozenset[str] = frozenset()
    """Tags of the records that this processor, as its fixture configures it, replaces by others."""

    @pytest.fixture
    def processor(self) -> Processor:
        """The processor, configured so that it has something to do."""
        raise NotImplementedError("override the fixture `processor`")

    def test_nothing_in_nothing_out(self, processor: Processor) -> None:
        assert list(processor([])) == []

    def test_what_it_does_not_understand_is_passed_on_in_order(self, processor: Processor) -> None:
        given = [r for r in one_of_each() if codec.tag(r) not in self.changes]
        passed = [r for r in processor(iter(given)) if r in given]
        assert passed == given

    def test_it_takes_any_records_and_loses_no_object(self, processor: Processor) -> None:
        guard = guarded("it", processor, [*HostileSource().read(), *one_of_each()])
        came = list(guard)
        assert guard.lost() == (0, [])
        assert [r for r in came if codec.tag(r) == "failed" and getattr(r, "call", "") == "processor it"] == []
        for record in came:
            codec.decode(codec.encode(record))

    def test_what_it_makes_is_records(self, processor: Processor) -> None:
        for record in processor(HostileSource().read()):
            assert codec.decode(codec.encode(record)) == record

    def test_records_stream_through(self, processor: Processor) -> None:
        if not self.streams:
            pytest.skip("this processor holds records back")
        taken = 0

        def endless() -> Iterator[Record]:
            nonlocal taken
            while True:
                for record in one_of_each():
                    taken += 1
                    yield record

        stream = iter(processor(endless()))
        for _ in range(2000):
            next(stream)
        assert taken <= 4000

    def test_it_can_be_used_again(self, processor: Processor) -> None:
        said = [list(processor(iter(one_of_each()))) for _ in range(2)]
        assert said[0] == said[1]
