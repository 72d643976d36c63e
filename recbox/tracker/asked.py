"""What `--track NAME[:WHERE]` means; nothing is imported for it."""

from __future__ import annotations

from dataclasses import dataclass

from recbox.errors import OptionError
from recbox.registry import Registry
from recbox.registry.installed import distribution_name
from recbox.registry.origin import Origin, origin_of

KIND = "tracker"
OPTION = "--track"


@dataclass(frozen=True)
class Asked:
    """A tracker that is installed. use: as the registry names it. where: what stands behind the colon."""

    text: str
    use: str
    where: str
    origin: Origin


def asked(text: str, registry: Registry) -> Asked:
    """`NAME`, `NAME:WHERE` or `DISTRIBUTION:NAME[:WHERE]`; a `PluginError` with the nearest name where there
    is none of that name."""
    name, _, where = text.partition(":")
    short, _, rest = where.partition(":")
    if _brings(registry, name, short):
        name, where = f"{name}:{short}", rest
    if not name.strip():
        raise OptionError(
            f"{text!r} names no tracker", where=OPTION, instead="NAME:WHERE, as in tensorboard:logs"
        )
    entry = registry.entry(KIND, name)
    return Asked(text, name, where, origin_of(KIND, entry))


def _brings(registry: Registry, distribution: str, name: str) -> bool:
    return any(
        (kind, entry.name, distribution_name(entry)) == (KIND, name, distribution)
        for kind, entry in registry.entries()
    )
