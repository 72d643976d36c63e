"""`masked-edge`: six nodes by hand, plain torch, and what is asked about."""

from __future__ import annotations

import math

import pytest
import ssl_made
import torch
from recbox_ssl import MaskedEdge
from recbox_ssl._masked import HiddenEdges
from ssl_made import KNOWN, USERS, World

from recbox.contract import laws


@laws(MaskedEdge)
def test_laws(check):
    check()


def test_six_nodes_by_hand(monkeypatch: pytest.MonkeyPatch, kernel: str) -> None:
    """One layer, `combine: last`, and the edges of user 0 with item 1 and of user 2 with item 2 are hidden.

    Vectors of users 0, 1, 2 are (1, 0), (0, 1), (-1, 0), items the same. Left are user 0 with item 0 and user
    1 with item 1, degrees of 1: after the hop user 0 has item 0's (1, 0), user 1 has (0, 1), items 0 and 1
    the same, and user 2 and item 2, without edges, zeros.
    Scores of what is hidden: (0, 1): 0; (2, 2): 0, so each -log σ is log 2.
    Drawn: item 0, known to user 0, which doesn't count; and item 1 for user 2: 0, again log 2.
    """
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel, layers=1, combine="last")
    step = world.step()
    view = next(v for v in views(world) if hidden(world, v) == {(0, 1), (2, 2)})
    monkeypatch.setattr(type(world.graph), "edge_dropout", lambda graph, share, generator: view)
    term = HiddenEdges(0.5, 10)
    final = step.embed(view).final
    torch.testing.assert_close(final[0], torch.tensor([1.0, 0]))
    assert not final[2].any()
    asked = zip(*(x.tolist() for x in term._asked(step, view)))
    assert set(asked) == {(0, 1), (2, 2)}
    monkeypatch.setattr(term, "_drawn", lambda step, user: chosen(step, user, {0: 0, 2: 1}))
    assert float(term(step).detach()) == pytest.approx(2 * math.log(2), abs=1e-6)


def chosen(step, user: torch.Tensor, item: dict[int, int]):
    """A drawn item for each user, and whether the step leaves it out."""
    drawn = torch.tensor([item[u] for u in user.tolist()])
    return drawn, torch.tensor([bool(KNOWN[u, i]) for u, i in zip(user.tolist(), drawn.tolist())])


def views(world: World):
    for key in range(400):
        yield world.graph.edge_dropout(0.5, torch.Generator().manual_seed(key))


def hidden(world: World, view) -> set[tuple[int, int]]:
    there = ssl_made.kept(view, world.graph)
    return {(u, i) for u, i in zip(ssl_made.USER, ssl_made.ITEM) if not there[u, USERS + i]}


def test_it_is_the_plain_formula(kernel: str) -> None:
    """Four hidden edges at most, and their drawn items, pair by pair."""

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        step = world.step()
        view = step.graph.edge_dropout(0.6, step.generator)
        final = ssl_made.hops(x, [ssl_made.adjacency(ssl_made.kept(view, world.graph))] * 2).final
        pairs = sorted(hidden(world, view))
        lot = torch.randperm(len(pairs), generator=step.generator)
        pairs = [pairs[j] for j in lot.tolist()]
        drawn = torch.randint(3, (len(pairs),), generator=step.generator).tolist()
        none = [(u, j) for (u, _), j in zip(pairs, drawn) if not KNOWN[u, j]]
        assert pairs
        assert none, "the case would say nothing of what isn't there"
        yes = sum(torch.log1p(torch.exp(-(final[u] * final[3 + i]).sum())) for u, i in pairs) / len(pairs)
        no = sum(torch.log1p(torch.exp((final[u] * final[3 + j]).sum())) for u, j in none) / len(none)
        return yes + no

    ssl_made.hold_equal(MaskedEdge(share=0.6), kernel, reference)


def test_what_is_asked_about_is_hidden_in_both_directions_and_no_more_than_edges() -> None:
    world = World(ssl_made.drawn())
    for key, view in zip(range(40), views(world)):
        user, item = HiddenEdges(0.5, 2)._asked(world.step(key), view)
        found = set(zip(user.tolist(), item.tolist()))
        assert found <= hidden(world, view)
        assert len(user) == min(2, len(hidden(world, view)))


def test_what_the_user_knows_and_what_is_no_candidate_does_not_count() -> None:
    cold = torch.tensor([False, False, True])
    user = torch.tensor([0, 0, 1, 2, 2, 1] * 20)
    item, away = HiddenEdges(0.5, 9)._drawn(World(ssl_made.drawn()).step(cold=cold), user)
    assert torch.equal(away, KNOWN[user, item] | cold[item])
    assert away.any()
    assert not away.all()


def test_where_nothing_is_hidden_the_value_is_0() -> None:
    world = World(ssl_made.drawn())
    loss = HiddenEdges(1e-9, 10)(world.step())
    assert float(loss.detach()) == 0
    assert not world.gradient(loss).any()
