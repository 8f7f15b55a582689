"""A process that resolves one text after the other, within a limit on its memory, and asks its parent for schemas."""

import sys
from functools import partial
from typing import IO

from strabo.sql import engine, wire
from strabo.sql.names import TableName
from strabo.sql.result import Table

try:
    import resource
except ImportError:  # Windows: the parent's deadline holds there, a limit on memory does not
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Works until the parent closes the pipe."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer

    def schemas(name: TableName) -> Table | None:
        wire.send(answers, wire.Ask(name))
        told = wire.receive(requests)
        return told.table if isinstance(told, wire.Answer) else None

    while isinstance(job := wire.receive(requests), wire.Job):
        _limit(job.limits.megabytes)
        _limit_time(job.limits.seconds)
        result = engine.run(
            job.text, job.dialect, schemas, job.session, job.shown, job.limits,
            skip=job.skip, begun=partial(_begun, answers, job.limits.seconds),
        )  # fmt: skip
        wire.send(answers, wire.Done(result))


def _begun(answers: IO[bytes], seconds: float, number: int) -> None:
    _limit_time(seconds)
    wire.send(answers, wire.Begun(number))


def _limit(megabytes: int) -> None:
    """Lets this process take so much more than it has by now."""
    if resource is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123
            used = int(pages.read().split()[0]) * resource.getpagesize()
    except OSError:
        used = 512 << 20
    wanted = used + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


# The parent kills this process before that. Where there is no parent any more, the system does.
_LATER = 30  # seconds of work


def _limit_time(seconds: float) -> None:
    """Lets this process work so much longer, also in the middle of C, and leave nothing behind if it does not end."""
    if resource is None:
        return
    own = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(own.ru_utime + own.ru_stime + seconds) + _LATER
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    _, core = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, core))


if __name__ == "__main__":
    main()
