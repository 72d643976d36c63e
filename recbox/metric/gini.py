"""Gini index: how unevenly the items are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import CatalogueMetric, WorkedExposure

if TYPE_CHECKING:
    import numpy as np


@final
class Gini(CatalogueMetric):
    """Inequality of exposure over the whole catalogue: 0 all items shown equally often, 1 a single item.

    `Σ_i (2i - n - 1) x_i / ((n - 1) Σ x)` with the exposures x in ascending order, i from 1 to n. The divisor
    n - 1, where the plain index has n, makes a single shown item exactly 1. Lower is better.
    """

    reference: ClassVar[str] = "Gini 1912; Deltas 2003, doi:10.1162/rest.2003.85.1.226 (the divisor n - 1)"
    lower_is_better: ClassVar[bool] = True
    # In ascending order 1 and 3: (-1 · 1 + 1 · 3) / (1 · 4). Then all alike, and a single item.
    worked: ClassVar[tuple[WorkedExposure, ...]] = (
        WorkedExposure((3, 1), (1, 1), value=1 / 2),
        WorkedExposure((7, 7, 7), (1, 1, 1), value=0.0),
        WorkedExposure((0, 9, 0, 0), (1, 1, 1, 1), value=1.0),
    )

    def catalogue(self, exposure: np.ndarray, popularity: np.ndarray) -> float:
        import numpy as np

        n, total = len(exposure), exposure.sum()
        if n < 2 or not total:
            return 0.0
        rank = 2.0 * np.arange(1, n + 1) - n - 1
        return float((rank * np.sort(exposure)).sum() / ((n - 1) * total))
