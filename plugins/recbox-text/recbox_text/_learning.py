"""Which of a text model's parameters learn: the last layers, low-rank additions to all of them, or all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from recbox.plugin import DataError, Spec
from recbox_text._quiet import quiet
from recbox_text._reading import Reading

if TYPE_CHECKING:
    from recbox_text.text import Text

UNUSED = "pooler"
"""BERT's own, which its tokens' vectors don't pass through."""


def learn(reading: Reading, options: Text, spec: Spec) -> None:
    """In place. What learns is a parameter afterwards, and the rest are buffers that aren't saved: the state
    is what changes, and nothing else."""
    ways = {"last": _last, "lora": _lora, "full": _full}
    ways[options.train](reading, options, spec)
    reading.lr = options.rate  # recbox reads it when it makes the optimizer
    _freeze(reading)


def _full(reading: Reading, options: Text, spec: Spec) -> None:
    for name, parameter in reading.named_parameters():
        parameter.requires_grad_(UNUSED not in name.split("."))


def _last(reading: Reading, options: Text, spec: Spec) -> None:
    layers, count = blocks(reading.model, spec), options.layers or 1
    if count > len(layers):
        what = f"the model has {len(layers)} layers, and `layers` asks for {count}"
        raise DataError(
            what, where=f"encoder.{spec.node}", instead=f"layers: {len(layers)}, or `train: full`"
        )
    for layer in layers[len(layers) - count :]:
        layer.requires_grad_(True)


def blocks(model: nn.Module, spec: Spec) -> nn.ModuleList:
    """A transformer's layers, one after the other; a DataError where they can't be told."""
    count = getattr(model.config, "num_hidden_layers", None)
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    what = f"the layers of a {model.config.model_type!r} can't be told apart"
    raise DataError(what, where=f"encoder.{spec.node}", instead="train: lora, or full")


def _lora(reading: Reading, options: Text, spec: Spec) -> None:
    """Hu et al. 2021, arXiv:2106.09685, at every linear layer of the transformer's layers."""
    from peft import LoraConfig, inject_adapter_in_model

    rank = options.rank or 8
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=_linear(reading.model, spec))
    with quiet(spec.context):
        inject_adapter_in_model(config, reading.model)
    generator = spec.context.generator(f"init.{spec.slot}.lora")
    for name, parameter in reading.model.named_parameters():
        learns = ".lora_" in name
        parameter.requires_grad_(learns)
        if learns and ".lora_A." in name:  # the others are zeros: at first the model is as it was
            nn.init.kaiming_uniform_(parameter, a=math.sqrt(5), generator=generator)


def _linear(model: nn.Module, spec: Spec) -> list[str]:
    from transformers.pytorch_utils import Conv1D

    inside = {id(m) for m in blocks(model, spec).modules()}
    kinds = (nn.Linear, Conv1D)
    return [name for name, m in model.named_modules() if id(m) in inside and isinstance(m, kinds)]


def _freeze(module: nn.Module) -> None:
    for inner in module.modules():
        for name, value in _own(inner):
            if isinstance(value, nn.Parameter):
                delattr(inner, name)
                value = value.detach()
            inner.register_buffer(name, value, persistent=False)


def _own(module: nn.Module) -> list[tuple[str, Any]]:
    still = [(n, p) for n, p in module.named_parameters(recurse=False) if not p.requires_grad]
    buffers: list[tuple[str, torch.Tensor]] = list(module.named_buffers(recurse=False))
    return [*still, *buffers]
