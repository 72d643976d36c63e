"""The module behind `masked-attribute`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import Spec, Step, UnsupportedError, View, init
from recbox_ssl._contrast import TINY
from recbox_ssl._target import targets

if TYPE_CHECKING:
    from recbox_ssl.masked_attribute import MaskedAttribute

FIRST = 0.1
"""The standard deviation of the mask's first values."""


class HiddenNodes(nn.Module):
    """A pass in which some nodes are hidden, and what it says of them."""

    def __init__(self, options: MaskedAttribute, spec: Spec) -> None:
        super().__init__()
        self.node, self.share, self.gamma, self.slot = options.node, options.share, options.gamma, spec.slot
        rows = spec.graph.layout.range(options.node)
        self.start, self.count = rows.start, rows.stop - rows.start
        generator = spec.generator
        self.mask = init.normal(1, spec.dim, FIRST, generator)
        self.target = nn.ModuleList(targets(options, spec) if options.of == "columns" else [])
        widths = [target.width for target in self.target] or [spec.dim]
        self.decoder = nn.ModuleList(init.linear(spec.dim, width, generator) for width in widths)

    def forward(self, step: Step) -> torch.Tensor:
        hidden = self._drawn(step)
        final = step.embed(View(noise=lambda hop, x: self._masked(hidden, hop, x))).final
        if final.shape[1] != self.mask.shape[1]:
            what = f"the final vectors have {final.shape[1]} columns, not `dim`: {self.mask.shape[1]}"
            raise UnsupportedError(what, where=self.slot, instead="another `combine` than concat")
        z = final[hidden + self.start]
        if not self.target:
            return self._cosine(self.decoder[0](z), step.embed().hops[0].detach()[hidden + self.start])
        each = [t(decode(z), hidden) for t, decode in zip(self.target, self.decoder)]
        return torch.stack(each).mean()

    def _drawn(self, step: Step) -> torch.Tensor:
        """int64 `[n]`: hidden nodes, within their type."""
        lot = torch.randperm(self.count, generator=step.generator, device=step.generator.device)
        return lot[: max(1, round(self.share * self.count))].to(self.mask.device)

    def _masked(self, hidden: torch.Tensor, hop: int, x: torch.Tensor) -> torch.Tensor:
        if hop:
            return x
        return x.index_copy(0, hidden + self.start, self.mask.to(x).expand(len(hidden), -1))

    def _cosine(self, said: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
        cosine = (normalize(said, dim=-1, eps=TINY) * normalize(true, dim=-1, eps=TINY)).sum(-1)
        # Rounding may bring 1 - cos below 0, of which a power may be nothing.
        return (1 - cosine).clamp_min(0).pow(self.gamma).mean()
