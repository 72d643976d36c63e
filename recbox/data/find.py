"""Where data sets are looked for, and where fetched ones are kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path


def search_path(explicit: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Folders that may hold data sets, in order: `explicit` (`--data-dir`), `RECBOX_DATA`, the cache."""
    named = [Path(entry) for entry in os.environ.get("RECBOX_DATA", "").split(os.pathsep) if entry]
    return tuple(dict.fromkeys([*explicit, *named, cache_dir()]))


def cache_dir() -> Path:
    """`RECBOX_CACHE`, or the platform's cache folder, or a temporary one where that can't be written.

    What was fetched, or computed and can be again, is kept there. Creates nothing but a temporary one.

    Stability: stable for callers.
    """
    if chosen := os.environ.get("RECBOX_CACHE"):
        return Path(chosen)
    import platformdirs

    try:
        usual = platformdirs.user_cache_path("recbox")
    except (OSError, RuntimeError):
        return _temporary()
    return usual if _writable(usual) else _temporary()


def _temporary() -> Path:
    """A folder of this user's own: somebody else's would be a place to plant data."""
    folder = Path(tempfile.gettempdir()) / f"recbox-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if state.st_uid == os.getuid() and not folder.is_symlink():
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="recbox-"))


def _writable(folder: Path) -> bool:
    nearest = next((parent for parent in (folder, *folder.parents) if parent.exists()), None)
    return nearest is not None and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def find(names: Iterable[str], folders: Iterable[Path]) -> Path | None:
    """The first of `folders` that has every one of the files `names` (relative paths)."""
    wanted = tuple(names)
    for folder in folders:
        try:
            if all((folder / name).is_file() for name in wanted):
                return folder
        except OSError:
            continue
    return None


def resolve_file(path: str, folder: Path, folders: Iterable[Path]) -> Path | None:
    """The file that `path` names, as `resolve` finds it; None for a folder."""
    found = resolve(path, folder, folders)
    return found if found is not None and found.is_file() else None


def resolve(path: str, folder: Path, folders: Iterable[Path]) -> Path | None:
    """The file or folder that `path` names: relative to `folder` (the recipe's), then to the data folders."""
    for base in (folder, *folders):
        try:
            if (base / path).exists():
                return base / path
        except (OSError, ValueError):
            continue
    return None
