"""Where a model or a file lies: a folder, an installed package, or the hub."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from recbox.plugin import Context, DataError, mistake

PACKAGE = "package:"
_PACKAGED = re.compile(r"package:(?P<name>[A-Za-z_]\w*)(?:/(?P<inner>.+))?")
HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})")
_HUB_LIKE = re.compile(r"[\w.-]+/[\w.-]+@[^/]*")


def fault(asked: str) -> tuple[str, str] | None:
    """What is wrong with the way a place is written, and what to write instead; nothing is looked up."""
    if not asked.strip() or "\0" in asked:
        return "a model's place can't be empty", "a folder, or package:NAME"
    if asked.startswith(PACKAGE):
        found = _PACKAGED.fullmatch(asked)
        if found is None or not _inside(found["inner"] or ""):
            return f"{asked!r} names no package", "package:NAME, or package:NAME/FOLDER within it"
    elif _HUB_LIKE.fullmatch(asked) and not HUB.fullmatch(asked):
        what = f"{asked!r} doesn't pin a revision: a branch or a tag may change under you"
        return what, f"{asked.partition('@')[0]}@ and the 40 digits of a commit, as the hub's history shows"
    return None


def _checked(asked: str) -> str:
    if wrong := fault(asked):
        raise mistake(wrong[0], instead=wrong[1])
    return asked


Place = Annotated[str, AfterValidator(_checked)]
"""An option that says where a model is."""


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return ".." not in parts and not PurePosixPath(path).is_absolute()


def find(asked: str, context: Context, where: str) -> Path:
    """The file or folder that is asked for; a DataError says where it was looked for."""
    if asked.startswith(PACKAGE):
        return _packaged(asked, where)
    bases = (context.folder, *context.data_dir)
    wanted = Path(asked).expanduser()
    for base in bases:
        try:
            if (base / wanted).exists():
                return base / wanted
        except (OSError, ValueError):
            continue
    looked = ", ".join(dict.fromkeys(str(base / wanted) for base in bases))
    instead = "package:NAME for a package's, or the path as seen from the recipe"
    if re.fullmatch(r"[\w.-]+/[\w.-]+", asked):
        instead = f"for a model of the hub, {asked}@ and the 40 digits of a commit"
    raise DataError(f"there is no {asked!r}", where=where, why=f"looked for {looked}", instead=instead)


def _packaged(asked: str, where: str) -> Path:
    """The place within a top-level package, which is not imported."""
    name, _, inner = asked.removeprefix(PACKAGE).partition("/")
    spec = find_spec(name)
    roots = [Path(root) for root in (spec.submodule_search_locations or ())] if spec else []
    if not roots:
        what = f"the package {name!r} is not installed"
        raise DataError(what, where=where, instead=f"pip install {name.replace('_', '-')}")
    for root in roots:
        if (root / inner).exists():
            return root / inner
    raise DataError(f"the package {name!r} has no {inner!r}", where=where)
