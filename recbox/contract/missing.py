"""What an encoder's module says of the nodes that it misses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from recbox.context import Context
from recbox.contract.law import hold

STEPS = 5
"""Draws of training that are looked at."""


def check_missing(node: str, module: Any, count: int, context: Context) -> None:
    """`missing` of a module in evaluation mode, which it is left in; count: nodes of this type."""
    every = torch.arange(count)
    for nodes in (every, every[:0], every.flip(0)[::2]):
        _agree(node, flags(module.missing, nodes), flags(module.missing, every)[nodes])
    module.train()
    for step in range(STEPS):
        with context.draws("contract.missing", step):
            twice = flags(module.missing, every.repeat(2))
        _agree(node, twice[:count], twice[count:])
    module.eval()


def flags(missing: Callable[[torch.Tensor], Any], nodes: torch.Tensor) -> torch.Tensor:
    """bool `[n]`, all False where it says None."""
    told = missing(nodes)
    if told is None:
        return torch.zeros(len(nodes), dtype=torch.bool)
    right = isinstance(told, torch.Tensor) and told.dtype == torch.bool and told.shape == nodes.shape
    hold(right, f"of what is missing it gives {_described(told)} for {len(nodes)} nodes")
    found: torch.Tensor = told
    return found


def _agree(node: str, found: torch.Tensor, expected: torch.Tensor) -> None:
    wrong = int((found != expected).sum())
    hold(not wrong, f"{wrong} {node}s are missing once and not another time")


def _described(value: object) -> str:
    return f"{value.dtype} {list(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
