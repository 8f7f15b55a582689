"""What `ingest` and `test` are pointed at: a workflow file, a connection URL or a database file."""

import re

import click
from click.shell_completion import CompletionItem

from strabo.cli.session import TextType
from strabo.ingest.urls import workflow_for_url
from strabo.ingest.workflow import Workflow, load_workflow


class Target(TextType):
    """A text; shells complete it as a file."""

    name = "target"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        param: click.Parameter,  # noqa: ARG002 - click's
        incomplete: str,
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


TARGET = Target()


def workflow_of(text: str) -> Workflow:
    """Raises UsageError that names every problem."""
    return workflow_for_url(text) or load_workflow(text)


def shown(text: str) -> str:
    """What was typed, without a password in it."""
    return re.sub(r"(://)[^/]*@", r"\1", text) if "://" in text else text
