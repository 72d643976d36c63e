"""How the laws of encoders build one, and ask for the rows of the nodes that it fits."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
import torch
from torch import nn

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.fitting import fitting
from recbox.contract.law import hold
from recbox.contract.world import graph, world
from recbox.data import Dataset
from recbox.kernel import Graph
from recbox.plugin import Encoder, History, Spec

DIM = 8
EDGES = frozenset({"user-relation", "item-relation"})


@dataclass(frozen=True)
class Inputs:
    """The kit's world, its graph, and all nodes of each type that the encoder fits."""

    train: Dataset
    graph: Graph
    nodes: dict[str, torch.Tensor]


def inputs(case: Case, double: bool = False) -> Inputs:
    train = copy.deepcopy(world().train)
    nodes = {
        node: torch.arange(len(train.nodes(node)), device="cpu") for node in fitting(encoder(case), train)
    }
    return Inputs(train, graph(train, types=EDGES), nodes)


def build(case: Case, context: Context, given: Inputs) -> nn.ModuleDict:
    """A module for each node type that fits."""
    return nn.ModuleDict({node: one(case, node, given.train, context) for node in given.nodes})


def call(module: nn.Module, given: Inputs) -> Mapping[str, torch.Tensor]:
    assert isinstance(module, nn.ModuleDict)  # noqa: S101
    return {f"{node} rows": module[node](nodes) for node, nodes in given.nodes.items()}


def encoder(case: Case) -> Encoder:
    assert isinstance(case.options, Encoder)  # noqa: S101
    return case.options


def one(case: Case, node: str, train: Dataset, context: Context, dim: int = DIM) -> nn.Module:
    around = graph(train, types=EDGES)
    spec = Spec(node, len(train.nodes(node)), 0, dim, train, around, context, f"encoder.{node}.0")
    return encoder(case).build(spec)


def whole(case: Case) -> Iterable[tuple[str, nn.Module, torch.Tensor]]:
    """Each node type that fits, its module, and the rows of all its nodes in order."""
    given = inputs(case)
    for node, module in build(case, case.context, given).eval().items():
        yield node, module, module(given.nodes[node]).detach()


def newcomers(case: Case, node: str) -> tuple[pl.DataFrame, History | None]:
    """New nodes like all known ones: their features, ids among them where it looks at ids, and what they have
    where it reads that."""
    train, own = inputs(case).train, encoder(case)
    table = train.nodes(node).table
    had = History.of(train, node) if own.by_history else None
    return table if own.by_id else table.drop("id"), had


def close(found: torch.Tensor, expected: torch.Tensor, seen: str) -> None:
    hold(found.shape == expected.shape, f"the shape is {list(found.shape)}, not {list(expected.shape)}")
    gap = float((found - expected).detach().abs().max())
    hold(gap <= 1e-5 * max(1.0, float(expected.abs().max())), seen.format(f"{gap:.2g}"))
