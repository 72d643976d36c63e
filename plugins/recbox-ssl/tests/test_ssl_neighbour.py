"""`neighbour-contrast`: six nodes by hand, plain torch, k-means, and how long prototypes last."""

from __future__ import annotations

import math

import pytest
import ssl_made
import torch
from recbox_ssl import NeighbourContrast
from recbox_ssl._cluster import cluster, nearest
from ssl_made import World

from recbox.contract import laws


@laws(NeighbourContrast)
def test_laws(check):
    check()


def stream(key: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(key)


def test_six_nodes_by_hand(kernel: str) -> None:
    """Two layers, vectors of users 0, 1, 2 and items 0, 1, 2 (1, 0), (0, 1), (-1, 0), τ = 1; s = 1/√2.

    The block of users and items is M = [[s, 1/2, 0], [0, s, 0], [0, 0, 1]], M Mᵀ = [[3/4, s/2], [s/2, 1/2]]
    and 1: users after two hops are (3/4, s/2), (s/2, 1/2), (-1, 0). Mᵀ M = [[1/2, s/2], [s/2, 3/4]] and 1:
    items (1/2, s/2), (s/2, 3/4), (-1, 0).
    Lengths: √(9/16 + 1/8) = √11/4; √(1/8 + 1/4) = √6/4; of items √6/4 and √11/4.
    Cosines with (1, 0), (0, 1), (-1, 0): of user 0 3/√11, √2/√11, -3/√11; of user 1 1/√3, √(2/3), -1/√3; of
    item 0 √(2/3), 1/√3, -√(2/3); of item 1 √2/√11, 3/√11, -√2/√11; of the third of each -1, 0, 1.
    """
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel)
    a, b, c, d = 3 / math.sqrt(11), math.sqrt(2 / 11), math.sqrt(1 / 3), math.sqrt(2 / 3)
    users, items = [[a, b, -a], [c, d, -c], [-1, 0, 1]], [[d, c, -d], [b, a, -b], [-1, 0, 1]]

    def side(rows: list[list[float]]) -> float:
        each = [math.log(sum(math.exp(x) for x in row)) - row[j] for j, row in enumerate(rows)]
        return sum(each) / 3

    loss = world.term(NeighbourContrast(temperature=1.0, alpha=0.5, prototype=0.0))(world.step())
    assert float(loss.detach()) == pytest.approx(side(users) + 0.5 * side(items), abs=1e-6)


def test_prototypes_by_hand() -> None:
    """Three users in two clusters, whatever rows it begins with but for ties: users 0 and 1 at (1, 0) and
    (1, 0.2), user 2 at (-1, 0). Centres are (1, 0.1) and (-1, 0)."""
    x = torch.tensor([[1.0, 0], [1, 0.2], [-1, 0]])
    found = {tuple(nearest(x, cluster(x, 2, stream(k))).tolist()) for k in range(10)}
    assert found <= {(0, 0, 1), (1, 1, 0)}
    centre = cluster(x, 2, stream())
    torch.testing.assert_close(centre[nearest(x, centre)], torch.tensor([[1.0, 0.1], [1, 0.1], [-1, 0]]))


def test_k_means_is_at_rest_and_repeats() -> None:
    """Each row is with its nearest centre, and each centre is the mean of its rows."""
    x = torch.randn(300, 3, generator=stream(7))
    x += 6 * torch.eye(3)[torch.arange(300) % 3]
    centre = cluster(x, 3, stream(1))
    own = nearest(x, centre)
    assert torch.equal(own, torch.cdist(x, centre).argmin(1))
    for j in range(3):
        torch.testing.assert_close(centre[j], x[own == j].mean(0), atol=1e-5, rtol=1e-5)
    assert torch.equal(centre, cluster(x, 3, stream(1)))
    assert len(cluster(x, 900, stream())) == 300


@pytest.mark.parametrize("over", ["all", "batch"])
@pytest.mark.parametrize("warmup", [0, 1])
def test_it_is_the_plain_formula(warmup: int, over: str, kernel: str) -> None:
    """All six nodes are in the batch. With `warmup` epoch 0 has no prototypes."""

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        found = ssl_made.hops(x, [ssl_made.adjacency()] * 2).hops
        loss = ssl_made.both_sides(found[2], found[0], 0.4)
        if warmup:
            return loss
        generator = world.step().generator
        for rows in (x[:3], x[3:]):
            centre = cluster(rows.detach().float(), 2, generator)
            for row, j in zip(rows, nearest(rows.detach().float(), centre).tolist()):
                cosine = [(row * c).sum() / (row.norm() * c.norm()) / 0.4 for c in centre.double()]
                loss = loss + 0.7 / 3 * (torch.log(sum(torch.exp(v) for v in cosine)) - cosine[j])
        return loss

    options = NeighbourContrast(temperature=0.4, clusters=2, prototype=0.7, warmup=warmup, over=over)
    ssl_made.hold_equal(options, kernel, reference)


def test_prototypes_last_for_an_epoch() -> None:
    world = World(ssl_made.drawn())
    term = world.term(NeighbourContrast(clusters=2, warmup=1))
    term.epoch(0)
    term(world.step(0))
    assert term.found is None
    term.epoch(1)
    term(world.step(1))
    kept = term.found
    term(world.step(2))
    assert term.found is kept
    term.epoch(2)
    term(world.step(3))
    assert term.found is not kept


def test_prototypes_are_those_of_candidates() -> None:
    """Item 2 lies far away, and is no candidate: no centre is near it. It has the nearest one even so."""
    vectors = ssl_made.drawn()
    vectors[5] = 100.0
    world = World(vectors)
    term = world.term(NeighbourContrast(clusters=2, warmup=0))
    for cold, far in ((None, True), (torch.tensor([False, False, True]), False)):
        term.epoch(0)
        term(world.step(cold=cold))
        centre, own = term.found[1]
        assert bool((centre > 50).any()) == far
        assert len(own) == 3


def test_what_is_no_candidate_is_not_set_against_anything() -> None:
    """Item 2 isn't in the batch. As a candidate it is one more in the sum over items."""
    world = World(ssl_made.drawn())
    term = world.term(NeighbourContrast(prototype=0.0, over="all"))
    values = []
    for cold in (None, torch.tensor([False, False, True])):
        step = world.step(cold=cold)
        b = step.batch
        step.batch = type(b)(b.user[:3], b.item[:3], b.weight[:3])
        values.append(float(term(step).detach()))
    assert values[1] < values[0]
