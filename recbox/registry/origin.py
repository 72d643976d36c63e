"""Where a plugin comes from: what a message says of it, and which code is its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from recbox.registry.installed import UNKNOWN, Entry, distribution_name, distribution_version
from recbox.registry.options import Options

OURS = "recbox-graph"
"""The distribution of recbox itself."""


@dataclass(frozen=True)
class Origin:
    """A plugin's distribution and entry point. packages: names of the modules and packages that hold its
    code, known once it is imported; none of recbox's own."""

    kind: str
    name: str
    distribution: str
    version: str
    entry_point: str
    packages: tuple[str, ...] = ()

    @property
    def builtin(self) -> bool:
        """Whether it is a part of recbox, for whose faults nobody else is to blame."""
        return self.distribution == OURS

    @property
    def plugin(self) -> str:
        """`the layer 'hop'`."""
        return f"the {self.kind} {self.name!r}"

    def owns(self, module: str) -> bool:
        """Whether the module of this name is the plugin's code."""
        return any(module == p or module.startswith(f"{p}.") for p in self.packages)

    @property
    def remedy(self) -> str:
        """What to do about a fault of it."""
        if self.distribution.endswith(".py"):
            return f"mend {self.distribution}"
        if self.distribution == UNKNOWN:
            return f"mend {self.entry_point}"
        name = self.distribution
        return f"tell the author of {name}, upgrade it (pip install --upgrade {name}), or use another part"

    def __str__(self) -> str:
        owner = f"{self.distribution} {self.version}".strip()
        return f"{owner}, entry point {self.name} = {self.entry_point}"


def origin_of(kind: str, entry: Entry, cls: type[Options] | None = None) -> Origin:
    """The origin of an entry point, and of its class once that is loaded."""
    packages = () if cls is None else tuple(sorted(set(_packages(entry, cls))))
    return Origin(
        kind, entry.name, distribution_name(entry), distribution_version(entry), entry.value, packages
    )


def _packages(entry: Entry, cls: type[Options]) -> Iterator[str]:
    """Of the entry point's module and of the classes that its own is derived from."""
    named = entry.value.partition(":")[0]
    modules = [named] if named in sys.modules else []
    modules += [c.__module__ for c in cls.__mro__ if issubclass(c, Options)]
    for module in modules:
        root = package_of(module)
        if root.partition(".")[0] != "recbox":
            yield root


def package_of(module: str) -> str:
    """The outermost package of a module that is no namespace, for those are shared by distributions."""
    words = module.split(".")
    names = [".".join(words[: n + 1]) for n in range(len(words))]
    return next((n for n in names if getattr(sys.modules.get(n), "__file__", None)), module)
