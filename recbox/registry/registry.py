"""The registry: entry points by kind and name, loaded only when a recipe uses them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from recbox.errors import PluginError, nearest
from recbox.registry.card import Card, describe
from recbox.registry.code import read_code
from recbox.registry.installed import Entry, distribution_name, distribution_version, installed
from recbox.registry.kinds import RESERVED
from recbox.registry.options import Options


class Registry:
    """All plugins that are installed, and those of the `code` files (`--code FILE`)."""

    def __init__(self, code: Iterable[Path] = ()) -> None:
        self.code = tuple(read_code(Path(path)) for path in code)

    @cached_property
    def _entries(self) -> dict[tuple[str, str], list[Entry]]:
        found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for plugin in (p for file in self.code for p in file.plugins):
            found[plugin.kind, plugin.name].append(plugin)
        for entry in installed():
            found[entry.group.removeprefix("recbox."), entry.name].append(entry)
        return {key: sorted(found[key], key=distribution_name) for key in sorted(found)}

    def names(self, kind: str) -> list[str]:
        """Names of one kind, sorted; broken ones are among them."""
        return [name for k, name in self._entries if k == kind]

    def load(self, kind: str, name: str) -> type[Options]:
        """The options class of `name` (or `distribution:name`), or a `PluginError` with the way out."""
        entry = self.entry(kind, name)
        try:
            cls = entry.load()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise PluginError(
                f"the {kind} {entry.name!r} can't be loaded: {type(error).__name__}: {_one_line(error)}",
                where=_origin(entry),
                why="its module failed while it was imported",
                instead=f"upgrade or uninstall {distribution_name(entry)}; other recipes still work",
            ) from error
        return _checked(cls, kind, entry)

    def entry(self, kind: str, name: str) -> Entry:
        """The one entry point that `name` or `distribution:name` means."""
        wanted, _, short = name.rpartition(":")
        found = [e for e in self._entries.get((kind, short), []) if wanted in ("", distribution_name(e))]
        if not found:
            raise PluginError(f"there is no {kind} {name!r}", instead=nearest(short, self.names(kind)))
        if len(found) > 1:
            raise _clash(kind, short, found)
        return found[0]

    def distribution(self, kind: str, name: str) -> tuple[str, str]:
        """Name and version of the distribution that brings a plugin."""
        entry = self.entry(kind, name)
        return distribution_name(entry), distribution_version(entry)

    def cards(self, kind: str | None = None) -> Iterator[Card]:
        """A card for every plugin, broken ones and each side of a clash included."""
        for (k, name), entries in self._entries.items():
            if kind in (None, k):
                for entry in entries:
                    yield self._card(k, name, entry, clash=len(entries) > 1)

    def _card(self, kind: str, name: str, entry: Entry, clash: bool) -> Card:
        base: dict[str, Any] = {
            "kind": kind,
            "name": name,
            "distribution": distribution_name(entry),
            "version": distribution_version(entry),
            "entry_point": entry.value,
        }
        try:
            cls = self.load(kind, f"{base['distribution']}:{name}" if clash else name)
            return Card(**base, **describe(cls))
        except PluginError as error:
            return Card(**base, error=error.what, remedy=error.instead)
        except Exception as error:
            said = f"the {kind} {name!r} can't describe itself: {type(error).__name__}: {_one_line(error)}"
            return Card(**base, error=said, remedy=f"upgrade or uninstall {base['distribution']}")


def _checked(cls: object, kind: str, entry: Entry) -> type[Options]:
    if not (isinstance(cls, type) and issubclass(cls, Options)):
        raise _unusable(kind, entry, "the entry point doesn't name an options class")
    if cls.kind != kind:
        what = f"the entry point names a {cls.kind or 'class of no kind'}, not a {kind}"
        raise _unusable(kind, entry, what)
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise _unusable(kind, entry, f"the class leaves out {', '.join(missing)}")
    if taken := sorted(set(RESERVED) & set(cls.model_fields)):
        raise _unusable(kind, entry, f"the option {taken[0]!r} is a reserved word of the recipe")
    return cls


def _unusable(kind: str, entry: Entry, problem: str) -> PluginError:
    return PluginError(
        f"the {kind} {entry.name!r} is not usable: {problem}",
        where=_origin(entry),
        instead=f"tell the author of {distribution_name(entry)}; other recipes still work",
    )


def _clash(kind: str, name: str, found: list[Entry]) -> PluginError:
    owners = [distribution_name(e) for e in found]
    if len(set(owners)) == 1:
        what = f"{owners[0]} brings {len(found)} {kind}s of the name {name!r}"
        return PluginError(what, instead=f"upgrade or uninstall {owners[0]}")
    return PluginError(
        f"{len(owners)} distributions bring a {kind} {name!r}: {', '.join(owners)}",
        instead=f"pick one with `use: {owners[0]}:{name}`",
    )


def _origin(entry: Entry) -> str:
    return (
        f"{distribution_name(entry)} {distribution_version(entry)}, entry point {entry.name} = {entry.value}"
    )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
