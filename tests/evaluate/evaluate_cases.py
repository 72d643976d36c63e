"""Small data, scorers of given numbers, and all metrics."""

from __future__ import annotations

import numpy as np
import torch

from recbox.data.dataset import Dataset, Interactions, Nodes
from recbox.metric.coverage import Coverage
from recbox.metric.diversity import Diversity
from recbox.metric.gini import Gini
from recbox.metric.hit import Hit
from recbox.metric.lift import Lift
from recbox.metric.map import MAP
from recbox.metric.mrr import MRR
from recbox.metric.ndcg import NDCG
from recbox.metric.novelty import Novelty
from recbox.metric.precision import Precision
from recbox.metric.recall import Recall
from recbox.plugin import Options, Scorer
from recbox.recipe.recipe import Part

METRICS = [Recall, NDCG, MRR, Hit, Precision, MAP, Coverage, Novelty, Gini, Diversity, Lift]


class Table(Scorer):
    """Scores that were written down; it notes how many users it was asked for at a time."""

    def __init__(self, scores: torch.Tensor) -> None:
        self.scores, self.asked = scores, set()

    @property
    def shape(self) -> tuple[int, int]:
        return tuple(self.scores.shape)

    def block(self, users: np.ndarray) -> torch.Tensor:
        self.asked.add(len(users))
        return self.scores[users]

    def state(self) -> tuple[dict, dict]:
        return {"scores": self.scores.numpy()}, {}


class Product(Scorer):
    """The inner product of two sets of vectors."""

    def __init__(self, user: torch.Tensor, item: torch.Tensor) -> None:
        self.user, self.item = user, item

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.user[users] @ self.item.T

    def state(self) -> tuple[dict, dict]:
        return {"user": self.user.numpy(), "item": self.item.numpy()}, {}


class Retrievable(Product):
    """The same, which says what its vectors are and notes how many users it was asked for at a time."""

    def __init__(self, user: torch.Tensor, item: torch.Tensor) -> None:
        super().__init__(user, item)
        self.asked: list[int] = []

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.user, self.item

    def block(self, users: np.ndarray) -> torch.Tensor:
        self.asked.append(len(users))
        return super().block(users)


def made(pairs: list[tuple[int, int]], users: int, items: int) -> Dataset:
    import polars as pl

    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    x = Interactions(array[:, 0].copy(), array[:, 1].copy(), np.ones(len(array), np.float32))
    nodes = [Nodes(pl.DataFrame({"id": np.arange(n)})) for n in (users, items)]
    return Dataset("made", nodes[0], nodes[1], x)


def part(kind: str, name: str, options: Options) -> Part:
    return Part(kind, name, options)
