"""A new package: checked, rendered, and on the disk as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.metadata import version as installed_version
from pathlib import Path

from recbox.errors import OptionError, PluginError, nearest, remedy_of
from recbox.registry import ALL_KINDS, KINDS, Registry
from recbox.scaffold.naming import Naming, name_plugin
from recbox.scaffold.rendering import identifiers, render


@dataclass(frozen=True)
class Package:
    """A package that was made. files: relative to its folder."""

    kind: str
    name: str
    distribution: str
    folder: Path
    files: tuple[str, ...]


def create(kind: str, name: str, parent: Path, registry: Registry | None = None) -> Package:
    """Write `parent/recbox-NAME`: an installable package with a small plugin of that kind that works.

    Raises OptionError for a kind or name that can't be, PluginError where the name is taken by what is
    installed, OptionError too where it can't be written. Nothing is overwritten, and nothing is left then.
    """
    if kind not in ALL_KINDS:
        raise OptionError(f"there is no kind {kind[:60]!r} of plugin", instead=nearest(kind, ALL_KINDS))
    naming = name_plugin(kind, name, identifiers(kind))
    _free(naming, registry or Registry())
    folder = parent / naming.distribution
    if os.path.lexists(folder):
        raise OptionError(f"{folder} is there already", instead="another name, or another folder with --dir")
    files = render(naming, _requirement())
    _write(folder, files)
    return Package(kind, name, naming.distribution, folder, tuple(files))


def _free(naming: Naming, registry: Registry) -> None:
    """No plugin and no distribution that is installed has the name: the two would clash."""
    if naming.name in registry.names(naming.kind):
        owner = ", ".join(sorted(_owners(naming, registry)))
        raise PluginError(
            f"there is a {naming.kind} {naming.name!r} already, from {owner}",
            why=f"a {'recipe' if naming.kind in KINDS else 'command'} couldn't tell the two apart",
            instead="another name",
        )
    if naming.distribution == "recbox-graph" or _is_installed(naming.distribution):
        raise PluginError(f"a package {naming.distribution} is installed already", instead="another name")


def _owners(naming: Naming, registry: Registry) -> set[str]:
    return {row.distribution for row in registry.rows(naming.kind) if row.name == naming.name}


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _requirement() -> str:
    """From this version of recbox on, without the local part, which no requirement may name, and below the
    next one that may change what plugins build on: `>=0.1.0,<0.2`."""
    from packaging.version import Version

    version = Version(installed_version("recbox-graph"))
    below = str(version.major + 1) if version.major else f"0.{version.minor + 1}"
    return f">={version.public},<{below}"


def _write(folder: Path, files: dict[str, str]) -> None:
    """All files under a name of their own, which then becomes the folder's."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_text(text, encoding="utf-8")
        draft.rename(folder)
    except OSError as error:
        way = remedy_of(error) or "another folder with --dir"
        raise OptionError(f"can't write {folder}: {error.strerror}", instead=way) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
