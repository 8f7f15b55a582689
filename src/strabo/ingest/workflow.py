"""Workflow files: what runs, in what order, with what settings."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from strabo.errors import UsageError
from strabo.ingest.config import Step as Step  # noqa: PLC0414 -- a word of this file's callers
from strabo.ingest.config import built
from strabo.ingest.contracts import BulkSink, Processor, Sink, Source, Stage
from strabo.ingest.document import Document, KeyPath, Origin, Problem, problem, read_document, refusal
from strabo.ingest.interpolate import interpolated
from strabo.ingest.reader import converted


class Retire(msgspec.Struct, frozen=True, kw_only=True):
    """When a run may retire what it no longer found, and when it stops and proposes instead."""

    limit: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05  # share of a scope that may go without asking
    at_least: Annotated[int, msgspec.Meta(ge=0)] = 5  # so many may go whatever the share


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """A feed: where its records come from, what is done to them, where they go."""

    name: str  # of the feed
    source: Step
    processors: tuple[Step, ...] = ()
    sinks: tuple[Step, ...] = ()  # none, and no stage: the catalog of the project
    stage: Step | None = None
    bulk_sink: Step | None = None
    retire: Retire = Retire()
    description: str = ""
    path: Path | None = None  # the file; None for one made in Python


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of a workflow as objects. None of them has connected to anything."""

    source: Source
    processors: tuple[Processor, ...] = ()
    sinks: tuple[Sink, ...] = ()
    stage: Stage | None = None
    bulk_sink: BulkSink | None = None


class StepFile(msgspec.Struct, frozen=True, kw_only=True):
    """A step as written."""

    type: Annotated[str, msgspec.Meta(min_length=1)]  # a plugin's name, or `module:Class`
    config: dict[str, Any] | None = None  # its settings


