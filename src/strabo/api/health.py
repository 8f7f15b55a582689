"""Whether the server lives, and whether it can do its work: for supervisors, balancers and probes."""

import shutil
from pathlib import Path

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.errors import StraboError

_ROOM = 100 * 1024 * 1024  # bytes: below it a commit may fail soon


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """ok, or what is wrong in words that tell nothing of the data: anybody may ask."""

    ok: bool
    problems: tuple[str, ...] = ()


async def alive(_call: Call) -> Reply:
    """The process answers; nothing else is looked at, so that trouble with a disk restarts nobody."""
    return Reply(value=Health(ok=True), headers={"cache-control": "no-store"})


def ready(call: Call) -> Reply:
    """Reads and writes would work now: the door is open, the catalog answers, the disk has room."""
    problems = []
    if not call.door.open:
        problems.append("the door for writes is closed")
    try:
        call.catalog.store.last()
    except StraboError:
        problems.append("the catalog does not answer")
    room = _room(call.catalog.path)
    if room is not None and room < _ROOM:
        problems.append(f"the disk has {room // (1024 * 1024)} MiB left")
    headers = {"cache-control": "no-store", **({"retry-after": "5"} if problems else {})}
    return Reply(
        value=Health(ok=not problems, problems=tuple(problems)), status=503 if problems else 200, headers=headers
    )


def _room(path: str) -> int | None:
    """Bytes left where the catalog is; None for one that is in no file."""
    try:
        return shutil.disk_usage(Path(path).absolute().parent).free if path else None
    except OSError:
        return None


ROUTES = [
    Route(
        method="GET", path="/healthz", handle=alive, summary="Is it alive?", needs=None, answer=Health, group="server"
    ),
    Route(
        method="GET", path="/readyz", handle=ready, summary="Is it ready?", needs=None, answer=Health, group="server"
    ),
]
