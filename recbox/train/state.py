"""Where training stands: plain numbers and tensors, so that a checkpoint holds all of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import torch

Tensors = dict[str, torch.Tensor]


@dataclass
class State:
    """stage, epoch: the next epoch to run. best, best_epoch, waited: validation so far in this stage.
    drops: plateaus met. history: one row an epoch."""

    stage: int = 0
    epoch: int = 0
    drops: int = 0
    stale: int = 0
    """Validations since the last improvement or drop, for the plateau schedule."""
    waited: int = 0
    """Validations since the last improvement, for patience."""
    best: float | None = None
    best_epoch: int = -1
    valid: dict[str, float] = field(default_factory=dict)
    """Validation metrics of the best epoch."""
    history: list[dict[str, Any]] = field(default_factory=list)
    model: Tensors = field(default_factory=dict)
    kept: Tensors = field(default_factory=dict)
    """The weights of the best epoch."""
    optimizer: Tensors = field(default_factory=dict)

    def numbers(self) -> dict[str, Any]:
        """All that is not a tensor, as JSON data."""
        tensors = ("model", "kept", "optimizer")
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in tensors}


def copied(module: torch.nn.Module) -> Tensors:
    """A module's state on the CPU, apart from the module."""
    return {k: v.detach().to("cpu", copy=True) for k, v in module.state_dict().items()}


def load_recommender(recommender: torch.nn.Module, tensors: Tensors) -> None:
    """The recommender's part of what `copied` took of it and the objectives of its stage."""
    prefix = "recommender."
    own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    recommender.load_state_dict(own)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> Tensors:
    """`{index}.{name}` of every tensor in an optimizer's state."""
    state = optimizer.state_dict()["state"]
    return {
        f"{i}.{name}": value.detach().to("cpu", copy=True)
        for i, values in state.items()
        for name, value in values.items()
        if isinstance(value, torch.Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Tensors) -> None:
    """The inverse of `optimizer_tensors`, into a fresh optimizer over the same parameters."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
