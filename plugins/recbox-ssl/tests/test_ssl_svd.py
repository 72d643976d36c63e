"""`svd-contrast`: six nodes by hand, numpy's decomposition, plain torch, and what isn't a candidate."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import ssl_made
import torch
from recbox_ssl import SVDContrast
from recbox_ssl._contrast import info_nce
from recbox_ssl._svd import decompose
from ssl_made import World

from recbox.contract import laws
from recbox.graph import Layout, symmetric
from recbox.plugin import Context, Graph


@laws(SVDContrast)
def test_laws(check):
    check()


def test_six_nodes_by_hand(kernel: str) -> None:
    """Of users 0, 1 and items 0, 1 the normalised block is [[s, 1/2], [0, s]] with s = 1/√2, and user 2 with
    item 2 is a block of 1. Mᵀ M of the first is [[1/2, s/2], [s/2, 3/4]], with trace 5/4 and determinant
    1/4: its eigenvalues are 1 and 1/4, so singular values are 1, 1, 1/2.

    Of eigenvalue 1, -x/2 + s y/2 = 0, so x = s y, v = (1, √2)/√3 and u = M v = (√2, 1)/√3. So with rank 2
    the block is u vᵀ = [[√2, 2], [1, √2]]/3, and that of user 2 is 1.
    """
    u, s, v = decompose(ssl_made.graph(kernel), 2, Context().generator("test"))
    torch.testing.assert_close(s, torch.tensor([1.0, 1.0]))
    r = math.sqrt(2)
    by_hand = torch.tensor([[r / 3, 2 / 3, 0], [1 / 3, r / 3, 0], [0, 0, 1]])
    torch.testing.assert_close(u * s @ v.T, by_hand, atol=1e-6, rtol=1e-5)
    whole = decompose(ssl_made.graph(kernel), 3, Context().generator("test"))[1]
    torch.testing.assert_close(whole, torch.tensor([1.0, 1.0, 0.5]))


def test_the_loss_by_hand(kernel: str) -> None:
    """One layer; vectors of items 0, 1, 2 and of users 0, 1, 2 are (1, 0), (0, 1), (-1, 0).

    z of users 0, 1, 2 = (s, 1/2), (0, s), (-1, 0) and g = (√2, 2)/3, (1, √2)/3, (-1, 0), by the block above.
    Cosines of z_0, of length √3/2, with (√2, 2)/√6, (1, √2)/√3, (-1, 0): the first two are one direction,
    (1/√3, √(2/3)): s/√3 + 1/2·√(2/3) = 2/√6, over √3/2, is 4/√18 = √8/3; and -√(2/3).
    Of z_1: √(2/3), √(2/3), 0. Of z_2: -1/√3, -1/√3, 1.
    Items: z = (s, 0), (1/2, s), (-1, 0), and g by the transposed block: (√2, 1)/3, (2, √2)/3, (-1, 0); the
    direction of the first two is (√(2/3), 1/√3). Of z_0: √(2/3) twice, -1. Of z_1: √8/3 twice, -1/√3.
    Of z_2: -√(2/3) twice, 1.
    """
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel, layers=1)
    a, b, c = math.sqrt(2 / 3), 1 / math.sqrt(3), math.sqrt(8) / 3
    users = [(0, [c, c, -a]), (1, [a, a, 0]), (2, [-b, -b, 1])]
    items = [(0, [a, a, -1]), (1, [c, c, -b]), (2, [-a, -a, 1])]
    by_hand = sum(
        -math.log(math.exp(cosine[own]) / sum(math.exp(x) for x in cosine)) / 3
        for own, cosine in users + items
    )
    loss = world.term(SVDContrast(rank=2, temperature=1.0))(world.step())
    assert float(loss.detach()) == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize("over", ["all", "batch"])
def test_it_is_the_plain_formula(over: str, kernel: str) -> None:
    """numpy's decomposition in float64; with all three singular values g would be z itself."""

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        dense = ssl_made.adjacency()
        u, s, v = np.linalg.svd(dense[:3, 3:].numpy())
        low = torch.zeros(6, 6, dtype=torch.float64)
        low[:3, 3:] = torch.from_numpy(u[:, :2] * s[:2] @ v[:2])
        low[3:, :3] = low[:3, 3:].T
        found = ssl_made.hops(x, [dense, dense]).hops
        each = [ssl_made.both_sides(found[h], low @ found[h - 1], 0.3) for h in (1, 2)]
        return sum(each) / 2

    ssl_made.hold_equal(SVDContrast(rank=2, temperature=0.3, over=over), kernel, reference)


def test_a_larger_graph_is_decomposed_as_numpy_does(kernel: str) -> None:
    rng = np.random.default_rng(0)
    dense = rng.random((60, 40)) < 0.15
    user, item = np.nonzero(dense)
    layout = Layout((("user", 60), ("item", 40)))
    around = Graph.build(layout, {"interaction": symmetric(user, item + 60, 100)}, kernel=kernel)
    u, s, v = decompose(around, 4, Context().generator("test"))
    row, column = (np.maximum(dense.sum(axis), 1) ** -0.5 for axis in (1, 0))
    left, values, right = np.linalg.svd(row[:, None] * dense * column)
    np.testing.assert_allclose(s, values[:4], atol=1e-5)
    np.testing.assert_allclose(u * s @ v.T, left[:, :4] * values[:4] @ right[:4], atol=1e-4)


def test_what_is_no_candidate_is_not_set_against_anything() -> None:
    """Item 2 isn't in the batch and is no candidate: the value is that without it."""
    world = World(ssl_made.drawn())
    term = world.term(SVDContrast(rank=2, over="all"))
    step = world.step()
    b = step.batch
    short = type(b)(b.user[:3], b.item[:3], b.weight[:3])
    values = []
    for cold in (None, torch.tensor([False, False, True])):
        step = world.step(cold=cold)
        step.batch = short
        values.append(float(term(step).detach()))
    batch = world.term(SVDContrast(rank=2, over="batch"))
    users = World(ssl_made.drawn()).step()
    users.batch = short
    assert values[1] < values[0]
    everyone = sum_over_users(world, term, short)
    assert values[1] == pytest.approx(float(batch(users).detach()) + everyone, abs=1e-5)


def sum_over_users(world: World, term, short) -> float:
    """How much more the loss is with user 2, not in the batch, among those that users are set against."""
    hops, users, more = world.step().embed().hops, short.user.unique(), 0.0
    for before, after in pairwise(hops):
        g, _ = term.hop(before, 3)
        gap = info_nce(after[users], g, 0.2, users) - info_nce(after[users], g[users], 0.2)
        more += float(gap.detach()) / 2
    return more


def test_it_costs_no_propagation_beside_the_main_one() -> None:
    world = World(ssl_made.drawn())
    step = world.step()
    passes, propagate = [], step.propagate
    step.propagate = lambda view: passes.append(view) or propagate(view)
    world.term(SVDContrast(rank=3))(step)
    assert passes == [None]
