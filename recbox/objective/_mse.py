"""The module behind `mse`."""

from __future__ import annotations

import torch
from torch import nn

from recbox.plugin import Step


class SquaredError(nn.Module):
    """`mean (s(u, i) - w_ui)²`."""

    def forward(self, step: Step) -> torch.Tensor:
        return (step.score(step.batch.user, step.batch.item) - step.batch.weight).square().mean()
