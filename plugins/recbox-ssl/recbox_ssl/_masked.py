"""The module behind `masked-edge`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import softplus

from recbox.plugin import Graph, Step, View

PAIRS = 2048
"""Asked about at once: the answer is a matrix of their users and their items."""


def without(graph: Graph, keep: torch.Tensor) -> View:
    """A pass without some interactions. keep: bool, those of `graph["interaction"]` that stay.

    What else links the same user and item, such as a view of it, would tell, and is left out too; all other
    edges stay."""
    return View(keep=graph.united("interaction", (~keep).float()) == 0)


class HiddenEdges(nn.Module):
    """A pass without some interactions, and what it says of them."""

    def __init__(self, share: float, edges: int) -> None:
        super().__init__()
        self.share, self.edges = share, edges

    def forward(self, step: Step) -> torch.Tensor:
        around = step.graph["interaction"]
        drawn = around.edge_dropout(self.share, step.generator).keep
        final = step.embed(without(step.graph, drawn)).final
        user, item = self._asked(step, ~drawn)
        if not len(user):
            return final.sum() * 0
        other, away = self._drawn(step, user)
        positive = softplus(-self._score(step, final, user, item))
        negative = softplus(self._score(step, final, user, other))
        return positive.mean() + negative.masked_fill(away, 0).sum() / (~away).sum().clamp_min(1)

    def _score(self, step: Step, final: torch.Tensor, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        scores = step.score_vectors(final[user], final[item + step.offset])
        return scores if step.prior is None else scores + step.prior[item]

    def _asked(self, step: Step, gone: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """int64 `[n]` each: users and items of some hidden interactions. gone: bool, those of
        `graph["interaction"]` that are hidden."""
        graph = step.graph["interaction"]
        hidden = (gone & (graph.rows < step.offset)).nonzero()[:, 0]
        lot = torch.randperm(len(hidden), generator=step.generator, device=step.generator.device)
        hidden = hidden[lot[: self.edges].to(hidden.device)]
        return graph.rows[hidden], graph.indices[hidden] - step.offset

    def _drawn(self, step: Step, user: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """int64 `[n]`, an item for each user; bool `[n]`, those that don't count."""
        items, device = len(step.popularity), step.generator.device
        draw = torch.randint(items, (len(user),), generator=step.generator, device=device)
        draw = draw.to(user.device)
        return draw, torch.cat([_excluded(step, *some) for some in zip(user.split(PAIRS), draw.split(PAIRS))])


def _excluded(step: Step, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
    """bool `[n]`: pairs that are no negatives."""
    different, column = item.unique(return_inverse=True)
    people, row = user.unique(return_inverse=True)
    return step.excluded(people, different)[row, column]
