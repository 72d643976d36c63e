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


@dataclass(frozen=True)
class Rig:
    """A module on the kit's world. run: call it on the kit's inputs, made anew in the dtype of its parameters
    (`fp32` where it has none), and return its outputs by name."""

    module: nn.Module
    run: Callable[[nn.Module, torch.dtype], Mapping[str, torch.Tensor]]


@dataclass(frozen=True)
class Kind:
    """laws: the kind's own. produce: have the plugin do its work once, and return all that came of it
    (outputs, parameters, arrays) by name, for comparison. inputs: all that the plugin is handed and must
    leave as it is, as an object whose parts are arrays, tensors, frames and dataclasses. rig: for kinds that
    build a module."""

    laws: tuple[Law, ...]
    produce: Callable[[Case, Context], Mapping[str, Any]]
    inputs: Callable[[Case], Any]
    rig: Callable[[Case, Context], Rig] | None = None
