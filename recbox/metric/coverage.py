"""Coverage: how much of the catalogue anybody is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import CatalogueMetric, WorkedExposure

if TYPE_CHECKING:
    import numpy as np


@final
class Coverage(CatalogueMetric):
    """The share of the catalogue that stands in at least one user's top k; in [0, 1]."""

    # Two of four items are shown.
    worked: ClassVar[tuple[WorkedExposure, ...]] = (
        WorkedExposure((5, 0, 1, 0), (1, 1, 1, 1), value=2 / 4),
        WorkedExposure((0, 0, 0, 0), (1, 1, 1, 1), value=0.0),
    )

    def catalogue(self, exposure: np.ndarray, popularity: np.ndarray) -> float:
        return float((exposure > 0).mean())
