"""The laws of what a term says of itself: whether it asks for scores, and adds noise to the main view."""

from __future__ import annotations

from collections.abc import Callable

import torch

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.loss import built, counts, objective
from recbox.contract.toy_step import HOPS, toy

Scores = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


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
    step, asked = toy(counts(case)[-1]).leaf().step(), []

    def seen(score: Scores) -> Scores:
        def scored(user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
            asked.append(score)
            return score(user, item)

        return scored

    step.score_vectors, step.block_vectors = seen(step.score_vectors), seen(step.block_vectors)
    built(case)(step)
    said = objective(case).of_scores
    hold(bool(asked) == said, f"`of_scores` is {said}, and it asks for {'some' if asked else 'none'}")


LAWS = (noise_is_its_streams, disturbs_is_true, of_scores_is_true)
