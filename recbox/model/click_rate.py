"""Click rate: how probable a click is, from who sees and what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.model._sum import SumScorer
from recbox.plugin import Meaning, Model, Need, Newcomer, NewItems, NewUsers, Scorer

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec

Damping = Annotated[float, Field(gt=0)]


@final
class ClickRate(Model):
    """Probabilities by naive Bayes of an item's and a user's shares: `logit p_i + logit p_u - logit μ`.

    Without `positive` a pair is a click beside one drawn evenly of all items, as in the objective `bce`:
    `p_i = (n_i + λ_i / 2) / (n_i + N / items + λ_i)` with n_i of all N interactions, μ = 1/2, and users don't
    differ, for each has as many clicks as draws. With `positive`, interactions of this weight and more are
    clicks and those below are none: `p = (clicks + λ μ) / (n + λ)` of items and of users, μ the share of
    clicks. Who has no weights in training has p = μ.
    """

    reference: ClassVar[str] = "Maron 1961, doi:10.1145/321075.321084 (naive Bayes)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"item_damping": 5.0})
    draws: ClassVar[bool] = False
    meaning: ClassVar[Meaning] = "probability"
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history", "item-features"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "item_damping": (0.5, 2.0, 10.0),
        "user_damping": (5.0, 20.0),
    }

    positive: float | None = None
    """From which weight on an interaction is a click; null: all are, beside items drawn evenly."""
    item_damping: Damping = 2.0
    """λ_i: how many interactions of the mean share are put to an item's own."""
    user_damping: Damping = 10.0
    """λ_u: the same for a user. Without `positive` users don't differ."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=40 * interactions + 32 * (users + items), seconds=5e-8 * interactions)

    def fit(self, spec: Spec) -> Scorer:
        import numpy as np

        x, users, items = spec.train.interaction, len(spec.train.user), len(spec.train.item)
        if self.positive is None:
            clicks = np.bincount(x.item, minlength=items).astype(np.float64)
            share = _share(clicks, clicks + len(x) / items, 0.5, self.item_damping)
            return ClickScorer(np.zeros(users, np.float32), _logit(share), 0.5, len(x) / items, self)
        click = x.weight >= self.positive
        # The mean is damped too: a logit of 0 or 1 is infinite.
        mean = float((click.sum() + 0.5) / (len(x) + 1))
        of_item = _logit(_shares(x.item, click, items, mean, self.item_damping))
        of_user = _logit(_shares(x.user, click, users, mean, self.user_damping))
        return ClickScorer(of_user - _logit(mean), of_item, mean, 0.0, self)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return ClickScorer(arrays["user"], arrays["item"], json["mean"], json["draws"], self)


@final
class ClickScorer(SumScorer):
    """mean: the share of clicks; draws: how often each item stands beside a click as none, 0 where weights
    say what is one."""

    def __init__(
        self, user: np.ndarray, item: np.ndarray, mean: float, draws: float, options: ClickRate
    ) -> None:
        super().__init__(user, item)
        self.mean, self.draws, self.options = mean, draws, options

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return super().state()[0], {"mean": self.mean, "draws": self.draws}

    def new_users(self, users: NewUsers) -> Scorer:
        import numpy as np

        own, positive = np.zeros(len(users), np.float32), self.options.positive
        if positive is not None:
            click = users.weight >= positive
            share = _shares(users.row, click, len(users), self.mean, self.options.user_damping)
            own = _logit(share) - _logit(self.mean)
        return ClickScorer(own, self.item, self.mean, self.draws, self.options)

    def new_items(self, items: NewItems) -> Scorer:
        """As an item without training interactions: no feature is looked at."""
        import numpy as np

        none, damping = np.zeros(len(items)), self.options.item_damping
        share = _share(none, none + self.draws, self.mean, damping)
        return ClickScorer(self.user, _logit(share), self.mean, self.draws, self.options)


def _shares(index: np.ndarray, click: np.ndarray, count: int, mean: float, damping: float) -> np.ndarray:
    """float64 `[count]`: of each one's interactions, the share of clicks, damped towards the mean."""
    import numpy as np

    clicks = np.bincount(index[click], minlength=count)
    return _share(clicks, np.bincount(index, minlength=count), mean, damping)


def _share(clicks: np.ndarray, of: np.ndarray, mean: float, damping: float) -> np.ndarray:
    found: np.ndarray = (clicks + damping * mean) / (of + damping)
    return found


def _logit(share: Any) -> np.ndarray:
    import numpy as np

    return np.asarray(np.log(share) - np.log1p(-share), dtype=np.float32)
