"""The data as recbox has them: what its own runner works on, and what all are judged on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from peers.protocol import K, Work, placed

if TYPE_CHECKING:
    import numpy as np
    import torch

    from recbox.api.reading import Job
    from recbox.data import Dataset


@dataclass(frozen=True)
class Ground:
    """The data set with its split, and the recipe of LightGCN over it."""

    work: Work
    job: Job

    @classmethod
    def of(cls, work: Work) -> Ground:
        """Read it; device, kernel and precision are settled."""
        from recbox.api.reading import read
        from recbox.api.setting import on_device, settle

        setting = settle(recipe(work), threads=work.threads, kernel=work.more.get("kernel", "auto"))
        return cls(work, read(setting, on_device(setting, "cpu")))

    @cached_property
    def train(self) -> Dataset:
        return self.job.dataset.take(self.job.split.train)

    @cached_property
    def truth(self) -> Any:
        """What is held out for the test."""
        from recbox.evaluate import held_test

        return held_test(self.job.dataset, self.job.split, self.job.recipe.evaluate)

    def outer(self, user: torch.Tensor, item: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Vectors in recbox's order, as the files number them."""
        data, (users, items) = self.job.dataset, self.work.shape
        return placed(user.numpy(), data.user.ids, users), placed(item.numpy(), data.item.ids, items)

    def inner(self, user: np.ndarray, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The other way."""
        return user[self.job.dataset.user.ids.to_numpy()], item[self.job.dataset.item.ids.to_numpy()]

    def judge(self, user: np.ndarray, item: np.ndarray) -> dict[str, float]:
        """Metrics of vectors, as the files number them."""
        from recbox.evaluate import judge_held

        scorer = _scorer()(*self.inner(user, item))
        recipe = self.job.recipe
        return judge_held(scorer, self.truth, recipe.metric, recipe.evaluate, self.job.context).values


def recipe(work: Work) -> dict[str, Any]:
    """LightGCN by BPR, as all train it; validation takes nothing: an epoch is the whole train part."""
    return {
        "recbox": 1,
        "name": "peers",
        "seed": work.seed,
        "dim": work.dim,
        "data": {
            "source": {"use": "lightgcn", "folder": str(work.data.resolve())},
            "split": {"by": "given", "valid": 0.0},
        },
        "encoder": {"user": {"use": "id"}, "item": {"use": "id"}},
        "layer": [{"use": "lightgcn", "repeat": work.layers}],
        "combine": "mean",
        "head": {"use": "dot"},
        "objective": [{"use": "bpr"}, {"use": "l2", "weight": work.l2}],
        "train": {
            "epochs": max(work.epochs, 1),
            "patience": None,
            "batch": work.batch,
            "optimizer": {"by": "adam", "lr": work.lr},
            "precision": work.more.get("precision", "auto"),
        },
        "evaluate": {"k": [K], "metric": ["recall", "ndcg"], "select": f"ndcg@{K}", "baseline": []},
    }


def _scorer() -> Callable[..., Any]:
    """A class, made here so that nothing of recbox's is imported before it is needed."""
    import torch

    from recbox.plugin import Scorer

    class Vectors(Scorer):
        def __init__(self, user: np.ndarray, item: np.ndarray) -> None:
            self.user, self.item = torch.from_numpy(user), torch.from_numpy(item)

        @property
        def shape(self) -> tuple[int, int]:
            return len(self.user), len(self.item)

        def block(self, users: np.ndarray) -> torch.Tensor:
            return self.user[torch.from_numpy(users)] @ self.item.T

        def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
            return {"user": self.user.numpy(), "item": self.item.numpy()}, {}

        def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
            return self.user, self.item

    return Vectors
