"""Plain values to typed ones: every problem at once, each with its line, and no secret in any of them."""

import enum
import types
from collections import abc
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from strabo.errors import UsageError
from strabo.ingest.document import KeyPath, Origin, Problem, guess, meant, problem
from strabo.model.secret import Secret

_LISTS = (list, tuple, set, frozenset, abc.Sequence, abc.Collection, abc.Iterable, abc.Set)
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_PLAIN = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", bytes: "base64 text",
    Secret: "secret text", Path: "a path", type(None): "nothing",
}  # fmt: skip


def converted(kind: Any, raw: Any, origin: Origin, problems: list[Problem]) -> Any:
    """`raw` as a `kind`, a msgspec Struct or anything made of plain types, Structs, Secret and Path.

    What is wrong is added to `problems`, and what comes back is then of no use. Unknown keys are problems at every
    depth. Text becomes a Secret or a Path where the field is one; a number or a boolean may be text when `${…}` put
    it in. A value that was put in, or belongs to a Secret, is never shown.
    """
    return _Reader(origin, raw, problems).value(kind, raw, ())


class _Wrong:
    """Stands for a value that could not be made; the reason is among the problems."""


WRONG = _Wrong()


class _Reader:
    def __init__(self, origin: Origin, raw: Any, problems: list[Problem]) -> None:
        self.origin, self.raw, self.problems = origin, raw, problems

    def report(self, path: KeyPath, what: str, fix: str = "") -> _Wrong:
        self.problems.append(problem(self.origin, path, what, fix))
        return WRONG

    def expected(self, kind: Any, value: Any, path: KeyPath, but: str = "", fix: str = "") -> _Wrong:
        hidden = self.origin.is_inserted(path) or _holds_secret(kind)
        got = "what ${…} put in is not" if self.origin.is_inserted(path) else "got " + _shown(value, hidden=hidden)
        return self.report(path, f"expected {spell(kind)}{but}, {got}", fix)

    def value(self, kind: Any, value: Any, path: KeyPath) -> Any:
        base, limits = _unwrapped(kind)
        origin = get_origin(base)
        if base is Any or base is object:
            return value
        if self.origin.is_missing(path):
            return WRONG  # reported already
        if origin in {Union, types.UnionType}:
            return self.union(base, value, path)
        if isinstance(base, type) and issubclass(base, msgspec.Struct):
            return self.struct(base, value, path)
        if base is Secret:
            return self.secret(value, path)
        if base is Path:
            if isinstance(value, Path):
                return value
            if isinstance(value, str) and value and "\0" not in value:
                return Path(value)
            return self.expected(base, value, path)
        if (origin or base) in _MAPPINGS:
            return self.mapping(base, value, path)
        if (origin or base) in _LISTS:
            return self.list(base, limits, value, path)
        return self.plain(base, limits, value, path)

    def struct(self, kind: type[msgspec.Struct], value: Any, path: KeyPath) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            return self.expected(kind, value, path)
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        hints = get_type_hints(kind, include_extras=True)
        tag_field, tag = kind.__struct_config__.tag_field, kind.__struct_config__.tag
        known = [*fields, *([tag_field] if tag_field else [])]
        made: dict[str, Any] = {}
        right = True
        if tag_field and value.get(tag_field) != tag:
            right = False
            self.tag((kind,), value, path)
        for key in value:
            if key not in known:
                self.report((*path, key), f"unknown setting{guess(str(key), known)}")
                right = False
        for name, field in fields.items():
            if name not in value:
                if field.required:
                    self.report((*path, name), f"missing; it takes {spell(hints[field.name])}")
                    right = False
                continue
            made[field.name] = self.value(hints[field.name], value[name], (*path, name))
            right = right and made[field.name] is not WRONG
        if not right:
            return WRONG
        try:
            return kind(**made)
        except UsageError as error:
            return self.report(path, self.origin.redacted(error.what, path), self.origin.redacted(error.fix, path))
        except (ValueError, TypeError) as error:  # __post_init__ refused
            return self.report(path, self.origin.redacted(str(error), path))

    def tag(self, kinds: tuple[Any, ...], value: Mapping[str, Any], path: KeyPath) -> _Wrong:
        """Reports that none of these Structs is what a mapping says it is."""
        settings = kinds[0].__struct_config__
        takes: Any = Literal.__getitem__(tuple(kind.__struct_config__.tag for kind in kinds))
        at = (*path, settings.tag_field)
        if settings.tag_field not in value:
            return self.report(at, f"missing; it takes {spell(takes)}")
        return self.expected(takes, value[settings.tag_field], at)

    def secret(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return Secret(value)
        fix = "put it in quotes" if isinstance(value, int | float) else ""
        return self.expected(Secret, value, path, fix=fix)

    def mapping(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, Mapping):
            return self.expected(kind, value, path)
        _, inner = get_args(kind) or (Any, Any)
        made = {key: self.value(inner, item, (*path, key)) for key, item in value.items()}
        return WRONG if any(item is WRONG for item in made.values()) else made

    def list(self, kind: Any, limits: Any, value: Any, path: KeyPath) -> Any:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, abc.Sequence | abc.Set):
            shown = isinstance(value, str) and not self.origin.is_inserted(path) and not _holds_secret(kind)
            return self.expected(kind, value, path, fix=f"write [{value!s}]" if shown else "")
        args = get_args(kind)
        fixed = get_origin(kind) is tuple and bool(args) and args[-1] is not ...
        items = list(value)
        if fixed and len(items) != len(args):
            return self.report(path, f"expected {len(args)} values, got {len(items)}")
        kinds = args if fixed else (args[0] if args else Any,) * len(items)
        made = [self.value(k, item, (*path, at)) for at, (k, item) in enumerate(zip(kinds, items, strict=True))]
        if any(item is WRONG for item in made):
            return WRONG
        if isinstance(limits, msgspec.Meta):
            low, high = limits.min_length or 0, limits.max_length
            if len(made) < low or (high is not None and len(made) > high):
                return self.report(path, f"expected {spell(Annotated[kind, limits])}, got {len(made)} values")
        whole = get_origin(kind) or kind
        return whole(made) if isinstance(whole, type) and whole in {list, tuple, set, frozenset} else made

    def union(self, kind: Any, value: Any, path: KeyPath) -> Any:
        """The first kind that fits. When none does: the problems of the one kind that has the value's shape, if any."""
        kinds = get_args(kind)
        if value is None and type(None) in kinds:
            return None
        tried: list[tuple[Any, list[Problem]]] = []
        for arm in (k for k in kinds if k is not type(None)):
            attempt = _Reader(self.origin, self.raw, [])
            made = attempt.value(arm, value, path)
            if not attempt.problems:
                return made
            tried.append((arm, attempt.problems))
        alike = [found for arm, found in tried if _shape(arm) == _shape_of(value) and _tagged(arm, value)]
        tags = tuple(arm for arm, _ in tried if _tag_field(arm))
        if not alike and tags and isinstance(value, Mapping):
            return self.tag(tags, value, path)
        if len(tried) == 1 or len(alike) == 1:
            self.problems += alike[0] if alike else tried[0][1]
            return WRONG
        return self.expected(kind, value, path)

    def plain(self, kind: Any, limits: Any, value: Any, path: KeyPath) -> Any:
        inserted = self.origin.is_inserted(path)
        if isinstance(value, str):
            if kind is bool and value.lower() in _WORDS:
                return _WORDS[value.lower()]
            if inserted and kind not in {str, bytes}:
                value = value.strip()
        whole = kind if limits is None else Annotated[kind, limits]
        try:
            return msgspec.convert(value, whole, strict=not inserted)
        except msgspec.ValidationError:
            pass
        except (TypeError, NotImplementedError):  # a type that msgspec does not know, of a plugin
            if isinstance(kind, type) and isinstance(value, kind):
                return value
        but, fix = "", ""
        choices = _choices(kind)
        if choices and isinstance(value, str) and not inserted and meant(value, choices):
            but = f" (did you mean {meant(value, choices)}?)"
        elif kind is str and isinstance(value, bool | int | float):
            fix = "put it in quotes"
        return self.expected(whole, value, path, but, fix)


