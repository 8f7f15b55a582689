"""The `strabo` command. Each subcommand is a file of this package, imported when it is used."""

import sys


def main() -> None:
    """Runs the command line of this process and ends it with the exit code."""
    if sys.argv[1:] == ["--version"]:  # asked by scripts and prompts: not even click is worth loading for it
        from strabo import __version__  # noqa: PLC0415

        sys.stdout.write(f"strabo {__version__}\n")
        return
    from strabo.cli.app import app  # noqa: PLC0415 - see above

    app.main(prog_name="strabo")
