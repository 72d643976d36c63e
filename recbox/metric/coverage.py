"""Coverage: how much of the catalogue anybody is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import CatalogueMetric

if TYPE_CHECKING:
    import numpy as np


@final
class Coverage(CatalogueMetric):
    """The share of the catalogue that stands in at least one user's top k; in [0, 1]."""

    def catalogue(self, exposure: np.ndarray, popularity: np.ndarray) -> float:
        return float((exposure > 0).mean())
