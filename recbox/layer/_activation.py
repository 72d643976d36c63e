"""Activations by the names that recipes use."""

from __future__ import annotations

from torch import nn

ACTIVATION: dict[str, type[nn.Module]] = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}
