"""What a run did, for people: totals that add up, and what was left out, grouped by its reason."""

from collections.abc import Iterable

import msgspec

from strabo.cli.out import indented
from strabo.cli.text import clean, count, line, seconds
from strabo.ingest.report import Account, Report

_GROUPS = 10  # reasons shown
_MOST = 10_000  # reasons told apart; more would only be a name within each
_EXAMPLES = 3

_STATES = ("failed", "skipped", "proposed", "retired", "filtered")
"""What is shown first: what needs somebody."""


class Reason(msgspec.Struct):
    """Why some objects, or parts of them, ended as they did."""

    state: str
    reason: str
    part: str | None = None
    fix: str | None = None
    count: int = 0
    examples: list[str] = []


def reasons(accounts: Iterable[Account]) -> list[Reason]:
    """The accounts grouped by state, reason, part and fix; failures first, then the most frequent."""
    groups: dict[tuple[str, str, str | None, str | None], Reason] = {}
    for account in accounts:
        key = (account.state, account.reason, account.part, account.fix)
        if key not in groups and len(groups) >= _MOST:
            key = (account.state, "other reasons", None, None)
        found = groups.get(key)
        if found is None:
            found = groups[key] = Reason(state=key[0], reason=key[1], part=key[2], fix=key[3])
        found.count += 1
        if len(found.examples) < _EXAMPLES:
            found.examples.append(str(account.ref))
    return sorted(groups.values(), key=lambda r: (_STATES.index(r.state), -r.count))


def totals(report: Report) -> str:
    """Such as: listed 12 = 10 written + 1 unchanged + 0 filtered + 1 skipped + 0 failed."""
    parts = ("written", "unchanged", "filtered", "skipped", "failed")
    sign = "=" if report.reconciles else "≠"
    return f"listed {report.listed:,} {sign} " + " + ".join(f"{getattr(report, p):,} {p}" for p in parts)


def duration(report: Report) -> float:
    """Seconds; 0 while it is not over."""
    if report.started_at is None or report.ended_at is None:
        return 0.0
    return (report.ended_at - report.started_at).total_seconds()


def headline(report: Report) -> str:
    """Such as: shop: succeeded in 0.4 s."""
    took = f" in {seconds(duration(report))}" if report.ended_at else ""
    return f"{line(report.feed)}: {report.status}{took}"


def accounting(report: Report, accounts: Iterable[Account]) -> list[str]:
    """The lines that say what a run did."""
    told = [headline(report), f"  {totals(report)}"]
    also = [
        count(report.retired, "retired", "retired") if report.retired else "",
        count(report.proposed, "retirement proposed", "retirements proposed") if report.proposed else "",
        count(report.notes, "note") + " on parts of objects" if report.notes else "",
        count(report.lost, "lost by a step", "lost by a step") if report.lost else "",
        count(report.records, "record"),
        count(report.scopes, "complete scope"),
    ]
    told.append("  " + ", ".join(filter(None, also)))
    groups = reasons(accounts)
    for group in groups[:_GROUPS]:
        told += indented(_reason(group))
    if len(groups) > _GROUPS:
        rest = sum(g.count for g in groups[_GROUPS:])
        told.append(f"  {rest:,} more for {count(len(groups) - _GROUPS, 'other reason')}")
    if report.proposed and report.run:
        told.append(f"  nothing was retired: `strabo runs confirm {report.run}` does it, once you agree")
    if report.run:
        told.append(f"the run is recorded as run {report.run}: strabo runs show {report.run}")
    return told


def _reason(group: Reason) -> list[str]:
    what = f"{group.count:,} {group.state}"
    if group.part:
        what += f" ({clean(group.part)})"
    shown = f"{what}: {line(group.reason)}" if group.reason else what
    more = "" if group.count <= len(group.examples) else ", …"
    lines = [shown, "  " + ", ".join(map(clean, group.examples)) + more]
    if group.fix:
        lines.append(f"  try: {line(group.fix)}")
    return lines


def as_json(report: Report, groups: Iterable[Reason] = ()) -> dict[str, object]:
    """A report as every command prints it: all fields, whatever their value, and the reasons in place of accounts."""
    names = [n for n in Report.__struct_fields__ if n not in {"accounts", "exit_code"}]
    told = {name: getattr(report, name) for name in names}
    return {**told, "exit_code": report.exit_code, "reconciles": report.reconciles, "reasons": list(groups)}
