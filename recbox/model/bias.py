"""Bias: the mean weight, and how far a user and an item lie from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.model._sum import SumScorer
from recbox.plugin import Meaning, Model, Need, Newcomer, NewItems, NewUsers, Scorer, UnsupportedError

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec

Damping = Annotated[float, Field(ge=0)]


@final
class Bias(Model):
    """Predicts a weight, such as a rating, from who gives and what gets it: `μ + b_u + b_i`.

    With the mean μ of all weights, `b_i = Σ_u (w_ui - μ) / (λ_i + n_i)` over those who have the item, then
    `b_u = Σ_i (w_ui - μ - b_i) / (λ_u + n_u)`. Who has nothing in training has b = 0. With `user: false` and
    `item: false` everything is predicted to be the mean. It ranks the same list for everybody.
    """

    reference: ClassVar[str] = "Koren 2010, doi:10.1145/1644873.1644874 (section 2.1)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"user": False})
    draws: ClassVar[bool] = False
    meaning: ClassVar[Meaning] = "value"
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history", "item-features"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "item_damping": (2.0, 5.0, 10.0, 25.0),
        "user_damping": (2.0, 5.0, 10.0, 25.0),
    }

    item: bool = True
    """Whether items differ."""
    user: bool = True
    """Whether users differ."""
    item_damping: Damping = 25.0
    """λ_i: how many mean weights are put to those of an item."""
    user_damping: Damping = 10.0
    """λ_u: the same for a user."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=40 * interactions + 32 * (users + items), seconds=5e-8 * interactions)

    def fit(self, spec: Spec) -> Scorer:
        import numpy as np

        x = spec.train.interaction
        order = np.lexsort((x.weight, x.item, x.user))  # the same sums, bit for bit, in any order of the rows
        user, item, weight = x.user[order], x.item[order], x.weight[order].astype(np.float64)
        mean = float(weight.mean())
        of_item = _offsets(item, weight - mean, len(spec.train.item), self.item_damping, self.item)
        rest = weight - mean - of_item[item]
        of_user = _offsets(user, rest, len(spec.train.user), self.user_damping, self.user)
        damping = self.user_damping if self.user else None
        return BiasScorer((mean + of_user).astype(np.float32), of_item.astype(np.float32), mean, damping)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        damping = self.user_damping if self.user else None
        return BiasScorer(arrays["user"], arrays["item"], json.get("mean"), damping)


def _offsets(index: np.ndarray, rest: np.ndarray, count: int, damping: float, wanted: bool) -> np.ndarray:
    """float64 `[count]`: damped means of what is left over."""
    import numpy as np

    if not wanted:
        return np.zeros(count)
    sums, counts = np.bincount(index, rest, count), np.bincount(index, minlength=count)
    return sums / np.maximum(counts + damping, 1e-9)


@final
class BiasScorer(SumScorer):
    """The mean is in `user`. mean: that of all weights, None in what an older recbox saved; damping: of
    users, None where they don't differ."""

    def __init__(self, user: np.ndarray, item: np.ndarray, mean: float | None, damping: float | None) -> None:
        super().__init__(user, item)
        self.mean, self.damping = mean, damping

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return super().state()[0], {} if self.mean is None else {"mean": self.mean}

    def new_users(self, users: NewUsers) -> Scorer:
        if self.mean is None:
            raise UnsupportedError(
                "this bias scores no new users",
                why="it was saved by an older recbox, without the mean weight",
                instead="run its recipe again",
            )
        import numpy as np

        rest = users.weight - self.mean - self.item[users.item].astype(np.float64)
        own = _offsets(users.row, rest, len(users), self.damping or 0.0, self.damping is not None)
        return BiasScorer((self.mean + own).astype(np.float32), self.item, self.mean, self.damping)

    def new_items(self, items: NewItems) -> Scorer:
        """`b_i = 0`, as for an item without training interactions: no feature is looked at."""
        import numpy as np

        return BiasScorer(self.user, np.zeros(len(items), np.float32), self.mean, self.damping)
