"""Convolutions of `dgl.nn` as a layer of recbox: `{use: dgl, module: GATv2Conv, num_heads: 4}`."""

from recbox_dgl.convolution import DGL

__all__ = ["DGL"]
