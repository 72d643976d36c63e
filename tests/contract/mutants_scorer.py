"""Models whose scorers are copies of built-ins' with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mutant_kit import Mutant
from mutants_model import Linear, Parts, model, neighbours, seen, unguarded

from recbox.plugin import Model, Spec

Block = Callable[[Any, np.ndarray], torch.Tensor]
KNN = "item-knn"


def scorer(
    fit: Callable[[Spec], Parts] = lambda spec: neighbours(seen(spec.train)), **methods: Any
) -> type[Model]:
    """ItemKNN, whose scorer has these methods in place of its own."""
    return model(fit, type("BrokenScorer", (Linear,), methods))


def scores(self: Linear, users: np.ndarray) -> np.ndarray:
    """float32 `[n, items]`: what the scorer that isn't broken gives."""
    return (self.history[users] @ self.weight).astype(np.float32)


def block(change: Callable[[torch.Tensor], Any]) -> type[Model]:
    """Something is done to every block."""
    return scorer(block=lambda self, users: change(torch.from_numpy(scores(self, users))))


def popular(spec: Spec) -> Parts:
    x = seen(spec.train)
    return {"history": x, "weight": x.sum(0).astype(np.float32)}


def popularity(block: Block) -> type[Model]:
    """Popularity, with this block."""
    return scorer(popular, block=block)


def svd(spec: Spec) -> Parts:
    """Vectors, and a bias for each item."""
    x = seen(spec.train)
    user, size, item = np.linalg.svd(x, full_matrices=False)
    return {"user": user[:, :4] * size[:4], "item": item[:4].T, "bias": np.log1p(x.sum(0)), "history": x}


