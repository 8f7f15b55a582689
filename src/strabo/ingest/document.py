"""A settings file as plain values, with the line that each key stands on."""

import json
import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import yaml

from strabo.errors import UsageError
from strabo.ingest.toml_lines import toml_lines

KeyPath = tuple[str | int, ...]
"""The way from the top of a document to a value: keys, and positions in lists."""

MOST_VALUES = 200_000  # a YAML file of a kilobyte may unfold, through aliases, to more than memory holds


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where settings were written, and which of them hold text from a variable or a file.

    `base` is the place in the document that key paths given to the methods start from.
    """

    file: str = ""
    lines: dict[KeyPath, int] = {}
    inserted: dict[KeyPath, tuple[str, ...]] = {}  # the texts that took the place of ${…}
    missing: frozenset[KeyPath] = frozenset()  # values whose ${…} could not be replaced: reported already
    base: KeyPath = ()

    def __repr__(self) -> str:  # never what was inserted: it may be a password
        return f"Origin({self.where(())!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("file", self.file)]

    def below(self, path: KeyPath) -> "Origin":
        return msgspec.structs.replace(self, base=self.base + path)

    def line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest key around it; 0 when no line is known."""
        whole = self.base + path
        while whole not in self.lines:
            if not whole:
                return 0
            whole = whole[:-1]
        return self.lines[whole]

    def where(self, path: KeyPath) -> str:
        """`shop.yaml:7`; without the line where none is known."""
        line = self.line(path)
        return f"{self.file}:{line}" if line else self.file

    def is_inserted(self, path: KeyPath) -> bool:
        return self.base + path in self.inserted

    def is_missing(self, path: KeyPath) -> bool:
        return self.base + path in self.missing

    def redacted(self, text: str, path: KeyPath = ()) -> str:
        """The text with all that was inserted below `path` replaced by `***`."""
        start = self.base + path
        secrets = {p for at, pieces in self.inserted.items() if at[: len(start)] == start for p in pieces if p.strip()}
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
            text = text.replace(repr(secret)[1:-1], "***")
        return text


class Document(msgspec.Struct, frozen=True):
    value: Any
    origin: Origin

    def __repr__(self) -> str:
        return f"Document({self.origin.file!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("file", self.origin.file)]


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing wrong with a settings file. Problems sort by the line they stand on."""

    line: int
    where: str  # "shop.yaml:7"
    what: str  # "source.config.port: expected a whole number, got 'abc'"
    fix: str = ""


def problem(origin: Origin, path: KeyPath, what: str, fix: str = "") -> Problem:
    """A problem with the value at a key path, which its text begins with."""
    name = spelled(origin.base + path)
    return Problem(origin.line(path), origin.where(path), f"{name}: {what}" if name else what, fix)


def refusal(problems: list[Problem], file: str = "") -> UsageError:
    """One error that names every problem, in the order of their lines."""
    found = sorted(set(problems))
    if len(found) == 1:
        return UsageError(found[0].what, where=found[0].where, fix=found[0].fix)
    listed = ["  " + (f"{p.where}: " if p.where else "") + p.what + (f" ({p.fix})" if p.fix else "") for p in found]
    return UsageError(
        f"{len(found)} problems in the settings:\n" + "\n".join(listed),
        where=file,
        fix="correct all of them; nothing was connected to, nothing was changed",
    )


def spelled(path: KeyPath) -> str:
    """`processors[1].config.rules[0].match`"""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def meant(word: str, known: list[str]) -> str:
    """The known word that is closest to a wrong one; empty when none is close."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else next((k for k in known if k.casefold() == word.casefold()), "")


def guess(word: str, known: list[str]) -> str:
    """What to add about an unknown word: `; did you mean …?`, or the known ones when none is close and they are few."""
    close = meant(word, known)
    if close:
        return f"; did you mean {close}?"
    return f"; known: {', '.join(sorted(known))}" if 0 < len(known) <= 30 else ""


def read_document(path: str | Path) -> Document:
    """The values of a YAML, TOML or JSON file (by its suffix), and their lines. Keys are always text.

    YAML as version 1.2 has it, parsed safely: only `true` and `false` are booleans (`on`, `no` stay text), dates
    and times stay text, no tags. Raises UsageError with line and column when the file does not parse, or says a
    key twice.
    """
    path = Path(path)
    readers = {".yaml": _yaml, ".yml": _yaml, ".json": _json, ".toml": _toml}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UsageError(
            f"cannot tell what kind of file {path.name!r} is", where=str(path), fix="name it .yaml, .toml or .json"
        )
    text = _text(path)
    lines: dict[KeyPath, int] = {}
    try:
        value = reader(text, str(path), lines)
    except RecursionError:
        raise UsageError("values are nested too deeply", where=str(path), fix="flatten the file") from None
    return Document(value, Origin(file=str(path), lines=lines))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError("there is no such file", where=str(path), fix="check the path") from None
    except IsADirectoryError:
        raise UsageError("this is a folder, not a file", where=str(path), fix="name a file in it") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise UsageError("not UTF-8 text", where=f"{path}:{line}", fix="save the file as UTF-8") from None
    except OSError as error:
        raise UsageError(f"cannot read the file: {error.strerror}", where=str(path), fix="check its mode") from error


# --- YAML -------------------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Composes nodes with the scalar types of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 -- as PyYAML has it


