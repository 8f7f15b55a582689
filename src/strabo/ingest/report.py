"""The accounting of one run."""

import re
from datetime import datetime
from typing import Literal

import msgspec

from strabo.model.records import Failed, Filtered, Record, Skipped
from strabo.model.ref import Ref

Status = Literal["running", "succeeded", "incomplete", "failed", "held", "interrupted", "lost"]
"""succeeded: all well, all durable. incomplete: finished, with failures or with totals that do not reconcile.
held: finished, but a retirement waits for confirmation. failed: broke off. interrupted: by the user.
lost: its process died without a word; found out later."""


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object of a run that did not end as written or unchanged, and why; or a part of one."""

    ref: Ref
    state: Literal["filtered", "skipped", "failed", "retired", "proposed"]
    reason: str = ""
    part: str | None = None  # None: the object as a whole
    call: str | None = None
    fix: str | None = None


class Report(msgspec.Struct, kw_only=True):
    """What a run did. Every object listed is exactly one of written, unchanged, filtered, skipped, failed."""

    run: int = 0
    feed: str = ""
    status: Status = "running"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    listed: int = 0
    written: int = 0
    unchanged: int = 0
    filtered: int = 0
    skipped: int = 0
    failed: int = 0
    retired: int = 0  # objects gone from the source
    proposed: int = 0  # objects that would be retired, awaiting a person's word
    notes: int = 0  # parts of objects that were skipped or failed
    records: int = 0
    scopes: int = 0  # completed
    lost: int = 0  # listed, but never accounted for by a step
    problem: str | None = None  # what ended the run
    fix: str | None = None
    exit_code: int = 0
    accounts: list[Account] = []  # the first of them; the catalog keeps all

    @property
    def reconciles(self) -> bool:
        """Whether every object listed is accounted for."""
        return self.listed == self.written + self.unchanged + self.filtered + self.skipped + self.failed


def account_of(record: Record, ref: Ref | None = None) -> Account:
    """The line of a run's accounting that a Filtered, Skipped or Failed record makes.

    What is no text in it (half a surrogate pair, from the name of a file that could not be read) is spelled out.
    """
    return _writable(_account_of(record, ref or record.ref))


def _account_of(record: Record, ref: Ref) -> Account:
    if isinstance(record, Filtered):
        return Account(ref=ref, state="filtered", reason=record.rule)
    if isinstance(record, Skipped):
        return Account(ref=ref, state="skipped", reason=record.reason, part=record.part, fix=record.fix)
    if isinstance(record, Failed):
        return Account(ref=ref, state="failed", reason=record.error, part=record.part, call=record.call, fix=record.fix)
    raise TypeError(f"{type(record).__name__} is no accounting record")


def _writable(account: Account) -> Account:
    texts = {
        field: said
        for field in ("reason", "part", "call", "fix")
        if isinstance(value := getattr(account, field), str) and (said := without_passwords(_spelled(value))) != value
    }
    ref = account.ref
    if not (ref.namespace.isascii() and ref.name.isascii()):
        ref = Ref(_spelled(ref.namespace), _spelled(ref.name))
    return msgspec.structs.replace(account, ref=ref, **texts) if texts or ref is not account.ref else account


_LOGIN = re.compile(r"(://)[^\s/@:?#\"']*:[^\s@\"']*@")


def without_passwords(text: str) -> str:
    """The text with the logins of the URLs in it made unreadable: drivers like to put theirs into errors."""
    return _LOGIN.sub(r"\1***@", text) if "://" in text and "@" in text else text


def discreet(record: Skipped | Failed) -> Skipped | Failed:
    """The same record `without_passwords`."""
    field = "error" if isinstance(record, Failed) else "reason"
    said = getattr(record, field)
    kept = without_passwords(said) if isinstance(said, str) else said
    return record if kept == said else msgspec.structs.replace(record, **{field: kept})


def _spelled(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
