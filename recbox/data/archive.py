"""Files out of a zip archive: only those asked for, only to where they belong, and no more than a limit."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from recbox.errors import DataError

_BLOCK = 1 << 16


def extract(archive: Path, members: Mapping[str, str], into: Path, limit: int) -> None:
    """Write each member of `archive` (key) to the file `into / value`, whole or not at all.

    Together they may hold `limit` bytes, counted while they are unpacked. A `DataError` says what is wrong
    with the archive; nothing is written outside `into`.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for member, name in members.items():
                limit -= _write(opened, _regular(opened, member), _inside(into, name), limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"the archive can't be read: {error}", where=str(archive)) from error
    except OSError as error:
        raise DataError(f"can't write: {error.strerror or error}", where=str(into)) from error


def _inside(into: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
        raise DataError(f"{name!r} is not a name for a file below the folder", where=str(into))
    return into / path


def _regular(opened: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    try:
        info = opened.getinfo(member)
    except KeyError:
        raise DataError(f"the archive has no {member}", where=str(opened.filename)) from None
    mode = info.external_attr >> 16
    if info.is_dir() or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
        raise DataError(f"{member} is not a regular file", where=str(opened.filename))
    return info


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, to: Path, limit: int) -> int:
    to.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
    try:
        with os.fdopen(handle, "wb") as file, opened.open(info) as stream:
            written = 0
            while block := stream.read(_BLOCK):
                written += len(block)
                if written > limit:
                    raise DataError("the archive unpacks to more than is allowed", where=str(opened.filename))
                file.write(block)
        os.chmod(temporary, 0o644)
        os.replace(temporary, to)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return written
