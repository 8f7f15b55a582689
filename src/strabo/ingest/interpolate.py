"""`${VAR}`, `${VAR:-default}` and `${file:/path}` in the text values of a settings file."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from strabo.ingest.document import Document, KeyPath, Problem, problem

_PLACE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 1 << 20  # bytes of a file that is put into a setting


def interpolated(document: Document, problems: list[Problem], environ: Mapping[str, str] | None = None) -> Document:
    """The document with each `${…}` of its text values replaced; keys stay as they are, `$${` means `${`.

    A default stands in for a variable that is not set, or is empty. A file's one line end at its end is left off;
    a relative path starts from the folder of the document. What is put in is not looked through again. What
    cannot be replaced is added to `problems`, and its value kept as written.
    """
    work = _Interpolation(document, problems, os.environ if environ is None else environ)
    value = work.walk(document.value, ())
    origin = msgspec.structs.replace(document.origin, inserted=work.inserted, missing=frozenset(work.missing))
    return Document(value, origin)


class _Interpolation:
    def __init__(self, document: Document, problems: list[Problem], environ: Mapping[str, str]) -> None:
        self.origin, self.problems, self.environ = document.origin, problems, environ
        self.folder = Path(document.origin.file).parent
        self.inserted: dict[KeyPath, tuple[str, ...]] = {}
        self.missing: set[KeyPath] = set()

    def walk(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, str):
            return self.text(value, path) if "${" in value else value
        if isinstance(value, Mapping):
            return {key: self.walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.walk(item, (*path, at)) for at, item in enumerate(value)]
        return value

    def text(self, text: str, path: KeyPath) -> str:
        pieces: list[str] = []

        def put(found: re.Match[str]) -> str:
            if found.group() == "$${":
                return "${"
            if not found.group().endswith("}"):
                return self.report(path, "`${` without `}`", "write $${ for a plain ${")
            piece = self.piece(found[1], path)
            pieces.append(piece)
            return piece

        made = _PLACE.sub(put, text)
        if path in self.missing:
            return text
        if pieces:
            self.inserted[path] = tuple(pieces)
        return made

    def piece(self, inside: str, path: KeyPath) -> str:
        if inside.startswith("file:"):
            return self.file(inside.removeprefix("file:"), path)
        name, has_default, default = inside.partition(":-")
        if not _NAME.fullmatch(name):
            return self.report(
                path,
                f"`${{{inside}}}` is neither a variable nor a file",
                "write ${NAME}, ${NAME:-default} or ${file:/path}, and $${ for a plain ${",
            )
        found = self.environ.get(name)
        if has_default:
            return found or default
        if found is None:
            return self.report(
                path, f"the variable {name} is not set", f"export {name}=…, or write ${{{name}:-default}}"
            )
        return found

    def file(self, name: str, path: KeyPath) -> str:
        place = self.folder / name
        try:
            place = self.folder / Path(name).expanduser()
            with place.open("rb") as opened:
                body = opened.read(_LONGEST + 1)
            if len(body) > _LONGEST:
                return self.report(path, f"the file {place} is larger than 1 MiB", "put only the value into it")
            return body.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            return self.report(path, f"the file {place} is not UTF-8 text", "save it as UTF-8")
        except (OSError, ValueError, RuntimeError) as error:  # no such file; a NUL in its name; no such user's home
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return self.report(path, f"cannot read the file {place}: {said}", "check the path and its mode")

    def report(self, path: KeyPath, what: str, fix: str) -> str:
        self.missing.add(path)
        self.problems.append(problem(self.origin, path, what, fix))
        return ""
