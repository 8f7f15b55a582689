"""Tide gauges: the feeds that a folder of INI files describes, one file each."""

from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import Path

import msgspec
from strabo.errors import Unavailable
from strabo.ingest.contracts import Capability
from strabo.model.naming import join, normal_namespace
from strabo.model.records import (
    CanonicalType,
    Column,
    Container,
    Dataset,
    Owner,
    Ownership,
    Record,
    ScopeComplete,
    Skipped,
)
from strabo.model.ref import Ref

KINDS: dict[str, CanonicalType] = {"time": "timestamp", "metres": "float", "text": "text"}


class TidesConfig(msgspec.Struct, frozen=True, kw_only=True):
    folder: Path  # with one .ini file for each feed
    network: str  # of the gauges: names begin with "tides://" and this


class TidesSource:
    """The feeds of one folder, in name order."""

    def __init__(self, config: TidesConfig) -> None:
        self._folder = config.folder
        self._namespace = normal_namespace(f"tides://{config.network}")

    def read(self) -> Iterator[Record]:
        scope = Ref(self._namespace, "")
        yield Container(ref=scope, kind="network")
        for path in self._files():
            yield from self._feed(path)
        yield ScopeComplete(ref=scope)

    def check(self) -> Iterator[Capability]:
        count = len(self._files())
        yield Capability(name="feeds", ok=count > 0, detail=f"{count} files", fix="put .ini files into the folder")

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == ".ini")
        except OSError as error:
            raise Unavailable(
                f"cannot list the feeds: {error.strerror}",
                where=str(self._folder),
                fix="check that the folder exists and may be read",
            ) from error

    def _feed(self, path: Path) -> Iterator[Record]:
        ref = Ref(self._namespace, join(path.stem))
        said = ConfigParser(interpolation=None)
        said.optionxform = str  # type: ignore[assignment, method-assign] # column names keep their letter case
        try:
            said.read_string(path.read_text(encoding="utf-8"))
            feed = said["feed"]
            columns = said["columns"].items()
        except (OSError, UnicodeDecodeError, Error, KeyError) as error:
            reason = f"{path.name} is no description of a feed: {error}"
            yield Skipped(ref=ref, reason=reason, fix="it needs a section [feed] and a section [columns]")
            return
        yield Dataset(
            ref=ref,
            kind="stream",
            columns=tuple(Column(name=name, type=type_, kind=KINDS.get(type_, "unknown")) for name, type_ in columns),
            comment=feed.get("title"),
            location=feed.get("url"),
        )
        if "owner" in feed:
            yield Ownership(ref=ref, owners=(Owner(name=feed["owner"]),))
