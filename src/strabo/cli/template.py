"""A workflow file as text, with every setting of its source: those that are known, and the others as comments."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from strabo.ingest.config import Setting
from strabo.model.secret import Secret


class Find(msgspec.Struct, frozen=True, kw_only=True):
    """A database that somebody could catalog. A value never holds a password, only a reference to one."""

    type: str  # the source's plugin
    name: str  # of the feed and its file
    values: Mapping[str, Any] = {}
    why: str = ""  # "the file shop.db"


def template(find: Find, settings: Sequence[Setting], path: str) -> str:
    """The file's text. What must be set and is not known has its line, empty, for `strabo test` to complain about."""
    file = _comment(shlex.quote(path))
    lines = [
        f"# What to read into the catalog. Written by `strabo init` for {_comment(find.why)}.",
        "# ${VARIABLE} and ${VARIABLE:-default} are replaced by environment variables: no password belongs here.",
        f"#   strabo test {file}    says what this login may read",
        f"#   strabo ingest {file}    reads it; --dry-run only says what would change",
        f"name: {_spelled(find.name)}  # what is read is kept under this name: do not change it later",
        "",
        "source:",
        f"  type: {_spelled(find.type)}  # `strabo config explain {find.type}` explains all that can be set",
        "  config:",
    ]
    known = {s.name for s in settings}
    for setting in settings:
        if "." in setting.name or "[" in setting.name:
            continue
        doc = f"  # {_comment(setting.doc)}" if setting.doc else ""
        if setting.name in find.values:
            lines.append(f"    {setting.name}: {_spelled(find.values[setting.name])}{doc}")
        elif setting.required:
            lines.append(f"    {setting.name}:{doc or '  # must be set'}")
        elif find.values.get("url") is None or setting.name not in _IN_URL:
            lines.append(f"    # {setting.name}: {_default(find, setting)}{doc}")
    lines += [f"    {name}: {_spelled(value)}" for name, value in find.values.items() if name not in known]
    if lines[-1] == "  config:":
        lines.pop()
    return "\n".join([*lines, *_REST]) + "\n"


_IN_URL = frozenset({"host", "port", "user", "password", "database"})

_REST = (
    "",
    "processors:",
    "  - type: sql_lineage  # which column of a view comes from which: read out of its text",
    "",
    "# When this much of a scope is suddenly gone, a run proposes to retire it instead of doing so.",
    "# retire:",
    "#   limit: 0.05",
    "#   at_least: 5",
)


def _default(find: Find, setting: Setting) -> str:
    if "secret" in setting.type.lower() or isinstance(setting.default, Secret) or setting.name in {"password", "token"}:
        return "${" + f"{find.type.upper()}_{setting.name.upper()}" + "}"
    return _spelled(setting.default)


def _spelled(value: Any) -> str:
    """A value as YAML, which takes all JSON; a plain word without quotes."""
    plain = isinstance(value, str) and value.isascii() and value.replace("_", "").isalpha()
    if plain and value.lower() not in {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}:
        return str(value)
    return json.dumps(msgspec.to_builtins(value, enc_hook=str), ensure_ascii=False)


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
