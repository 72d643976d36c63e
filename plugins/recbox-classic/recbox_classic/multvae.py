"""Mult-VAE: an autoencoder of histories with a multinomial likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Need, Newcomer, Scorer, Trained

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from recbox.plugin import Spec


@final
class MultVAE(Trained):
    """Says of a history, with some of it left out, how probable each item is in it.

    With x a user's history of zeros and ones, and `q(z | x) = N(μ(x), σ²(x))` for the input
    `dropout(x / ‖x‖)`: `min mean_u -Σ_i x_ui log softmax(f(z))_i + β KL(q(z | x) ‖ N(0, I))` (equations 4, 6
    and 7), where β rises from 0 to `cap` (Mult-VAE^PR). Between layers is tanh. A score is the logarithm of
    the chance, `log softmax(f(μ(x)))`, of the whole history.
    """

    reference: ClassVar[str] = "Liang et al. 2018, arXiv:1802.05814"
    rows: ClassVar[Literal["interaction", "user"]] = "user"
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True
    course: ClassVar[dict[str, Any]] = {"epochs": 200, "batch": 128, "optimizer": {"lr": 0.001}}
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "dim": (64, 200),
        "dropout": (0.5, 0.7),
        "cap": (0.1, 0.2, 0.5),
    }
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"dim": 4, "hidden": 16}, {"dim": 8, "hidden": 0})

    dim: Annotated[int, Field(ge=1, le=4096)] = 200
    """Numbers that a history becomes."""
    hidden: Annotated[int, Field(ge=0, le=65_536)] = 600
    """Width of the layer between items and these numbers, on both sides; 0: there is none."""
    variational: bool = True
    """False: Mult-DAE, where the numbers are what the encoder says, without noise and without KL."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share of a history that is left out in each step."""
    cap: Annotated[float, Field(ge=0)] = 0.2
    """Weight of KL, once it has risen; 1 is the evidence lower bound."""
    anneal: Annotated[int, Field(ge=0)] = 50
    """Epochs in which the weight of KL rises from 0, a little with each update."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Weights, gradients and two moments of Adam; some matrices of a batch × items; about 50 epochs."""
        wide = self.hidden or self.dim
        weights = 2 * (items * wide + self.hidden * self.dim * 1.5)
        steps = 1 + users / self.course["batch"]
        seconds = 50 * (1.2e-10 * users * weights + 4e-9 * steps * weights + 1e-3 * steps)
        memory = 24 * weights + 32 * self.course["batch"] * items + 32 * interactions
        return Need(memory=int(memory), seconds=seconds)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_classic._autoencoder import Autoencoder

        return Autoencoder(len(spec.train.item), self, spec.generator)

    def scorer(self, module: nn.Module, spec: Spec) -> Scorer:
        from recbox.plugin import sparse
        from recbox_classic._autoencoder import AutoScorer

        return AutoScorer(module, sparse.history(spec.train))

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_classic._autoencoder import AutoScorer

        return AutoScorer.load(self, arrays, json)
