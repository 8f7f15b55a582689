"""The suites for plugins pass what is right, and catch what is wrong."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from strabo.errors import BadRecord, UsageError
from strabo.ingest.contracts import Processor, Source, Tally
from strabo.model import codec
from strabo.model.records import ENTITIES, Dataset, Record, ScopeComplete, Stats
from strabo.model.ref import Ref
from strabo.testing.hostile import HostileSource
from strabo.testing.processor import ProcessorContract
from strabo.testing.sink import SinkContract
from strabo.testing.source import SourceContract
from strabo.testing.stage import BulkSinkContract, StageContract

ORDERS = Dataset(ref=Ref("postgres://db:5432", "shop.orders"))


class TestHostileSource(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return HostileSource()


class TestPassingOn(ProcessorContract):
    @pytest.fixture
    def processor(self) -> Processor:
        return lambda records: (r for r in records)


class LinesSink:
    """Records as lines in a file, with a last line that says it is whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._lines = path, list[bytes]()

    def write(self, batch: Sequence[Record]) -> Tally:
        self._lines += [codec.encode(r) for r in batch]
        return Tally(written=sum(type(r) in ENTITIES for r in batch))

    def close(self, *, complete: bool) -> Tally:
        if complete:
            self._path.write_bytes(b"\n".join([*self._lines, b'{"lines": %d}' % len(self._lines)]))
        return Tally()

    @property
    def artifact(self) -> str:
        return str(self._path)


def lines(artifact: str) -> list[Record]:
    try:
        *found, last = Path(artifact).read_bytes().split(b"\n")
        whole = json.loads(last) == {"lines": len(found)}
    except (ValueError, OSError) as error:
        raise UsageError("not whole", fix="stage it again") from error
    if not whole:
        raise UsageError("not whole", fix="stage it again")
    return [codec.decode(line) for line in found]


class LinesBulkSink:
    def publish(self, artifact: str) -> Tally:
        return Tally(written=sum(type(r) in ENTITIES for r in lines(artifact)))


class TestLinesSink(SinkContract):
    @pytest.fixture
    def sink(self, tmp_path: Path) -> LinesSink:
        return LinesSink(tmp_path / "x")

    @pytest.fixture
    def written(self, tmp_path: Path) -> Callable[[], Sequence[Record]]:
        return lambda: lines(str(tmp_path / "x"))


class TestLinesStage(StageContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> LinesSink:
        return LinesSink(tmp_path / "x")

    @pytest.fixture
    def read(self) -> Callable[[str], Sequence[Record]]:
        return lines


class TestLinesBulkSink(BulkSinkContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> LinesSink:
        return LinesSink(tmp_path / "x")

    @pytest.fixture
    def bulk_sink(self) -> LinesBulkSink:
        return LinesBulkSink()


# --- the suites fail for what is wrong


class Saying:
    def __init__(self, *records: Record) -> None:
        self.records = records

    def read(self) -> Iterator[Record]:
        yield from self.records


@pytest.mark.parametrize(
    ("records", "test"),
    [
        ([Dataset(ref=Ref("postgresql://DB", "x"))], "test_every_ref_is_in_normal_form"),
        ([ORDERS, ORDERS], "test_no_two_objects_have_one_ref"),
        ([Stats(ref=ORDERS.ref), ORDERS], "test_an_object_is_announced_before_it_is_spoken_of"),
        (
            [ScopeComplete(ref=Ref(ORDERS.ref.namespace, "shop")), ORDERS],
            "test_a_scope_is_closed_after_its_last_object",
        ),
        ([ScopeComplete(ref=ORDERS.ref)] * 2, "test_a_scope_is_closed_once"),
        ([Dataset(ref=ORDERS.ref, columns=["x"])], "test_every_record_survives_the_codec"),  # type: ignore[arg-type]
        ([], "test_it_lists_something"),
    ],
)
def test_the_source_suite_catches(records: list[Record], test: str) -> None:
    with pytest.raises((AssertionError, BadRecord)):
        getattr(SourceContract(), test)(records)
    getattr(SourceContract(), test)([ORDERS, Stats(ref=ORDERS.ref)])


def test_the_source_suite_catches_a_change_of_mind() -> None:
    with pytest.raises(AssertionError):
        SourceContract().test_reading_twice_says_the_same(Saying(ORDERS), [])


def swallowing(records: Iterable[Record]) -> Iterator[Record]:
    return (r for r in records if not isinstance(r, Dataset))


def test_the_processor_suite_catches() -> None:
    suite = ProcessorContract()
    with pytest.raises(AssertionError):
        suite.test_it_takes_any_records_and_loses_no_object(swallowing)
    with pytest.raises(AssertionError):
        suite.test_what_it_does_not_understand_is_passed_on_in_order(swallowing)
    with pytest.raises(AssertionError):
        suite.test_what_it_does_not_understand_is_passed_on_in_order(lambda rs: iter(list(rs)[::-1]))
