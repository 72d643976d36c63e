"""What the laws of all plugins need to know of a kind: how to make it do its work once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import Law

if TYPE_CHECKING:
    import torch
    from torch import nn

Inputs = Any
"""All that a plugin is handed: a dataclass of arrays, tensors, frames, dataclasses, graphs and folders."""


@dataclass(frozen=True)
class Modular:
    """How a kind that builds a module does so, and how that is called (outputs by name)."""

    build: Callable[[Case, Context, Inputs], nn.Module]
    call: Callable[[nn.Module, Inputs], Mapping[str, torch.Tensor]]

    def produce(self, case: Case, context: Context, inputs: Inputs) -> Mapping[str, Any]:
        """Outputs in evaluation mode, and parameters."""
        module = self.build(case, context, inputs).eval()
        outputs = dict(self.call(module, inputs))
        return outputs | {f"parameter {n}": p for n, p in module.named_parameters()}


@dataclass(frozen=True)
class Kind:
    """laws: the kind's own. inputs: made anew at each call, floats in float64 where `double`.
    produce: have the plugin do its work once, and return all that came of it by name, for comparison."""

    laws: tuple[Law, ...]
    inputs: Callable[[Case, bool], Inputs]
    produce: Callable[[Case, Context, Inputs], Mapping[str, Any]]
    modular: Modular | None = None


def modular(
    laws: tuple[Law, ...],
    inputs: Callable[[Case, bool], Inputs],
    build: Callable[[Case, Context, Inputs], nn.Module],
    call: Callable[[nn.Module, Inputs], Mapping[str, torch.Tensor]],
) -> Kind:
    """The contract of a kind that builds a module."""
    rig = Modular(build, call)
    return Kind(laws, inputs, rig.produce, rig)
