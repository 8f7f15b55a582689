"""Who writes, where nobody logs in: the person at this machine."""

import getpass
import os


def here() -> str:
    """Such as `ann@desk`: the user that this process runs as, at this host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        user = str(os.getuid()) if hasattr(os, "getuid") else ""
    host = os.uname().nodename if hasattr(os, "uname") else ""
    return f"{user}@{host}".strip("@")
