"""`strabo completion`: what a shell runs at its start to complete our commands and names."""

import click
from click.shell_completion import get_completion_class

from strabo.cli.session import Command
from strabo.errors import UsageError

VARIABLE = "_STRABO_COMPLETE"


@click.command(
    "completion",
    cls=Command,
    epilog="""
Put one of these lines where your shell reads it at its start:
  bash  ~/.bashrc                             eval "$(strabo completion bash)"
  zsh   ~/.zshrc                              eval "$(strabo completion zsh)"
  fish  ~/.config/fish/completions/strabo.fish    strabo completion fish | source
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options, files, and names of objects from the catalog.
    """
    kind = get_completion_class(shell)
    if kind is None:  # a future click that knows it no more
        raise UsageError(f"no completion for {shell}", fix="use bash, zsh or fish")
    script = kind(ctx.find_root().command, {}, "strabo", VARIABLE)
    click.echo(script.source_template % script.source_vars())
