"""The gradient of one parameter beside finite differences."""

from __future__ import annotations

import torch
from torch import nn

from recbox.contract.law import broken


def check_gradient(module: nn.Module, name: str, parameter: nn.Parameter, nodes: torch.Tensor) -> None:
    """That of an encoder's parameter `name`, through the rows of these nodes; the module is in float64."""

    def rows(value: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = torch.func.functional_call(module, {name: value}, (nodes,))
        return out

    try:
        torch.autograd.gradcheck(rows, parameter.detach().clone().requires_grad_(), fast_mode=True)
    except RuntimeError as error:
        broken(f"{name}: {str(error).strip().splitlines()[0]}")
