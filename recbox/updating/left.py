"""Where else somebody may still be: older versions of an artifact, and checkpoints of its runs."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recbox.artifact import Artifact, read_manifest
from recbox.artifact.folder import MANIFEST
from recbox.errors import ArtifactError
from recbox.store import opened
from recbox.updating.proof import in_folder
from recbox.updating.version import stem_of

LOG = "rows in the log"


@dataclass(frozen=True)
class Left:
    """What has somebody's data: the folder of a version or a checkpoint, or the log of a store. held: the
    link that leads to it, or who keeps the log."""

    path: Path
    kind: str
    held: str = ""

    def __str__(self) -> str:
        said = f"{self.kind} {self.path}"
        if self.kind == LOG:
            return f"{said} ({self.held} has the store open: do it again when it is closed)"
        return f"{said} ({self.held} leads to it: promote another version first)" if self.held else said


def left_beside(new: Path, artifact: Artifact, ids: Sequence[str], links: Sequence[Path] = ()) -> list[Left]:
    """Other versions of the artifact's recipe that name any of the ids, and checkpoints, whose weights may
    have been trained with them: in the folders of both. links: those that lead to versions in use, beside
    those that lie in these folders."""
    parent = artifact.path.resolve()
    found = []
    for folder in sorted({new.parent, parent.parent}):
        paths = sorted(folder.iterdir())
        held = {p.resolve(): p.name for p in (*paths, *links) if p.is_symlink()}
        folders = [p for p in paths if p != new and p.is_dir() and not p.is_symlink()]
        versions = [p for p in folders if _name(p) == artifact.name]
        found += [Left(p, "version", held.get(p.resolve(), "")) for p in versions if in_folder(p, ids)]
        others = {f".{p.name}.checkpoint" for p in folders if _name(p) not in ("", artifact.name)}
        own = re.compile(rf"\.{re.escape(stem_of(parent, artifact.name))}(-\d+)?\.checkpoint")
        found += [Left(p, "checkpoint") for p in folders if own.fullmatch(p.name) and p.name not in others]
    return found


def named_beside(artifact: Artifact, ids: Sequence[str]) -> set[str]:
    """Those of the ids that other versions in the artifact's folder name."""
    if not ids:
        return set()
    found = left_beside(artifact.path.resolve(), artifact, ids)
    versions = [each.path for each in found if each.kind == "version"]
    return {id for id in ids if any(in_folder(path, [id]) for path in versions)}


def left_in_logs(stores: Sequence[Path]) -> list[Left]:
    """Logs of stores whose rows were deleted."""
    found = []
    for path in stores:
        with opened(path, write=True) as store:
            if log := store.log():
                found.append(Left(log, LOG, "another process"))
    return found


def _name(folder: Path) -> str:
    """What its recipe is called; empty where it is no artifact."""
    if not (folder / MANIFEST).is_file():
        return ""
    try:
        return read_manifest(folder).name
    except ArtifactError:
        return ""


def purge(found: Sequence[Left]) -> list[Left]:
    """Remove them, but for those that a link leads to, which are returned. A folder loses its name before
    its files, so that nobody finds half of it."""
    for each in found:
        if not each.held:
            gone = each.path.with_name(f".{each.path.name.lstrip('.')}.gone-{secrets.token_hex(8)}")
            each.path.rename(gone)
            shutil.rmtree(gone)
    return [each for each in found if each.held]
