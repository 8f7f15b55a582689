"""Every processor that ships keeps the promises of a processor, configured so that it has something to do."""

import pytest

from strabo.ingest.contracts import Processor
from strabo.model import codec
from strabo.processors.add import Add, AddConfig, AddRule
from strabo.processors.filter import Filter, FilterConfig
from strabo.processors.rename import NameRule, Rename, RenameConfig
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig
from strabo.testing.hostile import NAMESPACE
from strabo.testing.processor import ProcessorContract
from strabo.testing.records import ENTITY_KINDS, KINDS

EVERYTHING = frozenset(codec.tag(kind) for kind in KINDS)


class TestFilterByName(ProcessorContract):
    @pytest.fixture
    def processor(self) -> Processor:
        return Filter(FilterConfig(include=("*",), exclude=("*.case.*", "*🦉*", f"{NAMESPACE}/*.half")))


class TestFilterByKind(ProcessorContract):
    changes = frozenset(codec.tag(kind) for kind in ENTITY_KINDS if codec.tag(kind) != "dataset") | {
        "definition", "stats", "ownership", "tags", "description", "lineage",
    }  # fmt: skip

    @pytest.fixture
    def processor(self) -> Processor:
        return Filter(FilterConfig(kinds=("dataset",)))


class TestRename(ProcessorContract):
    @pytest.fixture
    def processor(self) -> Processor:
        return Rename(RenameConfig(namespace={NAMESPACE: "postgres://tame:5432"}))


class TestRenameEverything(ProcessorContract):
    changes = EVERYTHING

    @pytest.fixture
    def processor(self) -> Processor:
        return Rename(RenameConfig(names=(NameRule(match="^", replace="old."), NameRule(match="[.]", replace=":"))))


class TestAdd(ProcessorContract):
    changes = frozenset({"tags", "ownership", "description"})  # what is said of them is merged in

    @pytest.fixture
    def processor(self) -> Processor:
        rules = (
            AddRule(match="*", tags=("all",), owners=("ann@example.org",), description="One of *all*."),
            AddRule(match="*", column="*", tags=("a column",), description="A column."),
        )
        return Add(AddConfig(rules=rules))


class TestSqlLineage(ProcessorContract):
    @pytest.fixture
    def processor(self) -> Processor:
        return SqlLineage(SqlLineageConfig())
