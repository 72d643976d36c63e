"""Hops without some edges of a node are those of a graph that never had them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from recbox.graph import CSR, Layout, interaction_csr
from recbox.kernel import Graph, View, by_column, hops_without, kept, lacking
from tests.recommender.conftest import kernel_name as kernel_name

USERS, ITEMS, WIDTH = 7, 9, 5


def graph(kernel: str, weighted: bool) -> Graph:
    draw = np.random.default_rng(2)
    user, item = np.nonzero(draw.random((USERS, ITEMS)) < 0.4)
    weight = draw.uniform(0.1, 3, len(user)) if weighted else None
    csr: CSR = interaction_csr(user, item, USERS, ITEMS, weight)
    return Graph.build(Layout((("user", USERS), ("item", ITEMS))), {"interaction": csr}, kernel=kernel)


@pytest.mark.kernel
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("norm", ["sym", "row", "none"])
def test_hops_are_those_of_the_view(kernel_name: str, weighted: bool, norm: str) -> None:
    """Of some edges, of all that a user has, and of none; alone, and as columns of one pass."""
    whole = graph(kernel_name, weighted)
    x = torch.randn(USERS + ITEMS, WIDTH, generator=torch.Generator().manual_seed(0))
    own = whole.indices[slice(*whole.indptr[3:5].tolist())]
    gone = []
    for others in (own[:2], own, own[:0]):
        gone.append(lacking(whole, 3, others))
        view = whole.view(View(keep=kept(whole, 3, others)))
        for one, other in zip(hops_without(whole, x, 3, norm, gone[-1]), view.hops(x, 3, norm), strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    together = hops_without(whole, x[:, :3], 3, norm, by_column(gone))
    for column, each in enumerate(gone):
        alone = hops_without(whole, x[:, column : column + 1], 3, norm, each)
        for one, other in zip(together, alone, strict=True):
            torch.testing.assert_close(one[:, column], other[:, 0], atol=1e-5, rtol=1e-5)
    assert all(not torch.equal(a, b) for a, b in pairwise(together))
