"""The steps by which a folder comes into being: all of it under its final name, or none of it.

Every write, sync and rename of an artifact goes through here, so that a test can stop the process between any
two of them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recbox.errors import ArtifactError

_REMEDY = {
    errno.ENOSPC: "free some space, or name another folder",
    errno.EDQUOT: "free some space, or name another folder",
    errno.EFBIG: "raise the limit on file sizes, or name another folder",
    errno.EROFS: "name a folder that can be written to",
    errno.EACCES: "name a folder that you may write to",
    errno.EPERM: "name a folder that you may write to",
    errno.ENOTDIR: "a file stands where a folder is needed: move it, or name another folder",
    errno.EEXIST: "name another folder",
    errno.ENOTEMPTY: "name another folder",
    errno.EBUSY: "name a new folder below it",
    errno.ENAMETOOLONG: "name a folder with a shorter name",
}


def refusal(error: OSError, where: Path, doing: str) -> ArtifactError:
    """What the operating system said, as a mistake that the user can mend."""
    reason = error.strerror or str(error)
    return ArtifactError(
        f"can't {doing}", where=str(where), why=reason, instead=_REMEDY.get(error.errno or 0, "")
    )


@contextmanager
def staging(parent: Path, name: str) -> Iterator[Path]:
    """A temporary folder beside the final one. It is gone afterwards, unless `move` gave it its name.

    It is locked as long as its writer lives, so that `sweep` can tell a forgotten one from one in use.
    """
    folder, lock = _claim(parent, name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def put(path: Path, chunks: Iterable[bytes | memoryview]) -> tuple[int, str]:
    """Write a new file and force it to the disk; its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with open(path, "xb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        sync(file.fileno())
    return size, digest.hexdigest()


def sync(descriptor: int) -> None:
    """Force a file or folder to the disk."""
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that can't sync folders
            raise
    finally:
        os.close(descriptor)


def move(folder: Path, target: Path) -> None:
    """Give `folder` its final name, in one step. Where there is a non-empty folder or a file: an OSError."""
    os.rename(folder, target)


def sweep(parent: Path, name: str) -> None:
    """Remove temporary folders of `name` whose writers are dead."""
    ours = re.compile(rf"\.{re.escape(name)}\.tmp-[0-9a-f]{{16}}")
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(parent)):
            if ours.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                _remove_if_dead(Path(entry.path))


def _claim(parent: Path, name: str) -> tuple[Path, int]:
    """A new locked folder; again, where a sweep took it between its making and its locking."""
    while True:
        folder = parent / f".{name}.tmp-{secrets.token_hex(8)}"
        folder.mkdir()
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        with contextlib.suppress(OSError):  # a file system without locks: its sweeps remove nothing
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, lock
        os.close(lock)


def _remove_if_dead(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
