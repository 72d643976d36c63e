"""The model `text-knn`: items whose texts are like those of the items that the user has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, Scorer
from recbox_text.reading import Reader

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec


@final
class TextKNN(Model):
    """Scores an item by how near its text is to those of the user's items, looking at the k nearest alone.

    `score(u, i) = Σ cos(f_i, f_j)` over the items j of the user's history that are among the k nearest of i;
    neighbours are other items that somebody has, with a cosine above 0 (ties: the lower inner id).
    """

    reference: ClassVar[str] = (
        "Lops et al. 2011, Content-based Recommender Systems, doi:10.1007/978-0-387-85820-3_3"
    )
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history", "item-features"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"k": (10, 20, 50, 100, 200, 400, 800)}
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "encoder": {
                "use": "sentence-transformer",
                "model": "package:recbox_text/tiny/sentence-transformer",
                "text": "{genre}",
            },
            "k": 8,
        },
    )

    encoder: Reader
    """Which vectors stand for the items: an encoder of this package, with what it reads."""
    k: Annotated[int, Field(ge=1)] = 100
    """Nearest items that each item looks at."""

    @property
    def needs(self) -> frozenset[str]:
        return self.encoder.needs

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Vectors of 1,024 columns; nothing dense of items × items is made."""
        kept = min(self.k, items) * items
        memory = 40 * interactions + 24 * kept + 3 * 4 * 1024 * items + 20 * 512 * items
        return Need(memory=memory, seconds=6e-8 * items**2)

    def fit(self, spec: Spec) -> Scorer:
        from recbox_text._text_knn import fit

        return fit(self, spec)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_text._text_knn import load

        return load(self, arrays, json)
