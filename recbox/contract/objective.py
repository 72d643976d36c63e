"""The laws of objectives. Those of supervision are in a module of their own."""

from __future__ import annotations

from dataclasses import replace

import torch

from recbox.context import Context
from recbox.contract import learning, supervision, telling
from recbox.contract.case import Case
from recbox.contract.kind import modular
from recbox.contract.law import Skip, hold, law
from recbox.contract.loss import (
    build,
    built,
    built_beside,
    call,
    counts,
    gradient_of,
    hold_finite,
    inputs,
    loss_of,
    objective,
)
from recbox.contract.toy_step import DIM, HOPS, SIZE, items, repeated, rows, toy, users


@law(instead="end in .mean(), return a tensor, and detach nothing on the way")
def the_loss_is_one_number(case: Case) -> None:
    """The value is a finite tensor without dimensions that carries a gradient."""
    loss = loss_of(built(case), inputs(case))
    hold(isinstance(loss, torch.Tensor), f"forward returns a {type(loss).__name__}")
    hold(loss.dim() == 0, f"the value has the shape {list(loss.shape)}")
    hold(loss.is_floating_point() and bool(torch.isfinite(loss)), f"the value is {loss.detach()}")
    hold(loss.requires_grad, "the value carries no gradient")


@law(instead="say in `negatives` what forward reads of step.batch.negative: none, one, many or all")
def negatives_are_as_declared(case: Case) -> None:
    """It works with every number of negatives that `negatives` allows, and with one positive too."""
    module = built(case)
    for count in counts(case):
        for size in (SIZE, 1):
            loss = loss_of(module, toy(count, size=size))
            hold(bool(torch.isfinite(loss)), f"{size} positives, {count or 'no'} negatives: {loss.detach()}")


@law(
    instead="leave out what is undefined for one row, such as distances between rows, or give it the value 0"
)
def a_batch_of_one_is_finite(case: Case) -> None:
    """Value and gradient are finite for a batch of one positive, for that positive twice, and in training
    mode."""
    given = toy(counts(case)[-1], size=1)
    for times in (1, 2):
        again = replace(given, batch=repeated(given.batch, times))
        hold_finite(built(case), again, f"{times} times the same positive")
    with case.context.draws("contract.module"):
        hold_finite(built(case).train(), given, "in training mode")


@law(instead="take the mean over the batch, in one place, and not a sum")
def scaled_as_a_mean(case: Case) -> None:
    """A batch that is repeated 16 times has a value and a gradient within a factor of 4 of its own; a sum
    would have 16 times as much."""
    # A softmax over a batch that hides no duplicates grows by log 16, which a mean may.
    module, given = built(case), toy(counts(case)[-1])
    once, value = gradient_of(module, given)
    many, other = gradient_of(module, replace(given, batch=repeated(given.batch, 16)))
    before, after = float(once.norm()), float(many.norm())
    hold(before / 4 <= after <= before * 4, f"the gradient's norm goes from {before:.3g} to {after:.3g}")
    hold(abs(other) <= 4 * max(1.0, abs(value)), f"the value goes from {value:.3g} to {other:.3g}")


@law(instead="use softplus, logsigmoid, logsumexp and normalize in place of log, exp and division")
def extreme_vectors_stay_finite(case: Case) -> None:
    """Value and gradient are finite where all vectors are 0, and where scores reach thousands."""
    given = toy(counts(case)[-1])
    for factor, what in ((0.0, "vectors of zeros"), (30.0, "scores of thousands"), (-30.0, "the same")):
        hold_finite(built(case), replace(given, vectors=factor * given.vectors), what)


@law(instead="take vectors from step.embed, step.users, step.items or step.score, and don't detach them")
def gradients_reach_the_vectors(case: Case) -> None:
    """Gradients reach vectors: for a supervised term those of every user and every positive of the batch. Of
    a term with `of_encoder` they reach parameters of that encoder."""
    if objective(case).of_encoder is not None:
        _reach_the_encoder(case)
        return
    given = toy(counts(case)[-1])
    mirror = given.vectors.clone()
    mirror[users() :] *= -1  # a term with a margin is silent where a pair is well apart, but not both ways
    both = (replace(given, vectors=vectors) for vectors in (given.vectors, mirror))
    gradient = torch.cat([gradient_of(built(case), one)[0] for one in both], dim=1)
    hold(bool(torch.isfinite(gradient).all()), "it isn't finite")
    hold(bool(gradient.any()), "it is 0 everywhere")
    if objective(case).supervised:
        for name, nodes in (("users", given.batch.user), ("positives", given.batch.item + users())):
            still = int((~gradient[nodes].any(1)).sum())
            hold(still == 0, f"{still} of the batch's {len(nodes)} {name} get no gradient")


def _reach_the_encoder(case: Case) -> None:
    given = inputs(case)
    module, beside = built_beside(case)
    torch.autograd.backward(loss_of(module, given))
    own = {name: p.grad for name, p in beside.named_parameters() if p.grad is not None}
    finite = all(bool(torch.isfinite(gradient).all()) for gradient in own.values())
    hold(finite, "those of the encoder aren't finite")
    hold(
        any(bool(gradient.any()) for gradient in own.values()), "no parameter of the encoder gets a gradient"
    )


