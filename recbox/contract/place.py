"""A folder that is all there is: no other data, no cache of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(root: Path) -> Iterator[Path]:
    """For the block, data sets are looked for in `root/data` and `root/cache` and nowhere else."""
    changed = {"RECBOX_DATA": "", "RECBOX_CACHE": str(root / "cache")}
    kept = {name: os.environ.get(name) for name in changed}
    folder = root / "data"
    folder.mkdir(exist_ok=True)
    os.environ.update(changed)
    try:
        yield folder
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
