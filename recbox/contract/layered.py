"""What the laws of layers share: the layer of a case, its module, and the graphs that it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import Skip, hold
from recbox.contract.toy_graph import NODES, PAIRS, WIDTH, small_graph, vectors
from recbox.errors import KernelError, RecboxError
from recbox.kernel import Graph
from recbox.plugin import Layer, Spec


@dataclass(frozen=True)
class Inputs:
    """A graph of 12 nodes, one of them without edges, and vectors of all nodes: float `[12, width]`."""

    graph: Graph
    x: torch.Tensor


def inputs(case: Case, double: bool = False) -> Inputs:
    return Inputs(small_graph(edges(case)), vectors(double=double))


def build(case: Case, context: Context, given: Inputs, width: int = WIDTH, dim: int = WIDTH) -> nn.Module:
    layer = options(case)
    spec = Spec("", NODES, width, layer.width(width, dim), None, given.graph, context, "layer.0.0")
    return layer.build(spec)


def call(module: nn.Module, given: Inputs) -> Mapping[str, torch.Tensor]:
    return {"output": module(given.graph, given.x)}


def options(case: Case) -> Layer:
    assert isinstance(case.options, Layer)  # noqa: S101
    return case.options


def edges(case: Case) -> frozenset[str]:
    known = options(case).edges & PAIRS.keys()
    if unknown := options(case).edges - known:
        raise Skip(f"the kit's graph has no edges of type {', '.join(sorted(unknown))}")
    return frozenset(known)


def built(case: Case, width: int = WIDTH, dim: int = WIDTH) -> nn.Module:
    return build(case, case.context, inputs(case), width, dim).eval()


def needs_dgl(types: frozenset[str]) -> None:
    """A `Skip` where DGL can't be used."""
    try:
        small_graph(types, kernel="dgl")
    except KernelError as error:
        raise Skip(f"needs DGL: {error.why or error.what}") from error


def weightings(case: Case, module: nn.Module) -> tuple[bool, ...]:
    """Without weights and with them; a layer may refuse weights by an error of recbox's."""
    try:
        module(small_graph(edges(case), weighted=True), vectors())
    except RecboxError:
        return (False,)
    return (False, True)


def move(module: nn.Module) -> None:
    """Other values for all parameters, as training would give them."""
    generator = Context().generator("contract.moved")
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator))


def close(found: torch.Tensor, expected: torch.Tensor, seen: str) -> None:
    gap = float((found - expected).detach().abs().max())
    size = max(1.0, float(expected.detach().abs().max()))
    hold(gap <= 1e-5 * size, seen.format(f"{gap:.2g}"))
