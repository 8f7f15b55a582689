"""Names of objects as arguments, completed from the catalog."""

import click
from click.shell_completion import CompletionItem

from strabo.catalog.catalog import Catalog, open_catalog
from strabo.cli.session import Session, TextType
from strabo.cli.text import clean
from strabo.errors import StraboError
from strabo.model import naming

_MOST = 50
_PATIENCE = 0.2  # seconds: a shell waits for the answer


class RefType(TextType):
    """A name that `Catalog.resolve` understands."""

    name = "ref"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's
        incomplete: str,
    ) -> list[CompletionItem]:
        path = ctx.ensure_object(Session).catalog
        return [CompletionItem(name, help=kind) for name, kind in completions(incomplete, path)]


REF = RefType()


def completions(incomplete: str, path: str | None = None) -> list[tuple[str, str]]:
    """(name, kind) of what may be meant by the beginning of a name; [] when anything is wrong with the catalog."""
    try:
        with open_catalog(path, create=False, patience=_PATIENCE) as catalog:
            found = _whole(catalog, incomplete) if "://" in incomplete else _ending(catalog, incomplete)
            return [(name, kind) for name, kind in found if clean(name) == name][:_MOST]
    except StraboError:
        return []


def _whole(catalog: Catalog, incomplete: str) -> list[tuple[str, str]]:
    """Completions of a name that begins with its namespace."""
    found: dict[str, str] = {}
    for namespace in sorted(catalog.overview().namespaces):
        if namespace.startswith(incomplete):
            found[namespace + "/"] = ""
        elif incomplete.startswith(namespace + "/"):
            for node in catalog.store.by_prefix(namespace, incomplete[len(namespace) + 1 :], _MOST):
                if node.live:
                    found[str(node.ref)] = node.kind
    return list(found.items())


def _ending(catalog: Catalog, incomplete: str) -> list[tuple[str, str]]:
    """Completions of a name without its namespace: its shortest ending that begins as was typed."""
    found: dict[str, str] = {}
    for hit in catalog.find(incomplete, limit=_MOST, facets=False).hits:
        parts = naming.parts(hit.ref)
        if naming.platform(hit.ref.namespace) in naming.PATHS:
            continue
        for start in range(len(parts) - 1, -1, -1):
            name = naming.join(*parts[start:])
            if name.casefold().startswith(incomplete.casefold()):
                found.setdefault(name, hit.kind)
                break
    return sorted(found.items())
