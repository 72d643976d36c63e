"""What is known of the convolutions of torch_geometric beyond their signatures: as little as possible."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recbox.plugin.foreign import Signature, classes, folder, signature

INSTALL = "pip install torch_geometric"

INTO = ("in_channels", "channels")
OUT = "out_channels"
DEGREES = "deg"
"""The argument for how many nodes have which degree; the layer counts them in the training graph."""
FILLED = {
    **dict.fromkeys(INTO, "the columns of the vectors that come in"),
    OUT: "the recipe's `dim`",
    DEGREES: "counted in the training graph",
    "num_relations": "1, for the graph has one kind of edge",
}
"""Arguments that the layer sets."""

REFUSED = {
    "cached": "the graph of the first step would be kept",
    "normalization": "all but the default need an eigenvalue of each graph",
    "num_workers": "it is a matter of the machine, not of the recipe",
}
"""Arguments that nobody sets."""

PERCEPTRON = {"GINConv": 1, "GINEConv": 1, "EdgeConv": 2}
"""Convolutions whose transform is a module that the user brings; the layer makes a small one, of so many
vectors side by side."""
TRANSFORM = "nn"

EDGE = {"edge_dim": "", "in_edge_channels": "", "dim": "CGConv"}
"""Arguments for the number of features of an edge, of all convolutions or of one: it is 1, the weight."""
FEATURES = "edge_attr"
NEEDS_EDGE = {"GINEConv": "edge_dim"}
"""Convolutions that do nothing without features of edges, though their signature doesn't say so."""

AGGREGATORS = ("add", "max", "mean", "median", "min", "mul", "softmax", "std", "sum", "var")
"""Values of `aggr`: the others depend on the order of neighbours, which the graph doesn't have, or need
arguments of their own."""

AT_LEAST_ONE = ("heads", "num_heads", "towers")

INITIAL = "x_0"
"""The argument of `forward` for the first layer's vectors; here it gets the vectors that come in."""
WEIGHT = "edge_weight"
_GIVEN = ("x", INITIAL, "edge_index")
"""Arguments of `forward` that the layer has something for."""

_LACKS = {
    "batch": "to know which nodes are of one graph",
    "csr": "graphs in a form of its own, and a library for CUDA",
    "edge_type": "types of nodes and edges",
    "edge_index_dict": "types of nodes and edges",
    "hyperedge_index": "hyperedges",
    "pos": "positions of nodes",
    "pos_edge_index": "edges of two signs",
}
"""What `forward` may ask for that a graph of one kind of edge doesn't have."""

_REASONS = {
    "CuGraphGATConv": "needs cuGraph, which is for CUDA alone; GATConv does the same",
    "CuGraphRGCNConv": "needs types of edges, and cuGraph, which is for CUDA alone",
    "CuGraphSAGEConv": "needs cuGraph, which is for CUDA alone; SAGEConv does the same",
    "DNAConv": "needs the vectors of all layers before it",
    "DynamicEdgeConv": "makes a graph of its own from the vectors",
    "GMMConv": "needs pseudo-coordinates of edges",
    "GravNetConv": "makes a graph of its own from the vectors",
    "HeteroConv": "needs types of nodes and edges",
    "MeshCNNConv": "needs the edges of a mesh as its nodes",
    "MessagePassing": "is what convolutions are made of, and none itself",
    "NNConv": "needs features of edges",
    "PANConv": "needs the library torch_sparse",
    "RGATConv": "needs types of edges",
    "RGCNConv": "needs types of edges",
    "FastRGCNConv": "needs types of edges",
    "SplineConv": "needs pseudo-coordinates of edges",
    "SuperGATConv": "draws negative edges from a stream that no seed of the run governs",
    "WLConv": "needs colours of nodes, which are whole numbers",
    "XConv": "needs positions of nodes",
}
"""What no signature tells."""


def home() -> Path | None:
    """The folder of the convolutions' sources; None where torch_geometric is not installed."""
    return folder("torch_geometric", "nn/conv")


def why_not(found: Signature) -> str:
    """Why the layer can't bring a convolution; empty where it can."""
    if found.name in _REASONS:
        return _REASONS[found.name]
    lacking = [n for n in found.needs if n not in _GIVEN]
    if lacking:
        return (
            f"needs {next((_LACKS[n] for n in lacking if n in _LACKS), f'`{lacking[0]}` when it is called')}"
        )
    brought = {*FILLED, *([TRANSFORM] if found.name in PERCEPTRON else [])}
    objects = [
        n for n, a in found.arguments.items() if a.required and n not in brought and not a.takes - {"None"}
    ]
    return f"is made of another module, its `{objects[0]}`" if objects else ""


def table() -> dict[str, str]:
    """Every convolution of the installed library, and why it can't be used; empty for those that can."""
    place = home()
    return {n: why_not(signature(place, n)) for n in classes(place)} if place else {}


def edge_argument(found: Signature) -> str:
    """The argument for the number of features of an edge; empty where there is none."""
    fitting = [n for n, only in EDGE.items() if n in found.arguments and only in ("", found.name)]
    return fitting[0] if fitting else ""


def weighs(found: Signature, given: Mapping[str, Any]) -> bool:
    """Whether a convolution looks at the weights of edges. FAConv has them in place of its normalisation."""
    return WEIGHT in found.forward and not (found.name == "FAConv" and given.get("normalize", True))


def keeps(found: Signature) -> bool:
    """Whether a convolution gives as many columns as come in, whatever `dim` is."""
    return OUT not in found.arguments and found.name not in PERCEPTRON


def parts(found: Signature, given: Mapping[str, Any]) -> int:
    """How many outputs of `out_channels` columns stand side by side: heads, or powers."""
    if "concat" in found.arguments and given.get("concat", True):
        return int(given.get("heads", 1))
    if "powers" in found.arguments:
        return len(given.get("powers") or (0, 1, 2))
    return 1


def columns(found: Signature, given: Mapping[str, Any], width: int, dim: int) -> int:
    """Columns that come out; a ValueError says why the widths don't fit."""
    if keeps(found):
        return 2 * width if given.get("combine_root") == "cat" else width
    if dim % (several := parts(found, given)):
        what = "powers" if "powers" in found.arguments else "heads"
        raise ValueError(f"{found.name}'s {several} {what} don't divide dim {dim}")
    if "num_heads" in found.arguments and dim % (heads := given.get("num_heads", 8)):
        raise ValueError(f"{found.name}'s {heads} heads don't divide dim {dim}")
    if "num_layers" in found.arguments and "in_channels" not in found.arguments and width > dim:
        raise ValueError(
            f"{found.name} pads vectors: the {width} columns that come in are more than dim {dim}"
        )
    if "towers" in found.arguments:
        towers = given.get("towers", 1)
        if dim % towers or (given.get("divide_input") and width % towers):
            raise ValueError(f"{found.name}'s {towers} towers don't divide the widths {width} and {dim}")
    return dim
