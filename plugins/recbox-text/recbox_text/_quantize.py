"""A model's linear layers in 8-bit integers."""

from __future__ import annotations

import warnings

import torch
from torch import nn


def int8(model: nn.Module) -> nn.Module:
    """Weights in int8, activations in int8 by the range that each batch has (dynamic quantization)."""
    _linear(model)
    # torch says that this will go away; it is called in this one place.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)


def _linear(model: nn.Module) -> None:
    """GPT-2's `Conv1D` is a linear layer with its weight transposed, which quantization doesn't know."""
    from transformers.pytorch_utils import Conv1D

    for module in list(model.modules()):
        for name, inner in list(module.named_children()):
            if isinstance(inner, Conv1D):
                width, dim = inner.weight.shape
                layer = nn.Linear(width, dim, device="meta")
                layer.weight = nn.Parameter(inner.weight.T.contiguous(), requires_grad=False)
                layer.bias = nn.Parameter(inner.bias.detach(), requires_grad=False)
                setattr(module, name, layer)
