"""Marquez' API over this catalog, so that its clients and its pages work unchanged.

What the fields are called and which status an answer has follows https://marquezproject.github.io/marquez/openapi.html
and what its Python client and its web UI read.
"""
