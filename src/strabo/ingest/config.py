"""Configured steps to plugin objects, and what a plugin's settings are."""

import ast
import inspect
import io
import textwrap
import tokenize
import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.ingest.document import Origin, Problem, problem, refusal
from strabo.ingest.reader import WRONG, converted, spell

T = TypeVar("T")

METHODS = {
    "sources": ("read",),
    "processors": ("__call__",),
    "sinks": ("write", "close"),
    "stages": ("write", "close", "artifact"),
    "bulk_sinks": ("publish",),
}
"""What an object of each plugin group must have; ingest/contracts.py says what it does."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a workflow, as configured. Printing it shows no settings, for they may hold secrets."""

    type: str  # a plugin's name, or `module:Class`
    config: dict[str, Any] = {}
    where: str = ""  # "shop.yaml:3"
    origin: Origin = Origin()

    def __repr__(self) -> str:
        return f"Step({self.type!r}, where={self.where!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("type", self.type), ("where", self.where)]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of a plugin, for people."""

    name: str  # dotted below the top: "tls.ca", "rules[].match"
    type: str  # "a whole number, at least 1"
    required: bool = False
    default: Any = None
    doc: str = ""


def read_config(kind: type[T], raw: Mapping[str, Any], origin: Origin | None = None) -> T:
    """`raw` as a `kind`, which is a msgspec Struct. Raises UsageError that names every problem, not just the first.

    origin: where the settings were written; without it problems name the key alone. See `reader.converted` for what
    fits what.
    """
    problems: list[Problem] = []
    made = converted(kind, raw, origin or Origin(), problems)
    if problems:
        raise refusal(problems, origin.file if origin else "")
    return made  # type: ignore[no-any-return]


def build(step: Step, group: str) -> Any:
    """The plugin object that a step asks for, constructed but not connected. Raises UsageError naming every problem."""
    problems: list[Problem] = []
    made = built(step, group, problems)
    if problems:
        raise refusal(problems, step.origin.file)
    return made


def built(step: Step, group: str, problems: list[Problem]) -> Any:
    """As `build`, but adds to `problems`; None when it added any."""
    origin = step.origin
    if origin.is_missing(("type",)):
        return None
    settings = origin.below(("config",))
    try:
        plugin = plugins.load(group, step.type)
    except UsageError as error:
        what, fix = error.what, error.fix
        if origin.is_inserted(("type",)):
            what, fix = "what ${…} put in is no plugin that loads here", "`strabo plugins` lists them"
        problems.append(problem(origin, ("type",), what, fix))
        return None
    made = _constructed(plugin, step, settings, problems)
    if made is None:
        return None
    missing = [name for name in METHODS[group] if not hasattr(type(made), name) and not hasattr(made, name)]
    if missing:
        what = f"{step.type!r} cannot stand here: it has no `{'`, `'.join(missing)}`"
        problems.append(problem(origin, ("type",), what, "see the contracts in strabo.ingest.contracts"))
        return None
    return made


def _constructed(plugin: Any, step: Step, settings: Origin, problems: list[Problem]) -> Any:
    try:
        kind = config_type(plugin)
    except UsageError as error:
        problems.append(problem(step.origin, ("type",), error.what, error.fix))
        return None
    if kind is None:
        problems += [problem(settings, (key,), f"unknown setting; {step.type!r} takes none") for key in step.config]
        if step.config:
            return None
    else:
        config = converted(kind, step.config, settings, problems)
        if config is WRONG:
            return None
    try:
        if not isinstance(plugin, type):
            return plugin  # a plain function is a processor as it is
        return plugin(config) if kind is not None else plugin()
    except UsageError as error:
        what, fix = settings.redacted(error.what), settings.redacted(error.fix)
        problems.append(problem(settings, (), what, fix))
    except (ValueError, OSError) as error:
        problems.append(problem(settings, (), settings.redacted(str(error))))
    return None


def config_type(plugin: Any) -> type[msgspec.Struct] | None:
    """The Struct that a plugin class takes as its `config`; None when it takes none, or is a function.

    Raises UsageError for a class whose constructor cannot be called with a config and nothing else.
    """
    name = getattr(plugin, "__qualname__", str(plugin))
    if not isinstance(plugin, type):
        if callable(plugin):
            return None
        raise UsageError(f"{name} is neither a class nor a function", fix="name a class that takes a config")
    parameters = list(inspect.signature(plugin).parameters.values())
    for parameter in parameters:
        if parameter.name != "config" and parameter.default is parameter.empty and _is_single(parameter):
            raise UsageError(
                f"{name} wants {parameter.name!r} besides its config", fix="a plugin is made with its config alone"
            )
    if not any(parameter.name == "config" for parameter in parameters):
        return None
    try:
        hint = get_type_hints(plugin.__init__).get("config")  # type: ignore[misc]
    except NameError as error:
        raise UsageError(
            f"the annotation of {name}'s config is broken: {error}", fix="import it at run time"
        ) from error
    kinds = get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind
    raise UsageError(f"{name} does not say what its config is", fix="annotate `config` with a msgspec Struct")


def _is_single(parameter: inspect.Parameter) -> bool:
    return parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}


# --- for the reader of the docs ---------------------------------------------------------------------------------


def explain(kind: type[msgspec.Struct], prefix: str = "") -> list[Setting]:
    """Every setting of a config in the order it declares them; those of a Struct within follow it, under its name.

    A setting's text is the comment behind its field, or the text below it, in the source; empty without source.
    """
    return _explained(kind, prefix, ())


def _explained(kind: type[msgspec.Struct], prefix: str, around: tuple[type, ...]) -> list[Setting]:
    docs = _docs(kind)
    hints = get_type_hints(kind, include_extras=True)
    found: list[Setting] = []
    for field in msgspec.structs.fields(kind):
        name, hint = prefix + field.encode_name, hints[field.name]
        default = None
        if field.default is not msgspec.NODEFAULT:
            default = field.default
        elif field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        found.append(
            Setting(name=name, type=spell(hint), required=field.required, default=default, doc=docs.get(field.name, ""))
        )
        for inner, path in _structs(hint):
            if inner not in (*around, kind):
                found += _explained(inner, name + path + ".", (*around, kind))
    return found


def _structs(hint: Any) -> list[tuple[type[msgspec.Struct], str]]:
    """The Structs within a type, and how a path goes on to their fields: "", "[]", ".NAME"."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [(hint, "")]
    args = get_args(hint)
    whole = get_origin(hint)
    step = ""
    if whole in {list, tuple, set, frozenset}:
        step = "[]"
    elif whole is dict:
        step, args = ".NAME", args[1:]
    return [(kind, step + path) for arg in args for kind, path in _structs(arg)]


def _docs(kind: type) -> dict[str, str]:
    """Field name to what its source says about it, those of base classes included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__ in {"builtins", "msgspec"}:
            continue
        try:
            source = textwrap.dedent(inspect.getsource(base))
            found |= _docs_in(source)
        except (OSError, TypeError, SyntaxError, tokenize.TokenError):
            continue  # no source to read, as in a zipped or interactive module: the settings stand without text
    return found


def _docs_in(source: str) -> dict[str, str]:
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not token.line.lstrip().startswith("#")
    }
    found: dict[str, str] = {}
    (klass,) = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    name = ""
    for node in klass.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            text = comments.get(node.end_lineno or 0, "")
            if text and not text.startswith(("noqa", "type:", "fmt:")):
                found[name] = text
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found.setdefault(name, " ".join(str(node.value.value).split()))
            name = ""
        else:
            name = ""
    return found
