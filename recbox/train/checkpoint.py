"""Checkpoints: one file, replaced in one step, held by one run at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from recbox.errors import ArtifactError
from recbox.train.state import State, Tensors

GROUPS = ("model", "kept", "optimizer")


class CheckpointFile:
    """`folder/checkpoint.safetensors`. identity: what must be the same for a run to go on from it."""

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder = folder
        self.path = folder / "checkpoint.safetensors"
        self.identity = dict(identity)
        self._lock: int | None = None

    def claim(self) -> bool:
        """Hold the folder until `release`; False where another run holds it."""
        while True:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError:
                continue  # the folder was removed between the two lines
            except OSError as error:
                raise _unwritable(self.folder, error) from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                return False
            if _is_at(lock, self.folder / "lock"):
                self._lock = lock
                return True
            os.close(lock)  # the run that held it has removed it meanwhile

    def release(self, remove: bool) -> None:
        """Let go; `remove` when the artifact is written and nothing is left to resume."""
        if self._lock is None:
            return
        if remove or not self.path.exists():
            for name in ("checkpoint.safetensors", "checkpoint.tmp", "lock"):
                (self.folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.folder.rmdir()
        os.close(self._lock)
        self._lock = None

    def save(self, state: State) -> None:
        """Replace the checkpoint: a reader finds the old one or the new one, whole."""
        tensors = {f"{g}/{k}": v.contiguous() for g in GROUPS for k, v in getattr(state, g).items()}
        about = {"identity": self.identity, "state": state.numbers()}
        temporary = self.folder / "checkpoint.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(save(tensors, metadata={"recbox": json.dumps(about)}))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _unwritable(self.folder, error) from error

    def load(self) -> State | None:
        """The state of an earlier run of the same identity; None where there is none; else an error."""
        if not self.path.is_file():
            return None
        try:
            about, groups = _read(self.path)
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError(
                "the checkpoint can't be read",
                where=str(self.path),
                why=" ".join(str(error).split())[:200],
                instead=f"delete {self.folder} and run without --resume",
            ) from error
        differing = sorted(k for k in self.identity if about["identity"].get(k) != self.identity[k])
        if differing:
            said = ", ".join(_difference(about, self.identity, differing))
            raise ArtifactError(
                f"the checkpoint is of another run: {said}",
                where=str(self.path),
                why="only `epochs` may differ; anything else would give a result that no recipe describes",
                instead="run as before, or without --resume to begin anew",
            )
        return State(**about["state"], **groups)


def _is_at(file: int, path: Path) -> bool:
    """Whether the open file is the one that now has this name."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensors]]:
    groups: dict[str, Tensors] = {g: {} for g in GROUPS}
    with safe_open(path, "pt") as file:
        about = json.loads((file.metadata() or {})["recbox"])
        names = file.keys()
        for key in names:
            group, _, name = key.partition("/")
            groups[group][name] = file.get_tensor(key)
    return about, groups


def _difference(about: dict[str, Any], identity: Mapping[str, Any], names: list[str]) -> Iterator[str]:
    for name in names:
        yield f"{name} was {str(about['identity'].get(name))[:60]}, is {str(identity[name])[:60]}"


def _unwritable(folder: Path, error: Exception) -> ArtifactError:
    return ArtifactError(
        f"can't write a checkpoint: {getattr(error, 'strerror', None) or error}",
        where=str(folder),
        instead="free some space there, or name another place with --out",
    )
