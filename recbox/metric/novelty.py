"""Novelty: how unexpected the recommended items are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import CatalogueMetric, WorkedExposure

if TYPE_CHECKING:
    import numpy as np


@final
class Novelty(CatalogueMetric):
    """Mean over everything recommended of `-log2(share)`, in bits; 0 where nothing is recommended.

    `share` is the item's part of all training interactions. An item without any counts as if it had one, so
    that its novelty is finite and equal to that of the rarest item that was seen.
    """

    reference: ClassVar[str] = "Zhou et al. 2010, doi:10.1073/pnas.1000488107 (mean self-information)"

    # Shares of 4/8, 2/8 and 1/8 are 1, 2 and 3 bits. Then an item without interactions, as if it had one.
    worked: ClassVar[tuple[WorkedExposure, ...]] = (
        WorkedExposure((2, 1, 1, 0, 0), (4, 2, 1, 1, 0), value=(2 * 1 + 2 + 3) / 4),
        WorkedExposure((0, 0, 0, 0, 2), (4, 2, 1, 1, 0), value=3.0),
    )

    def catalogue(self, exposure: np.ndarray, popularity: np.ndarray) -> float:
        import numpy as np

        total = exposure.sum()
        if not total:
            return 0.0
        share = np.maximum(popularity, 1) / max(popularity.sum(), 1)
        return float((exposure * -np.log2(share)).sum() / total)