_TAG = "tag:yaml.org,2002:"
_Loader.add_implicit_resolver(_TAG + "null", re.compile(r"~|null|Null|NULL|\Z"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_TAG + "bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))
_Loader.add_implicit_resolver(
    _TAG + "int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    _TAG + "float",
    re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(_TAG + "merge", re.compile(r"<<\Z"), ["<"])


def _yaml(text: str, file: str, lines: dict[KeyPath, int]) -> Any:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(filter(None, [error.context, error.problem]))
        line = mark.line if mark else 0
        fix = 'within { } and [ ], write "${…}" in quotes' if "${" in "".join(text.split("\n")[line : line + 1]) else ""
        _refuse_syntax(file, line + 1 if mark else 0, mark.column + 1 if mark else 0, said, fix)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = error.position - (before.rfind("\n") + 1) + 1
        _refuse_syntax(file, before.count("\n") + 1, column, f"character {error.character!r} is not allowed")
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an escape that is no character
        _refuse_syntax(file, 0, 0, str(error))
    finally:
        if loader is not None:
            loader.dispose()
    return None if node is None else _Yaml(file, lines).value(node, ())


class _Yaml:
    """Makes values of composed nodes, noting lines."""

    def __init__(self, file: str, lines: dict[KeyPath, int]) -> None:
        self.file, self.lines, self.made = file, lines, 0
        self.open: set[int] = set()  # nodes being made: an alias to one of them would never end

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        self.made += 1
        if self.made > MOST_VALUES or id(node) in self.open:
            self.refuse(node, "its aliases (*name) unfold without end", "write the values out")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                self.untagged(node, "seq")
                return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
            self.untagged(node, "map")
            return self.mapping(node, path)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(key, "a key must be text", "write the key in quotes")
            if key.tag == _TAG + "merge":
                merged += item.value if isinstance(item, yaml.SequenceNode) else [item]
                continue
            name = key.value  # as written: `on`, `1` and `null` are keys like any other
            if name in made:
                first = self.lines[(*path, name)]
                self.refuse(key, f"the key {name!r} is there twice, first on line {first}", "keep one of them")
            self.lines[(*path, name)] = key.start_mark.line + 1
            made[name] = self.value(item, (*path, name))
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                self.refuse(other, "`<<` takes a mapping", "name the anchor of a mapping")
            for name, value in self.value(other, (*path, "<<")).items():
                if name not in made:
                    made[name] = value
                    self.adopt((*path, "<<", name), (*path, name))
        return made

    def adopt(self, old: KeyPath, new: KeyPath) -> None:
        for at, line in list(self.lines.items()):
            if at[: len(old)] == old:
                self.lines.setdefault(new + at[len(old) :], line)

    def scalar(self, node: yaml.ScalarNode) -> Any:
        text, kind = node.value, node.tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in {"true", "false"}:
            return text.lower() == "true"
        try:
            if kind == "int":
                return int(text, 0) if text[:2].lower() in {"0x", "0o"} else int(text)
            if kind == "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            self.refuse(node, f"this is no {kind}", "put text in quotes")
        if kind == "merge":
            return text
        return self.refuse(node, f"the tag {node.tag.replace(_TAG, '!!')!r} is not used here", "leave the tag out")

    def untagged(self, node: yaml.Node, expected: str) -> None:
        if node.tag != _TAG + expected:
            self.refuse(node, f"the tag {node.tag.replace(_TAG, '!!')!r} is not used here", "leave the tag out")

    def refuse(self, node: yaml.Node, what: str, fix: str) -> NoReturn:
        raise UsageError(what, where=f"{self.file}:{node.start_mark.line + 1}", fix=fix)


# --- JSON -------------------------------------------------------------------------------------------------------

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')


def _json(text: str, file: str, lines: dict[KeyPath, int]) -> Any:
    if not text.strip():
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        _refuse_syntax(file, error.lineno, error.colno, error.msg)
    except ValueError as error:  # a number of thousands of digits
        _refuse_syntax(file, 0, 0, str(error))
    _json_lines(text, file, lines)
    return value


def _json_lines(text: str, file: str, lines: dict[KeyPath, int]) -> None:
    """Notes the line of every key and item of a JSON text that is known to parse."""
    line = 1
    path: list[str | int] = []  # the last step belongs to the innermost open object or list
    open_: list[str] = []
    is_key = False
    for piece in _JSON_TOKEN.findall(text):
        if piece == "\n":
            line += 1
            continue
        if piece in "]}":
            open_.pop()
            path.pop()
            is_key = False
            continue
        if piece == ",":
            if open_[-1] == "[":
                path[-1] = int(path[-1]) + 1
            else:
                is_key = True
            continue
        if piece == ":":
            continue
        if is_key:
            path[-1] = str(json.loads(piece))
            is_key = False
            if tuple(path) in lines:
                raise UsageError(
                    f"the key {path[-1]!r} is there twice, first on line {lines[tuple(path)]}",
                    where=f"{file}:{line}",
                    fix="keep one of them",
                )
            lines[tuple(path)] = line
            continue
        lines.setdefault(tuple(path), line)
        if piece in "[{":
            open_.append(piece)
            path.append(0 if piece == "[" else "")
            is_key = piece == "{"


# --- TOML -------------------------------------------------------------------------------------------------------


def _toml(text: str, file: str, lines: dict[KeyPath, int]) -> Any:
    try:
        value = tomllib.loads(text)
    except ValueError as error:
        found = re.search(r" \(at line (\d+), column (\d+)\)\Z", str(error))
        end = text.count("\n") + 1
        line, column = (int(found[1]), int(found[2])) if found else (end, 0)
        said = re.sub(r" \(at [^)]*\)\Z", "", str(error))
        _refuse_syntax(file, line, column, said)
    lines[()] = 1
    lines.update(toml_lines(text))
    return value


def _refuse_syntax(file: str, line: int, column: int, said: str, fix: str = "") -> NoReturn:
    at = f"{file}:{line}:{column}" if column else f"{file}:{line}" if line else file
    raise UsageError(f"does not parse: {said}", where=at, fix=fix or "correct the syntax on or just before this line")
