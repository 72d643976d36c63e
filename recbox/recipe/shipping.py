"""Where a recipe is: a file, or by its bare name one that comes with recbox or with a package of plugins."""

from __future__ import annotations

import re
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from recbox.errors import nearest
from recbox.recipe.decoding import decode, read_bytes
from recbox.recipe.place import Findings, Place, Text

SUFFIXES = (".yaml", ".yml")
SEARCHED, FEW = 500, 20
"""Entries of a folder that are looked at for a near name, and how many are named where none is near."""
_BARE = re.compile(r"[^/\\.]+")


def shipped() -> list[str]:
    """Names of the recipes that come with recbox."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def brought() -> dict[str, Path]:
    """Recipes that come with installed packages of plugins, by name. Of a name that two packages have, the
    first counts, in the order of the packages' names. No plugin is imported."""
    found: dict[str, Path] = {}
    for folder in _packages():
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.stem, path)
    return found


def locate(where: str, beside: Path | None = None) -> Path:
    """The file that `where` means: the name of a recipe that ships, with recbox or else with an installed
    package, or a path, relative to `beside`."""
    if _BARE.fullmatch(where):
        if where in shipped():
            return _folder() / f"{where}.yaml"
        if path := brought().get(where):
            return path
    path = Path(where)
    return path if beside is None else beside / path


def fetch(where: str, path: Path, findings: Findings, asked: Place | None = None) -> tuple[Text, str] | None:
    """Text and lines of the file `path`, or None after reporting at `asked` that it can't be read."""
    try:
        data = read_bytes(path)
    except (OSError, ValueError) as error:
        place = asked or Place(Text(where, (), Path()), 1, 1)
        findings.add(place, *_unread(where, error))
        return None
    return decode(data, where if asked is None else str(path), path.parent, findings)


def _unread(where: str, error: Exception) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        name = re.split(r"[/\\]", where)[-1]
        known = sorted({*shipped(), *brought()})
        stem = name.rpartition(".")[0] or name
        hint = (
            f"a recipe that comes with recbox or a plugin goes by its bare name: {nearest(stem[:80], known)}"
            if known
            else ""
        )
        return "there is no such recipe", _siblings(where) or hint
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"the recipe can't be read: {reason}", ""


def _siblings(where: str) -> str:
    """The nearest name in the folder of a path; empty for a bare name, or where there is none."""
    folder = Path(where).parent
    if len(Path(where).parts) < 2 or not folder.is_dir():
        return ""
    names = [e.name for e in islice(folder.iterdir(), SEARCHED) if e.is_dir() or e.suffix in SUFFIXES]
    hint = nearest(Path(where).name[:80], sorted(name for name in names if name[0] != "."))
    return hint if len(names) <= FEW or hint.startswith("did you") else ""


def ships(folder: Path) -> bool:
    """Whether a folder is one of those of the recipes that come with recbox or with packages of plugins."""
    return folder.resolve() in {path.resolve() for path in (_folder(), *_packages())}


def _folder() -> Path:
    """`recbox/recipes/` in an installed wheel, `recipes/` beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parent / "recipes"


def _packages() -> list[Path]:
    """The like of other packages that bring plugins, in the order of their names: `recipes/` in the package,
    or beside it where it is a checkout, which has a pyproject.toml there."""
    from recbox.registry.installed import Malformed, installed

    entries = [entry for entry in installed() if not isinstance(entry, Malformed)]
    names = sorted(
        {entry.value.partition(":")[0].partition(".")[0].strip() for entry in entries} - {"recbox"}
    )
    places: list[Path] = []
    for package in filter(None, map(_package, names)):
        places.append(package / "recipes")
        if (package.parent / "pyproject.toml").is_file():
            places.append(package.parent / "recipes")
    return [place for place in places if place.is_dir()]


def _package(name: str) -> Path | None:
    """The folder of a package, which isn't imported for it; None where it is none."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None