def _unwrapped(kind: Any) -> tuple[Any, Any]:
    """The type without `Annotated`, and its limits."""
    if get_origin(kind) is Annotated:
        base, *notes = get_args(kind)
        return base, next((note for note in notes if isinstance(note, msgspec.Meta)), None)
    return kind, None


def _choices(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(member.value) for member in kind]
    return []


def _holds_secret(kind: Any) -> bool:
    return kind is Secret or any(_holds_secret(part) for part in get_args(kind))


def _shape(kind: Any) -> str:
    base, _ = _unwrapped(kind)
    whole = get_origin(base) or base
    if whole in _MAPPINGS or (isinstance(whole, type) and issubclass(whole, msgspec.Struct)):
        return "mapping"
    return "list" if whole in _LISTS else "plain"


def _tag_field(kind: Any) -> str:
    """The key by which kinds of Structs are told apart; empty for what has none."""
    settings = getattr(kind, "__struct_config__", None)
    return (settings and settings.tag_field) or ""


def _tagged(kind: Any, value: Any) -> bool:
    """Whether a mapping claims to be of this kind, where kinds are told apart by a tag."""
    field = _tag_field(kind)
    return not field or value.get(field) == kind.__struct_config__.tag


def _shape_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return "mapping"
    return "list" if isinstance(value, list | tuple | set | frozenset) else "plain"


