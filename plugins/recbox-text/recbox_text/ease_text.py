"""The model `ease-text`: EASE whose weights are drawn towards those that the items' texts give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, Scorer
from recbox_text.reading import Reader

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec


@final
class EASEText(Model):
    """Each item is predicted from the user's others by a ridge regression that knows their texts.

    L3AE in two closed forms. S predicts the columns of F, the vectors of the items' texts, from the other
    items': `min ‖Fᵀ - Fᵀ S‖² + text_l2 ‖S‖²`. B predicts the interactions X and stays near to S:
    `min ‖X - X B‖² + l2 ‖B‖² + pull ‖B - S‖²`, both with a zero diagonal. With
    `P = (XᵀX + (l2 + pull) I)⁻¹` and `M = pull · P S`, the entries off the diagonal are
    `B = M - P (1 + diag M) / diag P`, and `score(u) = x_u B`. `pull: 0` is EASE.

    A new item c is scored as a known one without interactions: `b_c = pull · P F (FᵀF + text_l2 I)⁻¹ f_c`.
    """

    reference: ClassVar[str] = "Moon et al. 2025, LLM-Enhanced Linear Autoencoders, arXiv:2508.13500"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history", "item-features"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "l2": (100.0, 300.0),
        "pull": (100.0, 300.0, 1000.0),
        "text_l2": (1.0, 10.0),
    }
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "encoder": {
                "use": "sentence-transformer",
                "model": "package:recbox_text/tiny/sentence-transformer",
                "text": "{title}. {genre}",
            }
        },
    )

    encoder: Reader
    """Which vectors stand for the items: an encoder of this package, with what it reads."""
    l2: Annotated[float, Field(gt=0)] = 100.0
    """Ridge penalty of the regression on interactions, beside `pull`."""
    pull: Annotated[float, Field(ge=0)] = 300.0
    """How strongly weights are drawn to those of the texts."""
    text_l2: Annotated[float, Field(gt=0)] = 10.0
    """Ridge penalty of the regression on texts."""

    @property
    def needs(self) -> frozenset[str]:
        return self.encoder.needs

    def need(self, users: int, items: int, interactions: int) -> Need:
        from recbox_text._linear import need

        return need(items, interactions)

    def fit(self, spec: Spec) -> Scorer:
        from recbox_text._ease_text import fit

        return fit(self, spec)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_text._linear import LinearScorer

        return LinearScorer.load(self.encoder, arrays, json)
