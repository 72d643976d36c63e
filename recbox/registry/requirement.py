"""What a plugin's distribution asks for and this installation lacks: a newer recbox, another module."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import TYPE_CHECKING

from recbox.registry.installed import UNKNOWN, Entry, distribution_name
from recbox.registry.origin import OURS, Origin

if TYPE_CHECKING:
    from packaging.requirements import Requirement

Lack = tuple[str, str]
"""What is lacking, and what to do."""


def unmet(entry: Entry) -> Lack | None:
    """The version of recbox that the distribution requires, where another one is installed."""
    if distribution_name(entry) == OURS:
        return None
    for wanted in _requirements(_lines(entry)):
        if _plain(wanted.name) == OURS and not wanted.specifier.contains(_installed(OURS), prereleases=True):
            what = f"needs {OURS}{wanted.specifier}, and {_installed(OURS)} is installed"
            way = f"pip install '{OURS}{wanted.specifier}', or another version of {distribution_name(entry)}"
            return what, way
    return None


def lacking(error: BaseException, origin: Origin) -> Lack | None:
    """The module that the plugin's code could not import, where it isn't one of its own."""
    name = error.name if isinstance(error, ImportError) else None
    if not name:
        return None
    top = name.partition(".")[0]
    if top == "recbox":
        what = f"asks for what recbox {_installed(OURS)} doesn't have ({error})"
        return what, f"pip install --upgrade {OURS} {origin.distribution}"
    own = re.split(r"[.:]", origin.entry_point)[0]
    if not isinstance(error, ModuleNotFoundError) or top == own or origin.owns(name):
        return None
    what = f"needs the module {name!r}, which is not installed"
    if extra := _extra(origin.distribution, top):
        return what, f"pip install '{origin.distribution}[{extra}]'"
    needing = origin.entry_point if origin.distribution == UNKNOWN else origin.distribution
    return what, f"pip install {_bringing(origin.distribution, top)}, which {needing} needs"


def _extra(distribution: str, module: str) -> str:
    """The first extra of the distribution that brings the module, by its name; empty: it comes without."""
    try:
        extras = metadata(distribution).get_all("Provides-Extra") or ()
    except PackageNotFoundError:  # a file, or metadata without a name
        return ""
    for extra in ("", *extras):
        if any(_plain(r.name) == _plain(module) for r in _requirements(_required(distribution), extra)):
            return str(extra)
    return ""


def _bringing(distribution: str, module: str) -> str:
    """The distributions that this one requires and that are not here; else the module's own name."""
    absent = [r.name for r in _requirements(_required(distribution)) if not _installed(r.name)]
    same = [name for name in absent if _plain(name) == _plain(module)]
    return " ".join(same or absent or [module])


def _required(distribution: str) -> list[str]:
    try:
        return requires(distribution) or []
    except PackageNotFoundError:  # a file, or metadata without a name
        return []


def _requirements(lines: Iterable[str], extra: str = "") -> Iterator[Requirement]:
    """Those that hold on this machine, with an extra or without; a line that can't be read asks for
    nothing."""
    from packaging.requirements import InvalidRequirement, Requirement

    for line in lines:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
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
