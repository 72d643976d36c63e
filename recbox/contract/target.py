"""What `recbox plugins test` is asked to test: a file, a package's folder, a plugin, or a distribution."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from recbox.errors import PluginError, nearest
from recbox.registry import ALL_KINDS, Options, Registry
from recbox.registry.installed import distribution_name


@dataclass(frozen=True)
class Target:
    """One plugin to test. use: as a recipe would name it, for those of the registry."""

    kind: str
    name: str
    use: str = ""
    value: str = ""
    """`module:class`, for an entry point that is only declared."""

    def load(self, registry: Registry) -> type[Options]:
        """The class; a PluginError says why it can't be used."""
        if self.use:
            return registry.load(self.kind, self.use)
        return registry.loaded(self.kind, EntryPoint(self.name, self.value, f"recbox.{self.kind}"))


def registry_for(asked: str) -> Registry:
    """The registry that knows the plugins of `asked`; a folder's code can be imported from then on."""
    if not asked:
        raise PluginError("nothing is named", instead="a folder, a .py file, or an installed plugin")
    path = Path(asked)
    if path.is_dir():
        sys.path[:0] = [str(p.resolve()) for p in (path / "src", path) if p.is_dir()]
    return Registry([path] if path.suffix == ".py" else ())


def targets(asked: str, kind: str | None, registry: Registry) -> tuple[Target, ...]:
    """The plugins that `asked` means, at least one; a PluginError says what there is instead."""
    found = [t for t in _all(asked, registry) if kind in (None, t.kind)]
    if not found:
        raise _nothing(asked, kind, registry)
    return tuple(found)


def _all(asked: str, registry: Registry) -> Iterator[Target]:
    path = Path(asked)
    if path.suffix == ".py":
        for plugin in (p for file in registry.code for p in file.plugins):
            yield Target(plugin.kind, plugin.name, f"{plugin.dist.name}:{plugin.name}")
    elif path.is_dir():
        yield from _declared(path)
    else:
        yield from _installed(asked, registry)


def _declared(folder: Path) -> Iterator[Target]:
    file = folder / "pyproject.toml"
    try:
        document = tomllib.loads(file.read_text())
    except FileNotFoundError as error:
        raise PluginError(
            "there is no pyproject.toml, so nothing says which plugins are here",
            where=str(folder),
            instead="a package's folder, as `recbox plugins new` writes it, or a .py file",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(f"can't read the file: {error}", where=str(file)) from error
    groups = document.get("project", {}).get("entry-points", {})
    for kind in ALL_KINDS:
        for name, value in groups.get(f"recbox.{kind}", {}).items():
            yield Target(kind, name, value=str(value))


def _installed(asked: str, registry: Registry) -> Iterator[Target]:
    """Plugins of a name, `distribution:name`, or all of a distribution."""
    wanted, _, short = asked.rpartition(":")
    for kind, entry in registry.entries():
        owner = distribution_name(entry)
        if (entry.name == short and wanted in ("", owner)) or owner == asked:
            yield Target(kind, entry.name, f"{owner}:{entry.name}")


def _nothing(asked: str, kind: str | None, registry: Registry) -> PluginError:
    of = f" of the kind {kind}" if kind else ""
    if Path(asked).exists():
        instead = (
            "another --kind, or none" if asked.endswith(".py") else "declare one under [project.entry-points]"
        )
        return PluginError(f"no plugin{of} is here", where=asked, instead=instead)
    if any(separator in asked for separator in "/\\"):
        return PluginError(
            "there is no such file or folder", where=asked, instead="a package's folder, or a .py file"
        )
    known = sorted({name for _, e in registry.entries() for name in (e.name, distribution_name(e))})
    return PluginError(
        f"there is no plugin{of}, distribution, file or folder {asked!r}", instead=nearest(asked, known)
    )
