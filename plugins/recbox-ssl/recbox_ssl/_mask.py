"""A pass in which some nodes of a type are hidden behind a vector that is learned."""

from __future__ import annotations

import torch
from torch import nn

from recbox.plugin import Spec, Step, View, init

FIRST = 0.1
"""The standard deviation of the mask's first values."""


class Mask(nn.Module):
    """token: `[1, dim]`, what stands in place of what the encoders give. A share of the nodes is hidden, and
    so many at least. among: int64 `[m]`, within their type, those that may be; None: all."""

    def __init__(
        self,
        node: str,
        share: float,
        spec: Spec,
        generator: torch.Generator,
        among: torch.Tensor | None = None,
        least: int = 1,
    ) -> None:
        super().__init__()
        rows = spec.graph.layout.range(node)
        self.start, self.share, self.least = rows.start, share, least
        among = torch.arange(rows.stop - rows.start) if among is None else among
        self.register_buffer("among", among, persistent=False)
        self.token = init.normal(1, spec.dim, FIRST, generator)

    def drawn(self, step: Step) -> torch.Tensor:
        """int64 `[n]`: hidden nodes, within their type."""
        count = len(self.among)
        lot = torch.randperm(count, generator=step.generator, device=step.generator.device)
        return self.among[lot[: max(self.least, round(self.share * count))].to(self.among.device)]

    def over(self, hidden: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """x `[N, dim]` with the token in the rows of hidden nodes."""
        return x.index_copy(0, hidden + self.start, self.token.to(x).expand(len(hidden), -1))


def around(step: Step, hidden: list[tuple[Mask, torch.Tensor]]) -> torch.Tensor:
    """float `[N, D]`: final vectors of a pass without what is hidden."""

    def noise(hop: int, x: torch.Tensor) -> torch.Tensor:
        for mask, nodes in hidden if hop == 0 else ():
            x = mask.over(nodes, x)
        return x

    return step.embed(View(noise=noise)).final
