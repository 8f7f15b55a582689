"""Records what the clients really send: `python -m tests.clients.record [NAME ...]` rewrites tests/clients/recorded.

One file for each recording, a line for each event, in the order in which they came. What would tell of the machine is
made neutral: folders, the account, the host; run ids and times stay as they were.
"""

import getpass
import json
import os
import re
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.clients.receiver import receiving
from tests.clients.rigs import SERVER, Rig

RECORDED = Path(__file__).parent / "recorded"
FOLDER, HOME, ACCOUNT, HOST = "/home/ann/shop", "/home/ann", "ann", "build-1"
LARGEST = 300_000  # bytes of one file


def page(rig: Rig) -> None:
    """What the page says to type, but for what it asks Strabo afterwards."""
    for command in rig.commands():
        if not command.startswith(("strabo ", "export ")):
            rig.do(command)


def airflow_failing(rig: Rig) -> None:
    rig.do("airflow db migrate")
    rig.do("airflow dags test broken 2026-11-03", wanted=1)


RECORDINGS: dict[str, tuple[str, Callable[[Rig], object]]] = {
    "python/page": ("python", page),
    "python/every-kind": ("python", lambda rig: rig.do("python every_kind.py")),
    "dbt/build": ("dbt", lambda rig: rig.do("dbt-ol build")),
    "dbt/structured-logs": ("dbt", lambda rig: rig.do("dbt-ol --consume-structured-logs build")),
    "dbt/failing": ("dbt", lambda rig: rig.do("dbt-ol build --vars 'break: yes'", wanted=1)),
    "airflow/dag": ("airflow", page),
    "airflow/failing": ("airflow", airflow_failing),
    "spark/app": ("spark", page),
}


def record(name: str) -> None:
    """Runs one client and writes down what it sent."""
    client, do = RECORDINGS[name]
    with receiving() as receiver, tempfile.TemporaryDirectory() as folder:
        rig = Rig(client, Path(folder), receiver.url)
        rig.set_up()
        do(rig)
        events = receiver.events()
        clean = neutral(folder, receiver.url, rig.home)
    lines = [json.dumps(clean(event), ensure_ascii=False, sort_keys=True, separators=(",", ":")) for event in events]
    text = "".join(f"{line}\n" for line in lines)
    assert len(text.encode()) <= LARGEST, f"{name}: {len(text.encode())} bytes"
    file = RECORDED / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(f"{name}: {len(events)} events, {len(text.encode())} bytes")  # noqa: T201


def neutral(folder: str, url: str, environment: Path) -> Callable[[object], object]:
    """Takes a value apart and puts it together again without this machine's names."""
    texts = {folder: FOLDER, str(Path(folder).resolve()): FOLDER, str(environment): f"{HOME}/venv", url: SERVER}
    texts |= {str(Path.home()): HOME} if Path.home() != Path("/") else {}
    whole = {getpass.getuser(): ACCOUNT, socket.gethostname(): HOST, "localhost": HOST}
    fleeting = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/dbt\.log")

    def clean(value: object) -> object:
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, str):
            if value in whole:
                return whole[value]
            for old, new in texts.items():
                value = value.replace(old, new)
            return fleeting.sub("dbt.log", value)
        return value

    return clean


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    for asked in sys.argv[1:] or RECORDINGS:
        record(asked)
