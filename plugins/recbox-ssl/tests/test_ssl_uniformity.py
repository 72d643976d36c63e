"""`alignment-uniformity`: six nodes by hand, and plain torch."""

from __future__ import annotations

import math

import pytest
import ssl_made
import torch
from recbox_ssl import AlignmentUniformity
from ssl_made import World

from recbox.contract import laws


@laws(AlignmentUniformity)
def test_laws(check):
    check()


@pytest.mark.parametrize("once", [False, True])
def test_six_nodes_by_hand(once: bool) -> None:
    """No layer. Users 0, 1, 2 are (2, 0), (0, 1), (-1, 0), items 0, 1, 2 are (1, 0), (0, 3), (0, -1); lengths
    don't count.

    Pairs (0, 0), (0, 1), (1, 1), (2, 2): ‖u - i‖² = 0, 2, 0, 2, so alignment is 1.
    Any two of the rows of users, 0, 0, 1, 2, are 0 (0 and 0), 2 (0 and 1, twice), 2 (1 and 2), 4 (0 and 2,
    twice) apart; of the rows of items, 0, 1, 1, 2, 0 (1 and 1), 2 (0 and 1, twice), 2 (0 and 2), 4 (1 and 2,
    twice): the same six. Counted once, users are 2, 4, 2 apart and items 2, 2, 4.
    """
    vectors = torch.tensor([[2.0, 0], [0, 1], [-1, 0], [1, 0], [0, 3], [0, -1]])
    world = World(vectors, layers=0)
    loss = world.term(AlignmentUniformity(gamma=0.5, t=1.0, once=once))(world.step())
    seen = [2, 2, 4] if once else [0, 2, 2, 2, 4, 4]
    uniformity = math.log(sum(math.exp(-d) for d in seen) / len(seen))
    assert float(loss.detach()) == pytest.approx(1 + 0.5 * uniformity, abs=1e-6)


def test_it_is_the_plain_formula(kernel: str) -> None:
    """Any two rows of the batch, one after another."""

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        final = ssl_made.hops(x, [ssl_made.adjacency()] * 2).final
        unit = torch.stack([v / v.norm() for v in final])
        user, item = unit[ssl_made.USER], unit[[3 + i for i in ssl_made.ITEM]]
        close = sum((u - i).square().sum() for u, i in zip(user, item)) / 4
        apart = []
        for rows in (user, item):
            two = [(rows[j] - rows[k]).square().sum() for j in range(4) for k in range(j)]
            apart.append(torch.log(sum(torch.exp(-2 * d) for d in two) / len(two)))
        return close + 0.7 * (apart[0] + apart[1]) / 2

    ssl_made.hold_equal(AlignmentUniformity(gamma=0.7), kernel, reference)
