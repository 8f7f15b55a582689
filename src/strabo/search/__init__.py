"""QUERY → terms, filters, ranking. Pure: text and values in, text and values out; the index itself is the store's."""
