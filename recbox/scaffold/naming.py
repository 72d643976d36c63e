"""What a new plugin, its class, its package and its distribution are called."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass

from recbox.errors import OptionError
from recbox.registry.code import plugin_name

LONGEST = 28
"""Characters of a name, so that the import of its class fits a line of 110."""

_FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Naming:
    """`my-hop` is `MyHop` in `recbox_my_hop/my_hop.py`, from the distribution `recbox-my-hop`."""

    kind: str
    name: str
    cls: str

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def package(self) -> str:
        return f"recbox_{self.module}"

    @property
    def distribution(self) -> str:
        return f"recbox-{self.name}"

    @property
    def named(self) -> bool:
        """Whether the class must say the plugin's name itself, for `--code` would make another of it."""
        return plugin_name(type(self.cls, (), {})) != self.name


def name_plugin(kind: str, name: str, taken: Collection[str]) -> Naming:
    """The names, or an `OptionError` that says what is wrong with `name`.

    taken: identifiers that the plugin's module has already; a class of that name has its kind behind it.
    """
    if problem := _problem(name):
        raise OptionError(
            f"{name[:60]!r} is no name for a plugin: {problem}",
            why="recipes, a Python module and a package are called by it",
            instead=_suggestion(name),
        )
    cls = "".join(word.capitalize() for word in name.split("-"))
    if cls in taken or keyword.iskeyword(cls):
        cls += kind.capitalize()
    return Naming(kind, name, cls)


def _problem(name: str) -> str:
    if not name:
        return "it is empty"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, {LONGEST} at most"
    if not _FORM.fullmatch(name):
        return "it has words of a-z and 0-9 joined by single dashes, and begins with a letter"
    if keyword.iskeyword(name):
        return "it is a word of Python's own"
    if name == "recbox" or name.startswith("recbox-"):
        return "the package is called recbox-NAME already"
    return ""


def _suggestion(name: str) -> str:
    """The same name as it may be written, where that is clear, or else an example."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
    near = "-".join(words[1:] if words[:1] == ["recbox"] else words)
    return near if name.isascii() and not _problem(near) else "a name such as my-hop"
