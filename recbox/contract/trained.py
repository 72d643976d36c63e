"""The laws of models that the engine trains, beside those of all models."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.fitted import block, skewed
from recbox.contract.law import broken, hold, law
from recbox.contract.streams import watched
from recbox.contract.training import EPOCHS, course, moments, trained
from recbox.plugin import Scorer, Trained
from recbox.recipe.trained import course_of
from recbox.train import CheckpointFile, Fit, ModelCourse, fit
from recbox.train.state import State

ONE = 1
"""Rows of the smallest batch."""


@law(
    of=Trained,
    once=True,
    instead="write `course` as a recipe writes `train`, and leave out what means nothing",
)
def the_course_is_a_train_block(case: Case) -> None:
    """`course` can be read as a recipe's `train`; `negatives` is a word that objectives know, and for rows of
    users it is none."""
    options = trained(case)
    try:
        course_of(options)
    except ValidationError as error:
        first = error.errors()[0]
        broken(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    hold(options.negatives in ("none", "one", "many", "all"), f"negatives is {options.negatives!r}")
    hold(options.rows in ("interaction", "user"), f"rows is {options.rows!r}")
    users = options.rows == "user" and options.negatives in ("one", "many")
    hold(not users, f"negatives is {options.negatives!r}, and batches of users have none")


@law(of=Trained, instead="look at the sign of the loss, and at what is detached on the way to it")
def the_loss_falls(case: Case) -> None:
    """On a planted world, the mean loss of the last epochs is below that of the first."""
    losses = [row["loss"] for row in _run(_course(case)).history]
    last = float(np.mean(losses[-5:]))
    hold(
        last < losses[0], f"it is {losses[0]:.4g} in the first epoch, {last:.4g} in the last five of {EPOCHS}"
    )


@law(of=Trained, instead="divide by no spread or count of the batch that may be 0")
def a_batch_of_one_is_finite(case: Case) -> None:
    """The loss of a batch of one row is one finite number, with finite gradients."""
    given = _course(case, batch=ONE)
    for number, (loss, module) in zip(range(20), _losses(given)):
        hold(loss.shape == (), f"the loss has shape {list(loss.shape)}")
        hold(bool(torch.isfinite(loss)), f"batch {number} of one row has the loss {float(loss):g}")
        for name, parameter in module.named_parameters():
            grad = parameter.grad
            hold(grad is None or bool(torch.isfinite(grad).all()), f"the gradient of {name} isn't finite")


@law(of=Trained, instead="use each parameter in forward, and detach nothing on the way")
def the_loss_reaches_every_parameter(case: Case) -> None:
    """In the first epoch each parameter gets a gradient, and not all of it is 0."""
    given = _course(case)
    reached: set[str] = set()
    for _, module in _losses(given):
        found = {n for n, p in module.named_parameters() if p.grad is not None and bool(p.grad.any())}
        reached |= found
    missed = [name for name, _ in given.module.named_parameters() if name not in reached]
    hold(not missed, f"no gradient for {', '.join(missed)}")


@law(of=Trained, instead="copy what the scorer keeps: parameter.detach().clone(), copy.deepcopy(module)")
def a_scorer_stays_as_it_is(case: Case) -> None:
    """A scorer that was made while training goes on scores the same afterwards."""
    given = _course(case)
    _run(given, stop=2)
    scorer = given.scorer()
    before, state = block(scorer), _kept(scorer)
    _run(given, stop=2)
    hold(np.array_equal(block(scorer), before), "its scores are others after further training")
    hold(_kept(scorer) == state, "its state is another after further training")


@law(of=Trained, instead="call eval() on the module that the scorer keeps, and draw nothing in block")
def scoring_draws_nothing(case: Case) -> None:
    """A block is the same when it is asked for again, and no shared stream of random numbers moves."""
    given = _course(case)
    _run(given, stop=2)
    scorer = given.scorer()
    with watched() as moved:
        first, again = block(scorer), block(scorer)
        touched = moved()
    hold(np.array_equal(first, again), "asked for again, a block has other scores")
    hold(not touched, f"moved: {', '.join(touched)}")


@law(
    of=Trained,
    instead="keep what training changes in parameters and buffers, and read the epoch off `moment`",
)
def stopped_and_resumed_it_ends_the_same(case: Case) -> None:
    """Training that is stopped after one of its first epochs, and goes on from the checkpoint with a module
    that is built anew, gives the scores of training in one go, bit for bit."""
    whole = _course(case)
    _run(whole, stop=4)
    for after in (1, 3):
        with tempfile.TemporaryDirectory(prefix="recbox-contract-") as folder:
            file = CheckpointFile(Path(folder) / "c", {})
            _run(_course(case), stop=after, checkpoint=file)
            resumed = _course(case)
            _run(resumed, stop=4, state=file.load())
        same = np.array_equal(block(resumed.scorer()), block(whole.scorer()))
        hold(same, f"stopped after {after} of 4 epochs, the scores differ")


def _course(case: Case, batch: int | None = None, context: Context | None = None) -> ModelCourse:
    return course(case, skewed(0).train, context or case.context, batch)


def _run(
    given: ModelCourse,
    stop: int | None = None,
    checkpoint: CheckpointFile | None = None,
    state: State | None = None,
) -> Fit:
    return fit(given, None, checkpoint, state, stop)


def _losses(given: ModelCourse) -> Iterator[tuple[torch.Tensor, torch.nn.Module]]:
    """The loss of each batch of an epoch, after its gradients, in training mode and without a step."""
    module = given.module.train()
    for batch, moment in moments(given):
        module.zero_grad(set_to_none=True)
        with given.context.draws("contract.module", moment.step):
            loss: Any = module(batch, moment)
            hold(isinstance(loss, torch.Tensor), f"the loss is a {type(loss).__name__}")
            torch.autograd.backward(loss)
        yield loss.detach(), module


def _kept(scorer: Scorer) -> list[tuple[str, bytes]]:
    return [
        (name, np.ascontiguousarray(array).tobytes()) for name, array in sorted(scorer.state()[0].items())
    ]


LAWS = (
    the_course_is_a_train_block,
    the_loss_falls,
    a_batch_of_one_is_finite,
    the_loss_reaches_every_parameter,
    a_scorer_stays_as_it_is,
    scoring_draws_nothing,
    stopped_and_resumed_it_ends_the_same,
)
