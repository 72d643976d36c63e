"""What the loop trains: stages, each a loss with its batches, and the scorer that comes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch
from torch import nn

from recbox.context import Context
from recbox.errors import RecboxError
from recbox.plugin import Scorer
from recbox.recipe.blocks import Training
from recbox.registry.origin import Origin
from recbox.train.state import Tensors


class Rows(Protocol):
    """An epoch's batches; `len` says how many. A batch has `user`, a user for each of its rows."""

    def __len__(self) -> int: ...

    @property
    def count(self) -> int:
        """Rows of an epoch, in all batches together."""

    @property
    def undrawable(self) -> int:
        """Interactions left out, for their user knows every item."""

    def epoch(self, epoch: int, context: Context) -> Iterator[Any]:
        """The batches of an epoch, on the context's device; the same however often it is asked for."""


class Loss(Protocol):
    """One stage's loss: a weighted sum of terms, which the parameters of `module` follow."""

    @property
    def module(self) -> nn.Module: ...
    @property
    def batches(self) -> Rows: ...
    @property
    def labels(self) -> Sequence[str]:
        """Of the terms, for people."""

    @property
    def weights(self) -> Sequence[float]:
        """Of the terms."""

    @property
    def suspects(self) -> Sequence[Origin]:
        """Who may be to blame where gradients can't be computed."""

    def begin(self, epoch: int) -> None:
        """An epoch begins."""

    def watched(self) -> AbstractContextManager[None]:
        """Around each step."""

    def terms(self, batch: Any, epoch: int, number: int) -> torch.Tensor:
        """float `[terms]` of a batch, with gradients."""

    def faulty(self, bad: Sequence[int]) -> RecboxError | None:
        """What to say of terms that aren't finite in the very first step; None: no more than of others."""


class Course(Protocol):
    """A method in training. stages: as the recipe says. select: the metric that validation goes by."""

    @property
    def context(self) -> Context: ...
    @property
    def stages(self) -> Sequence[Training]: ...
    @property
    def select(self) -> str: ...
    @property
    def lower_is_better(self) -> bool: ...

    def open(self, stage: int) -> Loss:
        """A stage's loss, made anew; it goes on from the weights as they are."""

    def scorer(self) -> Scorer:
        """The method as it is now, in evaluation mode; training mode is put back."""

    def scores_at_last(self, stage: int) -> bool:
        """Whether this stage's scorer scores as the last one's does: else its weights are no method yet."""

    def restore(self, tensors: Tensors) -> None:
        """Take the method's weights from the state of a stage's module."""

    def end(self) -> None:
        """Training is over: into evaluation mode."""
