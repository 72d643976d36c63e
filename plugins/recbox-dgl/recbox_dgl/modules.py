"""What is known of the convolutions of `dgl.nn` beyond their signatures: as little as possible."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recbox.plugin.foreign import Signature, classes, folder, signature

INSTALL = "pip install 'dgl>=2.1,<3' (Python 3.12 or older)"

INTO = ("in_feats", "in_feat", "in_size", "input_d", "d")
OUT = ("out_feats", "out_feat", "out_size", "output_d")
FILLED = {
    **dict.fromkeys(INTO, "the columns of the vectors that come in"),
    **dict.fromkeys(OUT, "the recipe's `dim`"),
    "allow_zero_in_degree": "true, for a node may be without edges",
    "n_etypes": "1, for the graph has one kind of edge",
}
"""Arguments that the layer sets."""

REFUSED = {
    "cached": "the graph of the first step would be kept",
    "edge_feat_size": "the graph's edges have a weight and no other features",
}
"""Arguments that nobody sets."""

PERCEPTRON = {"GINConv": "apply_func"}
"""Convolutions whose transform is a module that the user brings; the layer makes a small one."""

LEAST = {"num_heads": 1, "num_towers": 1, "num_mlp_before": 1, "num_mlp_after": 1}
"""The least values of arguments (TWIRLSConv without the one transform keeps the first vectors it ever saw,
and without the other it gives `hidden_d` columns)."""

ORDERED = ("lstm",)
"""Aggregators that depend on the order of a node's neighbours, of which the graph has none."""

INITIAL = "feat_0"
"""The argument of `forward` for the first layer's vectors; here it gets the vectors that come in."""
WEIGHT = "edge_weight"
BOUND = "lambda_max"
"""The argument of `forward` for the largest eigenvalue of the Laplacian."""
_GIVEN = ("graph", "g", "feat", "node_feat", "x", "X", INITIAL)
"""Arguments of `forward` that the layer has something for."""

_LACKS = {
    "adj": "a dense adjacency matrix",
    "coord_feat": "coordinates of nodes",
    "distances": "distances between nodes",
    "edge_feat": "features of edges",
    "edge_feats": "features of edges",
    "efeat": "features of edges",
    "efeats": "features of edges",
    "edge_weight": "weights of edges, and gives no vectors of nodes",
    "etypes": "types of edges",
    "ntype": "types of nodes and edges",
    "pseudo": "pseudo-coordinates of edges",
}
"""What `forward` may ask for that a graph of one kind of edge doesn't have."""

_REASONS = {
    "CuGraphGATConv": "needs cuGraph, which is for CUDA alone; GATConv does the same",
    "CuGraphRelGraphConv": "needs types of edges, and cuGraph, which is for CUDA alone",
    "CuGraphSAGEConv": "needs cuGraph, which is for CUDA alone; SAGEConv does the same",
    "TWIRLSUnfoldingAndAttention": "divides by the degrees of nodes without edges; TWIRLSConv does not",
    "DGNConv": "needs eigenvectors of the graph; PNAConv is the same without them",
}
"""What no signature tells."""


def home() -> Path | None:
    """The folder of the convolutions' sources; None where DGL is not installed."""
    return folder("dgl", "nn/pytorch/conv")


def why_not(found: Signature) -> str:
    """Why the layer can't bring a convolution; empty where it can."""
    if found.name in _REASONS:
        return _REASONS[found.name]
    objects = [a.name for a in found.arguments.values() if a.required and not a.takes]
    lacking = [n for n in found.needs if n not in _GIVEN]
    if lacking:
        return (
            f"needs {next((_LACKS[n] for n in lacking if n in _LACKS), f'`{lacking[0]}` when it is called')}"
        )
    return f"is made of another module, its `{objects[0]}`" if objects else ""


def table() -> dict[str, str]:
    """Every convolution of the installed DGL, and why it can't be used; empty for those that can."""
    place = home()
    return {n: why_not(signature(place, n)) for n in classes(place)} if place else {}


def keeps(found: Signature, given: Mapping[str, Any]) -> bool:
    """Whether a convolution gives as many columns as come in, whatever `dim` is."""
    if found.name in PERCEPTRON:
        return False
    return not any(name in found.arguments for name in OUT) or given.get("weight") is False


def columns(found: Signature, given: Mapping[str, Any], width: int, dim: int) -> int:
    """Columns that come out; a ValueError says why the widths don't fit."""
    if keeps(found, given):
        return width
    if dim % (heads := given.get("num_heads", 1)):
        raise ValueError(f"{found.name}'s {heads} heads don't divide dim {dim}")
    if "n_steps" in found.arguments and width > dim:
        raise ValueError(
            f"{found.name} pads vectors: the {width} columns that come in are more than dim {dim}"
        )
    if width % (towers := given.get("num_towers", 1)) or dim % towers:
        raise ValueError(f"{found.name}'s {towers} towers don't divide the widths {width} and {dim}")
    return dim
