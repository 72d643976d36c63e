"""What each neighbour of a node adds to a number that is made of the node's vectors.

Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) over what neighbours send: all of it is
scaled by t, from 0, where nobody sends anything, to 1, and each neighbour gets the mean of the slope over t
times what it sends. What they get adds up to the difference between the two ends. Where the number is linear
in what is sent, the slope is the same everywhere: one step is exact, and is this neighbour's term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch

from recbox.explain.ego import Ego

MOST = 40
"""Pieces of the way from 0 to 1, at most."""
CLOSE = 1e-4
"""Of the size of the terms, what may be missing before the way is cut into more pieces."""

Function = Callable[[Sequence[torch.Tensor]], torch.Tensor]
"""Of the node's vectors `[1, d]` at each hop, a number."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """value: float64 `[s]`, by neighbour. slope: for each layer float `[s, d]`, the mean slope in what
    neighbours send to it."""

    value: np.ndarray
    slope: Sequence[torch.Tensor]


def attribute(ego: Ego, function: Function, layers: int, linear: bool) -> Attribution:
    """layers: how many of the first ones count.

    The way is cut where the slopes' mean doesn't meet the difference between a piece's ends, as beside the
    bend of a ReLU, the worst piece first; within a piece it is Gauss and Legendre's of three points.
    """
    if linear:
        return _attribution(ego, _slopes(ego, function, layers, 1.0))
    value = cache(partial(_value, ego, function, layers))
    pieces = [_piece(ego, function, layers, value, 0.0, 1.0)]
    while len(pieces) < MOST:
        pieces.sort(key=lambda piece: piece.gap)
        size = np.abs(_attribution(ego, _sum(pieces)).value).sum()
        if sum(piece.gap for piece in pieces) <= CLOSE * size:
            break
        worst = pieces.pop()
        middle = (worst.start + worst.end) / 2
        for ends in ((worst.start, middle), (middle, worst.end)):
            pieces.append(_piece(ego, function, layers, value, *ends))
    return _attribution(ego, _sum(pieces))


@dataclass(frozen=True, eq=False)
class _Piece:
    """slope: its part of the mean; gap: what it leaves of the difference between its ends."""

    start: float
    end: float
    slope: Sequence[torch.Tensor]
    gap: float


def _piece(
    ego: Ego, function: Function, layers: int, value: Callable[[float], float], start: float, end: float
) -> _Piece:
    """value: the number itself, anywhere."""
    points, weights = np.polynomial.legendre.leggauss(3)
    length = end - start
    each = [
        [x * float(w * length / 2) for x in _slopes(ego, function, layers, start + length * float(t + 1) / 2)]
        for t, w in zip(points, weights, strict=True)
    ]
    slope = [torch.stack(one).sum(0) for one in zip(*each, strict=True)]
    gap = value(end) - value(start) - float(_attribution(ego, slope).value.sum())
    return _Piece(start, end, slope, abs(gap))


def _sum(pieces: Sequence[_Piece]) -> Sequence[torch.Tensor]:
    return [torch.stack(one).sum(0) for one in zip(*(piece.slope for piece in pieces), strict=True)]


def _attribution(ego: Ego, slope: Sequence[torch.Tensor]) -> Attribution:
    value = torch.zeros(len(ego.near), dtype=torch.float64)
    for number, total in enumerate(slope):
        value += torch.einsum("sd,sd->s", total.double(), ego.hop(number).double()).cpu()
    return Attribution(value.numpy(), slope)


def alone(ego: Ego, function: Function, layers: int) -> float:
    """The number where nobody sends anything."""
    return _value(ego, function, layers, 0.0)


def _value(ego: Ego, function: Function, layers: int, t: float) -> float:
    with torch.no_grad():
        return float(function(_pass(ego, _sent(ego, layers, t))))


def _slopes(ego: Ego, function: Function, layers: int, t: float) -> Sequence[torch.Tensor]:
    """For each layer `[s, d]`: the gradient in what it is sent."""
    sent = [x.requires_grad_() for x in _sent(ego, layers, t)]
    if not sent:
        return []
    with torch.enable_grad():
        value = function(_pass(ego, sent))
        return torch.autograd.grad(value, sent, materialize_grads=True)


def _sent(ego: Ego, layers: int, t: float) -> list[torch.Tensor]:
    """For each layer float `[s, d]`: that share of what neighbours were before it."""
    return [ego.hop(number) * t for number in range(layers)]


def _pass(ego: Ego, sent: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The node's vectors `[1, d]` at each hop, given what it is sent."""
    own = [ego.first]
    for number, near in enumerate(sent):
        own.append(ego.receive(number, own[-1], near))
    return own
