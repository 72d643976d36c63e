"""Graph structure alone: ranges of nodes in one index space, sorted compressed rows. No torch, no kernel."""

from recbox.graph.build import Related, interaction_csr, pair_csr, shifted, triple_csr
from recbox.graph.csr import CSR, symmetric
from recbox.graph.layout import Layout
from recbox.graph.renumbering import among, picked, places, spread

__all__ = [
    "CSR",
    "Layout",
    "Related",
    "among",
    "interaction_csr",
    "pair_csr",
    "picked",
    "places",
    "shifted",
    "spread",
    "symmetric",
    "triple_csr",
]
