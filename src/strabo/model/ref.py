"""Ref: who a fact is about."""

import msgspec


class Ref(msgspec.Struct, frozen=True, order=True):
    """A namespace and a name, as OpenLineage names datasets and jobs.

    https://openlineage.io/docs/spec/naming. A part of a name that holds a dot or a double quote is written in
    double quotes (`shop.public."my.table"`), so that two objects never share a name; `naming.join` does it.
    """

    namespace: str  # "postgres://db.example:5432"
    name: str  # "shop.public.orders"

    def __str__(self) -> str:
        """`namespace/name`, or `namespace:name` where the namespace is no URL: what people read and paste."""
        if not self.name:
            return self.namespace
        if "://" not in self.namespace:
            return f"{self.namespace}:{self.name}"
        return f"{self.namespace}/{self.name.removeprefix('/')}"
