"""Column names by dataset: what the records of this run have shown."""

from sys import intern

from strabo.model import naming
from strabo.model.records import Dataset
from strabo.model.ref import Ref
from strabo.sql import names
from strabo.sql.dialects import Case, called


def dialect_of(namespace: str) -> str:
    """The SQL dialect of a namespace's system; "" where it speaks none that is known."""
    return called(naming.platform(namespace))


class Shapes:
    """Column names by dataset. A million of them must fit: names and whole lists are kept once."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, tuple[str, ...]]] = {}  # namespace -> key -> columns
        self._names: dict[tuple[str, str], str] = {}  # the name, where it is not its own key
        self._lists: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._rules: dict[str, Case] = {}

    def rules(self, namespace: str) -> Case:
        found = self._rules.get(namespace)
        if found is None:
            found = self._rules[namespace] = names.case(dialect_of(namespace))
        return found

    def add(self, dataset: Dataset) -> str:
        """Remembers a dataset; the key that its name compares by."""
        ref = dataset.ref
        columns = tuple(intern(column.name) for column in dataset.columns)
        columns = self._lists.setdefault(columns, columns)
        key = self.rules(ref.namespace).table(ref.name, True)
        if key == ref.name:
            key = ref.name  # one string, not two
        else:
            self._names[ref.namespace, key] = ref.name
        self._columns.setdefault(ref.namespace, {})[key] = columns
        return key

    def columns(self, ref: Ref) -> tuple[str, ...] | None:
        return self._columns.get(ref.namespace, {}).get(self.rules(ref.namespace).table(ref.name, True))

    def find(self, namespace: str, key: str) -> tuple[str, tuple[str, ...]] | None:
        """The name and the columns of what has this key."""
        columns = self._columns.get(namespace, {}).get(key)
        return None if columns is None else (self._names.get((namespace, key), key), columns)
