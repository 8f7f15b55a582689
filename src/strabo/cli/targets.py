"""What `ingest` and `test` are pointed at: a workflow file, a connection URL or a database file."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem

from strabo.cli.session import TextType
from strabo.errors import UsageError
from strabo.ingest.urls import workflow_for_url
from strabo.ingest.workflow import Workflow, load_workflow

_ESCAPES = "write / @ : # ? in a user or a password as %2F %40 %3A %23 %3F"


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
    """Raises UsageError that names every problem, and no password of a URL."""
    if "://" in text:
        try:
            torn = "@" in urlsplit(text).path or text.count("@") > 1
        except ValueError:
            torn = True
        if torn:  # a part of the password would pass for a host or a path, and end up in the feed's name
            raise UsageError("the URL cannot be taken apart", where=shown(text), fix=_ESCAPES)
    elif "@" in text and not Path(text).exists():
        raise UsageError("neither a file nor a URL", where=shown(text), fix="a URL has :// behind its scheme")
    return workflow_for_url(text) or load_workflow(text)


def shown(text: str) -> str:
    """What was typed, without a user and a password in it."""
    if "@" not in text or ("://" not in text and Path(text).exists()):
        return text
    scheme = re.match(r"[\w+.-]*:?/*", text)
    return (scheme.group() if scheme else "") + "…@" + text.rpartition("@")[2]
