"""Where a recipe's nodes become options: blocks, plugins and names, with every mistake written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from recbox.errors import PluginError
from recbox.recipe.blocks import Repeat, Term
from recbox.recipe.place import Findings, Place, short
from recbox.recipe.recipe import Part
from recbox.recipe.translating import report
from recbox.recipe.tree import Node
from recbox.registry import Options, Registry
from recbox.registry.blame import blamed, said
from recbox.registry.origin import Origin

Given = TypeVar("Given", bound=Options)

BESIDE = {"layer": ("repeat",), "objective": ("weight",)}
"""What stands beside the options of a kind."""


@dataclass(frozen=True)
class Placed:
    """A part and the node that it was read from."""

    part: Part
    node: Node

    @property
    def place(self) -> Place:
        """Where its plugin is named."""
        use = self.node.mapping.get("use")
        return use.place if use else self.node.place


Parts = list[Placed | None]
"""A list of parts; None stands where one could not be read."""


@dataclass(frozen=True)
class Desk:
    """Reads nodes, with the plugins of a registry; what is wrong goes to `findings`, and None comes back."""

    registry: Registry
    findings: Findings

    def mapping(self, node: Node, owner: str, known: Sequence[str]) -> bool:
        """Whether `node` is a mapping; names that are not `known` are reported."""
        if not isinstance(node.value, dict):
            self.findings.add(node.place, f"{owner} is a mapping, not {node.describe()}")
            return False
        for name in node.value:
            if name not in known:
                what = f"{owner} has no option {short(name)}"
                self.findings.unknown(node.keys[name], name, what, known)
        return True

    def listed(self, node: Node, owner: str) -> list[Node] | None:
        """The elements of a list."""
        if isinstance(node.value, list):
            return node.value
        self.findings.add(
            node.place, f"{owner} is a list, not {node.describe()}", "begin each entry with '- '"
        )
        return None

    def block(
        self,
        cls: type[Given],
        node: Node | None,
        owner: str,
        beside: Sequence[str] = (),
        origin: Origin | None = None,
    ) -> Given | None:
        """Options of a class; all defaults where `node` is None. `beside`: names read elsewhere. `origin`: of
        the plugin that the class is."""
        if node is None:
            return cls()
        if not isinstance(node.value, dict):
            self.findings.add(node.place, f"{owner} is a mapping, not {node.describe()}")
            return None
        try:
            return cls.parse(node.without(beside).plain())
        except ValidationError as error:
            report(error, cls, node, owner, beside, self.findings)
        except (Exception, SystemExit) as error:
            # A plugin's own check that fails in another way than pydantic's is its author's fault, not ours.
            self.blame(node.place, owner, error, origin)
        return None

    def blame(self, place: Place, owner: str, error: BaseException, origin: Origin | None) -> None:
        """Report what a plugin raised that was asked for something; `owner` says who it is, or did what."""
        fault = PluginError(f"{owner}: {said(error)}", instead="tell the plugin's author")
        if origin and (found := blamed(error, [origin])):
            fault = PluginError(fault.what, where=found.where, why=found.why, instead=found.instead)
        fault.__cause__ = error
        self.findings.blame(place, fault)

    def value(self, cls: type[Given], node: Node, name: str, owner: str) -> Given | None:
        """Options of a class with the one field `name`, whose value is `node`."""
        return self.block(cls, Node({name: node}, node.place, {name: node.place}), owner)

    def part(self, kind: str, node: Node) -> Placed | None:
        """The plugin of a `{use: name, ...}` mapping."""
        use = self._use(kind, node)
        cls = self._class(kind, use) if use is not None else None
        if cls is None or use is None:
            return None
        beside = BESIDE.get(kind, ())
        origin = self.registry.origin(kind, str(use.value))
        owner = f"the {kind} {short(str(use.value))}"
        options = self.block(cls, node, owner, ("use", *beside), origin)
        repeat, weight = self._beside(kind, node)
        if options is None or repeat is None or weight is None:
            return None
        return Placed(Part(kind, str(use.value), options, repeat, weight, origin), node)

    def named(self, kind: str, node: Node) -> Placed | None:
        """The same, where a bare name may stand for `{use: name}`."""
        if isinstance(node.value, str):
            return self.part(kind, Node({"use": node}, node.place, {"use": node.place}))
        return self.part(kind, node)

    def _use(self, kind: str, node: Node) -> Node | None:
        use = node.mapping.get("use")
        if use is not None and isinstance(use.value, str):
            return use
        if use is not None:
            self.findings.add(use.place, f"`use` is the name of a plugin, not {use.describe()}")
        elif isinstance(node.value, str):
            self.findings.add(node.place, f"a part is a mapping: {{use: {node.value[:60]}}}")
        else:
            said = (
                "`use` is missing"
                if isinstance(node.value, dict)
                else f"a mapping with `use`, not {node.describe()}"
            )
            names = ", ".join(self.registry.names(kind))
            self.findings.add(node.place, f"{said}: it names the {kind}", f"one of: {names}" if names else "")
        return None

    def _class(self, kind: str, use: Node) -> type[Options] | None:
        try:
            return self.registry.load(kind, str(use.value))
        except PluginError as error:
            self.findings.blame(use.place, error)
            return None

    def _beside(self, kind: str, node: Node) -> tuple[int | None, float | None]:
        repeat: int | None = 1
        weight: float | None = 1.0
        if kind == "layer" and (given := node.mapping.get("repeat")):
            repeat = getattr(self.value(Repeat, given, "repeat", "a layer"), "repeat", None)
        if kind == "objective" and (given := node.mapping.get("weight")):
            weight = getattr(self.value(Term, given, "weight", "an objective"), "weight", None)
        return repeat, weight
