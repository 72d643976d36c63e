"""A step over two free tables of vectors, so that a loss can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from recbox.head._inner import Inner
from recbox.plugin import Batch, Embedding, Step


@pytest.fixture
def make_step() -> Callable[..., Step]:
    def make(user: torch.Tensor, item: torch.Tensor, batch: Batch, known: list[tuple[int, int]] = ()) -> Step:
        seen = torch.zeros(len(user), len(item), dtype=torch.bool)
        for u, i in known:
            seen[u, i] = True
        vectors = torch.cat([user, item])
        head = Inner(normalise=False)
        share = torch.full((len(item),), 1 / len(item))
        return Step(
            batch=batch,
            graph=None,
            offset=len(user),
            popularity=share,
            proposal=share,
            generator=torch.Generator(),
            propagate=lambda view: Embedding(vectors, (vectors,)),
            score_vectors=head,
            block_vectors=head.block,
            find_known=lambda users, items: seen[users] if items is None else seen[users][:, items],
        )

    return make
