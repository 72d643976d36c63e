"""Convolutions of `torch_geometric.nn` as a layer of recbox: `{use: pyg, module: GATv2Conv, heads: 4}`."""

from recbox_pyg.convolution import PyG

__all__ = ["PyG"]