def _shown(value: Any, *, hidden: bool) -> str:
    """A wrong value for a message: short, and without what it holds where that may be secret."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    if hidden:
        return {bool: "true or false", int: "a number", float: "a number"}.get(type(value), "something else")
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…'"


def spell(kind: Any) -> str:
    """A type as people say it: "text", "a list of text", 'one of "text", "json"', "a whole number, at least 1"."""
    base, limits = _unwrapped(kind)
    if limits is not None:
        return spell(base) + _spell_limits(limits)
    origin, args = get_origin(base), get_args(base)
    if base in _PLAIN:
        return _PLAIN[base]
    if base is Any or base is object:
        return "anything"
    if origin in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(spell(arm) for arm in args if arm is not type(None)))
    choices = _choices(base)
    if choices:
        return ("one of " if len(choices) > 1 else "") + ", ".join(f'"{choice}"' for choice in choices)
    whole = origin or base
    if whole in _MAPPINGS:
        return "a mapping" + (f" of text to {_bare(args[1])}" if args and args[1] is not Any else "")
    if whole is tuple and args and args[-1] is not ...:
        return "a list of " + " and ".join(_bare(arg) for arg in args)
    if whole in _LISTS:
        return "a list" + (f" of {_bare(args[0])}" if args and args[0] is not Any else "")
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return "a mapping"
    return getattr(base, "__name__", str(base))


def _bare(kind: Any) -> str:
    """As `spell`, for what there may be many of: "whole number"."""
    return spell(kind).removeprefix("a ")


def _spell_limits(limits: msgspec.Meta) -> str:
    said = [
        (limits.ge, "at least {}"), (limits.gt, "more than {}"), (limits.le, "at most {}"), (limits.lt, "less than {}"),
        (limits.multiple_of, "a multiple of {}"), (limits.pattern, "matching {}"),
        (limits.min_length, "of length {} or more"), (limits.max_length, "of length {} or less"),
    ]  # fmt: skip
    text = "".join(", " + text.format(limit) for limit, text in said if limit is not None)
    return text.replace("of length 1 or more", "not empty")
