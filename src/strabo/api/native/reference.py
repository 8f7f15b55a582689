"""The operations of the server as Markdown, for the reference page of the docs."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from strabo.api.http import Route
from strabo.api.openapi import document


def operations(routes: Sequence[Route]) -> str:
    """A heading for each group, a table of its operations, and what each takes."""
    described: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document(routes)))
    groups: dict[str, list[Route]] = {}
    for route in routes:
        if route.documented:
            groups.setdefault(route.group or "More", []).append(route)
    made = []
    for group, several in groups.items():
        rows = [
            f"| `{r.method} {r.path}` | {_cell(r.summary)} | {_takes(r, described)} | {r.needs or 'anybody'} |"
            for r in several
        ]
        made.append(
            "\n".join(
                [f"## {group}", "", "| request | what it does | takes | right |", "| --- | --- | --- | --- |", *rows]
            )
        )
    return "\n" + "\n\n".join(made) + "\n"


def _takes(route: Route, described: dict[str, Any]) -> str:
    path = re.sub(r"\{(\w+)\*\}", r"{\1}", route.path)
    said = described["paths"][path][route.method.lower()]
    told = [f"`{one['name']}`" for one in said["parameters"] if one["in"] == "query"]
    told += [f"`{one['name']}:`" for one in said["parameters"] if one["in"] == "header"]
    told += (
        [f"a body ({', '.join(f'`{media}`' for media in said['requestBody']['content'])})"]
        if "requestBody" in said
        else []
    )
    return ", ".join(told)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
