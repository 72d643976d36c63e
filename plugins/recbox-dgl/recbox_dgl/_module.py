"""The layer's module: a convolution of DGL, called with a graph of recbox."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from recbox.plugin import Spec, UnsupportedError, load_dgl
from recbox_dgl import modules

if TYPE_CHECKING:
    from recbox.plugin import Graph
    from recbox_dgl.convolution import DGL


def build(options: DGL, spec: Spec) -> Convolution:
    """The module of a layer; its first values are drawn from the stream of its slot."""
    _check_device(spec.context.device)
    convolution = getattr(import_module("dgl.nn.pytorch.conv"), options.module)
    with spec.context.draws(f"init.{spec.slot}"):
        try:
            inner = convolution(**_arguments(options, spec))
        except Exception as error:  # whatever it dislikes about arguments that have the right types
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise UnsupportedError(
                f"dgl.nn.{options.module} refuses its arguments", where=spec.slot, why=said
            ) from error
    module = Convolution(inner, options, spec)
    if spec.graph is not None:
        module.check(spec.graph)
    return module


def _check_device(device: str) -> None:
    dgl = load_dgl()
    if torch.device(device).type == "cpu":
        return
    try:
        dgl.graph(([0], [0])).to(device)
    except Exception as error:
        raise UnsupportedError(
            f"the installed DGL can't hold a graph on {device}",
            why=" ".join(str(error).split())[:200],
            instead="`--device cpu`, or DGL's own build for CUDA",
        ) from error


def _arguments(options: DGL, spec: Spec) -> dict[str, Any]:
    """All of the constructor's arguments: what the recipe gives, and what the layer fills."""
    takes = options.signature.arguments
    filled: dict[str, Any] = dict.fromkeys(modules.INTO, spec.width)
    filled |= {name: spec.dim // options.given.get("num_heads", 1) for name in modules.OUT}
    filled |= {"allow_zero_in_degree": True, "n_etypes": 1}
    if options.module in modules.PERCEPTRON:
        hidden = options.hidden or spec.dim
        filled[modules.PERCEPTRON[options.module]] = nn.Sequential(
            nn.Linear(spec.width, hidden), nn.ReLU(), nn.Linear(hidden, spec.dim)
        )
    return {name: value for name, value in filled.items() if name in takes} | options.given


class Convolution(nn.Module):
    """`forward(graph, x: float [n, width]) -> float [n, dim]`; heads stand side by side."""

    def __init__(self, inner: nn.Module, options: DGL, spec: Spec) -> None:
        super().__init__()
        self.inner = inner
        self.name, self.slot, self.dim = options.module, spec.slot, spec.dim
        asks = options.signature.forward
        self.weighs = modules.WEIGHT in asks
        self.initial = modules.INITIAL in asks
        self.bounded = modules.BOUND in asks

    def check(self, graph: Graph) -> None:
        """An UnsupportedError where the graph has weights that the convolution would not look at."""
        if graph.weight is not None and not self.weighs:
            usable = [n for n in ("GraphConv", "SAGEConv", "GATConv") if n != self.name]
            raise UnsupportedError(
                f"dgl.nn.{self.name} takes no weights of edges, and the graph has some",
                where=self.slot,
                instead=f"`weight: none` and no `recency` or `scale` in `graph.edge`, or {', '.join(usable)}",
            )

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        self.check(graph)
        # Under autocast some tensors would be in bfloat16 and others not, which DGL's products refuse.
        x = x.to(next((p.dtype for p in self.parameters()), x.dtype))
        first = (x,) if self.initial else ()
        with torch.autocast(x.device.type, enabled=False), torch.device(x.device), _Like(x.dtype):
            out = self.inner(graph.dgl(), x, *first, **self._beside(graph, x)).flatten(1)
        if out.shape != (graph.nodes, self.dim):
            given, wanted = tuple(out.shape), (graph.nodes, self.dim)
            raise UnsupportedError(f"dgl.nn.{self.name} gives {given}, not {wanted}", where=self.slot)
        return out

    def _beside(self, graph: Graph, x: torch.Tensor) -> dict[str, Any]:
        beside: dict[str, Any] = {}
        if graph.weight is not None:
            beside[modules.WEIGHT] = graph.weight.to(x.dtype)
        if self.bounded:
            beside[modules.BOUND] = [2.0]  # what it takes by itself, with a warning
        return beside


class _Like(TorchFunctionMode):
    """Tensors of floating point that are made without a dtype get that of the vectors, on all devices: some
    convolutions make theirs in float32 whatever comes in."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _MAKERS:
            kwargs = {"dtype": self.dtype} | kwargs
        return func(*args, **kwargs)


_MAKERS = (torch.ones, torch.zeros)
