"""What a plugin's distribution asks for and this installation lacks: a newer recbox, another module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from recbox.registry.installed import Entry, distribution_name
from recbox.registry.origin import OURS

if TYPE_CHECKING:
    from packaging.requirements import Requirement

Lack = tuple[str, str]
"""What is lacking, and what to do."""


def unmet(entry: Entry) -> Lack | None:
    """The version of recbox that the distribution requires, where another one is installed."""
    if distribution_name(entry) == OURS:
        return None
    for wanted in _requirements(entry):
        if _plain(wanted.name) == OURS and not wanted.specifier.contains(_installed(OURS), prereleases=True):
            what = f"needs {OURS}{wanted.specifier}, and {_installed(OURS)} is installed"
            way = f"pip install '{OURS}{wanted.specifier}', or another version of {distribution_name(entry)}"
            return what, way
    return None


def lacking(entry: Entry, error: BaseException) -> Lack | None:
    """The module that could not be imported, where it isn't the plugin's own."""
    name = error.name if isinstance(error, ImportError) else None
    if not name:
        return None
    top = name.partition(".")[0]
    if top == "recbox":
        what = f"asks for what recbox {_installed(OURS)} doesn't have ({error})"
        return what, f"pip install --upgrade {OURS} {distribution_name(entry)}"
    if not isinstance(error, ModuleNotFoundError) or top == entry.value.partition(".")[0].partition(":")[0]:
        return None
    return f"needs the module {name!r}, which is not installed", (
        f"pip install {_bringing(entry, top)}, which {distribution_name(entry)} needs"
    )


def _bringing(entry: Entry, module: str) -> str:
    """The distributions that the plugin requires and that are not here; else the module's own name."""
    absent = [r.name for r in _requirements(entry) if not _installed(r.name)]
    same = [name for name in absent if _plain(name) == _plain(module)]
    return " ".join(same or absent or [module])


def _requirements(entry: Entry) -> Iterator[Requirement]:
    """Those that hold on this machine; a line that can't be read asks for nothing."""
    from packaging.requirements import InvalidRequirement, Requirement

    for line in _lines(entry):
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield wanted


def _lines(entry: Entry) -> list[str]:
    try:
        return list(getattr(entry.dist, "requires", None) or ())
    except Exception:
        # Metadata that can't be read, as for names.
        return []


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
