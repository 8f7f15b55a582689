"""The root of the command line: finds commands by name, and ends with the exit code that an outcome deserves."""

import errno
import json
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from strabo import __version__
from strabo.cli.commands import ENTRIES, SECTIONS
from strabo.cli.session import Session, shared_options
from strabo.cli.text import clean
from strabo.errors import StraboError, Unavailable

EXIT_CODES = """
Exit codes:
  0    all well, and durably stored
  1    finished, with failures or findings
  2    a command, a setting or a file is wrong
  3    the other system could not be reached, or refused the login
  4    a bug
  130  interrupted
"""

BUG, USAGE, INTERRUPTED, NO_READER = 4, 2, 130, 141


class Strabo(click.Group):
    """Says where your data is, what it means, and how it got there."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in ENTRIES:
            return None
        module = f"strabo.cli.{cmd_name}"
        try:
            return import_module(module).command  # type: ignore[no-any-return]
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise StraboError(f"this installation lacks the command {cmd_name!r}", fix="reinstall strabo") from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in ENTRIES and not ctx.resilient_parsing and not name.startswith("-"):
            close = get_close_matches(name, ENTRIES, 1)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"there is no command {name!r}{meant}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """As click's, without importing every command for its help."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a completing shell needs it

        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(e.name, help=e.help) for e in ENTRIES.values() if e.name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        for title, entries in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(entry.name, entry.help) for entry in entries], col_max=12)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        formatter.write(EXIT_CODES)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs one command line. Ends the process with its exit code, or returns it when not `standalone_mode`."""
        given = list(sys.argv[1:] if args is None else args) or ["--help"]
        code = self._run(given, prog_name or "strabo", complete_var, extra)
        if standalone_mode:
            sys.exit(code)
        return code

    def _run(self, args: list[str], prog_name: str, complete_var: str | None, extra: dict[str, Any]) -> int:
        session = Session()
        extra.setdefault("obj", session)
        for stream in (sys.stdout, sys.stderr):  # a name that the terminal's encoding lacks must not end a command
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
        try:
            result = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except click.ClickException as error:
            return report(_of_click(error), session, args)
        except (click.Abort, KeyboardInterrupt):
            if not session.quiet:
                click.echo("interrupted", err=True)
            return INTERRUPTED
        except BrokenPipeError:
            _silence()
            return NO_READER
        except StraboError as error:
            return report(error, session, args)
        except OSError as error:
            return report(_of_disk(error) or _of_bug(error), session, args)
        except Exception as error:  # noqa: BLE001 - the last line of defence: one line for people, never a traceback
            return report(_of_bug(error), session, args)
        return result if isinstance(result, int) else 0

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:  # click would make it exit code 1, which says that something was found
            _silence()
            return NO_READER
        return result


def report(error: StraboError, session: Session, args: Sequence[str] = ()) -> int:
    """Prints an error to standard error, in words or as JSON; its exit code."""
    if session.debug or "--debug" in args:
        shown = error.__cause__ if type(error) is StraboError and error.__cause__ else error
        click.echo(clean("".join(traceback.format_exception(shown)), lines=True), err=True, nl=False)
    if session.json or "--json" in args:
        told = {"what": error.what, "where": error.where, "fix": error.fix, "exit_code": error.exit_code}
        click.echo(json.dumps({"error": told}), err=True)
    else:
        color = session.color and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        head = click.style("error:", fg="red", bold=True) if color else "error:"
        lines = [f"{head} {clean(error.what, lines=True)}"]
        lines += [f"  at: {clean(error.where)}"] if error.where else []
        lines += [f"  try: {clean(error.fix, lines=True)}"] if error.fix else []
        click.echo("\n".join(lines), err=True)
    return error.exit_code


def _of_click(error: click.ClickException) -> StraboError:
    ctx = getattr(error, "ctx", None)
    message = error.format_message()
    known = StraboError(
        message[:1].lower() + message[1:].removesuffix("."),
        fix=f"`{ctx.command_path} --help`" if ctx is not None else "`strabo --help`",
    )
    known.exit_code = USAGE if isinstance(error, click.UsageError | click.FileError) else error.exit_code
    return known


def _of_disk(error: OSError) -> StraboError | None:
    """Our error for an output that cannot be written; None for anything else."""
    if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.EROFS, errno.ENXIO}:
        return None
    where = str(error.filename or "")
    return Unavailable(f"cannot be written: {error.strerror}", where=where, fix="check the disk and the rights")


def _of_bug(error: Exception) -> StraboError:
    said = f"{type(error).__name__}: {error}".strip().removesuffix(":").splitlines()
    bug = StraboError(
        f"{said[0] if said else type(error).__name__} (a bug, in Strabo or in a plugin)",
        fix="run it again with --debug for the traceback, and send it to whoever wrote the plugin, or to us",
    )
    bug.__cause__ = error
    bug.exit_code = BUG
    return bug


def _silence() -> None:
    """The reader of our output has left: nothing more is written, not even when Python ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # no real file is behind it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as the process
    finally:
        os.close(null)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"strabo {__version__}")
        ctx.exit()


app = Strabo(
    name="strabo",
    help="Says where your data is, what it means, and how it got there.\n\n"
    "Start with `strabo init` in a folder with a database, or with `strabo ingest DATABASE`.",
    params=[
        *shared_options(root=True),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            help="Print the version.",
            callback=_version,
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
    subcommand_metavar="COMMAND …",
)
