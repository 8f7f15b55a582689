"""What commands print: an answer to standard output, everything else to standard error."""

from collections.abc import Iterable
from typing import Any

import click
import msgspec

from strabo.cli.session import Session

_encode = msgspec.json.Encoder(enc_hook=str).encode


def emit(value: Any) -> None:
    """One JSON document on one line of standard output."""
    click.echo(_encode(value) + b"\n", nl=False)


def say(*lines: str) -> None:
    """Lines of an answer for people. Whatever came from data has been cleaned by the caller."""
    for text in lines:
        click.echo(text)


def note(session: Session, *lines: str) -> None:
    """What is said beside the answer, to standard error; nothing when quiet."""
    if not session.quiet:
        for text in lines:
            click.echo(text, err=True)


def indented(lines: Iterable[str], by: str = "  ") -> list[str]:
    return [by + text if text else "" for text in lines]
