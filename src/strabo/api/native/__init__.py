"""Strabo's own API: records in, and everything that the catalog can tell out."""
