"""SLIM: a sparse linear model of items from items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, Scorer

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec


@final
class SLIM(Model):
    """Each item is predicted from few of the user's others, by a regression that is sparse and not negative.

    With X the history of ones: `min ½‖X - XW‖² + l2/2 ‖W‖² + l1 ‖W‖₁` where `diag(W) = 0` and `W ≥ 0`;
    `score(u) = x_u W`. `elastic-net` is coordinate descent, as in the paper, for all columns at once.
    `admm` is Steck et al. 2020 (doi:10.1145/3336191.3371774), which has the same solution and reaches it to
    about three digits. Without `nonnegative` and with `l1: 0` it is EASE.
    """

    reference: ClassVar[str] = "Ning & Karypis 2011, doi:10.1109/ICDM.2011.134"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "l1": (1.0, 3.0, 10.0),
        "l2": (10.0, 100.0, 300.0, 1000.0),
    }

    by: Literal["elastic-net", "admm"] = "elastic-net"
    """How it is solved."""
    l1: Annotated[float, Field(ge=0)] = 3.0
    """Makes weights zero: larger for fewer of them. An item's weight from another can't be above zero unless
    more users than this have both."""
    l2: Annotated[float, Field(gt=0)] = 100.0
    """Ridge penalty: larger for more users and denser data."""
    nonnegative: bool = True
    """Whether weights below zero are forbidden."""
    rounds: Annotated[int, Field(ge=1)] = 100
    """Rounds at most, each over all weights; fewer where no weight moves any more."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """About 30 products of matrices of items × items on a slow core: ADMM makes 100 at most, descent
        ten, and the rounds between them take as long. Descent keeps the Gram matrix in float32, 1024 columns
        of W and the small Gram matrices; ADMM eight matrices of items × items and one in float64."""
        rounds = min(self.rounds, 30)
        seconds = rounds * (8e-11 * items**3 + 4e-8 * items**2)
        small = 12 * min(32_000_000, items**3 // 16)
        dense = 40 * items**2 if self.by == "admm" else 4 * items**2 + 16_000 * items + small
        kept = 12 * min(items**2, 50 * interactions)
        return Need(memory=dense + kept + 40 * interactions, seconds=seconds)

    def fit(self, spec: Spec) -> Scorer:
        from recbox.plugin import sparse
        from recbox_classic import _admm, _descent
        from recbox_classic._product import ProductScorer

        matrix = sparse.history(spec.train)
        solve = _admm.solve if self.by == "admm" else _descent.solve
        weight = solve(matrix, self.l1, self.l2, nonnegative=self.nonnegative, rounds=self.rounds)
        return ProductScorer(matrix, weight)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_classic._product import ProductScorer

        return ProductScorer.load(arrays, json)
