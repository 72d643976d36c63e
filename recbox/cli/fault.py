"""Errors without a type of ours: those of the system that a user can mend, and faults of recbox."""

from __future__ import annotations

import os
import sys
import traceback

from recbox.cli.terminal import telling
from recbox.errors import RecboxError, remedy_of


def mistake_of(error: Exception) -> str:
    """What to tell the user about an error of the system that they can mend; empty for any other."""
    if not (remedy := remedy_of(error)):
        return ""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}\n  try: {remedy}"
    return f"there is not enough memory\n  try: {remedy}"


def show_cause(error: RecboxError) -> None:
    """With RECBOX_TRACEBACK=1, for authors of plugins: where a mistake came from, on standard error."""
    if os.environ.get("RECBOX_TRACEBACK", "") not in ("", "0") and error.__cause__ is not None:
        with telling(sys.stderr):
            traceback.print_exception(error.__cause__, file=sys.stderr)


def report_fault(error: Exception) -> None:
    """One line that takes the blame, then the traceback, on standard error."""
    with telling(sys.stderr):
        sys.stderr.write(
            f"recbox: this is a bug of recbox, not a mistake of yours ({type(error).__name__}); "
            "please report it with the lines below\n"
        )
        traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()
