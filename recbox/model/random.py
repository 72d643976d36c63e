"""Random: what a list is worth that is drawn by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, final

from recbox.plugin import Model, Need, Newcomer, NewItems, NewUsers, Scorer

if TYPE_CHECKING:
    import numpy as np
    import torch

    from recbox.plugin import Spec


@final
class Random(Model):
    """Scores every item by lot, for each user anew: the line below which a method is worth nothing.

    Where all candidates are cold, methods that know an item by who took it have no order at all, and this is
    what theirs would be worth. Of m unseen candidates, Recall@k is k/m on average.
    """

    learns: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history", "item-features"})

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=0, seconds=0.0)

    def fit(self, spec: Spec) -> Scorer:
        seed = int(spec.context.random("model.random").integers(2**62))
        return RandomScorer(seed, len(spec.train.user), len(spec.train.item))

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return RandomScorer(int(json["seed"]), int(json["users"]), int(json["items"]))


@final
class RandomScorer(Scorer):
    """A stream for each user, so that a row is the same in whichever block it is asked for."""

    def __init__(self, seed: int, users: int, items: int) -> None:
        self.seed, self.users, self.items = seed, users, items

    @property
    def shape(self) -> tuple[int, int]:
        return self.users, self.items

    def block(self, users: np.ndarray) -> torch.Tensor:
        import numpy as np
        import torch

        scores = np.empty((len(users), self.items), dtype=np.float32)
        for row, user in enumerate(users):
            stream = np.random.Philox(key=np.array([self.seed, user], dtype=np.uint64))
            np.random.Generator(stream).random(dtype=np.float32, out=scores[row])
        return torch.from_numpy(scores)

    def new_users(self, users: NewUsers) -> Scorer:
        return RandomScorer(self.seed + 1, len(users), self.items)

    def new_items(self, items: NewItems) -> Scorer:
        return RandomScorer(self.seed + 2, self.users, len(items))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        import numpy as np

        shape = np.array(self.shape, dtype=np.int64)
        return {"shape": shape}, {"seed": self.seed, "users": self.users, "items": self.items}
