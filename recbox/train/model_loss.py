"""The loss of a trained model: what its module says of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from recbox.context import Context
from recbox.data import Dataset
from recbox.errors import RecboxError
from recbox.plugin import Moment, Trained
from recbox.recipe.blocks import Training
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part
from recbox.recommender import check_term
from recbox.train.batches import Batches
from recbox.train.course import Rows
from recbox.train.known import Known
from recbox.train.user_batches import UserBatches


class ModelLoss:
    """One term, of weight 1."""

    def __init__(
        self, part: Part, module: nn.Module, training: Training, train: Dataset, context: Context
    ) -> None:
        self.part, self.module, self.context = part, module, context
        self.batches = rows_of(part.options, training, train)
        self.labels, self.weights = [part.label], [1.0]
        self.suspects = [part.origin] if part.foreign and part.origin is not None else []

    def begin(self, epoch: int) -> None:
        """A module learns of the epoch with each batch."""

    def watched(self) -> AbstractContextManager[None]:
        return nullcontext()

    def terms(self, batch: Any, epoch: int, number: int) -> torch.Tensor:
        steps, device = len(self.batches), torch.device(self.context.device).type
        stream = self.context.generator("model", 0, epoch, number)
        moment = Moment(epoch, epoch * steps + number, steps, stream)
        with torch.autocast(device, torch.bfloat16, enabled=self.context.precision == "bf16"):
            value = self.module(batch, moment)
        if self.part.foreign:
            check_term(self.part, value, batch.user.device)
        return value[None].float()

    def faulty(self, bad: Sequence[int]) -> RecboxError | None:
        if not self.part.foreign:
            return None
        return fault(self.part, "gives a loss that is not a finite number in the first step")


def rows_of(options: Trained, training: Training, train: Dataset) -> Rows:
    """The batches that a model asks for."""
    if options.rows == "user":
        return UserBatches(train, training, 0)
    wanted = options.negatives in ("one", "many")
    warm = training.sets_warm("item-features" in options.accepts)
    return Batches(train, Known.of(train), training, 0, wanted, warm)
