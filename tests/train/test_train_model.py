"""Models that the loop trains: batches of users by hand, the moment of a step, modules that do wrong."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes
from recbox.errors import PluginError, RecboxError
from recbox.plugin import Batch, Moment, Scorer, Spec, Trained, UserBatch
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Part
from recbox.train import ModelCourse, fit
from recbox.train.user_batches import UserBatches


class Kept(Scorer):
    def __init__(self, scores: torch.Tensor) -> None:
        self.scores = scores

    @property
    def shape(self) -> tuple[int, int]:
        return tuple(self.scores.shape)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.scores[users]

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"scores": self.scores.numpy()}, {}


class Table(nn.Module):
    """A score for each pair; `said`: what each step was told."""

    def __init__(self, users: int, items: int, value: Any) -> None:
        super().__init__()
        self.score = nn.Parameter(torch.zeros(users, items))
        self.value, self.said = value, []

    def forward(self, batch: Any, moment: Moment) -> Any:
        self.said.append((moment.epoch, moment.step, moment.steps, torch.rand(1, generator=moment.generator)))
        return self.value(self.score, batch)


def near_one(score: torch.Tensor, batch: Batch) -> torch.Tensor:
    return (score[batch.user, batch.item] - 1).square().mean()


class Own(Trained):
    value: ClassVar[Any] = staticmethod(near_one)

    def build(self, spec: Spec) -> nn.Module:
        return Table(len(spec.train.user), len(spec.train.item), type(self).value)

    def scorer(self, module: nn.Module, spec: Spec) -> Scorer:
        assert not module.training
        assert not torch.is_grad_enabled()
        return Kept(module.score.detach().clone())

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return Kept(torch.from_numpy(arrays["scores"]))


def made(pairs: list[tuple[int, int, float]], users: int, items: int) -> Dataset:
    user, item, weight = zip(*pairs, strict=True)
    nodes = (Nodes(pl.DataFrame({"id": range(n)})) for n in (users, items))
    x = Interactions(np.array(user), np.array(item), np.array(weight, np.float32))
    return Dataset("made", *nodes, x)


HAND = [(3, 2, 1.0), (0, 1, 2.0), (3, 0, 1.0), (0, 1, 0.5), (1, 4, 3.0), (3, 4, 4.0)]
"""User 0 has item 1 twice, user 1 has item 4, user 2 nothing, user 3 the items 0, 2 and 4."""


def course(cls: type[Trained] = Own, options: Any = None, **settings: Any) -> ModelCourse:
    training = Training.parse({"epochs": 3, "batch": 4, "optimizer": {"lr": 0.1}, **settings})
    part = Part("model", "own", options or cls())
    return ModelCourse(part, training, made(HAND, 4, 5), Context(threads=1), "ndcg@5", False)


def test_a_batch_of_users_by_hand() -> None:
    rows = UserBatches(made(HAND, 4, 5), Training.parse({"batch": 8}), 0)
    (batch,) = rows.epoch(0, Context())
    assert (len(rows), rows.count, rows.undrawable) == (1, 3, 0)
    histories = {
        user: (batch.item[begin:end].tolist(), batch.weight[begin:end].tolist())
        for user, begin, end in zip(batch.user.tolist(), batch.indptr[:-1], batch.indptr[1:], strict=True)
    }
    assert histories == {0: ([1], [2.5]), 1: ([4], [3.0]), 3: ([0, 2, 4], [1.0, 1.0, 4.0])}
    dense = dict(zip(batch.user.tolist(), batch.dense(5).tolist(), strict=True))
    assert dense == {0: [0, 1, 0, 0, 0], 1: [0, 0, 0, 0, 1], 3: [1, 0, 1, 0, 1]}


def test_an_epoch_has_each_user_once_in_another_order_each_time() -> None:
    pairs = [(u, i, 1.0) for u in range(50) for i in range(u % 4)]
    rows = UserBatches(made(pairs, 50, 5), Training.parse({"batch": 16}), 0)
    taking = [u for u in range(50) if u % 4]
    orders = []
    for epoch in (0, 0, 1):
        batches = list(rows.epoch(epoch, Context()))
        assert [len(b.user) for b in batches] == [16, 16, 5]
        assert all(b.indptr[-1] == len(b.item) == len(b.row) for b in batches)
        orders.append(torch.cat([b.user for b in batches]).tolist())
        assert sorted(orders[-1]) == taking
    assert orders[0] == orders[1] != orders[2]


def test_a_dense_row_is_what_numpy_says() -> None:
    draw = np.random.default_rng(0)
    matrix = draw.random((30, 11)) < 0.3
    pairs = [(int(u), int(i), 1.0) for u, i in draw.permutation(np.argwhere(matrix))]
    rows = UserBatches(made(pairs, 30, 11), Training.parse({"batch": 7}), 0)
    for batch in rows.epoch(3, Context()):
        assert np.array_equal(batch.dense(11).numpy(), matrix[batch.user.numpy()])
        assert isinstance(batch, UserBatch)


def test_a_module_is_told_where_training_stands() -> None:
    given = course()
    fit(given, None)
    said = given.module.said
    assert [m[:3] for m in said] == [(0, 0, 2), (0, 1, 2), (1, 2, 2), (1, 3, 2), (2, 4, 2), (2, 5, 2)]
    assert len({float(m[3]) for m in said}) == 6


def test_the_loss_of_an_epoch_by_hand() -> None:
    """All scores are 0 before the first step: with one batch the mean of (0 - 1)² is 1."""
    given = course(batch=100)
    result = fit(given, None)
    row = result.history[0]
    assert (row["loss"], row["term"]) == (1.0, {"own": 1.0})
    assert result.history[-1]["loss"] < 1.0
    assert result.epochs == 3


def test_validation_keeps_the_best_epoch() -> None:
    given, values, seen = course(epochs=9, patience=2), iter([0.1, 0.3, 0.2, 0.2, 0.9]), {}

    def validate(scorer: Scorer) -> dict[str, float]:
        value = next(values)
        seen[value] = scorer.block(np.arange(4)).clone()
        return {"ndcg@5": value}

    result = fit(given, validate)
    assert (len(result.history), result.epochs, result.valid) == (4, 2, {"ndcg@5": 0.3})
    assert torch.equal(given.scorer().block(np.arange(4)), seen[0.3])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (lambda score, batch: 1.0, "gives a float, not a tensor"),
        (lambda score, batch: score[batch.user, batch.item], "not one floating number"),
        (lambda score, batch: score.detach().mean(), "without a gradient"),
        (lambda score, batch: score.mean() / 0, "not a finite number in the first step"),
    ],
)
def test_a_strangers_loss_that_is_none_is_named(value: Any, said: str) -> None:
    class Wrong(Own):
        pass

    Wrong.value = staticmethod(value)
    with pytest.raises(PluginError, match=said) as caught:
        fit(course(Wrong), None)
    assert "the model 'own'" in str(caught.value)


def test_what_is_built_must_be_a_module() -> None:
    class Wrong(Own):
        def build(self, spec: Spec) -> nn.Module:
            return "no module"  # type: ignore[return-value]

    with pytest.raises(PluginError, match="builds a str"):
        course(Wrong)


def test_it_diverges_with_a_message() -> None:
    with pytest.raises(RecboxError, match="not a finite number any more: own"):
        fit(course(epochs=200, optimizer={"by": "sgd", "lr": 1e6}), None)


def test_interactions_whose_users_know_everything_leave_nothing_to_draw() -> None:
    """One user with the only item: there is no negative, so that an epoch has no batch."""

    class Drawing(Own):
        negatives: ClassVar[str] = "one"  # type: ignore[assignment]

    part = Part("model", "own", Drawing())
    given = ModelCourse(part, Training(epochs=2), made([(0, 0, 1.0)], 1, 1), Context(), "ndcg@5", False)
    result = fit(given, None)
    assert [row["loss"] for row in result.history] == [0.0, 0.0]
    assert given.module.said == []
