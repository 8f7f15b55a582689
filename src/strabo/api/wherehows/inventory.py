"""`POST /dataset/inventory`: which datasets of a platform there are."""

from typing import Any

from strabo.api.wherehows import payload
from strabo.api.wherehows.payload import CamelBody
from strabo.api.wherehows.urns import UNMAPPED, Naming, ref_of
from strabo.errors import BadRecord
from strabo.model.ref import Ref

_PLATFORM = "urn:li:dataPlatform:"


class InventoryItem(CamelBody, frozen=True, kw_only=True):
    """One dataset: its name on the platform, or its URN."""

    native_name: str | None = None
    data_origin: str | None = None
    dataset_urn: str | None = None
    data_platform_urn: str | None = None
    dataset_properties: dict[str, Any] | None = None
    change_audit_stamp: dict[str, Any] | None = None


class InventoryBody(CamelBody, frozen=True, kw_only=True):
    dataset_list: tuple[InventoryItem, ...]
    data_platform_urn: str | None = None
    audit_header: dict[str, Any] | None = None


def read_inventory(body: bytes) -> InventoryBody:
    """The body of a post. Raises BadRecord with the path of every field that is wrong or unknown."""
    return payload.read(InventoryBody, body)


def listed(body: InventoryBody, names: Naming = UNMAPPED) -> list[Ref]:
    """The datasets that a body lists, each once. Raises BadRecord for one that it does not name."""
    return list(dict.fromkeys(_ref(item, body, at, names) for at, item in enumerate(body.dataset_list)))


def platform_urn(platform: str, name: str, origin: str) -> str:
    """The URN of a name on a platform, given as `hive` or `urn:li:dataPlatform:hive`."""
    return f"urn:li:dataset:({_PLATFORM}{platform.removeprefix(_PLATFORM)},{name},{origin})"


def _ref(item: InventoryItem, body: InventoryBody, at: int, names: Naming) -> Ref:
    path = f"datasetList[{at}]"
    platform = item.data_platform_urn or body.data_platform_urn
    try:
        if item.dataset_urn:
            return ref_of(item.dataset_urn, names)
        if item.native_name and platform:
            return ref_of(platform_urn(platform, item.native_name, item.data_origin or "PROD"), names)
    except BadRecord as error:
        raise BadRecord(error.what, where=path, fix=error.fix) from error
    raise BadRecord("it does not say which dataset it is", where=path, fix="add nativeName and dataPlatformUrn")
