"""JSON Schema of a workflow file, for editors that complete and check as one types."""

from pathlib import PurePath
from typing import Any

import msgspec

from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.ingest.config import config_type, explain
from strabo.ingest.workflow import Retire
from strabo.model.secret import Secret

_GROUP_OF = {
    "source": "sources",
    "processor": "processors",
    "sink": "sinks",
    "stage": "stages",
    "bulk_sink": "bulk_sinks",
}


def workflow_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a workflow file, with the settings of every plugin that is installed and loads.

    A plugin whose driver is missing takes any settings here. Where a number or a boolean is due, `${…}` is allowed.
    """
    kinds = {
        (step, name): _config_of(group, name) for step, group in _GROUP_OF.items() for name in plugins.names(group)
    }
    structs = list(dict.fromkeys(kind for kind in kinds.values() if isinstance(kind, type)))
    places, components = msgspec.json.schema_components(
        [Retire, *structs], schema_hook=_foreign, ref_template="#/$defs/{name}"
    )
    of_struct = dict(zip(structs, places[1:], strict=True))
    for kind, place in of_struct.items():
        _document(kind, components, place)
    defs: dict[str, Any] = {name: _loosened(component) for name, component in components.items()}
    for step in _GROUP_OF:
        variants: list[dict[str, Any]] = [
            {
                "type": "object",
                "properties": {"type": {"const": name}, "config": _settings(kind, of_struct)},
                "required": ["type", "config"] if _needs_config(kind) else ["type"],
                "additionalProperties": False,
            }
            for (owner, name), kind in kinds.items()
            if owner == step
        ]
        variants.append(
            {
                "description": "a class of your own",
                "type": "object",
                "properties": {"type": {"type": "string", "pattern": ":"}, "config": {"type": ["object", "null"]}},
                "required": ["type"],
                "additionalProperties": False,
            }
        )
        defs[f"step.{step}"] = {"oneOf": variants}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Strabo workflow",
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "the feed; the file's name without its suffix where left out"},
            "description": {"type": "string"},
            "source": _step("source"),
            "processors": {"type": "array", "items": _step("processor")},
            "sink": _one_or_more("sink"),
            "sinks": _one_or_more("sink"),
            "stage": _step("stage"),
            "bulk_sink": _step("bulk_sink"),
            "retire": places[0],
        },
        "required": ["source"],
        "dependentRequired": {"bulk_sink": ["stage"]},
        "not": {"required": ["sink", "sinks"]},
        "additionalProperties": False,
        "$defs": defs,
    }


def _config_of(group: str, name: str) -> type[msgspec.Struct] | str | None:
    """The config type; None where the plugin takes none; "unknown" where it does not load here."""
    try:
        return config_type(plugins.load(group, name))
    except UsageError:
        return "unknown"


def _settings(kind: type | str | None, of_struct: dict[type[msgspec.Struct], dict[str, Any]]) -> dict[str, Any]:
    if isinstance(kind, str):
        return {"type": ["object", "null"]}
    if kind is None:
        return {"type": ["object", "null"], "maxProperties": 0}
    return of_struct[kind] if _needs_config(kind) else {"oneOf": [of_struct[kind], {"type": "null"}]}


def _needs_config(kind: type | str | None) -> bool:
    return isinstance(kind, type) and any(field.required for field in msgspec.structs.fields(kind))


def _foreign(kind: type) -> dict[str, Any]:
    if kind is Secret:
        return {"type": "string", "format": "password"}
    return {"type": "string"} if issubclass(kind, PurePath) else {}


def _document(kind: type[msgspec.Struct], components: dict[str, Any], place: dict[str, Any]) -> None:
    """Puts the comment behind each field into the schema."""
    properties = components[place["$ref"].rpartition("/")[2]].get("properties", {})
    for setting in explain(kind):
        if setting.doc and setting.name in properties:
            properties[setting.name].setdefault("description", setting.doc)


def _loosened(schema: Any) -> Any:
    """As the reader reads: unknown keys are wrong everywhere, and `${…}` may stand for a number or a boolean."""
    if isinstance(schema, list):
        return [_loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in {"default", "enum"} else _loosened(value) for key, value in schema.items()}
    if "properties" in made and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    if made.get("type") in {"integer", "number", "boolean"}:
        outside = {key: made.pop(key) for key in ("default", "description") if key in made}
        made = {"anyOf": [made, {"type": "string", "pattern": r"\$\{"}], **outside}
    return made


def _step(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/step.{name}"}


def _one_or_more(name: str) -> dict[str, Any]:
    return {"oneOf": [_step(name), {"type": "array", "items": _step(name)}]}
