"""What the rows of the catalog queries look like, decoded from JSON straight into these."""

from msgspec import Struct


class Database(Struct, frozen=True):
    name: str
    template: bool
    connect: bool
    owner: str | None
    comment: str | None


class Schema(Struct, frozen=True):
    id: int
    name: str
    usage: bool
    owner: str | None
    comment: str | None


class Field(Struct, frozen=True, array_like=True):
    """One attribute of a composite type."""

    name: str
    type_id: int
    type: str
    comment: str | None


class Type(Struct, frozen=True):
    id: int
    name: str
    spelled: str
    kind: str  # pg_type.typtype: b(ase), c(omposite), d(omain), e(num), r(ange), m(ultirange)
    category: str  # pg_type.typcategory
    element: int  # of an array; 0 for everything else
    element_spelled: str | None
    base: int  # of a domain; 0 for everything else
    base_spelled: str | None
    required: bool
    default: str | None
    labels: tuple[str, ...] | None
    checks: tuple[str, ...] | None
    fields: tuple[Field, ...] | None


class Attribute(Struct, frozen=True, array_like=True):
    """One column of a table or a view."""

    number: int
    name: str
    type_id: int
    type: str
    required: bool
    expression: str | None
    identity: str  # "a"lways, by "d"efault, or empty
    generated: str  # "s"tored, "v"irtual, or empty
    comment: str | None


class Constraint(Struct, frozen=True, array_like=True):
    kind: str  # "p"rimary, "u"nique, "f"oreign
    name: str
    columns: tuple[int, ...]
    index: int
    to_schema: str | None
    to_table: str | None
    to: tuple[str, ...] | None


class IndexRow(Struct, frozen=True, array_like=True):
    id: int
    name: str
    unique: bool
    method: str
    width: int  # columns that are keys; the others are only carried along
    numbers: tuple[int, ...]  # of the columns; 0 stands for an expression
    expressions: tuple[str | None, ...] | None
    where: str | None


class Part(Struct, frozen=True, array_like=True):
    schema: str
    name: str
    bounds: tuple[str | None, ...]
    rows: float | None
    bytes: int | None
    kind: str


class PartitionKey(Struct, frozen=True, array_like=True):
    strategy: str
    numbers: tuple[int, ...]  # 0 stands for an expression
    spelled: str  # "RANGE (made_at, lower(name))"


class Foreign(Struct, frozen=True):
    server: str
    wrapper: str
    type: str | None
    server_options: tuple[str, ...] | None  # "key=value"
    options: tuple[str, ...] | None


class Relation(Struct, frozen=True):
    kind: str  # pg_class.relkind
    owner: str | None
    comment: str | None
    withheld: bool
    columns: tuple[Attribute, ...] | None
    keys: tuple[Constraint, ...] | None
    indexes: tuple[IndexRow, ...] | None
    definition: str | None
    rows: float | None
    bytes: int | None
    partitioned_by: PartitionKey | None
    parts: tuple[Part, ...] | None
    inherits: tuple[tuple[str, str], ...] | None
    method: str | None
    unlogged: bool
    populated: bool
    row_security: bool
    tablespace: str | None
    foreign: Foreign | None


class Routine(Struct, frozen=True):
    kind: str  # pg_proc.prokind
    owner: str | None
    comment: str | None
    withheld: bool
    takes: str
    returns: str | None
    language: str
    volatility: str
    definer: bool
    settings: tuple[str, ...] | None
    definition: str | None


class Trigger(Struct, frozen=True):
    comment: str | None
    withheld: bool
    enabled: str  # "D" is disabled
    owner: str | None
    function: tuple[str, str]
    definition: str | None


class Obstacles(Struct, frozen=True):
    blocked: tuple[int, ...] | None
    refused: tuple[str, ...] | None


class Grants(Struct, frozen=True):
    schemas: int
    closed: tuple[str, ...] | None
    hidden: tuple[str, ...] | None
    refused: tuple[str, ...] | None
