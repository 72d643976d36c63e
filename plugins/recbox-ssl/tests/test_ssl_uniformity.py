"""`alignment-uniformity`: six nodes by hand, and plain torch."""

from __future__ import annotations

import math

import pytest
import ssl_made
import torch
from recbox_ssl import AlignmentUniformity
from recbox_ssl._uniformity import AlignAndSpread
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


def slow(x: torch.Tensor, times: list[int], t: float) -> torch.Tensor:
    """One pair of rows after another; a row's distance to its copy is 0."""
    rows = [i for i, n in enumerate(times) for _ in range(n)]
    unit = x / x.norm(dim=1, keepdim=True)
    pairs = [(rows[j], rows[k]) for j in range(len(rows)) for k in range(j)]
    apart = [(unit[j] - unit[k]).square().sum() * (j != k) for j, k in pairs]
    return torch.logsumexp(-t * torch.stack(apart), 0) - math.log(len(apart))


@pytest.mark.parametrize("block", [1, 12, 1 << 19])
@pytest.mark.parametrize("t", [0.5, 2.0, 20.0, 100.0])
@pytest.mark.parametrize("times", [[1] * 6, [1, 3, 1, 1, 2, 1]])
def test_it_is_one_pair_after_another(times: list[int], t: float, block: int, monkeypatch) -> None:
    """In blocks of a row, of two, and all at once; at t = 100 every e^{-t‖x - y‖²} alone is nothing."""
    monkeypatch.setattr("recbox_ssl._uniformity.BLOCK", block)
    term = AlignAndSpread(1.0, t, once=max(times) == 1)
    given = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = []
    for close in (term.closeness, lambda x, _: slow(x, times, t)):
        x = given.clone().requires_grad_()
        loss = close(x, torch.tensor(times, dtype=torch.float64))
        found.append([loss.detach(), *torch.autograd.grad(loss, [x])])
    torch.testing.assert_close(*found, rtol=1e-9, atol=1e-9)


def test_opposite_vectors_are_far_apart_at_any_t() -> None:
    """4 apart: e^{-400} is no float32, and the logarithm is -400."""
    x = torch.tensor([[1.0, 0], [-1, 0]], requires_grad=True)
    loss = AlignAndSpread(1.0, 100.0, once=False).closeness(x, torch.ones(2))
    assert float(loss.detach()) == pytest.approx(-400)
    loss.backward()
    assert torch.isfinite(x.grad).all()


def test_a_node_alone_and_vectors_of_zeros() -> None:
    """One row has nothing to be apart from; rows of zeros are 2 apart, wherever they are."""
    term = AlignAndSpread(1.0, 2.0, once=False)
    assert float(term.closeness(torch.ones(1, 3), torch.ones(1))) == 0
    zeros = torch.zeros(3, 4, requires_grad=True)
    loss = term.closeness(zeros, torch.ones(3))
    assert float(loss.detach()) == pytest.approx(-4)
    loss.backward()
    assert torch.isfinite(zeros.grad).all()
