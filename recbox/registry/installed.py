"""Entry points of what is installed, one distribution at a time, so that a broken one breaks no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

from recbox.registry.code import FilePlugin
from recbox.registry.kinds import ALL_KINDS, group

UNKNOWN = "unknown"
"""Stands for the name of a distribution that has none to be read, or where there is none (yet)."""


@dataclass(frozen=True)
class Malformed:
    """Stands where a line of `entry_points.txt` is no `name = module:class`."""

    group: str
    name: str
    dist: Distribution
    value: str = ""

    def load(self) -> Any:
        raise ValueError("the line in its entry_points.txt is no `name = module:class`")


Entry = EntryPoint | FilePlugin | Malformed

_GROUPS = frozenset(map(group, ALL_KINDS))


def installed() -> Iterator[EntryPoint | Malformed]:
    """Every entry point of a kind. Of a distribution that lies on the path twice, the first counts."""
    seen: set[str] = set()
    for dist in distributions():
        text = _listing(dist)
        if "recbox." not in text:
            continue
        name = _name(dist)
        if name not in seen:
            seen.add(name)
            yield from (e for e in _entries(dist, text) if e.group in _GROUPS)


def distribution_name(entry: Entry) -> str:
    """The name of the distribution that an entry point comes from, as `use: NAME:plugin` writes it."""
    if isinstance(entry, FilePlugin):
        return entry.dist.name
    return _name(entry.dist) if entry.dist is not None else UNKNOWN


def distribution_version(entry: Entry) -> str:
    """Its version, empty where that is unknown."""
    try:
        return str(entry.dist.version) if entry.dist is not None else ""
    except Exception:
        # As for names: metadata that can't be read.
        return ""


@lru_cache(maxsize=256)
def _name(dist: Distribution) -> str:
    try:
        return str(dist.metadata["Name"] or UNKNOWN)
    except Exception:
        # Metadata that can't be read are some other package's fault; its plugins may still work.
        return UNKNOWN


def _listing(dist: Distribution) -> str:
    try:
        return dist.read_text("entry_points.txt") or ""
    except (OSError, UnicodeDecodeError):
        return ""


def _entries(dist: Distribution, text: str) -> list[EntryPoint | Malformed]:
    try:
        return list(dist.entry_points)
    except Exception:
        # One bad line makes the standard library give up on all of them.
        return [Malformed(group, line, dist) for group, line in _lines(text)]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    group = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            group = line.strip("[] ")
        elif not line.startswith("#"):
            yield group, line.partition("=")[0].strip()
