"""What every Stage and the BulkSink that publishes its files must do. Subclass and override the fixtures."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from strabo.errors import StraboError
from strabo.ingest.contracts import BulkSink, Stage
from strabo.model.records import ENTITIES, Record
from strabo.testing.hostile import HostileSource
from strabo.testing.records import one_of_each

Read = Callable[[str], Sequence[Record]]


class StageContract:
    """The promises of `strabo.ingest.contracts.Stage`."""

    @pytest.fixture
    def stage(self) -> Stage:
        """A stage that has been told nothing yet."""
        raise NotImplementedError("override the fixture `stage`")

    @pytest.fixture
    def read(self) -> Read:
        """A function from an artifact to its records; it raises StraboError for one that is not whole."""
        raise NotImplementedError("override the fixture `read`")

    @pytest.mark.parametrize("batches", [1, 3, 1000])
    def test_every_kind_of_record_comes_back(self, stage: Stage, read: Read, batches: int) -> None:
        records = [*one_of_each(), *HostileSource().read()]
        size = -(-len(records) // batches)
        for start in range(0, len(records), size):
            stage.write(records[start : start + size])
        stage.close(complete=True)
        assert list(read(stage.artifact)) == records

    def test_nothing_staged_is_a_whole_file_of_nothing(self, stage: Stage, read: Read) -> None:
        stage.close(complete=True)
        assert list(read(stage.artifact)) == []

    def test_a_run_that_broke_off_leaves_nothing_that_passes_as_whole(self, stage: Stage, read: Read) -> None:
        stage.write(one_of_each())
        stage.close(complete=False)
        if Path(stage.artifact).exists():
            with pytest.raises(StraboError):
                list(read(stage.artifact))

    def test_a_torn_file_does_not_pass_as_whole(self, stage: Stage, read: Read) -> None:
        stage.write(one_of_each())
        stage.close(complete=True)
        path = Path(stage.artifact)
        if not path.is_file():
            pytest.skip("the artifact is no file")
        body = path.read_bytes()
        for size in (len(body) - 1, len(body) // 2, 1, 0):
            path.write_bytes(body[:size])
            with pytest.raises(StraboError):
                list(read(stage.artifact))


class BulkSinkContract:
    """The promises of `strabo.ingest.contracts.BulkSink`."""

    @pytest.fixture
    def stage(self) -> Stage:
        """A stage whose files the bulk sink publishes."""
        raise NotImplementedError("override the fixture `stage`")

    @pytest.fixture
    def bulk_sink(self) -> BulkSink:
        raise NotImplementedError("override the fixture `bulk_sink`")

    def test_every_object_is_published_as_often_as_one_likes(self, stage: Stage, bulk_sink: BulkSink) -> None:
        records = one_of_each()
        stage.write(records)
        stage.close(complete=True)
        objects = sum(type(r) in ENTITIES for r in records)
        tally = bulk_sink.publish(stage.artifact)
        assert tally.failures == []
        assert tally.written + tally.unchanged == objects
        assert bulk_sink.publish(stage.artifact).failures == []

    def test_what_is_no_staged_file_is_refused(self, bulk_sink: BulkSink, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("no records at all\n")
        with pytest.raises(StraboError) as caught:
            bulk_sink.publish(str(path))
        assert caught.value.fix
        with pytest.raises(StraboError):
            bulk_sink.publish(str(tmp_path / "not there"))
