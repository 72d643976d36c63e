"""Optimizers and learning-rate schedules. The rate follows from the epoch: nothing is restored."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from recbox.recipe.blocks import Optimizer, Schedule, Training


def make_optimizer(block: Optimizer, module: nn.Module) -> torch.optim.Optimizer:
    """Adam, AdamW or SGD over the parameters of a module."""
    values = grouped(module, block.lr)
    if block.by == "sgd":
        return torch.optim.SGD(values, lr=block.lr, weight_decay=block.weight_decay, momentum=block.momentum)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[block.by]
    # One pass over memory in place of ten.
    return kind(values, lr=block.lr, weight_decay=block.weight_decay, fused=True)


def grouped(module: nn.Module, lr: float) -> list[dict[str, Any]]:
    """The parameters by the rate that they begin with. A module within that has an attribute `lr` (a number)
    asks for that for its own parameters and those below; the innermost counts. share: of `lr`."""
    own: dict[nn.Parameter, float] = {}
    for inner in module.modules():  # outer ones first
        asked = vars(inner).get("lr")
        if asked is not None:
            own |= dict.fromkeys(inner.parameters(), float(asked))
    groups: dict[float, list[nn.Parameter]] = {lr: []}
    for parameter in module.parameters():
        groups.setdefault(own.get(parameter, lr), []).append(parameter)
    return [{"params": values, "lr": rate, "share": rate / lr} for rate, values in groups.items() if values]


def rate(training: Training, epoch: int, drops: int) -> float:
    """The learning rate of an epoch (from 0); drops: how often a plateau has been met."""
    schedule = training.schedule
    factor = _factor(schedule, max(0, epoch - schedule.warmup), training.epochs - schedule.warmup, drops)
    warm = min(1.0, (epoch + 1) / schedule.warmup) if schedule.warmup else 1.0
    return training.optimizer.lr * factor * warm


def _factor(schedule: Schedule, epoch: int, epochs: int, drops: int) -> float:
    match schedule.by:
        case "step":
            return float(schedule.gamma ** (epoch // schedule.every))
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * epoch / max(1, epochs)))
        case "plateau":
            return float(schedule.gamma**drops)
    return 1.0
