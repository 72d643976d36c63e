"""Small data, and models fitted on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from recbox.context import Context
from recbox.data.dataset import Dataset, Interactions, Nodes
from recbox.plugin import Model, Scorer, Spec, Trained
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Part
from recbox.train import ModelCourse, fit

HAND = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0]])
"""Three users and four items, the last of which nobody has: the matrix of all that is worked by hand."""


def made(matrix: np.ndarray) -> Dataset:
    """The interactions of a matrix of users × items, in no particular order."""
    pairs = np.random.default_rng(7).permutation(np.argwhere(matrix))
    x = Interactions(pairs[:, 0], pairs[:, 1], np.full(len(pairs), 3.0, np.float32))
    nodes = [Nodes(pl.DataFrame({"id": np.arange(n)})) for n in matrix.shape]
    return Dataset("made", nodes[0], nodes[1], x)


def drawn(users: int = 60, items: int = 25, seed: int = 0) -> np.ndarray:
    """Some structure: items of three kinds, popular ones and rare ones; the last user and item have none."""
    draw = np.random.default_rng(seed)
    chance = np.linspace(0.05, 0.6, items) * np.where(
        np.arange(users)[:, None] % 3 == np.arange(items) % 3, 1.5, 0.5
    )
    matrix = (draw.random((users, items)) < chance).astype(int)
    matrix[-1] = 0
    matrix[:, -1] = 0
    return matrix


def course(
    model: Trained, train: Dataset, settings: dict[str, Any], context: Context | None = None
) -> ModelCourse:
    """A model in training, with its first values."""
    part = Part("model", type(model).__name__, model)
    return ModelCourse(part, Training.parse(settings), train, context or Context(threads=1), "ndcg@20", False)


def fitted(model: Model, matrix: np.ndarray, seed: int = 0) -> Scorer:
    """One that is trained is so for 60 epochs of at most 4 steps."""
    train, context = made(matrix), Context(seed=seed, threads=1)
    if isinstance(model, Trained):
        rows = len(matrix) if model.rows == "user" else len(train.interaction)
        trained = course(
            model, train, {"epochs": 60, "batch": -(-rows // 4), "optimizer": {"lr": 0.02}}, context
        )
        fit(trained, None)
        return trained.scorer()
    return model.fit(Spec(node="", count=0, width=0, dim=0, train=train, graph=None, context=context))


def scores(model: Model, matrix: np.ndarray) -> np.ndarray:
    """float32 `[users, items]`."""
    return fitted(model, matrix).block(np.arange(len(matrix))).numpy()


def right(model: Model, matrix: np.ndarray) -> np.ndarray:
    """The items × items weights of a model whose scorer is a product."""
    return fitted(model, matrix).right.toarray()
