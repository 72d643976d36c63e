"""The best recipe as a file that runs from where it lies, and files written in one step."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.artifact.disk import refusal
from recbox.data.whole import replacing
from recbox.recipe import dump
from recbox.recipe.varying import vary

if TYPE_CHECKING:
    from recbox.tuning.arm import Arm
    from recbox.tuning.book import Row

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the system says of a disk that takes no more."""
PLACES = ("path", "folder", "file", "model", "ids")
"""Options that name files, relative to the recipe's folder."""


@contextlib.contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """For the block, a disk that takes no more is an `ArtifactError` that names the study's folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise refusal(error, folder, "write the study, which goes on from here") from error


def recipe_text(arm: Arm, best: Row, select: str, trials: int) -> str:
    """The arm's recipe with the values of its best trial, as YAML; files are named by their whole path."""
    plain = _placed(vary(arm.recipe.resolved, best.settings), arm.setting.context.folder)
    said = f"trial {best.number} of {trials}, {select} {best.value:.6g} on validation"
    return f"# Found by recbox tune: {said}.\n{dump(plain)}"


def _placed(value: Any, folder: Path, name: str = "") -> Any:
    """With paths that lead to something from `folder` made absolute."""
    if isinstance(value, dict):
        return {key: _placed(inner, folder, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_placed(inner, folder, name) for inner in value]
    if name in PLACES and isinstance(value, str) and value and (folder / value).exists():
        return str((folder / value).absolute())
    return value


def put(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it sees the old one or the new one."""
    with replacing(path) as file:
        file.write(text.encode())
