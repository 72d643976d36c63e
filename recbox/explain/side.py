"""A head's score of one item, as a function of the user's final vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

LENGTH = "the length of the user's vector"
ROUNDING = 1e-5


@dataclass(frozen=True, eq=False)
class Side:
    """score: of a user's final vector `[1, D]`, without `constant`. linear: whether it is linear. held: what
    is taken as it is for this user; empty: nothing."""

    score: Callable[[torch.Tensor], torch.Tensor]
    constant: float
    linear: bool
    held: str = ""


def side_of(head: nn.Module, retrievable: bool, user: torch.Tensor, item: torch.Tensor) -> Side:
    """user, item: `[1, D]`, their final vectors.

    A score that is an inner product with the user's vector, divided by its length, ranks this user's items as
    without the division. So the length is taken as it is, and the score is linear.
    """
    slope, constant = _tangent(head, user, item)
    if _straight(head, user, item, slope, constant):
        return Side(lambda x: (x * slope).sum(), constant, linear=True)
    if retrievable:
        own, other = _vectors(head, user.detach(), item.detach())
        share = _share(own, user)
        if share is not None:
            return Side(lambda x: share * (x * other).sum(), 0.0, linear=True, held=LENGTH)
    return Side(lambda x: head(x, item).sum(), 0.0, linear=False)


def _vectors(head: Any, user: torch.Tensor, item: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        own, other = head.vectors(user, item)
    return own, other


def _tangent(head: nn.Module, user: torch.Tensor, item: torch.Tensor) -> tuple[torch.Tensor, float]:
    with torch.enable_grad():
        x = user.detach().clone().requires_grad_()
        value = head(x, item).sum()
        (slope,) = torch.autograd.grad(value, x)
    terms = slope.double() * user.detach().double()
    constant = float(value.detach()) - float(terms.sum())
    rounding = abs(constant) <= ROUNDING * float(terms.abs().sum())
    return slope, 0.0 if rounding else constant


def _straight(
    head: nn.Module, user: torch.Tensor, item: torch.Tensor, slope: torch.Tensor, constant: float
) -> bool:
    """Whether the score is its tangent at other vectors of the user too, near and far, and opposite ones."""
    some = torch.randn(8, user.shape[1], generator=torch.Generator().manual_seed(0)).to(user)
    other = torch.cat([some, -some]) * (float(user.abs().max()) or 1.0)
    other = torch.cat([other, 10 * other, 1000 * other])
    with torch.no_grad():
        found = head(other, item.expand(len(other), -1)).double() - constant
    terms = other.double() * slope.double()
    far = (found - terms.sum(1)).abs() > ROUNDING * (terms.abs().sum(1) + abs(constant))
    return not bool(far.any())


def _share(own: torch.Tensor, user: torch.Tensor) -> float | None:
    """What the user's vector is multiplied by to be its own side of an inner product; None: it isn't."""
    if own.shape != user.shape:
        return None
    square = float((user.double() ** 2).sum())
    share = float((own.double() * user.double()).sum()) / square if square else 0.0
    near = torch.allclose(own.double(), share * user.double(), atol=ROUNDING * float(own.abs().max()), rtol=0)
    return share if near else None
