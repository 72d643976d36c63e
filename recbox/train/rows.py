"""Tables of which a step reads some rows: these alone are clipped and updated, and the others stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from recbox.kernel import put


def update(optimizer: torch.optim.Optimizer) -> None:
    """One step. Where a gradient is sparse, the same optimizer works on its rows: what it keeps of the others
    (the moments of Adam) doesn't fade meanwhile, and nothing decays their weights."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None and parameter.grad.is_sparse:
                _update(optimizer, group, parameter)
                parameter.grad = None
    optimizer.step()


def clip(parameters: Iterable[nn.Parameter], most: float) -> None:
    """Scale all gradients by one factor, so that their norm is `most` at the most."""
    found = [p for p in parameters if p.grad is not None]
    for parameter in found:
        if parameter.grad.is_sparse:
            parameter.grad = _distinct(parameter.grad)
    gradients = [p.grad._values() if p.grad.is_sparse else p.grad for p in found]
    norm = nn.utils.get_total_norm(gradients)
    factor = (most / (norm + 1e-6)).clamp_max(1.0)
    for gradient in gradients:
        gradient.mul_(factor.to(gradient))


@torch.no_grad()
def _update(optimizer: torch.optim.Optimizer, group: dict[str, Any], table: nn.Parameter) -> None:
    gradient = _distinct(table.grad)
    rows, state = gradient._indices()[0], optimizer.state[table]
    part = table.index_select(0, rows)  # a third of the time of table[rows]
    part.grad = gradient._values()
    small = type(optimizer)([{**group, "params": [part]}])
    small.state[part] = {
        name: x.index_select(0, rows) if _of_rows(x, table) else x for name, x in state.items()
    }
    small.step()
    put(table, rows, part)
    for name, x in small.state[part].items():
        if not _of_rows(x, part):
            state[name] = x
            continue
        if not _of_rows(state.get(name), table):
            state[name] = torch.zeros_like(table)
        put(state[name], rows, x)


def _of_rows(x: object, table: torch.Tensor) -> bool:
    """Whether it is a number for each of the table's: a moment, and no count of steps."""
    return isinstance(x, torch.Tensor) and x.shape == table.shape


def _distinct(gradient: torch.Tensor) -> torch.Tensor:
    """The sparse gradient with each row once. As a rule each is: then nothing is sorted but their numbers."""
    if gradient.is_coalesced():
        return gradient
    rows = gradient._indices()
    ascending = rows[0].sort().values
    if bool((ascending[1:] == ascending[:-1]).any()):
        return gradient.coalesce()
    return torch.sparse_coo_tensor(
        rows, gradient._values(), gradient.shape, is_coalesced=True, check_invariants=False
    )
