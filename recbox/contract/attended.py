"""What is asked of an encoder whose module is told which nodes a step is about."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from recbox.context import Context
from recbox.contract.law import broken, hold

STEP = 0.05
"""By how much parameters are moved, as by a step of training."""


def check_attended(module: Any, other: nn.Module, count: int, context: Context, node: str) -> None:
    """module, other: the same, built twice; the second is never told. count: nodes of their type."""
    every, some = torch.arange(count), torch.arange(0, count, 3)
    for nodes, what in ((some, "a third"), (some.flip(0).repeat(2), "the same, twice"), (some[:0], "none")):
        _check_step(module, other, every, nodes, f"{node}s, {what} attended", context)
    for moved in (module, other):
        _move(moved, context)
    module.attend(None)
    with torch.no_grad():
        _near(module(every), _rows(other, every), f"{node}s: after `attend(None)` rows are {{}} off")
    _check_step(module, other, every, some, f"{node}s, in another epoch", context)
    for moved in (module, other):
        _move(moved, context)
    with torch.no_grad():
        found = module.eval()(every)
    module.train()
    _near(found, _rows(other, every), f"{node}s: in evaluation mode rows are {{}} off")


def _check_step(
    module: Any, other: nn.Module, every: torch.Tensor, nodes: torch.Tensor, what: str, context: Context
) -> None:
    """All rows as they are without being told, and the gradients of those of `nodes`, in two passes."""
    own = torch.unique(nodes)
    expected = _gradients(other, other(every)[own], context)
    module.attend(nodes)
    for which in ("first", "second"):
        rows = module(every)
        _near(rows, _rows(other, every), f"{what}: rows of the {which} pass are {{}} off")
        found = _gradients(module, rows[own], context)
        for name, gradient in expected.items():
            _near(found[name], gradient, f"{what}: the gradient of {name} is {{}} off in the {which} pass")


def _rows(module: nn.Module, nodes: torch.Tensor) -> torch.Tensor:
    rows: torch.Tensor = module(nodes).detach()
    return rows


def _gradients(module: nn.Module, rows: torch.Tensor, context: Context) -> dict[str, torch.Tensor]:
    """Of the sum of some rows, each value with a factor of its own; the graph is kept for another."""
    factor = torch.randn(rows.shape, generator=context.generator("contract.attended")).to(rows)
    names = dict(module.named_parameters())
    if rows.numel() and not rows.requires_grad:
        broken("the rows of the nodes that it is told of carry no gradient")
    if not rows.numel() or not rows.requires_grad:
        return {name: torch.zeros_like(p) for name, p in names.items()}
    found = torch.autograd.grad(
        (rows * factor).sum(), list(names.values()), retain_graph=True, allow_unused=True
    )
    return {n: torch.zeros_like(p) if g is None else g for (n, p), g in zip(names.items(), found)}


@torch.no_grad()
def _move(module: nn.Module, context: Context) -> None:
    generator = context.generator("contract.moved")
    for parameter in module.parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
        parameter.add_(STEP * noise.to(parameter))


def _near(found: torch.Tensor, expected: torch.Tensor, seen: str) -> None:
    hold(found.shape == expected.shape, seen.format(f"{list(found.shape)}, not {list(expected.shape)},"))
    if found.numel():
        gap = float((found - expected).detach().abs().max())
        hold(gap <= 1e-4 * max(1.0, float(expected.detach().abs().max())), seen.format(f"{gap:.2g}"))
