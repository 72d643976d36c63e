"""The contract of a layer, kept by a good number of convolutions."""

from __future__ import annotations

import pytest
from recbox_dgl import DGL, modules

from recbox.contract import laws

if modules.home() is None:
    pytest.skip(f"dgl is not installed: {modules.INSTALL}", allow_module_level=True)

MORE = [
    {"module": "GATConv", "num_heads": 2},
    {"module": "GraphConv"},
    {"module": "TAGConv", "k": 1},
    {"module": "GCN2Conv", "layer": 1},
    {"module": "AGNNConv"},
]


@laws(DGL, *(DGL.parse(options) for options in MORE))
def test_laws(check) -> None:
    check()
