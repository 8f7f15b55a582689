"""What a run tells while it goes on: typed events to one callable, which may draw, log or collect them."""

from collections.abc import Callable

import msgspec

from strabo.model.records import Failed, Skipped
from strabo.model.ref import Ref


class RunStarted(msgspec.Struct, frozen=True):
    run: int  # 0 where nothing records the run
    feed: str


class Progress(msgspec.Struct, frozen=True):
    """How far the run is; told every so often, never per record."""

    records: int
    listed: int  # objects
    seconds: float


class Noticed(msgspec.Struct, frozen=True):
    """An object, or a part of one, that was skipped or failed."""

    record: Skipped | Failed


class ScopeClosed(msgspec.Struct, frozen=True):
    scope: Ref


class RunFinished(msgspec.Struct, frozen=True):
    run: int
    status: str


Event = RunStarted | Progress | Noticed | ScopeClosed | RunFinished
Tell = Callable[[Event], None]


def silent(_: Event) -> None:
    """Tells nobody."""
