"""What the parser raises, and what goes up when a statement has used up its share."""

from sqlglot.errors import SqlglotError

# What the parser is known to raise on text that is no SQL, besides its own errors: it was not written for garbage.
BROKEN = (SqlglotError, ValueError, TypeError, AttributeError, LookupError, AssertionError, ArithmeticError)


class TooLong(Exception):
    """A statement has used up its time; or something else, of which the exception then tells."""
