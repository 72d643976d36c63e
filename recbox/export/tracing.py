"""A head's network as nodes of ONNX: its calls are recorded, and what depends on items alone is computed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recbox.errors import UnsupportedError
from recbox.export.onnx_graph import OnnxGraph

if TYPE_CHECKING:
    import torch
    from torch import nn

ARITHMETIC = {"add": "Add", "sub": "Sub", "mul": "Mul", "truediv": "Div"}
UNARY = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "exp": "Exp", "neg": "Neg", "abs": "Abs"}
LAYERS = {
    "ReLU": "Relu",
    "Sigmoid": "Sigmoid",
    "Tanh": "Tanh",
    "Softplus": "Softplus",
    "Softsign": "Softsign",
}
SAME = ("Dropout", "Identity")


def traced(head: nn.Module, graph: OnnxGraph, user: str, item: torch.Tensor) -> str:
    """What the head gives for `user` (a name, `[n, 1, d]`) and all items `[1, items, d]`: `[n, items]`.

    An `UnsupportedError` for a call that has no node here.
    """
    import torch
    from torch.fx import symbolic_trace

    try:
        recorded = symbolic_trace(head)
    except Exception as error:  # whatever a head of another package does with what it is handed
        raise _unknown(f"its calls can't be recorded ({type(error).__name__})") from error
    values: dict[Any, Any] = {}
    given = iter((user, item))
    writer = _Writer(graph, dict(recorded.named_modules()))
    for node in recorded.graph.nodes:
        if node.op == "placeholder":
            values[node] = next(given)
            continue
        arguments = torch.fx.map_arg(node.args, values.__getitem__)
        keywords = torch.fx.map_arg(node.kwargs, values.__getitem__)
        if node.op == "output":
            found = arguments[0]
            return found if isinstance(found, str) else writer.name(found)
        values[node] = writer.call(node, arguments, dict(keywords))
    raise _unknown("it gives nothing")


class _Writer:
    """Values are tensors as long as they depend on items alone, then names in the graph."""

    def __init__(self, graph: OnnxGraph, modules: dict[str, nn.Module]) -> None:
        self.graph, self.modules = graph, modules

    def call(self, node: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        import torch

        if node.op == "get_attr":
            return operator.attrgetter(node.target)(self.modules[""])
        if not any(isinstance(a, str) for a in arguments):
            with torch.no_grad():
                return self._callable(node, arguments)(*arguments[node.op == "call_method" :], **keywords)
        if node.op == "call_module":
            return self._layer(self.modules[node.target], *arguments)
        name = node.target if node.op == "call_method" else getattr(node.target, "__name__", "")
        return self._function(name.strip("_"), arguments, keywords)

    def name(self, value: Any) -> str:
        """A tensor or number as a constant; a name stays one."""
        import numpy as np
        import torch

        if isinstance(value, str):
            return value
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.float32(value)
        return self.graph.constant(
            f"head_{len(self.graph.constants)}_{len(self.graph.nodes)}", np.asarray(array)
        )

    def _callable(self, node: Any, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        if node.op == "call_module":
            return self.modules[node.target]
        if node.op == "call_method":
            found: Callable[..., Any] = getattr(arguments[0], node.target)
            return found
        target: Callable[..., Any] = node.target
        return target

    def _layer(self, layer: nn.Module, value: str) -> str:
        kind = type(layer).__name__
        if kind in SAME:
            return value
        if kind in LAYERS:
            return self.graph.add(LAYERS[kind], value)
        if kind != "Linear":
            raise _unknown(f"it has a layer {kind}")
        weight: Any = layer.weight
        found = self.graph.add("MatMul", value, self.name(weight.T))
        bias: Any = layer.bias
        return found if bias is None else self.graph.add("Add", found, self.name(bias))

    def _function(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
        import numpy as np

        if name in ARITHMETIC and not keywords:
            return self.graph.add(ARITHMETIC[name], *map(self.name, arguments[:2]))
        if name in UNARY:
            return self.graph.add(UNARY[name], arguments[0])
        axis = arguments[1] if len(arguments) > 1 else keywords.get("dim")
        if name in ("squeeze", "sum") and isinstance(axis, int):
            axes = self.graph.constant(f"axis_{axis}", np.array([axis], np.int64))
            if name == "squeeze":
                return self.graph.add("Squeeze", arguments[0], axes)
            return self.graph.add(
                "ReduceSum", arguments[0], axes, keepdims=int(bool(keywords.get("keepdim")))
            )
        raise _unknown(f"it calls {name}")


def _unknown(why: str) -> UnsupportedError:
    return UnsupportedError(
        "the head can't be written in ONNX",
        why=why,
        instead="a head of linear layers and usual activations, or one with vectors, such as dot",
    )
