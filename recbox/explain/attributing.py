"""What each neighbour of a node adds to a number that is made of the node's vectors.

Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) over what neighbours send: all of it is
scaled by t, from 0, where nobody sends anything, to 1, and each neighbour gets the mean of the slope over t
times what it sends. What they get adds up to the difference between the two ends. Where the number is linear
in what is sent, the slope is the same everywhere: one step is exact, and is this neighbour's term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from recbox.explain.ego import Ego

STEPS = (8, 16, 32, 64)
"""Points of Gauss and Legendre's rule, more of them until the difference is met."""
CLOSE = 1e-3
"""Of the size of the terms, what may be missing before more steps are taken."""

Function = Callable[[Sequence[torch.Tensor]], torch.Tensor]
"""Of the node's vectors `[1, d]` at each hop, a number."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """value: float64 `[s]`, by neighbour. slope: for each layer float `[s, d]`, the mean slope in what
    neighbours send to it."""

    value: np.ndarray
    slope: list[torch.Tensor]


def attribute(ego: Ego, function: Function, layers: int, linear: bool) -> Attribution:
    """layers: how many of the first ones count."""
    if linear:
        return _integrated(ego, function, layers, 1)
    both = whole(ego, function, layers) - alone(ego, function, layers)
    for steps in STEPS:
        found = _integrated(ego, function, layers, steps)
        if abs(both - found.value.sum()) <= CLOSE * np.abs(found.value).sum():
            break
    return found


def alone(ego: Ego, function: Function, layers: int) -> float:
    """The number where nobody sends anything."""
    with torch.no_grad():
        return float(function(_pass(ego, _sent(ego, layers, 0.0))))


def whole(ego: Ego, function: Function, layers: int) -> float:
    """The number as it is."""
    with torch.no_grad():
        return float(function(_pass(ego, _sent(ego, layers, 1.0))))


def _integrated(ego: Ego, function: Function, layers: int, steps: int) -> Attribution:
    place, weight = np.polynomial.legendre.leggauss(steps) if steps > 1 else ([1.0], [2.0])
    slope: list[torch.Tensor] = []
    for t, w in zip(place, weight, strict=True):
        each = [x * (float(w) / 2) for x in _slopes(ego, function, layers, (float(t) + 1) / 2)]
        slope = [a + b for a, b in zip(slope, each, strict=True)] if slope else each
    value = torch.zeros(len(ego.near), dtype=torch.float64)
    for number, total in enumerate(slope):
        value += torch.einsum("sd,sd->s", total.double(), ego.hop(number).double()).cpu()
    return Attribution(value.numpy(), slope)


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
