"""The registry: entry points by kind and name, loaded only when a recipe uses them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TextIO

from recbox.errors import PluginError, nearest
from recbox.registry.blame import SHOW, blamed, said
from recbox.registry.card import Card, describe
from recbox.registry.code import read_code
from recbox.registry.importing import Ended, importing
from recbox.registry.installed import Entry, distribution_name, distribution_version, installed
from recbox.registry.kinds import KINDS, RESERVED
from recbox.registry.options import Options
from recbox.registry.origin import OURS, Origin, origin_of
from recbox.registry.requirement import lacking, unmet

_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,100}[A-Za-z0-9])?")


class Registry:
    """All plugins that are installed, and those of the `code` files (`--code FILE`).

    spill: where what plugins print while they are imported goes; standard error where it is None.
    """

    def __init__(self, code: Iterable[Path] = (), spill: TextIO | None = None) -> None:
        self.code = tuple(read_code(Path(path)) for path in code)
        self._spill = spill
        self._loaded: dict[tuple[str, str], tuple[type[Options], Origin]] = {}

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
        return self._load(kind, name)[0]

    def origin(self, kind: str, name: str) -> Origin:
        """Where a plugin comes from; it is loaded for that, so that its code is known."""
        return self._load(kind, name)[1]

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Of every plugin that has been loaded so far: what a recipe uses, and nothing else."""
        return tuple(origin for _, origin in self._loaded.values())

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Kind and entry point of every plugin, each side of a clash included; nothing is imported."""
        for (kind, _), found in self._entries.items():
            yield from ((kind, entry) for entry in found)

    def loaded(self, kind: str, entry: Entry) -> type[Options]:
        """The options class of an entry point that may not be installed (yet), or a `PluginError`."""
        return _checked(self._imported(kind, entry), kind, entry)

    def _load(self, kind: str, name: str) -> tuple[type[Options], Origin]:
        if (kind, name) not in self._loaded:
            entry = self.entry(kind, name)
            cls = _checked(self._imported(kind, entry), kind, entry)
            self._loaded[kind, name] = cls, origin_of(kind, entry, cls)
        return self._loaded[kind, name]

    def _imported(self, kind: str, entry: Entry) -> object:
        origin = origin_of(kind, entry)
        if lack := unmet(entry):
            raise _unloadable(origin, *lack)
        try:
            if origin.builtin:
                return entry.load()
            with importing(str(origin), self._spill):
                return entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            at = blamed(error, [replace(origin, packages=(entry.value.partition(":")[0],))])
            why = at.why if at else ""
            if lack := lacking(error, origin):
                raise _unloadable(origin, *lack, why) from error
            what = str(error) if isinstance(error, Ended) else said(error)
            raise _unloadable(origin, what, f"{origin.remedy}; {SHOW}", why) from error

    def entry(self, kind: str, name: str) -> Entry:
        """The one entry point that `name` or `distribution:name` means."""
        wanted, _, short = name.rpartition(":")
        found = [e for e in self._entries.get((kind, short), []) if wanted in ("", distribution_name(e))]
        found = _undisplaced(found)
        if not found:
            raise PluginError(f"there is no {kind} {name!r}", instead=self._way_to(kind, wanted, short))
        if len(found) > 1:
            raise _clash(kind, short, found)
        return found[0]

    def distribution(self, kind: str, name: str) -> tuple[str, str]:
        """Name and version of the distribution that brings a plugin."""
        entry = self.entry(kind, name)
        return distribution_name(entry), distribution_version(entry)

    def _way_to(self, kind: str, wanted: str, short: str) -> str:
        """How a plugin that isn't here can be had: by its distribution where the recipe names that."""
        if wanted.endswith(".py"):
            return f"--code {wanted}"
        if wanted:
            brings = [
                (k, n) for (k, n), found in self._entries.items() if wanted in map(distribution_name, found)
            ]
            if not brings:
                return f"pip install {wanted}" if _DISTRIBUTION.fullmatch(wanted) else ""
            close = nearest(short, [n for k, n in brings if k == kind])
            return close or f"pip install --upgrade {wanted}, for what is here brings no {kind}"
        hint = nearest(short, self.names(kind))
        way = "install the package that brings it; `recbox plugins list` shows what is there"
        return f"{hint} or {way}" if hint else way

    def rows(self, kind: str | None = None) -> Iterator[Card]:
        """An unfilled card for every plugin, each side of a clash included: nothing is imported."""
        for (k, name), entries in self._entries.items():
            for entry in entries if kind in (None, k) else ():
                yield Card(k, name, distribution_name(entry), distribution_version(entry), entry.value)

    def cards(self, kind: str | None = None) -> Iterator[Card]:
        """A card for every plugin, broken ones and each side of a clash included, all imported in here.

        `recbox.registry.probing.cards` gives the same, and no plugin's import can end or hold up the process.
        """
        return map(self.fill, self.rows(kind))

    def fill(self, row: Card) -> Card:
        """What the plugin of a row says of itself, or why it can't."""
        owners = [distribution_name(e) for e in self._entries.get((row.kind, row.name), ())]
        others = ", ".join(sorted(set(owners) - {row.distribution}))
        name = f"{row.distribution}:{row.name}" if len(owners) > 1 else row.name
        if others:
            row = replace(
                row, warning=f"{others} has one of this name too: write `{_naming(row.kind)} {name}`"
            )
        try:
            return replace(row, **describe(self.load(row.kind, name)))
        except PluginError as error:
            return replace(row, error=error.what, remedy=error.instead)
        except Exception as error:
            what = f"the {row.kind} {row.name!r} can't describe itself: {said(error)}"
            return replace(row, error=what, remedy=f"upgrade or uninstall {row.distribution}")


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
        where=str(origin_of(kind, entry)),
        instead=f"tell the author of {distribution_name(entry)}; other recipes still work",
    )


def _undisplaced(found: list[Entry]) -> list[Entry]:
    """What is installed takes no name from recbox's own plugins, or it would change every recipe that uses or
    implies one. A file of `--code` was asked for, so with it the name has to be told apart."""
    if not any(distribution_name(e) == OURS for e in found):
        return found
    return [e for e in found if distribution_name(e) == OURS or distribution_name(e).endswith(".py")]


def _clash(kind: str, name: str, found: list[Entry]) -> PluginError:
    owners = [distribution_name(e) for e in found]
    if len(set(owners)) == 1:
        what = f"{owners[0]} brings {len(found)} {kind}s of the name {name!r}"
        return PluginError(what, instead=f"upgrade or uninstall {owners[0]}")
    return PluginError(
        f"{len(owners)} distributions bring a {kind} {name!r}: {', '.join(owners)}",
        instead=f"pick one with `{_naming(kind)} {owners[0]}:{name}`",
    )


def _naming(kind: str) -> str:
    """What stands before the name of a plugin where one is asked for."""
    return "use:" if kind in KINDS else "--track"


def _unloadable(origin: Origin, problem: str, instead: str, why: str = "") -> PluginError:
    what = f"{origin.plugin} can't be loaded: {problem}"
    return PluginError(what, where=str(origin), why=why, instead=instead)
