"""The modules behind `noise-contrast`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import Step, UnsupportedError, View
from recbox_ssl._contrast import Contrast, contrast
from recbox_ssl._views import StepViews


class Noise:
    """`x + ε sign(x) ⊙ n/‖n‖`, so that no entry changes its sign and no vector moves further than ε. What the
    encoders give stays."""

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def __call__(self, generator: torch.Generator, hop: int, x: torch.Tensor) -> torch.Tensor:
        if hop == 0:
            return x
        drawn = torch.rand(x.shape, generator=generator, device=generator.device).to(x)
        return x + self.eps * x.sign() * normalize(drawn, dim=-1)

    def view(self, step: Step, generator: torch.Generator) -> View:
        """A pass with this noise; it is drawn when the pass is made."""
        return View(noise=lambda hop, x: self(generator, hop, x))


def passes(eps: float, temperature: float) -> nn.Module:
    """SimGCL: two passes, one after the other."""
    return Contrast(StepViews(Noise(eps).view), temperature)


class Crossed(nn.Module):
    """XSimGCL: the final vectors of the main pass and those of one of its layers."""

    def __init__(self, eps: float, temperature: float, layer: int, slot: str) -> None:
        super().__init__()
        self.disturb = Noise(eps)
        self.temperature, self.layer, self.slot = temperature, layer, slot

    def forward(self, step: Step) -> torch.Tensor:
        found = step.embed()
        if self.layer >= len(found.hops):
            what = f"layer {self.layer} is asked for, and the last one is {len(found.hops) - 1}"
            raise UnsupportedError(what, where=self.slot, instead=f"`layer: {len(found.hops) - 1}` or less")
        other = found.hops[self.layer]
        if other.shape != found.final.shape:
            wide = found.final.shape[1]
            what = f"layer {self.layer} has {other.shape[1]} columns, and the final vectors have {wide}"
            raise UnsupportedError(what, where=self.slot, instead="`layer: null`, or another `combine`")
        return contrast(step, found.final, other, self.temperature)
