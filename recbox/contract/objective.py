"""The laws of objectives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from recbox.context import Context
from recbox.contract import learning
from recbox.contract.case import Case
from recbox.contract.kind import modular
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.toy_step import DIM, DRAWN, Toy, known, raised, repeated, rows, table, toy, users
from recbox.plugin import Objective, Spec

TABLES = 8
"""Tables of scores over which a change of the loss is averaged: a term that looks at angles need not follow
each score of each table."""
CHANCE, ABOVE = 0.5, 0.1
"""The area under the curve of a ranking by chance, and how far above it a term must come. There are about 140
held-out pairs, so the standard error by chance is 0.29 / √140 = 0.025: this is four of them. What the planted
kinds allow is about 0.79."""


def inputs(case: Case, double: bool = False) -> Toy:
    return toy(_counts(case)[-1], double=double).leaf()


def build(case: Case, context: Context, given: Toy) -> nn.Module:
    from recbox.contract.world import world

    nodes = len(given.vectors)
    return _objective(case).build(
        Spec("", nodes, DIM, DIM, world().train, given.graph, context, "objective.0.0")
    )


def call(module: nn.Module, given: Toy) -> Mapping[str, torch.Tensor]:
    return {"loss": _loss(module, given)}


@law(instead="end in .mean(), return a tensor, and detach nothing on the way")
def the_loss_is_one_number(case: Case) -> None:
    """The value is a finite tensor without dimensions that carries a gradient."""
    loss = _loss(_module(case), inputs(case))
    hold(isinstance(loss, torch.Tensor), f"forward returns a {type(loss).__name__}")
    hold(loss.dim() == 0, f"the value has the shape {list(loss.shape)}")
    hold(loss.is_floating_point() and bool(torch.isfinite(loss)), f"the value is {loss.detach()}")
    hold(loss.requires_grad, "the value carries no gradient")


@law(instead="say in `negatives` what forward reads of step.batch.negative: none, one, many or all")
def negatives_are_as_declared(case: Case) -> None:
    """It works with every number of negatives that `negatives` allows, and with one positive too."""
    module = _module(case)
    for count in _counts(case):
        for size in (toy().batch.user.numel(), 1):
            loss = _loss(module, toy(count, size=size))
            hold(
                bool(torch.isfinite(loss)), f"{size} positives, {count or 'no'} negatives: {loss.detach()}"
            )


@law(instead="check the sign; the score of (batch.user[j], batch.item[j]) is what should be high")
def the_loss_falls_when_a_positive_rises(case: Case) -> None:
    """For a supervised term, the loss falls when the score of any one positive of the batch rises."""
    _supervised(case)
    module, batch = _module(case), toy(_counts(case)[-1]).batch
    for j, change in enumerate(_changes(module, case, batch.user, batch.item)):
        hold(change < -1e-6, f"a rise of positive {j} by 0.5 changes the loss by {change:.2g} on average")


@law(instead="use every column of batch.negative (or every unknown item), with the opposite sign")
def the_loss_rises_when_a_negative_rises(case: Case) -> None:
    """For a supervised term that asks for negatives, or for all items, the loss rises when one of them does."""
    _supervised(case)
    declared, batch = _objective(case).negatives, toy(_counts(case)[-1]).batch
    if declared == "none":
        raise Skip("it asks for no negatives")
    module, column = _module(case), range(DRAWN)
    drawn = toy(DRAWN).batch.negative if declared == "all" else batch.negative
    assert drawn is not None  # noqa: S101
    for n in column[: drawn.shape[1]]:
        change = sum(_changes(module, case, batch.user, drawn[:, n])) / len(batch.user)
        hold(change > 1e-6, f"a rise of negative {n} by 0.5 changes the loss by {change:.2g} on average")


@law(instead="leave out what is undefined for one row, such as distances between rows, or give it the value 0")
def a_batch_of_one_is_finite(case: Case) -> None:
    """Value and gradient are finite for a batch of one positive, for that positive twice, and in training
    mode."""
    for times in (1, 2):
        given = toy(_counts(case)[-1], size=1)
        given = replace(given, batch=repeated(given.batch, times))
        for module in (_module(case), _module(case).train()):
            _finite(module, given, f"{times} times the same positive")


@law(instead="take the mean over the batch, in one place, and not a sum")
def scaled_as_a_mean(case: Case) -> None:
    """A batch that is repeated 16 times has a value and a gradient within a factor of 4 of its own; a sum
    would have 16 times as much."""
    # A softmax over a batch that hides no duplicates grows by log 16, which a mean may.
    module, given = _module(case), toy(_counts(case)[-1])
    once, value = _gradient(module, given)
    many, other = _gradient(module, replace(given, batch=repeated(given.batch, 16)))
    before, after = float(once.norm()), float(many.norm())
    hold(before / 4 <= after <= before * 4, f"the gradient's norm goes from {before:.3g} to {after:.3g}")
    hold(abs(other) <= 4 * max(1.0, abs(value)), f"the value goes from {value:.3g} to {other:.3g}")


@law(instead="use softplus, logsigmoid, logsumexp and normalize in place of log, exp and division")
def extreme_vectors_stay_finite(case: Case) -> None:
    """Value and gradient are finite where all vectors are 0, and where scores reach thousands."""
    given = toy(_counts(case)[-1])
    for factor, what in ((0.0, "vectors of zeros"), (30.0, "scores of thousands"), (-30.0, "the same")):
        _finite(_module(case), replace(given, vectors=factor * given.vectors), what)


@law(instead="take vectors from step.embed, step.users, step.items or step.score, and don't detach them")
def gradients_reach_the_vectors(case: Case) -> None:
    """Gradients reach vectors: for a supervised term those of every user and every positive of the batch."""
    given = toy(_counts(case)[-1])
    gradient, _ = _gradient(_module(case), given)
    hold(bool(torch.isfinite(gradient).all()), "it isn't finite")
    hold(bool(gradient.any()), "it is 0 everywhere")
    if _objective(case).supervised:
        for name, nodes in (("users", given.batch.user), ("positives", given.batch.item + users())):
            still = int((~gradient[nodes].any(1)).sum())
            hold(still == 0, f"{still} of the batch's {len(nodes)} {name} get no gradient")


@law(instead="pair row j of batch.user with row j of batch.item, of batch.weight and of batch.negative")
def the_order_of_the_batch_is_free(case: Case) -> None:
    """The rows of the batch in another order give the same loss."""
    module, given = _module(case), toy(_counts(case)[-1])
    once = float(_loss(module, given).detach())
    if once != float(_loss(module, replace(given, key=1)).detach()):
        raise Skip("it draws at random, and may draw for each row")
    order = torch.randperm(len(given.batch.user), generator=Context().generator("contract.order"))
    moved = float(_loss(module, replace(given, batch=rows(given.batch, order))).detach())
    hold(abs(moved - once) <= 1e-4 * max(1.0, abs(once)), f"{once:.6g} becomes {moved:.6g}")


@law(instead="let `corrects` say whether the value depends on step.proposal or step.popularity")
def corrects_is_true(case: Case) -> None:
    """Where `corrects` is True the value depends on how probably items are drawn; where it is False it doesn't
    depend on `step.proposal`, which is unknown for hard negatives."""
    module, given = _module(case), toy(_counts(case)[-1])
    before = float(_loss(module, given).detach())
    other = replace(given, proposal=given.proposal.flip(0))
    if _objective(case).corrects:
        other = replace(other, popularity=given.popularity.flip(0))
    after = float(_loss(module, other).detach())
    said = f"`corrects` is {_objective(case).corrects}, and the value goes from {before:.6g} to {after:.6g}"
    hold((after != before) == _objective(case).corrects, said)


@law(instead="draw from step.generator, and keep no stream of your own: a resumed run would have another")
def draws_are_the_steps(case: Case) -> None:
    """The same step gives the same value again: all that is drawn comes from `step.generator`."""
    module, given = _module(case), inputs(case)
    one, other = (float(_loss(module, given).detach()) for _ in range(2))
    hold(one == other, f"{one:.6g}, then {other:.6g}")


@law(instead="work on copies: write `x = normalize(x)`, and no method that ends in an underscore")
def the_step_is_left_alone(case: Case) -> None:
    """What other terms of the loss see afterwards (the batch, vectors, popularity) is what it was."""
    given = toy(_counts(case)[-1])
    step = given.leaf().step()
    seen = {
        "step.embed().final": step.embed().final,
        "step.batch.user": step.batch.user,
        "step.batch.item": step.batch.item,
        "step.batch.weight": step.batch.weight,
        "step.popularity": step.popularity,
        "step.proposal": step.proposal,
    } | {f"step.embed().hops[{i}]": hop for i, hop in enumerate(step.embed().hops)}
    before = {name: value.detach().clone() for name, value in seen.items()}
    step.seen[None] = replace(step.embed(), final=step.embed().final.clone())
    seen["step.embed().final"] = step.embed().final
    module = _module(case)
    learning.begin(module, 0)
    module(step)
    changed = [name for name in seen if not torch.equal(seen[name].detach(), before[name])]
    hold(not changed, f"changed: {', '.join(changed)}")


@law(instead="look at the sign, at what stands for a negative, and at detached parts; give examples that learn")
def it_learns_the_planted_world(case: Case) -> None:
    """A supervised term alone, over free vectors and in 64 steps, ranks held-out items of the kit's world
    above others with an area under the curve of at least 0.6, where chance gives 0.5."""
    _supervised(case)
    vectors, _ = learning.train(_module(case).train(), _counts(case)[-1])
    hold(bool(torch.isfinite(vectors).all()), "some vectors aren't finite after training")
    found = learning.auc(vectors)
    hold(found >= CHANCE + ABOVE, f"the area under the curve is {found:.3f}")


@law(instead="look at the sign: following its gradient must lower the value, and must not drive vectors away")
def alone_it_neither_stands_still_nor_runs_away(case: Case) -> None:
    """A term that isn't supervised, alone, over free vectors and in 64 steps, moves them, has a lower value
    at the end than at the start, and makes them at most ten times as long."""
    if _objective(case).supervised:
        raise Skip("it is supervised")
    before = learning.first().detach()
    after, values = learning.train(_module(case).train(), _counts(case)[-1], decay=0.0)
    hold(bool(torch.isfinite(after).all()), "some vectors aren't finite after training")
    hold(not torch.equal(before, after), "no vector has moved")
    start, end = (sum(part) / len(part) for part in (values[:4], values[-4:]))
    hold(end < start, f"the value goes from {start:.4g} to {end:.4g}")
    longer = float(after.norm() / before.norm())
    hold(longer <= 10, f"the vectors are {longer:.3g} times as long")


def _objective(case: Case) -> Objective:
    assert isinstance(case.options, Objective)  # noqa: S101
    return case.options


def _module(case: Case) -> nn.Module:
    return build(case, case.context, toy()).eval()


def _counts(case: Case) -> tuple[int | None, ...]:
    """The numbers of negatives that a batch may come with; the last is the usual one. A term that asks for
    none may meet some, for another term may have asked."""
    declared = _objective(case).negatives
    return {"none": (DRAWN, None), "all": (DRAWN, None), "one": (1,), "many": (1, DRAWN)}[declared]


def _supervised(case: Case) -> None:
    if not _objective(case).supervised:
        raise Skip("it doesn't claim to be supervised")


def _loss(module: nn.Module, given: Toy) -> torch.Tensor:
    learning.begin(module, 0)
    loss: torch.Tensor = module(given.step())
    return loss


def _gradient(module: nn.Module, given: Toy) -> tuple[torch.Tensor, float]:
    """The gradient of the vectors, 0 where there is none, and the value."""
    own = given.leaf()
    loss = _loss(module, own)
    if not loss.requires_grad:
        broken("the value carries no gradient")
    loss.backward()
    gradient = own.vectors.grad
    return torch.zeros_like(own.vectors) if gradient is None else gradient, float(loss.detach())


def _finite(module: nn.Module, given: Toy, what: str) -> None:
    gradient, value = _gradient(module, given)
    hold(bool(torch.isfinite(torch.tensor(value))), f"{what}: the value is {value}")
    hold(bool(torch.isfinite(gradient).all()), f"{what}: the gradient isn't finite")


@torch.no_grad()
def _changes(module: nn.Module, case: Case, user: torch.Tensor, item: torch.Tensor) -> list[float]:
    """By how much the loss changes, on average over tables of scores, when pair j alone rises by 0.5."""
    count = _counts(case)[-1]
    sums = [0.0] * len(user)
    for key in range(TABLES):
        given = table(key, count)
        before = float(_loss(module, given))
        for j in range(len(user)):
            other = raised(given, user[j : j + 1], item[j : j + 1], 0.5)
            sums[j] += (float(_loss(module, other)) - before) / TABLES
    return sums


KIND = modular(
    (
        the_loss_is_one_number,
        negatives_are_as_declared,
        the_loss_falls_when_a_positive_rises,
        the_loss_rises_when_a_negative_rises,
        a_batch_of_one_is_finite,
        scaled_as_a_mean,
        extreme_vectors_stay_finite,
        gradients_reach_the_vectors,
        the_order_of_the_batch_is_free,
        corrects_is_true,
        draws_are_the_steps,
        the_step_is_left_alone,
        it_learns_the_planted_world,
        alone_it_neither_stands_still_nor_runs_away,
    ),
    inputs,
    build,
    call,
)
