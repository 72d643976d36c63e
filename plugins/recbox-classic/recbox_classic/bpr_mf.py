"""BPR-MF: factors of users and items, learned from pairs of a known item and a drawn one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Folded, Need, Negatives, Scorer, Trained

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from recbox.plugin import Spec


@final
class BPRMF(Trained):
    """Vectors whose inner product is larger for an item that a user has than for one that is drawn.

    With `x = s(u, i) - s(u, j)` for an item i that user u has and a drawn j, and `s(u, i) = w_u · h_i + b_i`:
    `min mean -log σ(x) + l2 · ½ mean (‖w_u‖² + ‖h_i‖² + b_i² + Σ_j (‖h_j‖² + b_j²))`, the paper's BPR-OPT
    (section 4.1) with one λ for all, by the optimizer of `train` where the paper has single steps of SGD.
    """

    reference: ClassVar[str] = "Rendle et al. 2009, arXiv:1205.2618"
    course: ClassVar[dict[str, Any]] = {
        "epochs": 200,
        "batch": 1024,
        "optimizer": {"by": "adam", "lr": 0.002},
    }
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "dim": (64, 128),
        "l2": (0.003, 0.01, 0.03),
        "bias": (False, True),
    }
    folds: ClassVar[frozenset[Folded] | None] = frozenset()
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"dim": 8},)

    dim: Annotated[int, Field(ge=1, le=4096)] = 64
    """Columns of the vectors."""
    l2: Annotated[float, Field(ge=0)] = 0.01
    """Weight of the squared vectors, as many times as they stand in a batch."""
    bias: bool = False
    """Whether each item has a number of its own besides, for how popular it is."""
    std: Annotated[float, Field(gt=0)] = 0.1
    """Standard deviation of the first vectors."""

    @property
    def negatives(self) -> Negatives:
        return "many"

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Vectors, gradients and two moments of Adam; in each step a pass over all of it; some 100 epochs."""
        numbers = (users + items) * self.dim
        steps = 1 + interactions / self.course["batch"]
        seconds = 100 * (4e-9 * steps * numbers + 3e-8 * interactions * self.dim + 1e-3 * steps)
        return Need(memory=24 * numbers + 64 * interactions, seconds=seconds)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_classic._factors import Factors

        sizes = len(spec.train.user), len(spec.train.item), self.dim
        return Factors(*sizes, self.l2, self.bias, self.std, spec.generator)

    def scorer(self, module: nn.Module, spec: Spec) -> Scorer:
        from recbox_classic._vectors import VectorScorer

        return VectorScorer(*module.vectors())

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_classic._vectors import VectorScorer

        return VectorScorer.load(arrays)
