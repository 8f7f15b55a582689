"""What is told while a run goes on, and the accounting after it."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from strabo.cli.accounting import accounting, as_json, reasons, totals
from strabo.cli.live import Live
from strabo.cli.progress import Plain, Told, progress
from strabo.cli.session import Session
from strabo.ingest.events import Noticed, Progress, RunFinished, RunStarted, ScopeClosed
from strabo.ingest.report import Account, Report
from strabo.model.records import Skipped
from strabo.model.ref import Ref

ORDERS = Ref("postgres://db:5432", "shop.public.orders")
EVIL = Ref("postgres://db:5432", "a\x1b[31mb")


def clock(*times: float) -> Callable[[], float]:
    left = list(times)
    return lambda: left.pop(0)


def test_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Plain("sh\x1bop", clock=clock(0, 1, 11, 12, 22))
    for number in (10, 1200, 1300, 2400):
        tell(Progress(number * 2, number, number / 100))
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        r"sh\x1bop: 1,200 objects listed, 2,400 records, 100 objects/s, 12 s",
        r"sh\x1bop: 2,400 objects listed, 4,800 records, 100 objects/s, 24 s",
    ]


def test_told_follows_events() -> None:
    told = Told()
    for event in (RunStarted(1, "x"), ScopeClosed(EVIL), Noticed(Skipped(ref=ORDERS, reason="r")), RunFinished(1, "x")):
        told.take(event)
    assert told.scope == r"postgres://db:5432/a\x1b[31mb"
    assert told.troubles == 1
    assert told.pace == 0
    assert "1 noticed" in told.line("x")


@pytest.mark.parametrize("flag", ["quiet", "json"])
def test_quiet_and_json_say_nothing(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session()
    setattr(session, flag, True)
    with progress(session, "x") as tell:
        tell(Progress(1, 1, 1000.0))
    assert capsys.readouterr() == ("", "")


def test_drawn_on_a_terminal() -> None:
    drawn = io.StringIO()
    with Live("shop", console=Console(file=drawn, force_terminal=True, width=120)) as live:
        live.tell(Progress(2400, 1200, 12.0))
        live.tell(Noticed(Skipped(ref=ORDERS, reason="r")))
        live.tell(ScopeClosed(EVIL))
        live._progress.refresh()
    text = drawn.getvalue()
    assert "1,200 objects" in text
    assert "[31mb" in text
    assert "a\x1b[31mb" not in text


def report(**more: object) -> Report:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    values = {
        "run": 7,
        "feed": "shop",
        "status": "succeeded",
        "started_at": start,
        "ended_at": start + timedelta(seconds=2),
    }
    return Report(**{**values, **more})  # type: ignore[arg-type]


def test_reasons_are_grouped_with_what_to_do() -> None:
    accounts = [
        Account(ref=Ref("n", f"t{i}"), state="skipped", reason="no SELECT on it", fix="GRANT SELECT") for i in range(12)
    ]
    accounts += [Account(ref=ORDERS, state="failed", reason="broke", part="sizes", call="sizes")]
    told = accounting(report(listed=14, written=1, skipped=12, failed=1, status="incomplete"), accounts)
    assert told == [
        "shop: incomplete in 2.0 s",
        "  listed 14 = 1 written + 0 unchanged + 0 filtered + 12 skipped + 1 failed",
        "  0 records, 0 complete scopes",
        "  1 failed (sizes): broke",
        "    postgres://db:5432/shop.public.orders",
        "  12 skipped: no SELECT on it",
        "    n:t0, n:t1, n:t2, …",
        "    try: GRANT SELECT",
        "the run is recorded as run 7: strabo runs show 7",
    ]


def test_many_reasons_are_cut_and_none_is_lost() -> None:
    accounts = [Account(ref=ORDERS, state="filtered", reason=f"rule {i}") for i in range(50)]
    told = accounting(report(listed=50, filtered=50), accounts)
    assert "  40 more for 40 other reasons" in told
    assert sum(r.count for r in reasons(accounts)) == 50


def test_totals_that_do_not_add_up_say_so() -> None:
    assert "≠" in totals(report(listed=3, written=1))


def test_accounting_of_names_that_steer() -> None:
    accounts = [Account(ref=EVIL, state="failed", reason="x\x1b[1m\ny", part="p\x1b", fix="f\x1b")]
    assert "\x1b" not in "\n".join(accounting(report(listed=1, failed=1, feed="f\x1b"), accounts))


def test_json_has_every_field() -> None:
    told = as_json(report())
    assert {"run", "feed", "status", "listed", "lost", "problem", "fix", "reconciles", "reasons"} <= set(told)
    assert "accounts" not in told
