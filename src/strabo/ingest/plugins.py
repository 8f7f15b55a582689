"""Finds and imports sources, processors, sinks, stages and bulk sinks by name; the built-in ones like any other."""

import importlib
import re
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any, NamedTuple

from strabo.errors import UsageError
from strabo.ingest.document import guess

GROUPS = ("sources", "processors", "sinks", "stages", "bulk_sinks")

_MODULE_AND_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class Installed(NamedTuple):
    """A plugin that some installed distribution declares; it may still lack its driver."""

    group: str  # "sources"
    name: str
    value: str  # "strabo.sources.sqlite:SqliteSource"
    distribution: str
    version: str


def installed() -> list[Installed]:
    """All plugins there are, by group and name. Imports none of them."""
    return [
        Installed(
            group, name, point.value, point.dist.name if point.dist else "", point.dist.version if point.dist else ""
        )
        for group in GROUPS
        for name, points in sorted(_declared(group).items())
        for point in points
    ]


def names(group: str) -> list[str]:
    """The plugin names of a group, sorted."""
    return sorted(_declared(group))


def load(group: str, name: str) -> Any:
    """The plugin's class (or function), imported. `name` is a plugin's name, or `module:Class` of anything importable.

    Raises UsageError: for a name that nothing declares, with a guess; for a driver that is not installed, with the
    line that installs it; for a plugin that is broken.
    """
    if ":" in name:
        return _load_spelled(group, name)
    points = _declared(group).get(name, [])
    if not points:
        raise UsageError(
            f"there is no {_one(group)} named {name!r}{guess(name, names(group))}",
            fix="`strabo plugins` lists them; a class of your own is `module:Class`",
        )
    if len({point.value for point in points}) > 1:
        said = ", ".join(f"{point.value} ({point.dist.name if point.dist else '?'})" for point in points)
        raise UsageError(
            f"the {_one(group)} {name!r} is declared twice: {said}", fix="write the one meant as module:Class"
        )
    return _load_declared(group, points[0])


@cache
def _declared(group: str) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=f"strabo.{group}"):
        found.setdefault(point.name, []).append(point)
    return found


def _load_declared(group: str, point: EntryPoint) -> Any:
    what = f"the {_one(group)} {point.name!r}"
    made_by = point.dist.name if point.dist else "its distribution"
    try:
        return point.load()
    except ImportError as error:
        if _is_own(error.name, point.module):
            raise _broken(what, point.value, str(error), made_by) from error
        raise _lacks(what, error, point.name, point.dist) from error
    except AttributeError as error:
        raise _broken(what, point.value, str(error), made_by) from error


def _load_spelled(group: str, name: str) -> Any:
    what = f"the {_one(group)} {name!r}"
    if not _MODULE_AND_NAME.fullmatch(name):
        raise UsageError(f"{what} is not spelled `module:Class`", fix="for example `company.connectors:OurSource`")
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise UsageError(
                f"{what}: there is no module {error.name!r}",
                fix="install it, or put its folder on PYTHONPATH (`PYTHONPATH=. strabo …`)",
            ) from error
        raise _lacks(what, error, "", None) from error
    for step in path.split("."):
        if not hasattr(found, step):
            public = [key for key in vars(found) if not key.startswith("_")] if hasattr(found, "__dict__") else []
            raise UsageError(
                f"{what}: {getattr(found, '__name__', module)} has no {step!r}{guess(step, public)}",
                fix="check the name after the colon",
            )
        found = getattr(found, step)
    return found


def _lacks(what: str, error: ImportError, name: str, dist: Distribution | None) -> UsageError:
    """The error for a plugin whose driver is not there, or does not load."""
    extras = set(dist.metadata.get_all("Provides-Extra") or []) if dist else set()
    extra = name.replace("_", "-") if name.replace("_", "-") in extras else name if name in extras else ""
    missing = (error.name or "").partition(".")[0]
    if dist and extra:
        fix = f"pip install '{dist.name}[{extra}]'"
    elif missing:
        fix = f"pip install {missing}"
    else:
        fix = "install what it needs"
    if isinstance(error, ModuleNotFoundError) and missing:
        return UsageError(f"{what} needs {missing!r}, which is not installed", fix=fix)
    return UsageError(f"{what} cannot load what it needs: {error}", fix=fix)


def _broken(what: str, value: str, said: str, made_by: str) -> UsageError:
    return UsageError(f"{what} ({value}) is broken: {said}", fix=f"reinstall {made_by}, or tell its authors")


def _is_own(missing: str | None, module: str) -> bool:
    """Whether the module that could not be imported is a part of the plugin itself."""
    return missing is not None and missing.partition(".")[0] == module.partition(".")[0]


def _one(group: str) -> str:
    return group.removesuffix("s").replace("_", " ")
