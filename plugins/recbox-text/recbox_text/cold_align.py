"""The model `cold-align`: items that nobody has, by what their texts say of the items that people have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, Scorer
from recbox_text.reading import Reader

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec


@final
class ColdAlign(Model):
    """Items without interactions get weights from their texts, aligned with those of the others.

    After MARec, with EASE as the backbone and a ridge regression as the alignment. B is EASE's matrix, B_W
    its columns of the items that have interactions, F_W their vectors less the mean m. The regression of
    `X B_W` on F_W gives `A = B_W F_W (F_Wᵀ F_W + text_l2 I)⁻¹`. An item without interactions has the weights
    `b_c = A (f_c - m) + mean of B_W`, the others keep EASE's own, and `score(u, i) = x_u b_i`. Both are on
    one scale, so that cold items stand in one list with the others.

    `l2: null` has no backbone: the regression is on the interactions themselves (`B = I`), for all items.
    """

    reference: ClassVar[str] = "Monteil et al. 2024, MARec, arXiv:2404.13298"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history", "item-features"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "l2": (50.0, 100.0, 300.0),
        "text_l2": (1.0, 3.0, 10.0, 30.0, 100.0),
    }
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "encoder": {
                "use": "sentence-transformer",
                "model": "package:recbox_text/tiny/sentence-transformer",
                "text": "{title}. {genre}",
            }
        },
        {
            "encoder": {
                "use": "vectors",
                "file": "package:recbox_text/tiny/vectors.npy",
                "ids": "package:recbox_text/tiny/ids.txt",
            }
        },
    )

    encoder: Reader
    """Which vectors stand for the items: an encoder of this package, with what it reads."""
    l2: Annotated[float | None, Field(gt=0)] = 100.0
    """Ridge penalty of the EASE that texts are aligned with; null: none, a plain ridge on interactions."""
    text_l2: Annotated[float, Field(gt=0)] = 10.0
    """Ridge penalty of the regression on texts."""

    @property
    def needs(self) -> frozenset[str]:
        return self.encoder.needs

    def need(self, users: int, items: int, interactions: int) -> Need:
        from recbox_text._linear import need

        return need(items, interactions)

    def fit(self, spec: Spec) -> Scorer:
        from recbox_text._cold_align import fit

        return fit(self, spec)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_text._linear import LinearScorer

        return LinearScorer.load(self.encoder, arrays, json)
