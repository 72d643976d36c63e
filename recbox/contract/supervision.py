"""The laws of objectives that say what a term of the loss does to scores, and what comes of following it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import nn

from recbox.contract import learning
from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.loss import built, counts, loss_of, objective
from recbox.contract.toy_step import DRAWN, SIZE, Toy, lonely, make_batch, raised, table, toy

Pairs = tuple[torch.Tensor, torch.Tensor]
"""Users and items, int64 `[n]` each."""

TABLES = 8
"""Tables of scores over which a change of the loss is averaged: a term that looks at angles need not follow
each score of each table."""
CHANCE, ABOVE = 0.5, 0.1
"""The area under the curve of a ranking by chance, and how far above it a term must come. There are 137
held-out pairs, so the standard error by chance is 0.29 / √137 = 0.025: this is four of them. The
probabilities from which the world was drawn come to 0.80, the built-in terms to between 0.76 and 0.79."""


@law(instead="check the sign; the score of (batch.user[j], batch.item[j]) is what should be high")
def the_loss_falls_when_a_positive_rises(case: Case) -> None:
    """For a supervised term, the loss falls when the score of any one positive of the batch rises."""
    _supervised(case)
    module, batch = built(case), toy(counts(case)[-1]).batch
    each = zip(batch.user[:, None], batch.item[:, None])
    for j, change in enumerate(_changes(module, case, each)):
        hold(change < -1e-6, f"a rise of positive {j} by 0.5 changes the loss by {change:.2g} on average")


@law(instead="use every column of batch.negative (or every unknown item), with the opposite sign")
def the_loss_rises_when_a_negative_rises(case: Case) -> None:
    """For a supervised term that asks for negatives, or for all items, the loss rises with their scores."""
    _supervised(case)
    declared = objective(case).negatives
    if declared == "none":
        raise Skip("it asks for no negatives")
    module, batch = built(case), make_batch(SIZE, 1 if declared == "one" else DRAWN)
    assert batch.negative is not None  # noqa: S101
    columns = ((batch.user, drawn) for drawn in batch.negative.T)
    for n, change in enumerate(_changes(module, case, columns)):
        hold(change > 1e-6, f"a rise of negative {n} by 0.5 changes the loss by {change:.2g} on average")


@law(instead="mask by step.excluded(users) what positives are set against, or by step.cold")
def what_is_no_candidate_isnt_pushed_down(case: Case) -> None:
    """For a supervised term that asks for all items, the loss doesn't rise with the scores of those that
    `train.candidate` leaves out."""
    _supervised(case)
    if objective(case).negatives != "all":
        raise Skip("it is handed what it sets positives against, or sets them against nothing")
    user, cold = toy().batch.user, lonely()
    each = ((user, item.repeat(len(user))) for item in cold.nonzero().flatten())
    for change in _changes(built(case), case, each, cold):
        hold(change < 1e-6, f"a rise of an item that is no candidate by 0.5 changes the loss by {change:.2g}")


@law(
    instead="look at the sign, at what stands for a negative, and at detached parts; give examples that learn"
)
def it_learns_the_planted_world(case: Case) -> None:
    """A supervised term alone, over free vectors and in 64 steps, ranks held-out items of the kit's world
    above others with an area under the curve of at least 0.6, where chance gives 0.5."""
    _supervised(case)
    vectors, _ = learning.train(built(case).train(), counts(case)[-1])
    hold(bool(torch.isfinite(vectors).all()), "some vectors aren't finite after training")
    found = learning.auc(vectors)
    hold(found >= CHANCE + ABOVE, f"the area under the curve is {found:.3f}")


@law(instead="look at the sign: following its gradient must lower the value, and must not drive vectors away")
def alone_it_neither_stands_still_nor_runs_away(case: Case) -> None:
    """A term that isn't supervised, alone, over free vectors and in 64 steps, moves them, has a lower value
    at the end than at the start, and makes them at most ten times as long. Of a term with `of_encoder` the
    vectors may stay."""
    if objective(case).supervised:
        raise Skip("it is supervised")
    before = learning.first().detach()
    after, values = learning.train(built(case).train(), counts(case)[-1], decay=0.0)
    hold(bool(torch.isfinite(after).all()), "some vectors aren't finite after training")
    moved = objective(case).of_encoder is not None or not torch.equal(before, after)
    hold(moved, "no vector has moved")
    start, end = (sum(part) / len(part) for part in (values[:4], values[-4:]))
    hold(end < start, f"the value goes from {start:.4g} to {end:.4g}")
    longer = float(after.norm() / before.norm())
    hold(longer <= 10, f"the vectors are {longer:.3g} times as long")


def _supervised(case: Case) -> None:
    if not objective(case).supervised:
        raise Skip("it doesn't claim to be supervised")


def _changes(
    module: nn.Module, case: Case, groups: Iterable[Pairs], cold: torch.Tensor | None = None
) -> list[float]:
    """By how much the loss changes, on average over tables of scores, when those of a group rise by 0.5."""
    tables = [replace(table(key, counts(case)[-1]), cold=cold) for key in range(TABLES)]
    before = [_value(module, given) for given in tables]
    return [
        sum(_value(module, raised(t, *pairs, by=0.5)) - b for t, b in zip(tables, before)) / TABLES
        for pairs in groups
    ]


def _value(module: nn.Module, given: Toy) -> float:
    return float(loss_of(module, given).detach())


LAWS = (
    the_loss_falls_when_a_positive_rises,
    the_loss_rises_when_a_negative_rises,
    what_is_no_candidate_isnt_pushed_down,
    it_learns_the_planted_world,
    alone_it_neither_stands_still_nor_runs_away,
)
