"""Every mistake that a user can make, as a type: it says where, what, why and what to do instead.

The command line prints these without a traceback and exits with 2. Anything else that escapes is a fault
of recbox itself, and exits with 1.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class RecboxError(Exception):
    """A mistake in what the user gave: `what` went wrong, `where`, `why`, and what to do `instead`.

    Stability: stable for callers.
    """

    def __init__(self, what: str, *, where: str = "", why: str = "", instead: str = "") -> None:
        self.what, self.where, self.why, self.instead = what, where, why, instead
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        lines += [f"  {label}: {text}" for label, text in (("why", self.why), ("try", self.instead)) if text]
        return "\n".join(lines)


class DataError(RecboxError):
    """Data that can't be read, found or trusted.

    Stability: stable for callers.
    """


class MissingDataError(DataError):
    """Data that is not here and could not be fetched: a recipe may allow a stand-in."""


class PluginError(RecboxError):
    """A plugin that can't be found or loaded, or whose name two distributions claim."""


class ArtifactError(RecboxError):
    """An artifact that is missing, damaged, of another format, or can't be written."""


class KernelError(RecboxError):
    """A sparse structure or a kernel choice that no kernel may be given."""


class OptionError(RecboxError):
    """A command-line option or Python argument that makes no sense."""


class ScratchError(OptionError):
    """A folder for large arrays that can't hold one: no matter of the method that asked for it."""


class UnsupportedError(RecboxError):
    """Something that this method can't do, with the reason; other methods may.

    Stability: stable for callers.
    """


@dataclass(frozen=True)
class Mistake:
    """One mistake at one place of a recipe: `file:line:column`, the line itself, and the way out."""

    where: str
    what: str
    line: str = ""
    column: int = 0
    """1-based column of the caret in `line`; 0 draws none."""
    instead: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}"]
        if self.line:
            parts.append(f"    {self.line}")
            if self.column:
                parts.append("    " + " " * (self.column - 1) + "^")
        if self.instead:
            parts.append(f"  try: {self.instead}")
        return "\n".join(parts)


class RecipeError(RecboxError):
    """All mistakes of a recipe at once."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


def nearest(word: str, known: Sequence[str]) -> str:
    """`did you mean 'x'?`, or the list of what there is, for a name that is not in `known`."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"one of: {', '.join(known)}" if known else ""


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


def remedy_of(error: BaseException) -> str:
    """What a user can do about an error of the system, such as a full disk; empty for any other error."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # the latter is torch's
        return _MENDABLE[errno.ENOMEM]
    return _MENDABLE.get(error.errno or 0, "") if isinstance(error, OSError) else ""
