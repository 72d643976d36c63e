"""Locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self, final

from recbox.errors import UnsupportedError


@final
class Lock:
    """A lock on a file; processes, and other `Lock` objects of this one, wait for each other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Wait until it is free, and hold it."""
        return self._take(fcntl.LOCK_EX)

    def try_acquire(self) -> bool:
        """Hold it if it is free; whether it is held now."""
        return self._take(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _take(self, how: int) -> bool:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, how)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError as error:
            os.close(file)
            why = f"{error.strerror}: this file system has no locks"
            raise UnsupportedError(
                "nothing can be locked here",
                where=str(self.path.parent),
                why=why,
                instead="name a folder on a local disk",
            ) from error
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True

    def release(self, remove: bool = False) -> None:
        """Let it go; remove: the file too."""
        file, self._file = self._file, None
        if file is None:
            return
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(file)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock of a file that may be gone."""
    if not path.exists():
        return False
    lock = Lock(path)
    if not lock.try_acquire():
        return True
    lock.release()
    return False