@law(instead="pair row j of batch.user with row j of batch.item, of batch.weight and of batch.negative")
def the_order_of_the_batch_is_free(case: Case) -> None:
    """The rows of the batch in another order give the same loss."""
    module, given = built(case), toy(counts(case)[-1])
    once = float(loss_of(module, given).detach())
    if once != float(loss_of(module, replace(given, key=1)).detach()):
        raise Skip("it draws at random, and may draw for each row")
    order = torch.randperm(len(given.batch.user), generator=Context().generator("contract.order"))
    moved = float(loss_of(module, replace(given, batch=rows(given.batch, order))).detach())
    hold(abs(moved - once) <= 1e-4 * max(1.0, abs(once)), f"{once:.6g} becomes {moved:.6g}")


@law(instead="let `corrects` say whether the value depends on step.proposal or step.popularity")
def corrects_is_true(case: Case) -> None:
    """Where `corrects` is True the value depends on how probably items are drawn; where it is False it
    doesn't depend on `step.proposal`, which nobody knows for hard negatives."""
    module, given = built(case), toy(counts(case)[-1])
    before = float(loss_of(module, given).detach())
    other = replace(given, proposal=given.proposal.flip(0))
    if objective(case).corrects:
        other = replace(other, popularity=given.popularity.flip(0))
    after = float(loss_of(module, other).detach())
    said = f"`corrects` is {objective(case).corrects}, and the value goes from {before:.6g} to {after:.6g}"
    hold((after != before) == objective(case).corrects, said)


@law(instead="draw from step.generator, and keep no stream of your own: a resumed run would have another")
def draws_are_the_steps(case: Case) -> None:
    """The same step gives the same value again: all that is drawn comes from `step.generator`."""
    module, given = built(case), inputs(case)
    one, other = (float(loss_of(module, given).detach()) for _ in range(2))
    hold(one == other, f"{one:.6g}, then {other:.6g}")


@law(instead="take items by step.items and step.block, or the rows from step.offset to step.end")
def nodes_behind_items_are_no_items(case: Case) -> None:
    """The value of a supervised term hangs on users and items alone: what stands behind these in the graph,
    such as entities of a knowledge graph, may be moved."""
    if not objective(case).supervised:
        raise Skip("it isn't supervised")
    module, given = built(case), toy(counts(case)[-1])
    behind = given.vectors.clone()
    behind[users() + items() :] *= -2
    before, after = (
        float(loss_of(module, replace(given, vectors=v)).detach()) for v in (given.vectors, behind)
    )
    hold(before == after, f"entities that are moved change the value from {before:.6g} to {after:.6g}")


@law(instead="work on copies: write `x = normalize(x)`, and no method that ends in an underscore")
def the_step_is_left_alone(case: Case) -> None:
    """What other terms of the loss see afterwards (the batch, vectors, popularity) is what it was."""
    step = toy(counts(case)[-1]).leaf().step()
    seen = {
        "step.embed().final": step.embed().final,
        "step.batch.user": step.batch.user,
        "step.batch.item": step.batch.item,
        "step.batch.weight": step.batch.weight,
        "step.popularity": step.popularity,
        "step.proposal": step.proposal,
    } | {f"step.embed().hops[{i}]": hop for i, hop in enumerate(step.embed().hops)}
    before = {name: value.detach().clone() for name, value in seen.items()}
    module = built(case)
    learning.begin(module, 0)
    module(step)
    changed = [name for name in seen if not torch.equal(seen[name].detach(), before[name])]
    hold(not changed, f"changed: {', '.join(changed)}")


@law(instead="say by a ValueError in `check(hops, final, dim)` what vectors `forward` can't work with")
def it_works_with_what_it_accepts(case: Case) -> None:
    """Value and gradient are finite without layers, with one and with three, and where final vectors are all
    hops side by side: unless `check` refuses these."""
    for hops, concat in ((0, False), (1, False), (3, False), (HOPS, True)):
        widths = (DIM,) * (hops + 1)
        try:
            objective(case).check(widths, sum(widths) if concat else DIM, DIM)
        except ValueError:
            continue
        given = replace(toy(counts(case)[-1]), hops=hops, concat=concat)
        hold_finite(built(case), given, f"{hops} hops{', side by side' if concat else ''}")


KIND = modular(
    (
        the_loss_is_one_number,
        negatives_are_as_declared,
        a_batch_of_one_is_finite,
        scaled_as_a_mean,
        extreme_vectors_stay_finite,
        gradients_reach_the_vectors,
        the_order_of_the_batch_is_free,
        corrects_is_true,
        draws_are_the_steps,
        nodes_behind_items_are_no_items,
        the_step_is_left_alone,
        it_works_with_what_it_accepts,
        *telling.LAWS,
        *supervision.LAWS,
    ),
    inputs,
    build,
    call,
)
