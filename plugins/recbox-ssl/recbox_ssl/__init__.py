"""Self-supervised terms of the loss: `{use: edge-dropout-contrast, weight: 0.1}` beside a supervised one."""

from recbox_ssl.alignment_uniformity import AlignmentUniformity
from recbox_ssl.edge_dropout_contrast import EdgeDropoutContrast
from recbox_ssl.masked_attribute import MaskedAttribute
from recbox_ssl.masked_edge import MaskedEdge
from recbox_ssl.neighbour_contrast import NeighbourContrast
from recbox_ssl.noise_contrast import NoiseContrast
from recbox_ssl.svd_contrast import SVDContrast

__all__ = [
    "AlignmentUniformity",
    "EdgeDropoutContrast",
    "MaskedAttribute",
    "MaskedEdge",
    "NeighbourContrast",
    "NoiseContrast",
    "SVDContrast",
]
