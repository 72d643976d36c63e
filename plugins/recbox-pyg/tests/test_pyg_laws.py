"""The contract of a layer, kept by a good number of convolutions."""

from __future__ import annotations

import pytest
from recbox_pyg import PyG, modules

from recbox.contract import laws

if modules.home() is None:
    pytest.skip(f"torch_geometric is not installed: {modules.INSTALL}", allow_module_level=True)

MORE = [
    {"module": "GCNConv"},
    {"module": "GATConv", "heads": 2, "edge_dim": 1},
    {"module": "TransformerConv", "heads": 2},
    {"module": "GraphConv"},
    {"module": "EdgeConv"},
    {"module": "TAGConv", "K": 1},
]


@laws(PyG, *(PyG.parse(options) for options in MORE))
def test_laws(check) -> None:
    check()
