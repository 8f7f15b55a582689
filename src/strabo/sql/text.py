"""Lines and columns of a text."""


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    at = max(0, min(at, len(text)))
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
