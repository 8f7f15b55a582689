"""Names of objects as people write them in a body: whole, or any ending that only one object has."""

from strabo.api.native.finding import naming_one
from strabo.catalog import refs
from strabo.errors import NotFound, UsageError
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.store.protocol import Reader

_FILES = frozenset({"sqlite", "duckdb"})  # their namespaces are paths: the name begins behind the last slash
_ROOTED = frozenset({"file", "hdfs", "dbfs"})  # their names begin with a slash


def meant(reader: Reader, text: str) -> Ref:
    """The object that a text means. What is spelled whole need not be known; an ending must be.

    Raises UsageError, NotFound, Refused 409 with the candidates.
    """
    if not text.strip():
        raise UsageError("a name is empty", where="the body", fix='write it as "postgres://db/shop.public.orders"')
    with naming_one():
        try:
            return refs.resolve(reader, text).ref
        except NotFound:
            whole = spelled(text)
            if whole is None:
                raise
            return naming.normal(whole)


def spelled(text: str) -> Ref | None:
    """Namespace and name of a text that has both, by the rules of its platform; None for one that is only a name."""
    scheme, found, rest = text.partition("://")
    if found:
        platform = naming.platform(text)
        if platform in _FILES:
            path, _, name = rest.rpartition("/")
            return Ref(f"{scheme}://{path}", name) if path and name else None
        host, slash, name = rest.partition("/")
        if platform == "file" and not host:
            return Ref("file", f"/{name}") if name else None
        if not slash or not name:
            return None
        return Ref(f"{scheme}://{host}", f"/{name}" if platform in _ROOTED else name)
    namespace, found, name = text.partition(":")
    return Ref(namespace, name) if found and namespace and name else None
