"""Bodies of facts, compressed with a dictionary that lies in the catalog file itself.

A record of twenty columns is mostly words that every record has; a dictionary that holds them makes it about a
sixth of its size. The dictionary is written into a new file once, so a later Strabo with better words in it
still reads an older file.
"""

import threading
from collections.abc import Callable

import zstandard

from strabo.model import codec
from strabo.model.records import Column, Dataset, Definition, ForeignKey, Index, Key, Lineage, Stats, Upstream
from strabo.model.records import ColumnEdge as Ce
from strabo.model.ref import Ref

_REF = Ref("", "")
_COLUMNS = (
    Column(name="id", type="bigint", kind="integer", nullable=False, identity=True),
    Column(name="name", type="character varying(255)", kind="text", comment="The name of the"),
    Column(name="created_at", type="timestamp with time zone", kind="timestamp", nullable=False, default="now()"),
    Column(name="updated_at", type="timestamp without time zone", kind="timestamp"),
    Column(name="amount", type="numeric(12,2)", kind="decimal"),
    Column(name="status", type="text", kind="text"),
    Column(name="order_id", type="integer", kind="integer"),
    Column(name="is_active", type="boolean", kind="boolean", default="false"),
    Column(name="payload", type="jsonb", kind="json"),
    Column(name="score", type="double precision", kind="float"),
    Column(name="due_on", type="date", kind="date"),
    Column(name="customer_id", type="VARCHAR", kind="text"),
    Column(name="qty", type="BIGINT", kind="integer"),
    Column(name="price", type="DECIMAL(18,3)", kind="decimal"),
    Column(name="code", type="varchar(64)", kind="text"),
)


def first_dictionary() -> bytes:
    """The dictionary for a new catalog: records such as most catalogs are full of. The most common text comes last."""
    table = Dataset(
        ref=_REF,
        columns=_COLUMNS,
        primary_key=Key(columns=("id",), name="orders_pkey"),
        foreign_keys=(
            ForeignKey(columns=("order_id",), references=Ref("postgres://", "public."), to=("id",), name="_fkey"),
        ),
        indexes=(Index(name="ix_orders_status", columns=("status", "created_at"), method="btree"),),
        comment="One row per",
        owner="postgres",
    )
    flows = (
        Ce(source="id", target="id"),
        Ce(source="amount", target="amount", how="transformation"),
        Ce(source="amount", target="total", how="aggregation"),
    )
    lineage = Lineage(
        ref=_REF,
        upstreams=(Upstream(ref=Ref("postgres://", "public."), columns=flows),),
        how="parsed",
        evidence="view definition",
    )  # fmt: skip
    view = Dataset(
        ref=_REF, kind="view", columns=tuple(Column(name=c.name, type=c.type, kind=c.kind) for c in _COLUMNS)
    )
    definition = Definition(ref=_REF, text="SELECT FROM JOIN ON WHERE GROUP BY ORDER BY LEFT JOIN", dialect="postgres")
    stats = Stats(ref=_REF, rows=1000, bytes=8192)
    return b"\n".join(codec.encode(r) for r in (definition, lineage, stats, view, table))


class Squeeze:
    """Packs and unpacks bodies with one dictionary. Usable from several threads: zstd's contexts are not."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = dictionary
        self._contexts = threading.local()

    def _mine(self) -> tuple[zstandard.ZstdCompressor, zstandard.ZstdDecompressor]:
        found: tuple[zstandard.ZstdCompressor, zstandard.ZstdDecompressor] | None
        found = getattr(self._contexts, "pair", None)
        if found is None:
            shared = zstandard.ZstdCompressionDict(self._dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
            shared.precompute_compress(level=3)
            compressor = zstandard.ZstdCompressor(level=3, dict_data=shared, write_checksum=False, write_dict_id=False)
            found = self._contexts.pair = (compressor, zstandard.ZstdDecompressor(dict_data=shared))
        return found

    @property
    def pack(self) -> Callable[[bytes], bytes]:
        """The calling thread's own packer."""
        return self._mine()[0].compress

    @property
    def unpack(self) -> Callable[[bytes], bytes]:
        """The calling thread's own unpacker."""
        return self._mine()[1].decompress
