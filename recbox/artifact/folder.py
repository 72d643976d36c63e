"""An artifact's folder as its reader sees it: plain files under known names; nothing else is ever opened."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from recbox.artifact import tensors
from recbox.artifact.manifest import File
from recbox.errors import ArtifactError, nearest

MANIFEST = "manifest.json"
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
SHOWN = 6
"""Names of other artifacts that an error tells."""
_INSTEAD = "get a fresh copy of the folder"

Identity = tuple[int, int, int, int]


def missing(folder: Path) -> ArtifactError:
    """The error for a folder that isn't there, with the artifacts that are there instead."""
    return ArtifactError("there is no such folder", where=str(folder), instead=_other(folder))


def _other(folder: Path) -> str:
    """The nearest name of an artifact beside or in a folder, or some of them, or how one is made."""
    for place in (folder, folder.parent):
        names = _artifacts(place)
        if names:
            said = nearest(folder.name, names)
            return said if said.startswith("did") else f"one of those in {place}: {', '.join(names[:SHOWN])}"
    return "`recbox run RECIPE` makes one, and says where"


def _artifacts(folder: Path) -> list[str]:
    try:
        return sorted(p.name for p in folder.iterdir() if (p / MANIFEST).is_file())
    except OSError:
        return []


@dataclass
class Folder:
    """The folder, and for each checked file what it was when it was checked: device, inode, size, time."""

    path: Path
    checked: dict[str, Identity] = field(default_factory=dict)

    def where(self, name: str) -> str:
        return str(self.path / name)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The plain file `name`; no link is followed, and nothing that blocks or is a device is read."""
        try:
            with os.fdopen(self._descriptor(name), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                    raise self._odd(name)
                if self.checked.get(name, _identity(found)) != _identity(found):
                    raise self.damaged(name, "it changed after it was checked")
                yield file
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
                raise self._odd(name) from error
            raise ArtifactError(
                "can't read the file", where=self.where(name), why=error.strerror or ""
            ) from error

    def manifest(self, limit: int) -> bytes:
        """The bytes of manifest.json, which tells an artifact from any other folder."""
        try:
            if not self.path.is_dir():
                raise missing(self.path)
            os.lstat(self.path / MANIFEST)
        except OSError as error:
            why = f"it has no {MANIFEST}" if isinstance(error, FileNotFoundError) else error.strerror or ""
            raise ArtifactError(
                "this is no recbox artifact", where=str(self.path), why=why, instead=_other(self.path)
            ) from error
        with self.open(MANIFEST) as file:
            return file.read(limit + 1)

    def names(self) -> set[str]:
        """The files in the folder and in `node/`; hidden ones (`.DS_Store`, `.git`) are left alone."""
        found: set[str] = set()
        try:
            for entry in os.scandir(self.path):
                if entry.name.startswith("."):
                    continue
                if entry.name == "node" and entry.is_dir(follow_symlinks=False):
                    found |= {f"node/{e.name}" for e in os.scandir(entry.path) if not e.name.startswith(".")}
                elif not entry.is_file(follow_symlinks=False):
                    raise self._odd(entry.name)
                else:
                    found.add(entry.name)
        except OSError as error:
            raise ArtifactError(
                "can't read the folder", where=str(self.path), why=error.strerror or ""
            ) from error
        return found - {MANIFEST}

    def expect(self, names: set[str]) -> None:
        """An error unless exactly the files `names` are there."""
        found = self.names()
        if extra := sorted(found - names):
            raise ArtifactError(
                "the artifact holds a file that its manifest doesn't name",
                where=self.where(extra[0]),
                instead="move the file elsewhere",
            )
        if missing := sorted(names - found):
            raise ArtifactError("the file is missing", where=self.where(missing[0]), instead=_INSTEAD)

    def verify(self, name: str, file: File, described: Mapping[str, object] | None) -> None:
        """Read the file once and compare size, hash and, for tensors, names, types and shapes."""
        with self.open(name) as stream:
            found = os.fstat(stream.fileno())
            if found.st_size != file.size:
                raise self.damaged(name, f"it has {found.st_size:,} bytes in place of {file.size:,}")
            digest = (
                _plain_digest(stream) if described is None else self._tensor_digest(name, stream, described)
            )
            if digest != file.sha256:
                raise self.damaged(name, "its SHA-256 isn't that of the manifest")
        self.checked[name] = _identity(found)

    def read(self, name: str) -> bytes:
        """All bytes of a file that has been verified."""
        with self.open(name) as stream:
            return stream.read()

    def damaged(self, name: str, why: str) -> ArtifactError:
        return ArtifactError("the file is damaged", where=self.where(name), why=why, instead=_INSTEAD)

    def _tensor_digest(self, name: str, stream: BinaryIO, described: Mapping[str, object]) -> str:
        size = os.fstat(stream.fileno()).st_size
        raw, entries = tensors.read_header(stream, size, self.where(name))
        if {n: (e.dtype, e.shape) for n, e in entries.items()} != dict(described):
            raise self.damaged(name, "its tensors aren't those of the manifest")
        return tensors.scan(stream, raw, entries, self.where(name))

    def _descriptor(self, name: str) -> int:
        *folders, last = name.split("/")
        at = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                below = os.open(folder, _FLAGS | os.O_DIRECTORY, dir_fd=at)
                os.close(at)
                at = below
            return os.open(last, _FLAGS, dir_fd=at)
        finally:
            os.close(at)

    def _odd(self, name: str) -> ArtifactError:
        return ArtifactError(
            "this is not a plain file",
            where=self.where(name),
            why="an artifact holds no links, pipes, devices or further folders",
            instead="copy the artifact with `cp -rL`",
        )


def _plain_digest(stream: BinaryIO) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
