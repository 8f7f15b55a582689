"""Include and exclude patterns that remember which rule decided."""

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return re.compile(pattern[1:-1])
    return re.compile(translate(pattern))


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern covers the whole name. A shell pattern (`tmp_*`), or a regular expression between slashes."""
    return _compiled(pattern).fullmatch(name) is not None


def excluded_by(name: str, include: Sequence[str], exclude: Sequence[str]) -> str | None:
    """The rule that leaves the name out, as written ("exclude tmp_*"); None when it stays. Exclusion wins."""
    for pattern in exclude:
        if matches(pattern, name):
            return f"exclude {pattern}"
    if include and not any(matches(pattern, name) for pattern in include):
        return f"include {', '.join(include)}"
    return None
