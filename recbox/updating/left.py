"""Where else somebody may still be: older versions of an artifact, and checkpoints of its runs."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recbox.artifact.folder import MANIFEST
from recbox.updating.proof import in_folder


@dataclass(frozen=True)
class Left:
    """A folder that has somebody's data: a version or a checkpoint. held: the link that leads to it."""

    path: Path
    kind: str
    held: str = ""

    def __str__(self) -> str:
        said = f"{self.kind} {self.path}"
        return f"{said} ({self.held} leads to it: promote another version first)" if self.held else said


def left_beside(new: Path, stem: str, ids: Sequence[str]) -> list[Left]:
    """Versions of the stem beside `new` that name any of the ids, and checkpoints, whose weights may have
    been trained with them."""
    parent, name = new.parent, re.escape(stem)
    links = {p.resolve(): p.name for p in parent.iterdir() if p.is_symlink()}
    found = []
    for path in sorted(parent.iterdir()):
        if path == new or path.is_symlink() or not path.is_dir():
            continue
        if re.fullmatch(rf"{name}(-\d+)?", path.name) and (path / MANIFEST).is_file():
            if in_folder(path, ids):
                found.append(Left(path, "version", links.get(path.resolve(), "")))
        elif re.fullmatch(rf"\.{name}(-\d+)?\.checkpoint", path.name):
            found.append(Left(path, "checkpoint"))
    return found


def purge(found: Sequence[Left]) -> list[Left]:
    """Remove them, but for those that a link leads to, which are returned. A folder loses its name before
    its files, so that nobody finds half of it."""
    for each in found:
        if not each.held:
            gone = each.path.with_name(f".{each.path.name.lstrip('.')}.gone-{secrets.token_hex(8)}")
            each.path.rename(gone)
            shutil.rmtree(gone)
    return [each for each in found if each.held]
