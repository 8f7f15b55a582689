"""The JSON Schema of workflow files."""

import json
from typing import Any

import pytest

from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.ingest.schema import workflow_schema


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return workflow_schema()


def variants(schema: dict[str, Any], step: str) -> dict[str, dict[str, Any]]:
    return {
        variant["properties"]["type"].get("const", ":"): variant for variant in schema["$defs"][f"step.{step}"]["oneOf"]
    }


def test_every_plugin_has_its_variant_and_there_is_one_for_classes(schema: dict[str, Any]) -> None:
    for step, group in [("source", "sources"), ("processor", "processors"), ("sink", "sinks"), ("stage", "stages")]:
        assert set(variants(schema, step)) == {*plugins.names(group), ":"}
    json.dumps(schema)


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found.append(value["$ref"].removeprefix("#/$defs/"))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(schema)
    assert found
    assert set(found) <= set(schema["$defs"])


def test_settings_have_types_defaults_and_texts(schema: dict[str, Any]) -> None:
    jsonl = schema["$defs"]["JsonlConfig"]
    assert jsonl["required"] == ["path"]
    assert jsonl["additionalProperties"] is False
    assert jsonl["properties"]["path"]["type"] == "string"
    assert "compresses" in jsonl["properties"]["path"]["description"]
    append = jsonl["properties"]["append"]
    assert append["default"] is False
    assert append["anyOf"] == [{"type": "boolean"}, {"type": "string", "pattern": "\\$\\{"}]
    assert variants(schema, "sink")["jsonl"]["required"] == ["type", "config"]
    assert variants(schema, "sink")["console"]["required"] == ["type"]


def test_a_plugin_that_does_not_load_takes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(group: str, name: str) -> Any:
        raise UsageError("not installed")

    monkeypatch.setattr(plugins, "load", load)
    found = variants(workflow_schema(), "source")
    assert found["postgres"]["properties"]["config"] == {"type": ["object", "null"]}
    assert found["postgres"]["required"] == ["type"]
