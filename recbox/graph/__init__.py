"""Graph structure alone: ranges of nodes in one index space, and sorted compressed rows. No torch, no kernel."""

from recbox.graph.csr import CSR, symmetric
from recbox.graph.layout import Layout

__all__ = ["CSR", "Layout", "symmetric"]
