"""Errors without a type of ours: those of the system that a user can mend, and faults of recbox."""

from __future__ import annotations

import errno
import sys
import traceback

from recbox.cli.terminal import telling

_MENDABLE = {
    errno.ENOSPC: "free some space, or name another folder",
    errno.EDQUOT: "free some space, or name another folder",
    errno.EFBIG: "the file system takes no file of this size; name another folder",
    errno.EROFS: "name a folder that can be written to",
    errno.EACCES: "change its permissions, or name another",
    errno.EPERM: "change its permissions, or name another",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ELOOP: "the symbolic links form a circle",
    errno.ENOTDIR: "a file stands where a folder is meant",
    errno.EISDIR: "a folder stands where a file is meant",
    errno.ENOMEM: "close other programs, or use a smaller data set or dimension",
    errno.EMFILE: "raise the limit on open files (`ulimit -n`)",
}


def mistake_of(error: Exception) -> str:
    """What to tell the user about an error of the system that they can mend; empty for any other."""
    if isinstance(error, MemoryError):
        return f"there is not enough memory\n  try: {_MENDABLE[errno.ENOMEM]}"
    if isinstance(error, OSError) and error.errno in _MENDABLE:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}\n  try: {_MENDABLE[error.errno]}"
    return ""


def report_fault(error: Exception) -> None:
    """One line that takes the blame, then the traceback, on standard error."""
    with telling(sys.stderr):
        sys.stderr.write(
            f"recbox: this is a bug of recbox, not a mistake of yours ({type(error).__name__}); "
            "please report it with the lines below\n"
        )
        traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()
