"""Graphs in ONNX, put together node by node; their weights lie in one file beside them, so that graphs share
them and no limit on a graph's size is met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from onnx import NodeProto, TensorProto

OPSET, IR = 17, 8
"""What onnxruntime 1.14 and later read."""
WEIGHTS = "weights.bin"
ALIGNED = 4096
"""Bytes at whose multiples arrays begin, so that they can be mapped into memory."""
SMALL = 64
"""Values up to which an array stands in the graph itself."""


class Weights:
    """Arrays in a file, each once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / WEIGHTS
        self.path.touch()
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, name: str, parts: Iterable[np.ndarray]) -> tuple[int, int]:
        """Offset and length, in bytes, of an array that comes in parts, one behind the other; one of a known
        name is there already, and its parts aren't asked for."""
        if name not in self._places:
            with self.path.open("ab") as file:
                file.write(bytes(-file.tell() % ALIGNED))
                start = file.tell()
                for part in parts:
                    np.ascontiguousarray(part).tofile(file)
                self._places[name] = (start, file.tell() - start)
        return self._places[name]


class OnnxGraph:
    """A graph in the making: `add` gives the name of what a node puts out."""

    def __init__(self, name: str, weights: Weights, facts: dict[str, str]) -> None:
        self.name, self.weights, self.facts = name, weights, facts
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def input(self, name: str, kind: type, shape: Sequence[str | int]) -> str:
        self.inputs.append(_described(name, kind, shape))
        return name

    def output(self, value: str, name: str, kind: type, shape: Sequence[str | int]) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(_described(name, kind, shape))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        return self.many(operator, 1, *inputs, **attributes)[0]

    def many(self, operator: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """Of an operator that puts out several."""
        from onnx import helper

        names = [f"{operator.lower()}_{len(self.nodes)}_{n}" for n in range(count)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names

    def constant(self, name: str, array: np.ndarray) -> str:
        """An array by name; equal names are one array."""
        from onnx import numpy_helper

        if name in self.constants:
            return name
        if array.size <= SMALL:
            self.constants[name] = numpy_helper.from_array(np.asarray(array), name)
            return name
        return self.stored(name, array.dtype, array.shape, [array])

    def stored(self, name: str, kind: DTypeLike, shape: Sequence[int], parts: Iterable[np.ndarray]) -> str:
        """An array among the weights that need not be in memory whole; equal names are one array."""
        from onnx import TensorProto, helper

        offset, length = self.weights.add(name, parts)
        tensor = TensorProto(name=name, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.data_type = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
        for key, value in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
            tensor.external_data.add(key=key, value=value)
        self.constants[name] = tensor
        return name

    def save(self, path: Path) -> None:
        """Written beside the weights, and checked by onnx."""
        import onnx
        from onnx import helper

        graph = helper.make_graph(
            self.nodes, self.name, self.inputs, self.outputs, list(self.constants.values())
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="recbox"
        )
        model.ir_version = IR
        helper.set_model_props(model, self.facts)
        path.write_bytes(model.SerializeToString())
        onnx.checker.check_model(str(path))


def _described(name: str, kind: type, shape: Sequence[str | int]) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), shape)
