"""Ways from the user over an item, and over who else has it, to the target.

What an item sends is made of its own vector and of what it received a hop before. By the slope of the score
in what it sends, this is attributed to its neighbours as the score was to it: those that the target has an
edge to too are on a way from the user to the target, `user → item → node → target`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from recbox.explain.attributing import Attribution, attribute
from recbox.explain.ego import Ego, Egos
from recbox.explain.found import Path

MOST = 10
"""Paths of an item that are told apart."""


@dataclass(frozen=True, eq=False)
class Target:
    """egos: all nodes; ego: the user; found: what its neighbours are worth; node: the item's node, None of a
    new one; linear: whether all that is linear; layers: how many there are."""

    egos: Egos
    ego: Ego
    found: Attribution
    node: int | None
    linear: bool
    layers: int


def paths(target: Target, nodes: Sequence[int] | np.ndarray, worth: Mapping[int, float]) -> list[Path]:
    """Over these items' nodes. worth: the contribution of each, which its paths add up to."""
    growth = target.ego.growth
    place = {int(node): i for i, node in enumerate(target.ego.near.tolist())}
    graph = growth.graph
    beside = np.zeros(graph.nodes, bool)
    if target.node is not None:
        begin, end = graph.indptr[target.node : target.node + 2].tolist()
        beside[graph.indices[begin:end].cpu().numpy()] = True
        beside[target.node] = True
    found: list[Path] = []
    for node in map(int, nodes):
        if node in place and target.layers:
            slopes = [slope[place[node]] for slope in target.found.slope]
            found += _of_item(target, node, slopes, beside, worth[node])
    return found


def _of_item(
    target: Target, node: int, slopes: Sequence[torch.Tensor], beside: np.ndarray, worth: float
) -> list[Path]:
    def function(hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.stack([(slope * hop).sum() for slope, hop in zip(slopes, hops, strict=True)]).sum()

    ego = target.egos.of(node)
    layout = target.ego.growth.structures.layout
    item = node - layout.offset("item")
    one = attribute(ego, function, target.layers - 1, target.linear)
    near = ego.near.cpu().numpy()
    there = beside[near] & (near != target.ego.node)
    order = np.argsort(-np.abs(one.value * there), kind="stable")[: min(MOST, int(there.sum()))]
    found = []
    for neighbour in order:
        type = next(t for t, _ in layout.counts if near[neighbour] < layout.range(t).stop)
        inner = int(near[neighbour]) - layout.offset(type)
        found.append(Path(item, type, inner, float(one.value[neighbour])))
    if more := int(there.sum()) - len(order):
        value = float(one.value[there].sum()) - sum(path.contribution for path in found)
        found.append(Path(item, "others", -1, value, more))
    return [*found, Path(item, "vectors", -1, worth - sum(path.contribution for path in found))]
