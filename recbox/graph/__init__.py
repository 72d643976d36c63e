"""Graph structure alone: ranges of nodes in one index space, sorted compressed rows. No torch, no kernel."""

from recbox.graph.build import Related, interaction_csr, pair_csr, shifted, triple_csr
from recbox.graph.csr import CSR, symmetric
from recbox.graph.layout import Layout

__all__ = ["CSR", "Layout", "Related", "interaction_csr", "pair_csr", "shifted", "symmetric", "triple_csr"]
