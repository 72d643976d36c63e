"""Popularity: everybody gets the same list, what most people took first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, final

from recbox.plugin import Model, Need, Newcomer, NewItems, NewUsers, Scorer, UnsupportedError
from recbox.plugin.sparse import history

if TYPE_CHECKING:
    import numpy as np
    import torch

    from recbox.plugin import Spec


@final
class Popularity(Model):
    """Scores an item by the number of users who have it in training; ties go to the lower inner id."""

    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=40 * interactions + 16 * (users + items), seconds=2e-7 * interactions)

    def fit(self, spec: Spec) -> Scorer:
        matrix = history(spec.train)
        return PopularityScorer(matrix.shape[0], matrix.getnnz(axis=0).astype("float32"))

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return PopularityScorer(int(json["users"]), arrays["count"])


@final
class PopularityScorer(Scorer):
    """count: float32 `[items]` (exact below 2**24)."""

    def __init__(self, users: int, count: np.ndarray) -> None:
        self.users, self.count = users, count

    @property
    def shape(self) -> tuple[int, int]:
        return self.users, len(self.count)

    def block(self, users: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy(self.count).repeat(len(users), 1)

    def new_users(self, users: NewUsers) -> Scorer:
        return PopularityScorer(len(users), self.count)

    def new_items(self, items: NewItems) -> Scorer:
        raise UnsupportedError(
            "popularity scores no new items",
            why="nobody has one yet, so that all of them are equal and none comes before another",
            instead="a method that looks at features: graph parts with `encoder: {item: {use: feature}}`",
        )

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        return torch.ones(self.users, 1), torch.from_numpy(self.count)[:, None].clone()

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"count": self.count}, {"users": self.users}