class WorkflowFile(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow as written."""

    source: StepFile  # where records come from
    name: str | None = None  # of the feed; the file's name without its suffix where it is left out
    description: str | None = None
    processors: tuple[StepFile, ...] | None = None  # in this order
    sink: StepFile | tuple[StepFile, ...] | None = None  # where records go; without any: the catalog of the project
    sinks: tuple[StepFile, ...] | StepFile | None = None  # the same word for several
    stage: StepFile | None = None  # a file that records wait in
    bulk_sink: StepFile | None = None  # what publishes the staged file
    retire: Retire = Retire()


def load_workflow(path: str | Path) -> Workflow:
    """The workflow of a YAML, TOML or JSON file, its `${…}` replaced.

    Raises UsageError that names every problem with its line. When there is one, the settings of all steps are
    checked too, so that the first error shows everything there is to correct.
    """
    document = read_document(path)
    if document.value is None:
        raise UsageError("the workflow file is empty", where=str(path), fix="it needs at least a `source`")
    problems: list[Problem] = []
    workflow = _workflow(interpolated(document, problems), problems, Path(path))
    if workflow is None:
        raise refusal(problems, str(path))
    return workflow


def workflow_from(raw: Mapping[str, Any], where: str = "", *, interpolate: bool = True) -> Workflow:
    """The workflow that a mapping spells, with the keys of a workflow file; `name` is required.

    interpolate: whether `${…}` is replaced, as in a file. Turn it off for what comes from another person: `${file:…}`
    reads any file. Raises UsageError as `load_workflow`; `where` is what its problems are located by.
    """
    problems: list[Problem] = []
    document = Document(dict(raw), Origin(file=where))
    if interpolate:
        document = interpolated(document, problems)
    workflow = _workflow(document, problems, None)
    if workflow is None:
        raise refusal(problems, where)
    return workflow


def check_workflow(workflow: Workflow) -> Built:
    """The steps of a workflow as objects; imports their plugins, connects to nothing.

    Raises UsageError that names every problem of every step.
    """
    problems: list[Problem] = []
    parts = {
        "source": built(workflow.source, "sources", problems),
        "processors": tuple([built(step, "processors", problems) for step in workflow.processors]),
        "sinks": tuple([built(step, "sinks", problems) for step in workflow.sinks]),
        "stage": workflow.stage and built(workflow.stage, "stages", problems),
        "bulk_sink": workflow.bulk_sink and built(workflow.bulk_sink, "bulk_sinks", problems),
    }
    if problems:
        raise refusal(problems, str(workflow.path or workflow.name))
    return Built(**parts)


def _workflow(document: Document, problems: list[Problem], path: Path | None) -> Workflow | None:
    """None when anything is wrong; `problems` then has all of it."""
    origin, raw = document.origin, document.value
    read = converted(WorkflowFile, raw, origin, problems)
    if isinstance(raw, Mapping):
        _check_together(raw, origin, problems)
        if path is None and raw.get("name") is None:
            problems.append(problem(origin, ("name",), "missing; it takes text", "name the feed"))
        name = raw.get("name")
        if (
            isinstance(name, str)
            and not origin.is_missing(("name",))
            and not re.fullmatch(r"[^\x00-\x1f\x7f]*\S", name)
        ):
            problems.append(
                problem(
                    origin, ("name",), "expected one line of text without space at its end", "for example `name: shop`"
                )
            )
    if problems:
        if isinstance(raw, Mapping):
            _check_steps(raw, origin, problems)
        return None
    file: WorkflowFile = read
    sinks_key = "sink" if file.sink is not None else "sinks"
    return Workflow(
        name=file.name or (path.stem if path else ""),
        source=_step(file.source, origin, ("source",)),
        processors=_steps(file.processors, origin, "processors"),
        sinks=_steps(file.sink if file.sink is not None else file.sinks, origin, sinks_key),
        stage=_step(file.stage, origin, ("stage",)) if file.stage else None,
        bulk_sink=_step(file.bulk_sink, origin, ("bulk_sink",)) if file.bulk_sink else None,
        retire=file.retire,
        description=file.description or "",
        path=path,
    )


def _check_together(raw: Mapping[str, Any], origin: Origin, problems: list[Problem]) -> None:
    if raw.get("sink") is not None and raw.get("sinks") is not None:
        problems.append(problem(origin, ("sinks",), "`sink` is there too", "keep one of them; both take several steps"))
    if raw.get("bulk_sink") is not None and raw.get("stage") is None:
        fix = "add a `stage`, for example {type: file, config: {path: out.jsonl.zst}}"
        problems.append(problem(origin, ("bulk_sink",), "there is no `stage` whose file it could publish", fix))


_GROUP_OF = {
    "source": "sources", "processors": "processors", "sink": "sinks", "sinks": "sinks", "stage": "stages",
    "bulk_sink": "bulk_sinks",
}  # fmt: skip


def _check_steps(raw: Mapping[str, Any], origin: Origin, problems: list[Problem]) -> None:
    """Adds the problems within those steps of a wrong workflow that are steps at all."""
    for key, group in _GROUP_OF.items():
        value = raw.get(key)
        several = list(enumerate(value)) if isinstance(value, list | tuple) else None
        places: list[tuple[KeyPath, Any]] = [((key, at), v) for at, v in several] if several else [((key,), value)]
        for path, item in places:
            ignored: list[Problem] = []
            step = converted(StepFile, item, origin.below(path), ignored)
            if isinstance(step, StepFile):
                built(_step(step, origin, path), group, problems)


def _step(file: StepFile, origin: Origin, path: KeyPath) -> Step:
    return Step(type=file.type, config=file.config or {}, where=origin.where(path), origin=origin.below(path))


def _steps(files: tuple[StepFile, ...] | StepFile | None, origin: Origin, key: str) -> tuple[Step, ...]:
    if files is None:
        return ()
    if isinstance(files, StepFile):
        return (_step(files, origin, (key,)),)
    return tuple(_step(file, origin, (key, at)) for at, file in enumerate(files))
