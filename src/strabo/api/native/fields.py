"""The header fields that routes of this API understand, for its description."""

from strabo.api.http import Route

KEY = (
    "Idempotency-Key",
    "The same key and the same request within 24 hours: the same answer, and no second write.",
)
MATCH = ("If-Match", "Only if the object still has this ETag; `*`: only if it is there. Else 412.")
ABSENT = ("If-None-Match", "`*`: only if it is not there yet. Else 412.")
SEEN = ("If-None-Match", "The ETag that you have: 304 when nothing has changed.")
RESUME = ("Last-Event-ID", "In a stream: the id of the last event, to go on behind it.")


def header_fields(route: Route) -> list[tuple[str, str]]:
    """Names and meanings."""
    found = []
    if route.group == "Writing":
        found = [KEY]
        if "{name}" in route.path:
            found += [MATCH, ABSENT] if route.method == "PUT" else [MATCH]
    elif route.method == "GET" and route.path.startswith("/api/v1/"):
        found = [SEEN]
        if route.path == "/api/v1/changes":
            found = [RESUME]
    return found
