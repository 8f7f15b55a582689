"""`strabo config explain`: the settings of a plugin."""

from typing import Any

import click
import msgspec
from click.shell_completion import CompletionItem

from strabo.cli.out import emit, say
from strabo.cli.session import Group, Session, TextType, pass_session
from strabo.cli.table import table
from strabo.cli.text import clean, line
from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.ingest.config import Setting, config_type, explain
from strabo.ingest.document import guess


@click.group("config", cls=Group)
def command() -> None:
    """Explain the settings of a plugin."""


class _Type(TextType):
    name = "type"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        param: click.Parameter,  # noqa: ARG002 - click's
        incomplete: str,
    ) -> list[CompletionItem]:
        names = {name for group in plugins.GROUPS for name in plugins.names(group)}
        return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


_TYPE = _Type()


@command.command(
    "explain",
    epilog="""
Examples:
  strabo config explain postgres
  strabo config explain company.connectors:OurSource

With --json: {"plugins": [{"group", "type", "settings": [{"name", "type", "required", "default", "doc"}]}]}
""",
)
@click.argument("plugin", type=_TYPE, metavar="TYPE")
@click.option("--group", type=click.Choice(plugins.GROUPS), help="Only the plugin of this group.")
@pass_session
def explained(session: Session, plugin: str, group: str | None) -> None:
    """Show every setting of a plugin."""
    found = [(name, settings(plugin, name)) for name in _groups(plugin, group)]
    if session.json:
        told = [{"group": name, "type": plugin, "settings": [_as_json(s) for s in items]} for name, items in found]
        emit({"plugins": told})
        return
    for at, (name, items) in enumerate(found):
        say(*([""] if at else []), *settings_text(plugin, name, items, session.width))


def _groups(plugin: str, group: str | None) -> list[str]:
    """The groups that have such a plugin. Raises UsageError, with a guess, when none has."""
    if group or ":" in plugin:
        return [group or "sources"]
    found = [name for name in plugins.GROUPS if plugin in plugins.names(name)]
    if found:
        return found
    close = guess(plugin, sorted({n for g in plugins.GROUPS for n in plugins.names(g)}))
    raise UsageError(f"there is no plugin named {plugin!r}{close}", fix="`strabo plugins` lists them")


def settings(plugin: str, group: str = "sources") -> list[Setting]:
    """The settings of a plugin; [] for one that takes none. Raises UsageError for a plugin that does not load."""
    kind = config_type(plugins.load(group, plugin))
    return [] if kind is None else explain(kind)


def settings_text(plugin: str, group: str, items: list[Setting], most: int | None = None) -> list[str]:
    """The settings as a table, required ones first as they must be written."""
    head = f"{clean(plugin)}  ({group.removesuffix('s').replace('_', ' ')})"
    if not items:
        return [head, "  takes no settings"]
    rows = [
        (f"{s.name}{' *' if s.required else ''}", s.type, "" if s.required else _spelled(s.default), line(s.doc))
        for s in items
    ]
    lines = [head, *table(("setting", "type", "default", "what it does"), rows, most=most)]
    return [*lines, *(["", "* must be set"] if any(s.required for s in items) else [])]


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    return msgspec.json.encode(value, enc_hook=str).decode()


def _as_json(setting: Setting) -> dict[str, Any]:
    return {name: getattr(setting, name) for name in Setting.__struct_fields__}
