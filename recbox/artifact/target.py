"""Where an artifact goes, and whether it can: asked before hours of training, and again at the end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from recbox.artifact import disk
from recbox.errors import ArtifactError

RUNS = Path("runs")
PROBE = "recbox-check"
"""A file that is written to see whether one can be; a run that was killed meanwhile leaves it behind."""


def folder_name(name: str) -> str:
    """A recipe's name as a folder's: letters, digits, `.`, `_` and `-`, at most 80 of them."""
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:80].encode()[:160].decode(errors="ignore") or "run"


def candidates(name: str, runs: Path) -> Iterator[Path]:
    """`runs/NAME`, `runs/NAME-2`, ...: those that don't exist, in order, without end."""
    base = folder_name(name)
    for number in count(1):
        path = runs / (base if number == 1 else f"{base}-{number}")
        if not os.path.lexists(path):
            yield path


def resolved(target: Path) -> Path:
    """The target without `.` and `..`, so that it has a name and a parent."""
    return Path(os.path.abspath(target))


def check_target(target: Path | None, *, runs: Path = RUNS) -> None:
    """Refuse a place that nothing can be written to, or that holds something already.

    Nothing is left there. target: as for `write`; None stands for the next free folder in `runs`.
    """
    place = resolved(target if target is not None else runs / "artifact")
    if target is not None:
        refuse_taken(place)
    parent = _existing(place.parent)
    try:
        disk.sweep(parent, PROBE)
        with disk.staging(parent, PROBE) as probe:
            disk.put(probe / "probe", [b"x"])
    except OSError as error:
        raise disk.refusal(error, place, "write an artifact here") from error


def refuse_taken(target: Path) -> None:
    """An error where there is a file, a link, or a folder that isn't empty."""
    try:
        if not os.path.lexists(target):
            return
        if target.is_symlink() or not target.is_dir():
            raise ArtifactError(
                "a file or link of this name is in the way", where=str(target), instead="name another folder"
            )
        if any(os.scandir(target)):
            raise ArtifactError(
                "the folder isn't empty, and an artifact is never written over anything",
                where=str(target),
                instead="name another folder, or move this one away",
            )
    except OSError as error:
        raise disk.refusal(error, target, "look into the folder") from error


def _existing(folder: Path) -> Path:
    """The nearest folder above that exists: those below it will be made."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder
