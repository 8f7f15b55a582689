"""From whatever names a workflow to the steps of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from strabo.ingest.contracts import Source
from strabo.ingest.runner import Steps
from strabo.ingest.urls import workflow_for_url
from strabo.ingest.workflow import Step, Workflow, check_workflow, load_workflow, workflow_from


def prepared(what: Workflow | Source | Mapping[str, Any] | str | Path, feed: str) -> tuple[Workflow, Steps]:
    """The workflow, named `feed` if that is said, and its steps, made but not connected. Raises UsageError."""
    if isinstance(what, Workflow):
        workflow = what
    elif isinstance(what, Mapping):
        workflow = workflow_from({"name": feed or "workflow", **what})
    elif isinstance(what, str | Path):
        workflow = workflow_for_url(str(what)) or load_workflow(what)
    else:  # a Source made in Python
        name = feed or type(what).__name__
        return Workflow(name=name, source=Step(type=type(what).__name__)), Steps(what)
    built = check_workflow(workflow)
    if feed:
        workflow = msgspec.structs.replace(workflow, name=feed)
    names = [step.type for step in workflow.processors]
    steps = Steps(
        built.source,
        list(zip(names, built.processors, strict=True)),
        built.sinks,
        built.stage,
        built.bulk_sink,
    )
    return workflow, steps
