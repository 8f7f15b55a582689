"""Gives objects other names, everywhere they are spoken of."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from strabo.errors import BadRecord
from strabo.model import codec, naming
from strabo.model.records import ENTITIES, Container, Definition, Failed, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs


class NameRule(msgspec.Struct, frozen=True, kw_only=True):
    match: str  # a regular expression; every place of the name that it matches is replaced
    replace: str  # what is put there; `\1` or `\g<name>` is what a group matched

    def __post_init__(self) -> None:
        try:
            pattern = re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match is no regular expression: {error}") from None
        try:
            pattern.sub(self.replace, "")
        except (re.error, IndexError) as error:
            raise ValueError(f"replace does not fit match: {error}") from None


class RenameConfig(msgspec.Struct, frozen=True, kw_only=True):
    namespace: dict[str, str] = {}  # old: new; with `*` at its end, the old is what namespaces begin with
    names: tuple[NameRule, ...] = ()  # in this order, each on what the one before made

    def __post_init__(self) -> None:
        for old, new in self.namespace.items():
            if not old.removesuffix("*") or not new:
                raise ValueError("namespace: neither the old nor the new may be empty")


class Rename:
    r"""Passes on what it does not rename as the same object.

    A scope, a container and a search path are renamed as the names below them are: a rule `^shop\.` also makes the
    scope `shop` another. The text of a definition stays as it is, so lineage is to be parsed before this.
    """

    def __init__(self, config: RenameConfig) -> None:
        self._exact = dict(config.namespace)
        for old, new in config.namespace.items():
            if not old.endswith("*"):
                self._exact.setdefault(naming.normal_namespace(old), new)
        begins = [(old[:-1], new.removesuffix("*")) for old, new in config.namespace.items() if old.endswith("*")]
        self._begins = sorted(begins, key=lambda pair: -len(pair[0]))
        self._names = [(re.compile(rule.match), rule.replace) for rule in config.names]
        self._renamed = lru_cache(maxsize=65536)(self._rename)

    def __call__(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            try:
                if isinstance(record, Container | ScopeComplete | Definition):
                    yield self._folder(record)
                else:
                    yield map_refs(record, self._renamed)
            except BadRecord as error:
                part = None if type(record) in ENTITIES else codec.tag(record)
                yield Failed(ref=record.ref, call="rename", error=error.what, fix=error.fix, part=part)

    def _rename(self, ref: Ref) -> Ref:
        return self._made(ref, self._name(ref.name))

    def _made(self, ref: Ref, name: str) -> Ref:
        namespace = self._namespace(ref.namespace)
        if namespace == ref.namespace and name == ref.name:
            return ref
        if ref.name and not name:
            raise BadRecord(f"the rules leave nothing of the name {ref.name!r}", fix="anchor `match` with ^ and $")
        return Ref(namespace, name)

    def _namespace(self, namespace: str) -> str:
        found = self._exact.get(namespace)
        if found is None and self._exact:
            found = self._exact.get(naming.normal_namespace(namespace))
        if found is not None:
            return found
        for old, new in self._begins:
            if namespace.startswith(old):
                return new + namespace[len(old) :]
        return namespace

    def _name(self, name: str) -> str:
        for pattern, replacement in self._names if name else ():  # no name: the namespace as a whole
            name = pattern.sub(replacement, name)
        return name

    def _below(self, ref: Ref) -> str | None:
        """The new name of a folder, going by what its objects' names begin with; None when no folder remains."""
        start = naming.prefix(ref)
        if not start:
            return ""
        name = self._name(start)
        return name[:-1] if name.endswith(start[-1]) else None

    def _folder(self, record: Container | ScopeComplete | Definition) -> Record:
        if isinstance(record, Definition):
            path = tuple(
                [self._below(Ref(record.ref.namespace, part)) or self._name(part) for part in record.search_path]
            )
            changed = map_refs(record, self._renamed)
            return msgspec.structs.replace(changed, search_path=path) if path != record.search_path else changed
        name = self._below(record.ref)
        if name is None and isinstance(record, ScopeComplete):
            return Skipped(
                ref=record.ref,
                part="deletions",
                reason="the rename rules leave no folder that holds the renamed objects of this scope",
                fix="rename without changing what separates folder and name",
            )
        if name is None or (isinstance(record, Container) and name == record.ref.name):
            name = self._name(record.ref.name)
        ref = self._made(record.ref, name)
        return record if ref is record.ref else msgspec.structs.replace(record, ref=ref)
