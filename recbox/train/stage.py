"""One stage of training, opened: its loss, its optimizer, and a step of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from recbox.context import Context
from recbox.errors import RecboxError
from recbox.recipe.blocks import Training
from recbox.registry.blame import suspected
from recbox.train.ahead import ahead
from recbox.train.course import Course, Loss
from recbox.train.optimizing import make_optimizer
from recbox.train.rows import clip, update
from recbox.train.state import State, restore_optimizer


class OpenStage:
    """Built anew for each stage; `module` holds all that is trained."""

    def __init__(self, course: Course, state: State) -> None:
        self.number: int = state.stage
        self.context: Context = course.context
        self.training: Training = course.stages[state.stage]
        if state.epoch == 0 and state.model:
            course.restore(state.model)
        self.loss: Loss = course.open(state.stage)
        self.module: nn.Module = self.loss.module
        self.optimizer = make_optimizer(self.training.optimizer, self.module)
        if state.epoch > 0:
            self.module.load_state_dict(state.model)
            restore_optimizer(self.optimizer, state.optimizer)

    def begin(self, epoch: int, lr: float) -> None:
        """Into training mode, at this learning rate; modules with one of their own follow in proportion."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group["share"]
        self.module.train()
        self.loss.begin(epoch)

    def batches(self, epoch: int) -> Iterator[Any]:
        """Those of an epoch. An accelerator learns from one while the processor draws the next; on the
        processor itself that would take a core from the products."""
        made = self.loss.batches.epoch(epoch, self.context)
        return made if self.context.device == "cpu" else ahead(made)

    def step(self, batch: Any, epoch: int, number: int) -> torch.Tensor:
        """One update; float64 `[1 + terms]`: the loss, and each term before its weight."""
        with self.context.draws("module", self.number, epoch, number), self.loss.watched():
            terms = self.loss.terms(batch, epoch, number)
            loss = (terms * terms.new_tensor(self.loss.weights)).sum()
            told = torch.cat([loss.detach()[None], terms.detach()]).double().cpu()
            if not torch.isfinite(told[0]):
                raise self._diverged(told[1:], epoch, number)
            self.optimizer.zero_grad(set_to_none=True)
            self._backward(loss)
        if self.training.clip is not None:
            clip(self.module.parameters(), self.training.clip)
        update(self.optimizer)
        return told

    def _backward(self, loss: torch.Tensor) -> None:
        try:
            loss.backward()
        except RuntimeError as error:
            if found := suspected(error, list(self.loss.suspects), "the gradients can't be computed"):
                raise found from error
            raise

    def _diverged(self, terms: torch.Tensor, epoch: int, number: int) -> RecboxError:
        """Which term is to blame; in the very first step it is no matter of the learning rate."""
        bad = [i for i, finite in enumerate(torch.isfinite(terms).tolist()) if not finite]
        if bad and epoch == number == 0 and (found := self.loss.faulty(bad)):
            return found
        return _diverged(", ".join(self.loss.labels[i] for i in bad), epoch, number)


def _diverged(terms: str, epoch: int, number: int) -> RecboxError:
    return RecboxError(
        f"the loss is not a finite number any more{f': {terms}' if terms else ''}",
        where=f"train, epoch {epoch + 1}, step {number + 1}",
        why="training has diverged",
        instead="a lower train.optimizer.lr, train.clip: 1.0, or precision: fp32",
    )
