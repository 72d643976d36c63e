"""The relations of a graph: which there are, and what layers derive from its edges once for each graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar
from weakref import WeakKeyDictionary

import torch

from recbox.plugin import Graph

T = TypeVar("T")


class Relations:
    """The relations of a graph's edge types one after the other: a type is one, or as many as its edges name.

    start: by type, the number of its first relation. count: of all.
    """

    def __init__(self, graph: Graph) -> None:
        self.start: dict[str, int] = {}
        self.count = 0
        for type in graph.types:
            self.start[type] = self.count
            named = graph[type].edge.get("relation")
            self.count += 1 if named is None else int(named.max()) + 1 if len(named) else 0
        self.key = (*self.start.items(), self.count)

    def number(self, graph: Graph, type: str) -> torch.Tensor:
        """int64 `[e]`: the relation of each edge of a type."""
        around = graph[type]
        named = around.edge.get("relation")
        return self.start[type] + (torch.zeros_like(around.indices) if named is None else named)

    def of(self, graph: Graph) -> Iterator[tuple[str, Graph, torch.Tensor]]:
        """Each type with its graph and the relations of its edges; types that were not there are left out."""
        for type in self.start:
            if type in graph.types:
                yield type, graph[type], self.number(graph, type)


@dataclass(frozen=True, eq=False)
class Slots:
    """Pairs of a node and a relation, by relation and then by node, each once.

    node: int64 `[p]`. bounds: where each relation begins, and the end. row, index: by type, int64 `[e]`, the
    slots of an edge's two ends.
    """

    node: torch.Tensor
    bounds: list[int]
    row: dict[str, torch.Tensor]
    index: dict[str, torch.Tensor]

    @cached_property
    def relation(self) -> torch.Tensor:
        """int64 `[p]`."""
        sizes = torch.tensor(self.bounds, device=self.node.device).diff()
        return torch.repeat_interleave(torch.arange(len(sizes), device=self.node.device), sizes)

    def transformed(self, x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        """float `[p, k]`: the vectors x `[n, d]` of the slots' nodes by the matrices `[r, d, k]` of their
        relations. A product for each relation, over nodes and not over edges."""
        sizes = [b - a for a, b in pairwise(self.bounds)]
        own = x.index_select(0, self.node).split(sizes)  # at once, for each gather has all nodes' gradients
        parts = [rows @ w for rows, w in zip(own, matrix)]
        return torch.cat(parts) if parts else x.new_zeros(0, matrix.shape[2])


def slots(graph: Graph, relations: Relations, ends: tuple[str, ...]) -> Slots:
    """The slots of edges' targets (`row`), sources (`index`), or both."""
    keys: dict[str, dict[str, torch.Tensor]] = {"row": {}, "index": {}}
    for type, around, number in relations.of(graph):
        for end, nodes in (("row", around.rows), ("index", around.indices)):
            if end in ends:
                keys[end][type] = number * graph.nodes + nodes
    every = [key for own in keys.values() for key in own.values()]
    pairs = torch.unique(torch.cat(every)) if every else torch.zeros(0, dtype=torch.int64)
    first = torch.arange(relations.count + 1, device=pairs.device) * graph.nodes
    place = {end: {t: torch.searchsorted(pairs, k) for t, k in own.items()} for end, own in keys.items()}
    bounds = torch.searchsorted(pairs, first).tolist()
    return Slots(pairs % max(graph.nodes, 1), bounds, place["row"], place["index"])


_KEPT: WeakKeyDictionary[Graph, dict[object, object]] = WeakKeyDictionary()


def kept(graph: Graph, key: object, make: Callable[[], T]) -> T:
    """What `make` gives, made once for a graph; nothing that depends on parameters."""
    own = _KEPT.setdefault(graph, {})
    if key not in own:
        own[key] = make()
    found: T = own[key]  # type: ignore[assignment]
    return found


def degrees(graph: Graph, relations: Relations) -> torch.Tensor:
    """float32 `[n]`: the sum of the weights of all edges that end at a node."""
    return sum((around.degree for _, around, _ in relations.of(graph)), torch.zeros_like(graph.degree))


def shares(graph: Graph, relations: Relations, norm: str) -> dict[str, torch.Tensor]:
    """By type, float32 `[e]`: what each edge weighs by `relation`, `row` or `sym`."""
    found = {}
    every = degrees(graph, relations)
    for type, around, number in relations.of(graph):
        weight = torch.ones_like(around.rows, dtype=torch.float32) if around.weight is None else around.weight
        if norm == "sym":
            # One root after the other: a product of two degrees may be too small or too large for float32.
            found[type] = weight * _power(every[around.rows], -0.5) * _power(every[around.indices], -0.5)
            continue
        if norm == "row":
            below = every[around.rows]
        else:
            _, pair = torch.unique(number * graph.nodes + around.rows, return_inverse=True)
            below = torch.zeros_like(weight).index_add(0, pair, weight)[pair]
        found[type] = weight * _power(below, -1.0)
    return found


def _power(degree: torch.Tensor, exponent: float) -> torch.Tensor:
    """degree ** exponent, 0 for 0: a new node may receive from one that had no edges in training."""
    return torch.where(degree > 0, degree.pow(exponent), 0.0)
