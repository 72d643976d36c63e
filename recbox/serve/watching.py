"""Whether a new version of the artifact stands where the old one did, and its way into service."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from recbox.errors import RecboxError
from recbox.serve.log import log
from recbox.serve.version import Version

Seen = tuple[object, ...]


def look(path: Path) -> Seen:
    """What stands there: where the link leads, and of each file what tells it from another. Empty: nothing
    that can be looked at."""
    try:
        real = Path(os.path.realpath(path))
        folders = [real, *([real / "node"] if (real / "node").is_dir() else [])]
        files = [entry for folder in folders for entry in os.scandir(folder)]
        stats = [(entry.path, entry.stat(follow_symlinks=False)) for entry in files]
        return tuple(sorted((name, s.st_ino, s.st_mtime_ns, s.st_size) for name, s in stats))
    except OSError:
        return ()


class Watch:
    """path: the artifact's. code: files of plugins. seen: what stood there when it was opened. What was
    refused isn't tried again before it changes."""

    def __init__(self, path: Path, code: tuple[Path, ...], seen: Seen) -> None:
        self._path, self._code, self._seen = path, code, seen

    def newer(self, now: Version, forced: bool, refused: Callable[[], None]) -> Version | None:
        """A version that is there in place of this one, opened and checked; None where there is none. It may
        take long: for a thread of its own."""
        found = look(self._path)
        if not found or (found == self._seen and not forced):
            return None
        if not forced and found != look(self._path):  # it is being written
            return None
        self._seen = found
        try:
            version = Version.open(self._path, self._code)
        except Exception as error:  # of whatever sort: the old one goes on
            tell_refused(error, now)
            refused()
            return None
        return None if version.id == now.id else version


def tell_refused(error: Exception, now: Version) -> None:
    """now: what goes on in its place."""
    what = error.what if isinstance(error, RecboxError) else type(error).__name__
    why = error.why if isinstance(error, RecboxError) else str(error)
    log("error", "version refused", what=what, why=why, serving=now.id)
