"""The modules behind `noise-contrast`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from recbox.plugin import Embedding, Step, UnsupportedError, View
from recbox_ssl._contrast import Contrast, blocks, contrast
from recbox_ssl._views import StepViews

BLOCK = 1 << 18
"""Numbers in work at once."""


class Noise:
    """`x + ε sign(x) ⊙ n/‖n‖`, so that no entry changes its sign and no vector moves further than ε. n is
    (0.5, 1.5, ..., 255.5) / 256, each alike. What the encoders give stays."""

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def __call__(self, generator: torch.Generator, hop: int, x: torch.Tensor) -> torch.Tensor:
        if hop == 0:
            return x
        out: torch.Tensor = _Moved.apply(x, uniform(x.shape, generator).to(x.device), self.eps)
        return out

    def view(self, step: Step, generator: torch.Generator) -> View:
        """A pass with this noise; it is drawn when the pass is made."""
        return View(noise=lambda hop, x: self(generator, hop, x))


class _Moved(torch.autograd.Function):
    """`x + ε sign(x) ⊙ n/‖n‖`, block by block, so that what lies between stays in a core's cache. For the way
    back it adds a constant."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, drawn: torch.Tensor, eps: float) -> torch.Tensor:
        out = torch.empty_like(x)
        for rows in blocks(len(x), x.shape[-1], BLOCK):
            n = drawn[rows].to(x.dtype).add_(0.5)
            length = eps / torch.linalg.vector_norm(n, dim=-1, keepdim=True)
            torch.addcmul(x[rows], n, x[rows].sign().mul_(length), out=out[rows])
        return out

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return grad, None, None


def uniform(shape: torch.Size, generator: torch.Generator) -> torch.Tensor:
    """uint8, each of the 256 values alike: a tenth of what as many floats cost to draw, and to move to a
    device. The first eight are the bytes of the first number of the stream, the lowest first."""
    count = shape.numel()
    words = torch.empty(-(-count // 8), dtype=torch.int64, device=generator.device)
    return words.random_(-(2**63), None, generator=generator).view(torch.uint8)[:count].view(shape)


def passes(eps: float, temperature: float) -> nn.Module:
    """SimGCL: two passes, one after the other."""
    return Contrast(StepViews(Noise(eps).view), temperature)


class Crossed(nn.Module):
    """XSimGCL: the final vectors of the main pass and those of one of its layers."""

    def __init__(self, eps: float, temperature: float, layer: int) -> None:
        super().__init__()
        self.disturb = Noise(eps)
        self.temperature, self.layer, self.begun = temperature, layer, False

    def forward(self, step: Step) -> torch.Tensor:
        found = step.embed()
        if not self.begun:
            self._hold_apart(found)
        return contrast(step, found.final, found.hops[self.layer], self.temperature)

    def _hold_apart(self, found: Embedding) -> None:
        """What final vectors are made of is known where there are some, and not before."""
        self.begun = True
        if found.final.any() and torch.equal(found.final, found.hops[self.layer]):
            raise UnsupportedError(
                f"the final vectors are those of layer {self.layer}: a node would be set against itself",
                where="the objective 'noise-contrast'",
                instead="another `layer`, another `combine`, or `layer: null`",
            )
