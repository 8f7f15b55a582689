"""The dialect of WhereHows' backend API (2015-2017): its JSON in and out, over our own records.

Who posted datasets and lineage there goes on posting here. What it dropped (rows of fields, lineage of columns) is
kept, and what it answered with HTTP 200 whatever happened has an honest status besides.
"""
