"""The kind `model`, trained by gradients: the author writes a loss, and the engine owns the loop."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from recbox.plugin.model import Model
from recbox.plugin.objective import Negatives

if TYPE_CHECKING:
    import torch
    from torch import nn

    from recbox.plugin.scorer import Scorer
    from recbox.plugin.spec import Spec


@dataclass(frozen=True)
class UserBatch:
    """Users with all of their training interactions, as rows of a sparse matrix.

    user: int64 `[B]`. indptr: int64 `[B + 1]`, where each user's items begin. item: int64 `[n]`, ascending
    within a user, each once. weight: float32 `[n]`, summed where a user has an item in several interactions.

    Stability: stable for callers.
    """

    user: torch.Tensor
    indptr: torch.Tensor
    item: torch.Tensor
    weight: torch.Tensor

    @property
    def row(self) -> torch.Tensor:
        """int64 `[n]`: which of the batch's users each item is of, from 0."""
        import torch

        rows = torch.arange(len(self.user), device=self.item.device)
        return torch.repeat_interleave(rows, self.indptr.diff(), output_size=len(self.item))

    def dense(self, items: int) -> torch.Tensor:
        """float32 `[B, items]`: 1 where there is an interaction, else 0."""
        matrix = self.weight.new_zeros(len(self.user), items)
        matrix[self.row, self.item] = 1.0
        return matrix


@dataclass(frozen=True)
class Moment:
    """Where training stands at a step.

    epoch: from 0. step: updates before this one, those of earlier epochs too. steps: updates in an epoch.
    generator: a CPU stream of this epoch and step; it moves no other draw.

    Stability: stable for callers.
    """

    epoch: int
    step: int
    steps: int
    generator: torch.Generator


class Trained(Model):
    """A model that the engine trains: with batches, negatives, optimizer and schedule as the recipe's `train`
    says, validation, early stopping, checkpoints, and again on train and validation with `refit`.

    Laws, beside those of models: the loss falls where the data has structure; it is finite, for a batch of
    one too; gradients reach every parameter; what is drawn comes from `moment.generator`, or from torch's own
    stream as `nn.Dropout` does; training that goes on from a saved state ends as in one go; a scorer isn't
    changed by what is trained afterwards, and scoring draws nothing.

    Stability: stable for callers and implementers.
    """

    trained: ClassVar[bool] = True
    course: ClassVar[dict[str, Any]] = {}
    """What stands in `train` where the recipe says nothing else, as a recipe writes it: `{"batch": 500}`."""
    rows: ClassVar[Literal["interaction", "user"]] = "interaction"
    """What a batch is made of: interactions (a `Batch`), or users with their histories (a `UserBatch`)."""

    @property
    def negatives(self) -> Negatives:
        """What it needs of `train.negative`, as objectives say it; with rows of users there are none."""
        return "none"

    @abstractmethod
    def build(self, spec: Spec) -> nn.Module:
        """A module: `forward(batch: Batch | UserBatch, moment: Moment) -> float []`, the loss of a batch, a
        mean over its rows. Its first values are drawn from `spec.generator`."""

    @abstractmethod
    def scorer(self, module: nn.Module, spec: Spec) -> Scorer:
        """What the module has become by now, in evaluation mode and without gradients. A scorer keeps copies:
        training goes on."""

    @final
    def fit(self, spec: Spec) -> Scorer:
        """Refused: the engine trains it."""
        from recbox.errors import UnsupportedError

        raise UnsupportedError(
            f"{type(self).__name__} isn't fitted at one go: it is trained in recbox's loop",
            instead="run a recipe with `model: {use: ...}`, or name it under `evaluate.baseline`",
        )
