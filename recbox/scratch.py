"""Large arrays in files that are mapped into memory: where memory is short, the system keeps some of their
pages on the disk alone, where it could only kill a process that holds as much of its own."""

from __future__ import annotations

import mmap
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recbox.errors import ScratchError, remedy_of

if TYPE_CHECKING:
    import numpy as np
    import torch

LEAST = 1 << 20
"""Bytes below which an array stays in memory."""
PIECE = 16 << 20
"""Bytes copied at a time."""


@dataclass(frozen=True)
class Scratch:
    """A folder whose files have no names, so that they are gone when nothing refers to them any more, or when
    the process ends, however it ends. Without a folder all arrays are in memory."""

    folder: Path | None = None

    @classmethod
    def at(cls, folder: str | Path) -> Self:
        """In a folder; a `ScratchError` where it can't hold such files."""
        place = cls(Path(folder))
        place.empty(LEAST, "int8")
        return place

    def lay(self, array: np.ndarray) -> np.ndarray:
        """The same numbers in a file, so that the array can be dropped; the array itself where it is small,
        in a file already, or there is no folder."""
        if self.folder is None or array.nbytes < LEAST or mapped(array):
            return array
        return self.copy(array, array.dtype)

    def lay_tensor(self, x: torch.Tensor) -> torch.Tensor:
        """The same of a tensor; one on an accelerator stays there."""
        import torch

        if self.folder is None or x.device.type != "cpu":
            return x
        return torch.from_numpy(self.lay(x.numpy()))

    def copy(self, array: np.ndarray, dtype: Any) -> np.ndarray:
        """The same numbers as another type, in a file if that is large."""
        copied = self.empty(array.shape, dtype)
        step = max(1, PIECE * len(array) // max(1, array.nbytes))
        for start in range(0, len(array), step):
            copied[start : start + step] = array[start : start + step]
        return copied

    def empty(self, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
        """An array for numbers that are still to come. A `ScratchError` where there is no room for it."""
        import numpy as np

        shape = (shape,) if isinstance(shape, int) else shape
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        if self.folder is None or size < LEAST:
            return np.empty(shape, dtype)
        return np.frombuffer(_mapped_file(self.folder, size), dtype).reshape(shape)


MEMORY = Scratch()
"""No folder."""


def mapped(array: np.ndarray) -> bool:
    """Whether it lies in a file that may be written to."""
    if not array.flags.writeable:
        return False
    base: Any = array
    while (below := getattr(base, "base", None)) is not None:
        base = below
    return isinstance(getattr(base, "obj", base), mmap.mmap)


def _mapped_file(folder: Path, size: int) -> mmap.mmap:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # Without room set aside, a full disk would end the process at the first write to a page.
            reserve = getattr(os, "posix_fallocate", lambda number, _, n: os.ftruncate(number, n))
            reserve(file.fileno(), 0, size)
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise ScratchError(
            f"can't lay {size:,} bytes into a file",
            where=f"--scratch {folder}",
            why=error.strerror or str(error),
            instead=remedy_of(error) or "a folder on a local disk that has room",
        ) from error
