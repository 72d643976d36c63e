"""A trained model, as its author would write it: a `--code` file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Negatives, Scorer, Spec, Trained

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn


@final
class Pairwise(Trained):
    """Vectors of users and items, learned from pairs."""

    course: ClassVar[dict[str, Any]] = {"epochs": 6, "batch": 128, "optimizer": {"lr": 0.05}, "patience": 3}
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"dim": (4, 8)}

    dim: Annotated[int, Field(ge=1)] = 8
    """Columns of the vectors."""

    @property
    def negatives(self) -> Negatives:
        return "one"

    def build(self, spec: Spec) -> nn.Module:
        from torch import nn
        from torch.nn.functional import softplus

        from recbox.plugin import init

        class Vectors(nn.Module):
            def __init__(self, dim: int) -> None:
                super().__init__()
                stream = spec.generator
                self.user = init.normal(len(spec.train.user), dim, 0.1, stream)
                self.item = init.normal(len(spec.train.item), dim, 0.1, stream)

            def forward(self, batch: Any, moment: Any) -> torch.Tensor:
                gap = self.item[batch.negative[:, 0]] - self.item[batch.item]
                return softplus((self.user[batch.user] * gap).sum(1)).mean()

        return Vectors(self.dim)

    def scorer(self, module: Any, spec: Spec) -> Scorer:
        return Product(module.user.clone(), module.item.clone())

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        import torch

        return Product(torch.from_numpy(arrays["user"]), torch.from_numpy(arrays["item"]))


@final
class Product(Scorer):
    def __init__(self, user: torch.Tensor, item: torch.Tensor) -> None:
        self.user, self.item = user, item

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.user[users] @ self.item.T

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user.numpy(), "item": self.item.numpy()}, {}
