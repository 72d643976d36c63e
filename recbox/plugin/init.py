"""First values of parameters, drawn from a stream that is handed in: torch's own would be everybody's.

Give `spec.generator`, once for all of a part's parameters: it is a fresh stream each time it is asked for.

Stability: stable for callers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn


def linear(width: int, dim: int, generator: torch.Generator, bias: bool = True) -> nn.Linear:
    """A `[dim, width]` transform with Glorot's uniform values (Glorot & Bengio 2010) and a bias of zeros."""
    from torch import nn

    # By way of "meta", for the constructor would draw values of its own.
    layer = nn.Linear(width, dim, bias=bias, device="meta").to_empty(device="cpu")
    nn.init.xavier_uniform_(layer.weight, generator=generator)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def normal(rows: int, dim: int, std: float, generator: torch.Generator) -> nn.Parameter:
    """A `[rows, dim]` table of normal values with mean 0."""
    import torch
    from torch import nn

    return nn.Parameter(torch.empty(rows, dim).normal_(0.0, std, generator=generator))


def take_rows(to: torch.Tensor, of: torch.Tensor, rows: np.ndarray) -> None:
    """Row i of `to` becomes row `rows[i]` of `of`; -1: it stays as it is."""
    import numpy as np
    import torch

    at = torch.from_numpy(np.asarray(rows, np.int64)).to(to.device)
    with torch.no_grad():
        to[at >= 0] = of[at[at >= 0]].to(to)
