"""What a trained recommender becomes: frozen vectors and a head."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from recbox.context import Context
from recbox.errors import UnsupportedError
from recbox.kernel import Graph
from recbox.plugin import Head, NewItems, NewUsers, Scorer, Spec
from recbox.recommender.growth import Growth
from recbox.recommender.recommender import Recommender


class GraphScorer(Scorer):
    """Final vectors of users `[U, D]` and items `[I, D]`, scored by a head in evaluation mode.

    prior: float32 `[I]`, what items' scores have besides (`Head.prior`); None: nothing.

    grow: gives the recommender behind them, which makes vectors of new users and items.
    """

    def __init__(
        self,
        user: torch.Tensor,
        item: torch.Tensor,
        head: nn.Module,
        retrievable: bool,
        grow: Callable[[], Growth] | None = None,
        prior: torch.Tensor | None = None,
    ) -> None:
        self.user, self.item, self.grow, self.prior = user, item, grow, prior
        self.head, self.retrievable = head.eval(), retrievable
        self._pair = head.vectors(user, item) if retrievable else None

    @classmethod
    @torch.no_grad()
    def of(cls, recommender: Recommender, graph: Graph, retrievable: bool, *, propagate: bool = True) -> Self:
        """The recommender as it is now, in evaluation mode; training mode is put back. Without `propagate` it
        scores by what the encoders give."""
        mode = recommender.training
        recommender.eval()
        final = recommender(graph, propagate=propagate).final
        user, item = (final[rows].clone() for rows in recommender.rows)
        scorer = cls(user, item, copy.deepcopy(recommender.head), retrievable, prior=recommender.prior)
        recommender.train(mode)
        return scorer

    @classmethod
    def load(
        cls,
        head: Head,
        arrays: dict[str, np.ndarray],
        json: dict[str, Any],
        grow: Callable[[], Growth] | None = None,
    ) -> Self:
        """The scorer whose `state()` this is, on the CPU. head: the options of the recipe's head."""
        user, item = (torch.from_numpy(_own(arrays[name])) for name in ("user", "item"))
        spec = Spec("", len(user) + len(item), user.shape[1], 1, None, None, Context(), "head")
        module = head.build(spec)
        prefix = "head."
        module.load_state_dict(
            {
                k.removeprefix(prefix): torch.from_numpy(np.array(v))
                for k, v in arrays.items()
                if k.startswith(prefix)
            }
        )
        prior = torch.from_numpy(np.array(arrays["prior"])) if "prior" in arrays else None
        if bool(head.prior) != (prior is not None) or (prior is not None and prior.shape != (len(item),)):
            raise ValueError(
                f"the head says {head.prior:g} of a prior, and there is not one for {len(item)} items"
            )
        return cls(user, item, module, head.retrievable, grow, prior)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    @torch.no_grad()
    def block(self, users: np.ndarray) -> torch.Tensor:
        rows = torch.as_tensor(users, device=self.user.device)
        if self._pair is not None:
            scores = self._pair[0][rows] @ self._pair[1].T
        else:
            scores = self.head.block(self.user[rows], self.item)
        return scores if self.prior is None else scores + self.prior

    @torch.no_grad()
    def score(self, users: np.ndarray, items: np.ndarray) -> torch.Tensor:
        u, i = (torch.as_tensor(x, device=self.user.device) for x in (users, items))
        scores = self.head(self.user[u], self.item[i])
        return scores if self.prior is None else scores + self.prior[i]

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        return self._pair if self._pair is None or self.prior is None else self._with_prior

    @cached_property
    def _with_prior(self) -> tuple[torch.Tensor, torch.Tensor]:
        assert self._pair is not None and self.prior is not None  # noqa: S101 (as `vectors` asked)
        one, other = self._pair
        return _with_ones(one), torch.cat([other, self.prior[:, None].to(other)], 1)

    @torch.no_grad()
    def new_vectors(self, users: NewUsers) -> torch.Tensor | None:
        if not self.retrievable:
            return None
        vectors = self._growth().users(users).to(self.user.device)
        one = self.head.vectors(vectors, self.item[:1])[0]
        return one if self.prior is None else _with_ones(one)

    def new_users(self, users: NewUsers) -> Scorer:
        vectors = self._growth().users(users).to(self.user.device)
        return GraphScorer(vectors, self.item, self.head, self.retrievable, self.grow, self.prior)

    def new_items(self, items: NewItems) -> Scorer:
        vectors = self._growth().items(items.features).to(self.item.device)
        none = None if self.prior is None else self.prior.new_zeros(len(vectors))  # nobody has met them
        return GraphScorer(self.user, vectors, self.head, self.retrievable, self.grow, none)

    def _growth(self) -> Growth:
        if self.grow is None:
            raise UnsupportedError(
                "this scorer has vectors alone, and new users and items need the recommender that made them",
                instead="load it from its artifact: `recbox.load(FOLDER).scorer`",
            )
        return self.grow()

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = {"user": self.user, "item": self.item}
        arrays |= {} if self.prior is None else {"prior": self.prior}
        arrays |= {f"head.{k}": v for k, v in self.head.state_dict().items()}
        return {k: v.detach().cpu().numpy() for k, v in arrays.items()}, {"width": self.user.shape[1]}


def _own(array: np.ndarray) -> np.ndarray:
    """A copy, but of a file that is mapped, which others may share."""
    return array if isinstance(array, np.memmap) else np.array(array)


def _with_ones(vectors: torch.Tensor) -> torch.Tensor:
    """One column more, by which a prior counts."""
    return torch.cat([vectors, vectors.new_ones(len(vectors), 1)], 1)
