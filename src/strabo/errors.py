"""The errors Strabo raises on purpose, one class for each way a caller can react."""


class StraboError(Exception):
    """What happened, where, and the next thing to try; each part may stand alone.

    `exit_code` is what the command line ends with when the error ends the command.
    """

    exit_code = 4

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__("\n".join(filter(None, [what, where and f"  at: {where}", fix and f"  try: {fix}"])))


class UsageError(StraboError):
    """A command, a setting or a file is wrong: never retried."""

    exit_code = 2


class NotFound(UsageError):
    """There is nothing by that name: HTTP 404."""


class Unavailable(StraboError):
    """The other system (or the disk, or the catalog's lock) did not answer: the same call may work later."""

    exit_code = 3


class Overloaded(Unavailable):
    """There is too much to do just now; nothing of this call was done. `wait`: seconds after which to try again."""

    def __init__(self, what: str, *, where: str = "", fix: str = "", wait: float = 1.0) -> None:
        super().__init__(what, where=where, fix=fix)
        self.wait = wait


class AccessDenied(StraboError):
    """The other system answered no: wrong password, or a grant is missing. Retrying changes nothing."""

    exit_code = 3


class BadRecord(StraboError):
    """One thing could not be read or written: whoever loops catches it and accounts for it."""

    exit_code = 1
