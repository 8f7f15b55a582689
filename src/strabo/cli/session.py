"""What the global options say, and the options themselves: taken before and after a command alike.

Light on purpose: `strabo --help` imports this file and no other but app.py and commands.py.
"""

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click


class Session:
    """The global options of one invocation."""

    def __init__(self) -> None:
        self.catalog: str | None = None  # None: STRABO_CATALOG, else strabo.db here
        self.json = False
        self.quiet = False
        self.color = True
        self.debug = False

    @property
    def width(self) -> int | None:
        """Columns that a line for people may take; None where nobody's terminal cuts it."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    @property
    def live(self) -> bool:
        """Whether progress may be drawn: a person watches, and the terminal can move its cursor."""
        return sys.stderr.isatty() and not (self.quiet or self.json) and os.environ.get("TERM") != "dumb"

    def paint(self, text: str, **style: Any) -> str:
        """The text in a style, where standard output is a terminal that wants colour."""
        return click.style(text, **style) if text and self.color and sys.stdout.isatty() else text

    def bold(self, text: str) -> str:
        return self.paint(text, bold=True)

    def dim(self, text: str) -> str:
        return self.paint(text, dim=True)


if TYPE_CHECKING:
    TextType = click.ParamType[str]
else:  # older clicks know no types of types
    TextType = click.ParamType

pass_session = click.make_pass_decorator(Session, ensure=True)


def _note(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    session = ctx.ensure_object(Session)
    if param.name == "no_color":
        session.color = session.color and not value and not os.environ.get("NO_COLOR")
    elif value:
        setattr(session, str(param.name), value)


def shared_options(*, root: bool = False) -> list[click.Parameter]:
    """The global options. Below the root only those are shown in help that are asked for often."""

    def flag(name: str, text: str, *, often: bool = False) -> click.Option:
        return click.Option(
            [name], is_flag=True, help=text, callback=_note, expose_value=False, hidden=not (root or often)
        )

    path = click.Path(dir_okay=False)
    where = "The catalog's file. Without: STRABO_CATALOG, else strabo.db here."
    return [
        click.Option(
            ["--catalog"], type=path, metavar="PATH", help=where, callback=_note, expose_value=False, hidden=not root
        ),
        flag("--json", "Answer in JSON.", often=True),
        flag("--quiet", "Only answers and errors: no progress, no accounting."),
        flag("--no-color", "No colours; so does the variable NO_COLOR."),
        flag("--debug", "Show where in the program an error comes from."),
    ]


class Command(click.Command):
    """A command that takes the global options too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += shared_options()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        _verbatim(self.epilog, formatter)


class Group(click.Group):
    """A command with commands of its own, which takes the global options too."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})
        self.params += shared_options()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not (args or self.invoke_without_command or ctx.resilient_parsing):
            args = ["--help"]
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        _verbatim(self.epilog, formatter)


def _verbatim(text: str | None, formatter: click.HelpFormatter) -> None:
    """An epilog as it is written: examples and JSON shapes are not to be wrapped."""
    if text:
        formatter.write_paragraph()
        for line in text.strip("\n").splitlines():
            formatter.write(f"{line}\n")
