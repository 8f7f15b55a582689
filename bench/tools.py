"""What the benchmarks share: timing whole processes, printing a table, writing the figures as JSON."""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent / "results"


class Cost(NamedTuple):
    """A finished process: seconds on the clock and of CPU, peak memory in MiB."""

    wall: float
    cpu: float
    mib: float


def process(words: Sequence[str], *, env: dict[str, str] | None = None, cwd: str | None = None) -> Cost:
    """Runs a command to its end. Raises when it fails."""
    began = time.perf_counter()
    child = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, cwd=cwd
    )
    errors = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.stderr:
        child.stderr.close()
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}: {errors.decode()[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def rotating(commands: dict[str, Sequence[str]], rounds: int, *, env: dict[str, str] | None = None) -> dict[str, Cost]:
    """Medians of several commands run in turn, so that a slow minute of the machine hits them all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for round_number in range(rounds + 1):
        for name, words in commands.items():
            cost = process(words, env=env)
            if round_number:  # the first round warms the caches
                costs[name].append(cost)
    return {name: Cost(*(median(values) for values in zip(*found, strict=True))) for name, found in costs.items()}


def table(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Prints rows of equal keys as columns."""
    print(f"\n{title}  ({platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores)")
    if not rows:
        return
    names = list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    for line in [names, *cells]:
        print(
            "  "
            + "  ".join(
                text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(line, widths, strict=True))
            )
        )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def write(name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Leaves the figures in bench/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    about = {"python": platform.python_version(), "cores": os.cpu_count(), "machine": platform.machine()}
    (RESULTS / f"{name}.json").write_text(json.dumps({"about": about, "rows": list(rows)}, indent=1) + "\n")


def peak_mib() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


PYTHON = sys.executable
