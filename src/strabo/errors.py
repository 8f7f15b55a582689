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


class Unavailable(StraboError):
    """The other system (or the disk, or the catalog's lock) did not answer: the same call may work later."""

    exit_code = 3


class AccessDenied(StraboError):
    """The other system answered no: wrong password, or a grant is missing. Retrying changes nothing."""

    exit_code = 3


class BadRecord(StraboError):
    """One thing could not be read or written: whoever loops catches it and accounts for it."""

    exit_code = 1
