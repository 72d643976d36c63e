"""Whether the plugins that an artifact was made with are here, from the distributions that brought them."""

from __future__ import annotations

from collections.abc import Iterable

from recbox.artifact.manifest import Plugin
from recbox.errors import PluginError
from recbox.registry import Registry
from recbox.registry.installed import distribution_name
from recbox.registry.origin import OURS


def require(plugins: Iterable[Plugin], registry: Registry, where: str) -> None:
    """A `PluginError` that names the distribution to install for the first plugin that isn't here, or that
    another distribution brings now. Nothing is imported."""
    for plugin in plugins:
        if plugin.distribution != OURS:
            _require(plugin, registry, where)


def _require(plugin: Plugin, registry: Registry, where: str) -> None:
    told = f"{plugin.distribution} {plugin.version}"
    try:
        found = distribution_name(registry.entry(plugin.kind, plugin.name))
    except PluginError as error:
        why = f"the artifact was made with that of {told}"
        raise PluginError(error.what, where=where, why=why, instead=way_to(plugin)) from error
    if found != plugin.distribution:
        what = f"the {plugin.kind} {plugin.name!r} is that of {found} here, not that of {told}"
        why = "two plugins of one name may mean different things by the same numbers"
        raise PluginError(what, where=where, why=why, instead=way_to(plugin))


def way_to(plugin: Plugin) -> str:
    """How to have the plugin as it was."""
    if plugin.distribution.endswith(".py"):
        return f"--code {plugin.distribution}, the file whose SHA-256 begins with {plugin.version}"
    version = f"=={plugin.version}" if plugin.version else ""
    return f"pip install {plugin.distribution}{version}"
