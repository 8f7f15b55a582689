"""What every Sink must do. Subclass it and override the fixtures `sink` and `written`."""

from collections.abc import Callable, Sequence

import pytest

from strabo.ingest.contracts import Sink, Tally
from strabo.model.records import ENTITIES, Record
from strabo.testing.hostile import HostileSource
from strabo.testing.records import one_of_each


class SinkContract:
    """The promises of `strabo.ingest.contracts.Sink`."""

    @pytest.fixture
    def sink(self) -> Sink:
        """A sink that has been told nothing yet."""
        raise NotImplementedError("override the fixture `sink`")

    @pytest.fixture
    def written(self) -> Callable[[], Sequence[Record]] | None:
        """A function that reads back what the sink wrote, after it is closed; None where nothing can be read back."""
        return None

    def _counts(self, sink: Sink, batches: Sequence[Sequence[Record]]) -> Tally:
        total = Tally()
        for tally in [*(sink.write(batch) for batch in batches), sink.close(complete=True)]:
            assert isinstance(tally, Tally)
            total.written += tally.written
            total.unchanged += tally.unchanged
            total.failures = [*total.failures, *tally.failures]
        return total

    def test_every_object_is_counted_once(self, sink: Sink) -> None:
        records = one_of_each()
        total = self._counts(sink, [records[:3], records[3:9], [], records[9:]])
        assert total.written + total.unchanged + len(total.failures) == sum(type(r) in ENTITIES for r in records)

    def test_hostile_names_are_written(self, sink: Sink) -> None:
        records = list(HostileSource().read())
        total = self._counts(sink, [records])
        assert total.failures == []
        assert total.written + total.unchanged == sum(type(r) in ENTITIES for r in records)

    def test_nothing_at_all_is_well(self, sink: Sink) -> None:
        assert self._counts(sink, [[]]).written == 0

    def test_a_run_that_broke_off_is_closed_without_a_word(self, sink: Sink) -> None:
        sink.write(one_of_each()[:2])
        assert sink.close(complete=False).failures == []

    def test_a_sink_that_was_never_written_to_can_be_closed(self, sink: Sink) -> None:
        assert sink.close(complete=False).written == 0

    def test_what_was_written_reads_back(self, sink: Sink, written: Callable[[], Sequence[Record]] | None) -> None:
        if written is None:
            pytest.skip("nothing to read back")
        records = one_of_each()
        sink.write(records[:5])
        sink.write(records[5:])
        sink.close(complete=True)
        assert list(written()) == records
