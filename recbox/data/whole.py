"""Files that are there as a whole, or as they were."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the block is done, forced to the disk before: whoever reads
    it, and whoever comes after a crash, sees the old one or the new one. A symbolic link stays one, and who
    may read the old one may read the new one."""
    path = Path(os.path.realpath(path))
    part = path.with_name(f".{path.name}.tmp-{secrets.token_hex(8)}")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(path.stat().st_mode))
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
