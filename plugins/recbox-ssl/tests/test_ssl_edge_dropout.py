"""`edge-dropout-contrast`: six nodes by hand, plain torch, and what its views leave out."""

from __future__ import annotations

import math

import pytest
import ssl_made
import torch
from recbox_ssl import EdgeDropoutContrast
from recbox_ssl._contrast import Contrast
from recbox_ssl._views import Dropped, EpochViews, StepViews
from ssl_made import World

from recbox.contract import laws
from recbox.plugin import View


class Given:
    """Two views that a test chose."""

    def __init__(self, *pair: View) -> None:
        self.pair = pair

    def epoch(self, number: int) -> None:
        """They stay."""

    def __call__(self, step: object) -> tuple[View, ...]:
        return self.pair


@laws(EdgeDropoutContrast)
def test_laws(check):
    check()


def test_six_nodes_by_hand(kernel: str) -> None:
    """One layer, `combine: last`. The first view has all edges, the second lacks that of user 0 and item 1.

    Vectors: items 0, 1, 2 are (1, 0), (0, 1), (-1, 0); users 0, 1, 2 the same.
    Degrees of the whole graph: users 2, 1, 1; items 1, 2, 1. With s = 1/√2:
      z' of user 0 = s·(1, 0) + (1/2)·(0, 1), of user 1 = s·(0, 1), of user 2 = (-1, 0)
    Degrees of the second: all 1, so z'' of users 0, 1, 2 = (1, 0), (0, 1), (-1, 0).
    Cosines of user 0: its length is √(1/2 + 1/4) = √3/2, so √(2/3), √(1/3), -√(2/3) with users 0, 1, 2;
    of user 1: 0, 1, 0; of user 2: -1, 0, 1. The edges are alike for items, whose
      z' of item 0 = s·(1, 0), of item 1 = (1/2)·(1, 0) + s·(0, 1), of item 2 = (-1, 0)
    have the cosines 1, 0, -1; √(1/3), √(2/3), -√(1/3); and -1, 0, 1 with (1, 0), (0, 1), (-1, 0).
    """
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel, layers=1, combine="last")
    pair = {(0, 4), (4, 0)}
    rows, columns = world.graph.rows.tolist(), world.graph.indices.tolist()
    keep = torch.tensor([(r, c) not in pair for r, c in zip(rows, columns)])
    loss = Contrast(Given(View(), View(keep=keep)), temperature=0.5)(world.step())
    a, b = math.sqrt(2 / 3), math.sqrt(1 / 3)
    users = [(a, [a, b, -a]), (1, [0, 1, 0]), (1, [-1, 0, 1])]
    items = [(1, [1, 0, -1]), (a, [b, a, -b]), (1, [-1, 0, 1])]
    by_hand = sum(
        -math.log(math.exp(own / 0.5) / sum(math.exp(c / 0.5) for c in cosines)) / 3
        for own, cosines in users + items
    )
    assert float(loss.detach()) == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize("resample", ["epoch", "step"])
@pytest.mark.parametrize("by", ["edge", "node", "walk"])
def test_it_is_the_plain_formula(by: str, resample: str, kernel: str) -> None:
    options = EdgeDropoutContrast(by=by, share=0.4, temperature=0.3, resample=resample)

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        step = world.step()
        views = [Dropped(by, 0.4)(step, step.generator) for _ in range(2)]
        final = []
        for view in views:
            layers = view.layers or (view, view)
            each = [ssl_made.adjacency(ssl_made.kept(layer, world.graph)) for layer in layers]
            final.append(ssl_made.hops(x, each).final)
        return ssl_made.both_sides(*final, 0.3)

    ssl_made.hold_equal(options, kernel, reference)


@pytest.mark.parametrize("by", ["edge", "node", "walk"])
def test_both_directions_of_an_edge_go_together(by: str) -> None:
    world = World(ssl_made.drawn())
    for key in range(20):
        step = world.step(key)
        view = Dropped(by, 0.5)(step, step.generator)
        for layer in view.layers or (view,):
            there = ssl_made.kept(layer, world.graph)
            assert torch.equal(there, there.T)


def test_a_walk_has_other_edges_in_each_layer() -> None:
    step = World(ssl_made.drawn()).step()
    first, second = Dropped("walk", 0.5)(step, step.generator).layers
    assert not torch.equal(first.keep, second.keep)


def test_views_of_an_epoch_last_for_it_and_those_of_a_step_do_not() -> None:
    world = World(ssl_made.drawn())
    steps, epochs = StepViews(Dropped("edge", 0.5)), EpochViews(Dropped("edge", 0.5))
    assert steps(world.step(0))[0] is not steps(world.step(1))[0]
    one = epochs(world.step(0))
    assert epochs(world.step(1)) is one
    assert world.graph.view(one[0]) is world.graph.view(one[0])
    epochs.epoch(1)
    assert epochs(world.step(2)) is not one


def test_a_node_that_is_twice_in_the_batch_counts_once() -> None:
    """The batch has user 0 and item 1 twice; with each interaction eight times the loss is the same."""
    world = World(ssl_made.drawn())
    term = world.term(EdgeDropoutContrast())
    once, more = world.step(), world.step()
    b = more.batch
    more.batch = type(b)(b.user.repeat(8), b.item.repeat(8), b.weight.repeat(8))
    assert torch.equal(term(once), term(more))


def test_it_costs_two_propagations_beside_the_main_one() -> None:
    step = World(ssl_made.drawn()).step()
    passes, run = [], step.propagate
    step.propagate = lambda view: passes.append(view) or run(view)
    for by in ("edge", "walk"):
        passes.clear()
        World(ssl_made.drawn()).term(EdgeDropoutContrast(by=by))(step)
        step.embed()
        assert len([view for view in passes if view is not None]) == 2
