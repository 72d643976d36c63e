"""Models as papers have them, none of which is built in: the kit must find nothing wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mutants_model import Linear, Parts, model, neighbours, seen

from recbox.plugin import Model, Spec


class Rows(Linear):
    """What the users have, out of weights between users."""

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((self.weight[users] @ self.history).astype(np.float32))


class Factors(Linear):
    """Vectors of users and items, and a bias for each item."""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        user, item = self.vectors()
        return user[torch.from_numpy(users)] @ item.T

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        user = np.hstack([self.user, np.ones((len(self.user), 1))])
        item = np.hstack([self.item, self.bias[:, None]])
        return torch.from_numpy(user.astype(np.float32)), torch.from_numpy(item.astype(np.float32))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user, "item": self.item, "bias": self.bias}, {}


def projection(spec: Spec) -> Parts:
    """Random projections of the history (Johnson and Lindenstrauss 1984), from the part's own stream, and
    how often an item was taken."""
    x = seen(spec.train)
    drawn = torch.randn(x.shape[1], 16, generator=spec.generator).numpy() / 4
    return {"user": x @ drawn, "item": drawn, "bias": 3 * np.log1p(x.sum(0))}


def matrix_factorisation(spec: Spec) -> Parts:
    """Hu et al. 2008, doi:10.1109/ICDM.2008.22, dense, from vectors that are drawn for the run's seed."""
    x, dim = seen(spec.train), 4
    draw = spec.context.random("mf")
    user, item = (draw.normal(0, 0.1, (n, dim)) for n in x.shape)
    for _ in range(10):
        user, item = solved(x, item), item
        item = solved(x.T, user)
    return {"user": user, "item": item, "bias": np.zeros(len(item))}


def solved(x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """float64 `[rows, d]`: each row's ridge regression, where ones count 11 and zeros 1."""
    penalty = 0.1 * np.eye(other.shape[1])
    gram = [other.T @ (other * (1 + 10 * row)[:, None]) + penalty for row in x]
    return np.linalg.solve(np.stack(gram), (11 * x @ other)[:, :, None])[:, :, 0]


def pure_svd(spec: Spec) -> Parts:
    """Cremonesi et al. 2010, doi:10.1145/1864708.1864721: histories on the first right singular vectors."""
    x = seen(spec.train)
    item = np.linalg.svd(x, full_matrices=False)[2][:4].T.copy()
    return {"user": x @ item, "item": item, "bias": np.zeros(len(item))}


def user_knn(nearest: int) -> Any:
    """Cosine between users; ties among the nearest go to the lower inner id."""

    def fit(spec: Spec) -> Parts:
        x = seen(spec.train)
        length = np.sqrt(np.maximum(x.sum(1), 1))
        similar = x @ x.T / np.outer(length, length)
        np.fill_diagonal(similar, 0)
        place = np.argsort(np.argsort(-similar, axis=1, kind="stable"), axis=1)
        return {"history": x, "weight": np.where(place < nearest, similar, 0)}

    return fit


def slim(spec: Spec) -> Parts:
    """Ning & Karypis 2011, doi:10.1109/ICDM.2011.134: coordinate descent, no weight below 0."""
    x = seen(spec.train)
    gram, l1, l2 = x.T @ x, 0.5, 2.0
    weight = np.zeros_like(gram)
    for _ in range(20):
        for j in range(len(gram)):
            rest = gram[j] - gram[j] @ weight + gram[j, j] * weight[j]
            weight[j] = np.maximum(rest - l1, 0) / (gram[j, j] + l2)
            weight[j, j] = 0
    return {"history": x, "weight": weight}


def clipped_ridge(spec: Spec) -> Parts:
    x = seen(spec.train)
    inverse = np.linalg.inv(x.T @ x + 10 * np.eye(x.shape[1]))
    weight = np.maximum(-inverse / np.diag(inverse), 0)
    np.fill_diagonal(weight, 0)
    return {"history": x, "weight": weight}


def inverse_frequency(spec: Spec) -> Parts:
    """Items that few users have count more: the logarithm of users over counts."""
    x = seen(spec.train)
    weight = np.log((1 + len(x)) / (1 + x.sum(0)))
    found = neighbours(x)
    return found | {"history": x * weight}


def rated(spec: Spec) -> Parts:
    """Weights as ratings, less the user's mean."""
    train, x = spec.train.interaction, seen(spec.train)
    rating = np.zeros_like(x)
    rating[train.user, train.item] = train.weight
    mean = rating.sum(1, keepdims=True) / np.maximum(x.sum(1, keepdims=True), 1)
    return neighbours(x) | {"history": (rating - mean + 1) * x}


def recently(spec: Spec) -> Parts:
    """Counts of the last half of the time, and a little of the first."""
    train, x = spec.train.interaction, seen(spec.train)
    first, last = train.time.min(), train.time.max()
    weight = np.where(2 * train.time > first + last, 1.0, 0.5)
    count = np.bincount(train.item, weight, minlength=x.shape[1])
    return {"user": np.zeros((len(x), 1)), "item": np.zeros((x.shape[1], 1)), "bias": count}


def markov(spec: Spec) -> Parts:
    """From each item to what the same user took next; a user is where they were last."""
    train, x = spec.train.interaction, seen(spec.train)
    order = np.lexsort((train.item, train.time, train.user))
    user, item = train.user[order], train.item[order]
    step = np.flatnonzero(user[1:] == user[:-1])
    weight = np.zeros((x.shape[1], x.shape[1]))
    np.add.at(weight, (item[step], item[step + 1]), 1)
    end = np.flatnonzero(np.diff(user, append=-1))
    where = np.zeros_like(x)
    where[user[end], item[end]] = 1
    return {"history": where, "weight": weight + 0.1 * x.sum(0) / len(x)}


def content(spec: Spec) -> Parts:
    """Items of the categories that a user has, with the counts of items to break ties."""
    table, x = spec.train.item.table, seen(spec.train)
    names = table["category"].fill_null("").to_list() if "category" in table.columns else [""] * x.shape[1]
    same = np.array([[a == b and a != "" for b in names] for a in names], float)
    return {"history": x, "weight": same + x.sum(0) / len(x)}


HONEST: dict[str, type[Model]] = {
    "cosine of items": model(),
    "random projections": model(projection, Factors),
    "matrix factorisation": model(matrix_factorisation, Factors),
    "singular vectors": model(pure_svd, Factors),
    "all users as neighbours": model(user_knn(99), Rows),
    "ten nearest users": model(user_knn(10), Rows),
    "slim": model(slim),
    "clipped ridge regression": model(clipped_ridge),
    "inverse frequency": model(inverse_frequency),
    "ratings less their mean": model(rated),
    "recently popular": model(recently, Factors),
    "what came next": model(markov),
    "content": model(content),
}
