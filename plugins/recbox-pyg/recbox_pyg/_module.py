"""The layer's module: a convolution of torch_geometric, called with a graph of recbox."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from recbox.plugin import Spec, UnsupportedError
from recbox_pyg import modules

if TYPE_CHECKING:
    from recbox.plugin import Graph
    from recbox_pyg.convolution import PyG

_edges: WeakKeyDictionary[Graph, torch.Tensor] = WeakKeyDictionary()


def build(options: PyG, spec: Spec) -> Convolution:
    """The module of a layer; its first values are drawn from the stream of its slot."""
    convolution = getattr(import_module("torch_geometric.nn.conv"), options.module)
    with spec.context.draws(f"init.{spec.slot}"):
        arguments = _arguments(options, spec)
        try:
            inner = convolution(**arguments)
        except Exception as error:  # whatever it dislikes about arguments that have the right types
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise UnsupportedError(
                f"torch_geometric.nn.{options.module} refuses its arguments", where=spec.slot, why=said
            ) from error
    module = Convolution(inner, options, spec)
    if spec.graph is not None:
        module.check(spec.graph)
    return module


def _arguments(options: PyG, spec: Spec) -> dict[str, Any]:
    """All of the constructor's arguments: what the recipe gives, and what the layer fills."""
    takes = options.signature.arguments
    filled: dict[str, Any] = dict.fromkeys(modules.INTO, spec.width)
    filled[modules.OUT] = spec.dim // modules.parts(options.signature, options.given)
    filled["num_relations"] = 1
    if modules.DEGREES in takes:
        filled[modules.DEGREES] = _degrees(options, spec)
    if options.module in modules.PERCEPTRON:
        hidden = options.hidden or spec.dim
        into = spec.width * modules.PERCEPTRON[options.module]
        filled[modules.TRANSFORM] = nn.Sequential(
            nn.Linear(into, hidden), nn.ReLU(), nn.Linear(hidden, spec.dim)
        )
    return {name: value for name, value in filled.items() if name in takes} | options.given


def _degrees(options: PyG, spec: Spec) -> torch.Tensor:
    """int64 `[most + 1]`: how many nodes of the training graph have which degree."""
    if spec.graph is None:
        what = f"torch_geometric.nn.{options.module} counts the degrees of the training graph"
        raise UnsupportedError(what, where=spec.slot, why="it is built without one")
    return torch.bincount(spec.graph.count.cpu())


def edge_index(graph: Graph) -> torch.Tensor:
    """int64 `[2, e]`: the node that each edge comes from, and the one that it ends at. Made once a graph."""
    if graph not in _edges:
        _edges[graph] = torch.stack([graph.indices, graph.rows])
    return _edges[graph]


class Convolution(nn.Module):
    """`forward(graph, x: float [n, width]) -> float [n, dim]`."""

    def __init__(self, inner: nn.Module, options: PyG, spec: Spec) -> None:
        super().__init__()
        self.inner = inner
        self.name, self.slot, self.dim = options.module, spec.slot, spec.dim
        asks = options.signature.forward
        self.weighs = modules.weighs(options.signature, options.given)
        self.insists = self.weighs and self.name == "FAConv"
        self.initial = modules.INITIAL in asks
        self.features = options.edge_features
        self.argument = modules.edge_argument(options.signature)

    def check(self, graph: Graph) -> None:
        """An UnsupportedError where the graph has weights that the convolution would not look at."""
        if graph.weight is not None and not self.weighs and not self.features:
            instead = "`weight: none` and no `recency` or `scale` in `graph.edge`"
            raise UnsupportedError(
                f"torch_geometric.nn.{self.name} takes no weights of edges, and the graph has some",
                where=self.slot,
                instead=f"`{self.argument}: 1`, or {instead}" if self.argument else instead,
            )

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        self.check(graph)
        first = (x,) if self.initial else ()
        with torch.device(x.device):  # some convolutions make tensors without saying where
            out = self.inner(x, *first, edge_index(graph), **self._beside(graph, x))
        if out.shape != (graph.nodes, self.dim):
            given, wanted = tuple(out.shape), (graph.nodes, self.dim)
            what = f"torch_geometric.nn.{self.name} gives {given}, not {wanted}"
            raise UnsupportedError(what, where=self.slot)
        return out

    def _beside(self, graph: Graph, x: torch.Tensor) -> dict[str, torch.Tensor]:
        weight = None if graph.weight is None else graph.weight.to(x.dtype)
        each = x.new_ones(graph.edges) if weight is None and (self.features or self.insists) else weight
        if each is None:
            return {}
        return {modules.FEATURES: each[:, None]} if self.features else {modules.WEIGHT: each}
