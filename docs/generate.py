"""What the reference pages show of the code. Their cog blocks print these texts; `just fix` writes them anew."""

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click
import msgspec

from strabo.cli.app import EXIT_CODES, Strabo
from strabo.cli.commands import SECTIONS
from strabo.errors import StraboError
from strabo.ingest import plugins
from strabo.ingest.config import Setting, config_type, explain
from strabo.ingest.workflow import Retire, WorkflowFile
from strabo.model import codec, records
from strabo.model.ref import Ref

_ONE = {
    "sources": "source",
    "processors": "processor",
    "sinks": "sink",
    "stages": "stage",
    "bulk_sinks": "bulk sink",
}


# --- commands and exit codes ------------------------------------------------------------------------------------


def commands() -> str:
    """The help of every command, under the headings of `strabo --help`."""
    root = Strabo("strabo")
    top = click.Context(root, info_name="strabo")
    made: list[str] = []
    for title, entries in SECTIONS.items():
        made.append(f"## {title}")
        for entry in entries:
            command = root.get_command(top, entry.name)
            assert command is not None, entry.name  # noqa: S101 - the list is the one that it looks in
            made += _helps(command, entry.name, top)
    return _page(made)


def _helps(command: click.Command, name: str, above: click.Context) -> Iterator[str]:
    context = click.Context(command, parent=above, info_name=name, terminal_width=80)
    yield f"### {context.command_path}\n\n```text\n{command.get_help(context).strip()}\n```"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _helps(command.commands[below], below, context)


def exit_codes() -> str:
    """The exit codes, as `strabo --help` says them."""
    rows = re.findall(r"^  (\d+) +(.*)$", EXIT_CODES, re.MULTILINE)
    return _page([_table(("code", "meaning"), rows)])


def errors() -> str:
    """The errors that a Python program may catch, and the exit code of each."""
    rows = [
        (f"`strabo.{kind.__name__}`", str(kind.exit_code), _paragraph(kind)) for kind in StraboError.__subclasses__()
    ]
    return _page([_table(("error", "exit code", "when"), rows)])


# --- plugins ----------------------------------------------------------------------------------------------------


def plugin_list() -> str:
    """The plugins that come with Strabo."""
    rows = [
        (_ONE[group], f"[`{name}`](settings.md#{_anchor(name, group)})", _about(group, name)) for group, name in _own()
    ]
    return _page([_table(("kind", "type", "what it is"), rows)])


def settings() -> str:
    """Every setting of every plugin that comes with Strabo."""
    made: list[str] = []
    for group in plugins.GROUPS:
        for owner, name in _own():
            if owner != group:
                continue
            kind = config_type(plugins.load(group, name))
            about = _about(group, name)
            text = _settings(explain(kind)) if kind else "It takes no settings."
            made.append(f"## {name} ({_ONE[group]})\n\n{about}\n\n{text}")
    return _page(made)


def workflow_keys() -> str:
    """The keys of a workflow file."""
    return _page([_settings([s for s in explain(WorkflowFile) if not re.search(r"[.\[]", s.name)])])


def retire_keys() -> str:
    """The keys below `retire`."""
    return _page([_settings(explain(Retire, "retire."))])


def _own() -> list[tuple[str, str]]:
    """Group and name of the plugins of this distribution, and of no other that happens to be installed."""
    return [(found.group, found.name) for found in plugins.installed() if found.distribution == "strabo"]


def _about(group: str, name: str) -> str:
    """What the plugin's module says that it is: that is written for its users, its class for its readers."""
    return _paragraph(sys.modules[plugins.load(group, name).__module__])


def _anchor(name: str, group: str) -> str:
    return f"{name}-{_ONE[group].replace(' ', '-')}"


def _settings(found: list[Setting]) -> str:
    rows = [(f"`{s.name}`", s.type, "must be set" if s.required else _value(s.default), s.doc) for s in found]
    return _table(("setting", "takes", "default", "what it does"), rows)


def _value(default: Any) -> str:
    if default is None:
        return ""
    return f"`{msgspec.json.encode(default, enc_hook=str).decode()}`"


# --- records ----------------------------------------------------------------------------------------------------


def record_kinds() -> str:
    """Every kind of record and its fields."""
    return _page([f"## {codec.tag(kind)}\n\n{_struct(kind)}" for kind in get_args(records.Record)])


def record_parts() -> str:
    """The values that records hold."""
    parts: dict[type[msgspec.Struct], None] = {}
    for kind in get_args(records.Record):
        _collect(kind, parts)
    return _page([f"## {kind.__name__}\n\n{_struct(kind)}" for kind in parts])


def _collect(kind: type[msgspec.Struct], parts: dict[type[msgspec.Struct], None]) -> None:
    for hint in get_type_hints(kind).values():
        for inner in _structs(hint):
            if inner not in parts and inner is not Ref:
                parts[inner] = None
                _collect(inner, parts)


def _struct(kind: type[msgspec.Struct]) -> str:
    hints = get_type_hints(kind)
    top = [s for s in explain(kind) if s.name in hints and s.name != "ref"]
    rows = [(f"`{s.name}`", _named(hints[s.name], s.type), "must be there" if s.required else "", s.doc) for s in top]
    said = _paragraph(kind)
    table = _table(("field", "holds", "", "meaning"), rows) if rows else "No fields but `ref`."
    return f"{said}\n\n{table}" if said else table


def _structs(hint: Any) -> list[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [kind for arg in get_args(hint) for kind in _structs(arg)]


def _named(hint: Any, spelled: str) -> str:
    """The type for people, a value within called by its name and linked."""
    inner = _structs(hint)
    if not inner:
        return spelled.replace("datetime", "a time")
    name = "[Ref](#a-ref)" if inner[0] is Ref else f"[{inner[0].__name__}](#{inner[0].__name__.lower()})"
    arms = [arg for arg in (hint, *get_args(hint)) if get_origin(arg) is tuple]
    return f"a list of {name}" if arms else name


# --- text -------------------------------------------------------------------------------------------------------


def _paragraph(kind: Any) -> str:
    """The first paragraph of a docstring on one line; "" where a class has none of its own."""
    own = vars(kind).get("__doc__") if isinstance(kind, type) else kind.__doc__
    text = inspect.cleandoc(own or "")
    return " ".join(text.partition("\n\n")[0].split())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _page(parts: list[str]) -> str:
    """The parts with an empty line around each, so that cog's markers do not run into them."""
    return "\n" + "\n\n".join(parts) + "\n"


# --- examples ---------------------------------------------------------------------------------------------------

_EXAMPLE = Path(__file__).parent / "tutorial" / "example-connector"


def example(path: str, language: str) -> str:
    """A file of the example connector as a block; what is to be read or run is written to a file by the docs' test."""
    kept = "" if language == "text" else f" file={path.removeprefix('src/').removeprefix('tests/')}"
    return _page([f"```{language}{kept}\n{(_EXAMPLE / path).read_text(encoding='utf-8').strip()}\n```"])
