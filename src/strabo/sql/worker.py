"""A process that resolves one text after the other, within a limit on its memory, and asks its parent for schemas."""

import sys

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
        result = engine.run(
            job.text, job.dialect, schemas, job.session, job.shown, job.limits,
            skip=job.skip, begun=lambda number: wire.send(answers, wire.Begun(number)),
        )  # fmt: skip
        wire.send(answers, wire.Done(result))


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


if __name__ == "__main__":
    main()
