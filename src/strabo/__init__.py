"""Strabo: where your data is, what it means, and how it got there.

    import strabo

    with strabo.open("strabo.db") as catalog:
        catalog.ingest("postgresql://reader@db/shop")
        for hit in catalog.find("order items").hits:
            print(hit.ref, hit.kind)

Names are imported when they are used: `import strabo` costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from strabo.catalog.catalog import Catalog as Catalog
    from strabo.catalog.catalog import open_catalog as open  # noqa: A004 - `strabo.open` is what people type
    from strabo.errors import AccessDenied as AccessDenied
    from strabo.errors import BadRecord as BadRecord
    from strabo.errors import StraboError as StraboError
    from strabo.errors import Unavailable as Unavailable
    from strabo.errors import UsageError as UsageError
    from strabo.kit.client import Client as Client
    from strabo.model.ref import Ref as Ref

__version__ = "0.1.0"

_WHERE = {
    "Catalog": ("strabo.catalog.catalog", "Catalog"),
    "Client": ("strabo.kit.client", "Client"),
    "open": ("strabo.catalog.catalog", "open_catalog"),
    "Ref": ("strabo.model.ref", "Ref"),
    "StraboError": ("strabo.errors", "StraboError"),
    "UsageError": ("strabo.errors", "UsageError"),
    "Unavailable": ("strabo.errors", "Unavailable"),
    "AccessDenied": ("strabo.errors", "AccessDenied"),
    "BadRecord": ("strabo.errors", "BadRecord"),
}

__all__ = ["AccessDenied", "BadRecord", "Catalog", "Client", "Ref", "StraboError", "Unavailable", "UsageError", "open"]


def __getattr__(name: str) -> Any:
    import importlib  # noqa: PLC0415 - the one lazy seam of the package: `strabo --version` must not load the catalog

    try:
        module, attribute = _WHERE[name]
    except KeyError:
        raise AttributeError(f"module 'strabo' has no attribute {name!r}") from None
    return getattr(importlib.import_module(module), attribute)