def vectors(give: Callable[[Any], Any]) -> type[Model]:
    """PureSVD with a bias for each item, that gives these vectors."""

    def block(self: Any, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((self.user[users] @ self.item.T + self.bias).astype(np.float32))

    names = ("user", "item", "bias", "history")
    return scorer(
        svd,
        block=block,
        state=lambda self: ({n: getattr(self, n) for n in names}, {}),
        vectors=lambda self: tuple(torch.from_numpy(v.astype(np.float32)) for v in give(self)),
    )


def one_more(self: Any) -> tuple[np.ndarray, np.ndarray]:
    """The bias as a column, which is right."""
    ones = np.ones((len(self.user), 1))
    return np.hstack([self.user, ones]), np.hstack([self.item, self.bias[:, None]])


def noisy(self: Any, users: np.ndarray) -> torch.Tensor:
    self.stream = getattr(self, "stream", None) or torch.Generator().manual_seed(0)
    found = torch.from_numpy(scores(self, users))
    return found + 0.1 * torch.randn(found.shape, generator=self.stream)


def sorted_in_place(self: Any, users: np.ndarray) -> torch.Tensor:
    """Scores in the order of users, put back into theirs; the array of users stays sorted."""
    order = users.argsort(kind="stable")
    users.sort()
    return torch.from_numpy(scores(self, users)[order.argsort()])


def items_in_place(self: Any, users: np.ndarray, items: np.ndarray) -> torch.Tensor:
    """Keys are made in the array of items."""
    items += users * self.shape[1]
    return torch.from_numpy(scores(self, np.arange(self.shape[0])).reshape(-1)[items])


def kept_block(self: Any, users: np.ndarray) -> torch.Tensor:
    """The last answer is given again to who asks for the same users."""
    if getattr(self, "asked", b"") != users.tobytes():
        self.asked, self.last = users.tobytes(), torch.from_numpy(scores(self, users))
    return self.last


def all_at_once(self: Any, users: np.ndarray) -> torch.Tensor:
    """Scores of all users are there already, and are given as they are to who asks for all."""
    if not hasattr(self, "whole"):
        self.whole = torch.from_numpy(scores(self, np.arange(len(self.history))))
    return self.whole if len(users) == len(self.whole) else self.whole[torch.from_numpy(users)]


def a_slice(self: Any, users: np.ndarray) -> torch.Tensor:
    """Users that follow one another are a slice of what is there already."""
    if not hasattr(self, "whole"):
        self.whole = torch.from_numpy(scores(self, np.arange(len(self.history))))
    follow = len(users) > 0 and bool((np.diff(users) == 1).all())
    return self.whole[users[0] : users[-1] + 1] if follow else self.whole[torch.from_numpy(users)]


def logarithm(self: Any, users: np.ndarray) -> torch.Tensor:
    """Weighted by the logarithm of how often an item was taken."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return torch.from_numpy((scores(self, users) + np.log(self.history.sum(0))).astype(np.float32))


def by_length(self: Any, users: np.ndarray) -> torch.Tensor:
    """Divided by how many items a user has."""
    with np.errstate(invalid="ignore"):
        length = self.history[users].sum(1, keepdims=True)
        return torch.from_numpy((scores(self, users) / length).astype(np.float32))


def on_class() -> type[Model]:
    """The weights stay on the class, and the state lacks them."""

    class Broken(Linear):
        def __init__(self, **parts: Any) -> None:
            super().__init__(history=parts["history"])
            type(self).weight = parts.get("weight", getattr(type(self), "weight", None))

        def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
            return {"history": self.history}, {}

    return model(scorer=Broken)


def state(change: Callable[[Any], Any]) -> type[Model]:
    return scorer(state=change)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("a-block-has-a-score-for-each-item", KNN, "float64", block(lambda x: x.double())),
    Mutant("a-block-has-a-score-for-each-item", KNN, "a numpy array", block(lambda x: x.numpy())),
    Mutant("a-block-has-a-score-for-each-item", KNN, "items by users", block(lambda x: x.T)),
    Mutant(
        "a-block-has-a-score-for-each-item",
        KNN,
        "a stack fails for nobody",
        scorer(block=lambda self, users: torch.stack([torch.from_numpy(scores(self, u)) for u in users])),
    ),
    Mutant(
        "a-block-has-a-score-for-each-item",
        KNN,
        "users with interactions alone",
        scorer(lambda spec: neighbours(seen(spec.train)[: spec.train.interaction.user.max() + 1])),
    ),
    Mutant(
        "a-block-has-a-score-for-each-item",
        KNN,
        "the shape is turned",
        scorer(shape=property(lambda self: self.history.shape[::-1])),
    ),
    Mutant("strangers-have-finite-scores", KNN, "counts of 0 divide", scorer(unguarded)),
    Mutant("strangers-have-finite-scores", KNN, "the logarithm of 0", scorer(block=logarithm)),
    Mutant("strangers-have-finite-scores", KNN, "the length of a history divides", scorer(block=by_length)),
    Mutant(
        "rows-follow-the-users",
        KNN,
        "users are sorted",
        scorer(block=lambda self, users: torch.from_numpy(scores(self, np.sort(users)))),
    ),
    Mutant(
        "rows-follow-the-users",
        KNN,
        "each user once",
        scorer(block=lambda self, users: torch.from_numpy(scores(self, np.unique(users)))),
    ),
    Mutant(
        "rows-follow-the-users",
        KNN,
        "the first users",
        scorer(block=lambda self, users: torch.from_numpy(scores(self, np.arange(len(users))))),
    ),
    Mutant(
        "rows-follow-the-users", KNN, "less the call's mean", block(lambda x: x - x.mean() if len(x) else x)
    ),
    Mutant("rows-follow-the-users", KNN, "noise in every block", scorer(block=noisy)),
    Mutant("rows-follow-the-users", KNN, "users are sorted in place", scorer(block=sorted_in_place)),
    Mutant("pairs-equal-blocks", KNN, "keys are made in place", scorer(score=items_in_place)),
    Mutant(
        "pairs-equal-blocks",
        KNN,
        "score is a probability",
        scorer(score=lambda self, u, i: torch.from_numpy(scores(self, u)[np.arange(len(u)), i]).sigmoid()),
    ),
    Mutant(
        "pairs-equal-blocks",
        KNN,
        "all items of each user",
        scorer(score=lambda self, u, i: torch.from_numpy(scores(self, u)[:, i])),
    ),
    Mutant(
        "pairs-equal-blocks",
        KNN,
        "a column is kept",
        scorer(score=lambda self, u, i: torch.from_numpy(scores(self, u)[np.arange(len(u)), i])[:, None]),
    ),
    Mutant(
        "pairs-equal-blocks",
        KNN,
        "no pairs fail",
        scorer(score=lambda self, u, i: torch.tensor(np.stack([scores(self, a)[b] for a, b in zip(u, i)]))),
    ),
    Mutant("vectors-give-the-scores", "svd", "the bias is left out", vectors(lambda s: (s.user, s.item))),
    Mutant("vectors-give-the-scores", "svd", "items first", vectors(lambda s: one_more(s)[::-1])),
    Mutant(
        "vectors-give-the-scores",
        "svd",
        "users normalised",
        vectors(lambda s: (one_more(s)[0] / np.linalg.norm(one_more(s)[0], axis=1)[:, None], one_more(s)[1])),
    ),
    Mutant(
        "a-block-may-be-written-to",
        "popularity",
        "one row is expanded",
        popularity(lambda self, users: torch.from_numpy(self.weight).expand(len(users), -1)),
    ),
    Mutant("a-block-may-be-written-to", KNN, "the last block is kept", scorer(block=kept_block)),
    Mutant("a-block-may-be-written-to", KNN, "all users are a view", scorer(block=all_at_once)),
    Mutant("a-block-may-be-written-to", KNN, "neighbouring users are a view", scorer(block=a_slice)),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "the weights are left out",
        state(lambda self: ({"history": self.history}, {})),
    ),
    Mutant("a-loaded-state-scores-the-same", KNN, "the weights stay on the class", on_class()),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "weights in half precision",
        state(lambda self: ({"history": self.history, "weight": self.weight.astype(np.float16)}, {})),
    ),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "arrays of objects",
        state(lambda self: ({"history": self.history, "weight": self.weight.astype(object)}, {})),
    ),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "tensors",
        state(lambda self: ({n: torch.from_numpy(a) for n, a in Linear.state(self)[0].items()}, {})),
    ),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "a number that isn't JSON",
        state(lambda self: (Linear.state(self)[0], {"best": self.weight.argmax()})),
    ),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "minus infinity",
        state(lambda self: (Linear.state(self)[0], {"floor": float("-inf")})),
    ),
    Mutant("a-loaded-state-scores-the-same", KNN, "arrays alone", state(lambda self: Linear.state(self)[0])),
    Mutant(
        "a-loaded-state-scores-the-same",
        KNN,
        "the transposed weights",
        scorer(
            lambda spec: (
                neighbours(seen(spec.train)) | {"weight": np.tril(neighbours(seen(spec.train))["weight"])}
            ),
            state=lambda self: ({"history": self.history, "weight": self.weight.T}, {}),
        ),
    ),
)
