"""The laws of what a term says of itself: whether it asks for scores or for candidates, whether it adds noise
to the main view, and whether the batch's nodes are enough for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.learning import begin
from recbox.contract.loss import built, counts, gradient_of, objective
from recbox.contract.toy_step import HOPS, SIZE, rows, toy
from recbox.plugin import Step

Scores = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
EPOCHS = (0, 1_000_000)
"""The first, and one that is past every warm-up."""


@law(instead="give a new tensor, `x + noise`, and draw with the generator that `disturb` is handed")
def noise_is_its_streams(case: Case) -> None:
    """What `disturb` gives is finite, of the shape that it was handed, and the same from the same stream;
    what it was handed stays as it was."""
    disturb = getattr(built(case), "disturb", None)
    if disturb is None:
        raise Skip("it adds nothing to what hops give")
    for hop in range(HOPS + 1):
        x = toy().vectors
        one, other = (disturb(Context().generator("contract.noise"), hop, x) for _ in range(2))
        hold(one.shape == x.shape, f"of {list(x.shape)} it makes {list(one.shape)}")
        hold(bool(torch.isfinite(one).all()), "it isn't finite")
        hold(torch.equal(one, other), "the same stream gives another value")
        hold(torch.equal(x, toy().vectors), "what it was handed is changed")


@law(instead="say what the module has by `disturbs`")
def disturbs_is_true(case: Case) -> None:
    """The module has a method `disturb` exactly where `disturbs` says so."""
    has, said = hasattr(built(case), "disturb"), objective(case).disturbs
    hold(has == said, f"`disturbs` is {said}, and the module has {'one' if has else 'none'}")


@law(instead="say by `of_scores` whether `step.score`, `step.block` or what stands behind them is called")
def of_scores_is_true(case: Case) -> None:
    """It asks for scores exactly where `of_scores` says so."""
    asked: list[Scores] = []

    def seen(score: Scores) -> Scores:
        def scored(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
            asked.append(score)
            return score(user, item)

        return scored

    def watched(step: Step) -> Step:
        step.score_vectors, step.block_vectors = seen(step.score_vectors), seen(step.block_vectors)
        return step

    _steps(case, watched)
    said = objective(case).of_scores
    hold(bool(asked) == said, f"`of_scores` is {said}, and it asks for {'some' if asked else 'none'}")


@law(instead="say by `of_candidates` whether `step.cold` or `step.excluded` is looked at")
def of_candidates_is_true(case: Case) -> None:
    """It asks which items are no candidates exactly where `of_candidates` says so."""
    asked: list[str] = []

    class Watched(Step):
        def __getattribute__(self, name: str) -> object:
            asked.extend([name] if name == "cold" else [])
            return super().__getattribute__(name)

    _steps(case, lambda step: Watched(**vars(step)))
    said = objective(case).of_candidates
    hold(bool(asked) == said, f"`of_candidates` is {said}, and it asks {'for them' if asked else 'for none'}")


@law(instead="take vectors by step.users, step.items and step.score, or by `found.rows(nodes)`; say if not")
def sampled_is_true(case: Case) -> None:
    """Where `sampled` is True: a step that has vectors of the batch's nodes alone gives the value and the
    gradient that one with those of all nodes gives."""
    if not objective(case).sampled:
        raise Skip("it doesn't claim that the batch's nodes are enough")
    for count in counts(case):
        given = toy(count)
        # The first rows' users are the first nodes, and no wonder that a step has them at the same place.
        given = replace(given, batch=rows(given.batch, torch.arange(SIZE // 2, SIZE)))
        whole, value = gradient_of(built(case), given)
        some, other = gradient_of(built(case), replace(given, sampled=True))
        hold(abs(value - other) <= 1e-5 * max(1.0, abs(value)), f"{value:.6g} becomes {other:.6g}")
        gap = float((whole - some).abs().max())
        hold(gap <= 1e-5 * max(1.0, float(whole.abs().max())), f"the gradient differs by {gap:.2g}")


def _steps(case: Case, watched: Callable[[Step], Step]) -> None:
    """What a term does in a step, early and late."""
    module = built(case)
    for epoch in EPOCHS:
        begin(module, epoch)
        module(watched(toy(counts(case)[-1]).leaf().step()))


LAWS = (noise_is_its_streams, disturbs_is_true, of_scores_is_true, of_candidates_is_true, sampled_is_true)
