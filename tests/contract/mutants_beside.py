"""Terms of the loss that learn from what an encoder has, and get it wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.plugin import Objective, Step

Change = Callable[[torch.Tensor], torch.Tensor]


def beside(change: Change) -> type[Objective]:
    """The rows of the batch's items, as an encoder has them, times a learned number, should be 1."""

    class Module(nn.Module):
        def __init__(self, encoder: nn.Module) -> None:
            super().__init__()
            self.encoder = (encoder,)
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, step: Step) -> torch.Tensor:
            rows = change(self.encoder[0](torch.unique(step.batch.item))).to(self.scale)
            return (rows * self.scale - 1).square().mean()

    class Beside(Objective):
        of_encoder: ClassVar[dict[str, Any] | None] = {"use": "id"}

        @property
        def supervised(self) -> bool:
            return False

        def build(self, spec: Any) -> nn.Module:
            return Module(spec.encoder["item"][0])

    return Beside


def as_it_is(rows: torch.Tensor) -> torch.Tensor:
    return rows


LAW = "gradients-reach-the-vectors"

MUTANTS = (
    Mutant(LAW, "l2", "an encoder's rows detached", beside(lambda rows: rows.detach())),
    Mutant(LAW, "l2", "an encoder's rows times zero", beside(lambda rows: 0 * rows)),
)
