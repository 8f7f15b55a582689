"""How fast the command starts, and how much is installed: `python -m bench.start [--assert-budgets]`."""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from bench.tools import PYTHON, rotating, table, write

ROOT = Path(__file__).parent.parent
MOST_DEPENDENCIES, MOST_MB = 12, 45


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--assert-budgets", action="store_true", help="fail when a count is over its budget")
    args = options.parse_args()
    strabo = str(Path(PYTHON).parent / "strabo")
    costs = rotating(
        {
            "python -c pass": [PYTHON, "-c", "pass"],
            "python -c 'import click'": [PYTHON, "-c", "import click"],
            "strabo --version": [strabo, "--version"],
            "strabo --help": [strabo, "--help"],
        },
        args.rounds,
    )
    bare = costs["python -c 'import click'"]
    rows = [
        {"command": name, "wall s": c.wall, "cpu s": c.cpu, "MiB": c.mib, "x click": c.wall / bare.wall}
        for name, c in costs.items()
    ]
    table("start", rows)
    packages, megabytes = installed()
    direct = len(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    sizes = [{"what": "direct dependencies", "count": direct}, {"what": "packages installed", "count": packages},
             {"what": "MB installed, without pip", "count": megabytes}]  # fmt: skip
    table("install", sizes)
    write("start", [*rows, *sizes])
    if args.assert_budgets and (direct > MOST_DEPENDENCIES or megabytes > MOST_MB):
        sys.exit(
            f"over budget: {direct} direct dependencies (most {MOST_DEPENDENCIES}), {megabytes} MB (most {MOST_MB})"
        )


def installed() -> tuple[int, float]:
    """Packages and megabytes that `pip install strabo` brings, itself included."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", "--no-compile", "-c", str(ROOT / "constraints.txt"), str(ROOT)], check=True)
        listing = subprocess.run(
            [python, "-m", "pip", "list", "--format", "json"], check=True, capture_output=True, text=True
        ).stdout
        names = {p["name"] for p in json.loads(listing)} - {"pip", "setuptools"}
        site = next((Path(folder) / "lib").glob("python*/site-packages"))
        size = sum(
            f.stat().st_size
            for f in site.rglob("*")
            if f.is_file()
            and f.suffix != ".pyc"
            and f.relative_to(site).parts[0].split("-")[0]
            not in {"pip", "setuptools", "pkg_resources", "_distutils_hack"}
        )
        return len(names), round(size / 1e6, 1)


if __name__ == "__main__":
    main()
