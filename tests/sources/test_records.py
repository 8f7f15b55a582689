"""The source of records in a file."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import AccessDenied, Unavailable, UsageError
from strabo.ingest.contracts import Checkable
from strabo.model import codec
from strabo.model.records import Container, Dataset, Failed, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref
from strabo.sources import records as module
from strabo.sources.records import RecordsConfig, RecordsSource
from strabo.testing.hostile import HostileSource

A = Dataset(ref=Ref("postgres://db:5432", "shop.public.a"))
B = Dataset(ref=Ref("postgres://db:5432", "shop.public.b"))
SCOPE = ScopeComplete(ref=Ref("postgres://db:5432", "shop.public"))
HEADER = b'{"strabo": "records", "version": 1}'

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": lambda raw: zstandard.ZstdCompressor().compress(raw),
}


def lines(*records: Record) -> bytes:
    return b"".join(codec.encode(r) + b"\n" for r in records)


def write(folder: Path, raw: bytes, suffix: str = "") -> RecordsSource:
    path = folder / f"records.jsonl{suffix}"
    path.write_bytes(PACKERS[suffix](raw))
    return RecordsSource(RecordsConfig(path=str(path)))


@pytest.mark.parametrize("suffix", PACKERS)
def test_what_was_written_is_read(tmp_path: Path, suffix: str) -> None:
    records = list(HostileSource().read())
    source = write(tmp_path, lines(*records), suffix)
    assert list(source.read()) == records
    assert list(source.read()) == records


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_files_put_one_behind_another_are_one(tmp_path: Path, suffix: str) -> None:
    source = write(tmp_path, b"", suffix)
    source._path.write_bytes(PACKERS[suffix](lines(A)) + PACKERS[suffix](lines(B)))
    assert list(source.read()) == [A, B]


@given(st.lists(st.binary(max_size=6).map(lambda b: b.replace(b"\n", b"")), max_size=6), st.integers(1, 5))
@settings(deadline=None)
def test_lines_are_split_alike_wherever_the_chunks_end(whole: list[bytes], size: int) -> None:
    raw = b"\n".join(whole)
    chunks = [raw[n : n + size] for n in range(0, len(raw), size)]
    expected = raw.split(b"\n")
    assert list(module._split(chunks)) == (expected if expected[-1] else expected[:-1])


def test_a_bad_line_is_told_and_the_reading_goes_on(tmp_path: Path) -> None:
    raw = (
        lines(A)
        + b'{"type": "dataset"}\n\xff\xfe\n[1]\n{"type":"dataset","ref":{"namespace":1,"name":""}}\n'
        + lines(B)
    )
    source = write(tmp_path, raw)
    first, *failed, last = source.read()
    assert (first, last) == (A, B)
    assert all(isinstance(r, Failed) for r in failed)
    assert [r.part for r in failed if isinstance(r, Failed)] == ["line 2", "line 3", "line 4", "line 5"]
    assert {r.ref for r in failed} == {Ref("file", str(tmp_path / "records.jsonl"))}
    assert isinstance(failed[3], Failed)
    assert "$.ref.namespace" in failed[3].error


def test_after_a_bad_line_no_scope_is_closed(tmp_path: Path) -> None:
    assert list(write(tmp_path, lines(A, SCOPE) + b"{\n").read())[:2] == [A, SCOPE]
    *_, skipped = write(tmp_path, lines(A) + b"{\n" + lines(SCOPE)).read()
    assert isinstance(skipped, Skipped)
    assert (skipped.ref, skipped.part) == (SCOPE.ref, "scope")
    assert "line 2" in skipped.reason


def test_what_is_about_the_file_is_no_record(tmp_path: Path) -> None:
    tricky = Dataset(ref=Ref("x", '"strabo"'), comment='{"strabo": 1}')
    raw = b"\xef\xbb\xbf" + HEADER + b"\r\n\n  \r\n" + lines(A, tricky) + b'{"strabo": "end", "records": 1}'
    assert list(write(tmp_path, raw).read()) == [A, tricky]
    last = list(write(tmp_path, lines(A) + b'{"strabo": ').read())[-1]
    assert isinstance(last, Failed)
    last = list(write(tmp_path, lines(A) + b'["strabo"]').read())[-1]
    assert isinstance(last, Failed)


def test_a_line_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 1 << 20)
    monkeypatch.setattr(module, "CHUNK", 1 << 10)
    raw = lines(A) + b"x" * (3 << 20) + b"\n" + lines(B) + b"y" * (3 << 20)
    first, failed, second, end = write(tmp_path, raw).read()
    assert (first, second) == (A, B)
    for record, part in ((failed, "line 2"), (end, "line 4")):
        assert isinstance(record, Failed)
        assert (record.part, record.error) == (part, "longer than 1 MiB")


def test_a_small_file_that_unpacks_to_a_big_one_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 1 << 20)
    source = write(tmp_path, lines(A) + b" " * (300 << 20) + b"\n" + lines(B), ".zst")
    assert source._path.stat().st_size < 100_000
    assert max(len(chunk) for chunk in source._chunks()) < 100 << 20
    assert [type(r) for r in source.read()] == [Dataset, Failed, Dataset]


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert list(write(tmp_path, b"").read()) == []
    assert [c.ok for c in write(tmp_path, HEADER).check()] == [True]


def test_a_file_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a file of records: none in its first 100 lines") as caught:
        list(write(tmp_path, b"a,b,c\n" * 1000).read())
    assert "strabo schema" in str(caught.value)
    late = list(write(tmp_path, b"a,b,c\n" * 98 + lines(A) + b"a,b,c\n" * 1000).read())
    assert len(late) == 1099


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_was_cut_off_gives_what_it_has(tmp_path: Path, suffix: str) -> None:
    many = [Container(ref=Ref("x", f"{n * n * 7919}")) for n in range(20_000)]
    source = write(tmp_path, lines(*many, SCOPE), suffix)
    whole = source._path.read_bytes()
    source._path.write_bytes(whole[: len(whole) // 2])
    got: list[Record] = []
    with pytest.raises(Unavailable, match="ends in the middle"):
        got.extend(source.read())  # extend keeps what came before the error
    assert 0 < len(got) < len(many)
    assert got == many[: len(got)]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, suffix: str) -> None:
    source = write(tmp_path, b"", suffix)
    source._path.write_bytes(lines(A) * 10)
    with pytest.raises(UsageError, match="not what its name says"):
        list(source.read())


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = RecordsSource(RecordsConfig(path=str(tmp_path / "no.jsonl"))).read()  # nothing is opened yet
    with pytest.raises(Unavailable, match="no such file"):
        next(reading)
    with pytest.raises(UsageError, match="a directory"):
        list(RecordsSource(RecordsConfig(path=str(tmp_path))).read())
    with pytest.raises(UsageError, match="not a path"):
        list(RecordsSource(RecordsConfig(path="a\0b")).read())
    for error, expected in ((PermissionError(13, "no"), AccessDenied), (OSError(5, "Input/output error"), Unavailable)):

        def refuse(*_: object, error: OSError = error) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(Path, "open", refuse)
            with pytest.raises(expected):
                list(RecordsSource(RecordsConfig(path=str(tmp_path / "x"))).read())


def test_an_abandoned_reading_closes_its_file(tmp_path: Path) -> None:
    for suffix in PACKERS:
        reading = write(tmp_path, lines(A, B), suffix).read()
        next(reading)
        reading.close()  # type: ignore[attr-defined]  # a file left open would warn, and warnings are errors here


def test_check(tmp_path: Path) -> None:
    source = write(tmp_path, b"\n" + HEADER + b"\n" + lines(A))
    assert isinstance(source, Checkable)
    assert [(c.ok, c.detail) for c in source.check()] == [(True, "the first is a dataset")]
    assert [c.ok for c in write(tmp_path, b"junk").check()] == [False]
