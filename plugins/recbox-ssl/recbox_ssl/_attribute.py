"""The module behind `masked-attribute`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import Spec, Step, init
from recbox_ssl._contrast import TINY
from recbox_ssl._mask import Mask, around
from recbox_ssl._target import targets

if TYPE_CHECKING:
    from recbox_ssl.masked_attribute import MaskedAttribute


class HiddenNodes(nn.Module):
    """A pass in which some nodes are hidden, and what it says of them."""

    def __init__(self, options: MaskedAttribute, spec: Spec) -> None:
        super().__init__()
        self.gamma, generator = options.gamma, spec.generator
        self.mask = Mask(options.node, options.share, spec, generator)
        self.target = nn.ModuleList(targets(options, spec) if options.of == "columns" else [])
        widths = [target.width for target in self.target] or [spec.dim]
        self.decoder = nn.ModuleList(init.linear(spec.dim, width, generator) for width in widths)

    def forward(self, step: Step) -> torch.Tensor:
        hidden = self.mask.drawn(step)
        final = around(step, [(self.mask, hidden)])
        rows = hidden + self.mask.start
        if not self.target:
            return self._cosine(self.decoder[0](final[rows]), step.embed().hops[0].detach()[rows])
        each = [t(decode(final[rows]), hidden) for t, decode in zip(self.target, self.decoder)]
        return torch.stack(each).mean()

    def _cosine(self, said: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
        cosine = (normalize(said, dim=-1, eps=TINY) * normalize(true, dim=-1, eps=TINY)).sum(-1)
        # Rounding may bring 1 - cos below 0, of which a power may be nothing.
        return (1 - cosine).clamp_min(0).pow(self.gamma).mean()
