"""Vectors on disk: written whole or not at all, checked when they are read, for one run at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from recbox.plugin import Context, cache_dir


class Store:
    """One folder of the cache: the vectors of one set of texts. A disk that can't be written is no
    obstacle."""

    def __init__(self, key: str, context: Context) -> None:
        self.folder = cache_dir() / "text" / "vectors" / key
        self.context = context
        self.writable = True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two runs that want the same vectors: the second waits, and finds them. A killed one lets go."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("a")
        except OSError as error:
            self._give_up(error)
            yield
            return
        with lock:
            self._wait(lock.fileno())
            yield

    def _wait(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.context.progress.notice("another run is encoding the same texts; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            return  # a file system without locks: files are still whole, and some work is done twice

    def read(self, name: str, rows: int) -> np.ndarray | None:
        """The vectors in a file, float32 [rows, w]; None where it isn't there, or is damaged and now gone."""
        path = self._path(name)
        if not path.is_file():
            return None
        found = _checked(path, rows)
        if found is None:
            self.context.progress.notice(f"{path} is damaged; its texts are encoded again", "warning")
            self.drop(name)
        return found

    def write(self, name: str, vectors: np.ndarray) -> None:
        """The file, at once or not at all."""
        if not self.writable:
            return
        path = self._path(name)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with part.open("wb") as file:
                file.write(save({"vector": vectors}, metadata={"sha256": _digest(vectors)}))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError as error:
            part.unlink(missing_ok=True)
            self._give_up(error)

    def drop(self, name: str) -> None:
        """The file is gone, if it can be."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            self._give_up(error)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"

    def _give_up(self, error: OSError) -> None:
        if self.writable:
            self.writable = False
            said = f"vectors of texts can't be kept in {self.folder}: {error.strerror or error}"
            self.context.progress.notice(
                f"{said}; set RECBOX_CACHE to a folder that you may write", "warning"
            )


def _checked(path: Path, rows: int) -> np.ndarray | None:
    try:
        with safe_open(path, framework="numpy") as file:
            vectors = file.get_tensor("vector")
            expected = (file.metadata() or {}).get("sha256")
    except (SafetensorError, OSError, ValueError):
        return None
    fits = vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == rows
    return vectors if fits and _digest(vectors) == expected else None


def _digest(vectors: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
