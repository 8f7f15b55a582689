"""Reading facets: what is not as the specification says is not projected, and stays verbatim where facets are kept."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from strabo.openlineage.state import Said

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def value(facets: Mapping[str, Said], key: str) -> dict[str, Any]:
    """A facet's content; {} when there is none, it was taken back, or it is no object."""
    said = facets.get(key)
    return said.value if said is not None and isinstance(said.value, dict) else {}


def text(facet: Mapping[str, Any], key: str) -> str | None:
    """A text in a facet; None for anything else, the empty text included."""
    found = facet.get(key)
    return found.replace("\0", "") or None if isinstance(found, str) else None


def whole(facet: Mapping[str, Any], key: str) -> int | None:
    """A whole number in a facet, however it is written."""
    found = facet.get(key)
    if isinstance(found, bool):
        return None
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found if isinstance(found, int) else None


def objects(facet: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The objects in a list of a facet."""
    found = facet.get(key)
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def moment(microseconds: int) -> datetime:
    """A time of an event, as records have it."""
    return _EPOCH + timedelta(microseconds=microseconds)


def when(facet: Mapping[str, Any], key: str) -> datetime | None:
    """A time in a facet; one without a zone is UTC; None for what is no time."""
    found = text(facet, key)
    if found is None:
        return None
    try:
        time = datetime.fromisoformat(found)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
