"""`masked-edge`: six nodes by hand, plain torch, and what is asked about."""

from __future__ import annotations

import math

import numpy as np
import pytest
import ssl_made
import torch
from recbox_ssl import MaskedEdge
from recbox_ssl._masked import HiddenEdges, without
from ssl_made import KNOWN, NODES, USERS, World

from recbox.contract import laws
from recbox.graph import Layout, symmetric
from recbox.plugin import Graph


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
    asked = zip(*(x.tolist() for x in term._asked(step, ~view.keep)))
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
        user, item = HiddenEdges(0.5, 2)._asked(world.step(key), ~view.keep)
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


BOUGHT = tuple(zip(ssl_made.USER, ssl_made.ITEM))
VIEWED = ((0, 0), (0, 2), (1, 0), (2, 0), (2, 2))
"""Items that users have looked at: two of these pairs are interactions too."""


def two_types(kernel: str) -> Graph:
    """The interactions of the six nodes, views, and a friendship of users 0 and 2."""
    users, items = np.array(VIEWED).T
    viewed = symmetric(users, items + USERS, NODES)
    friends = symmetric(np.array([0]), np.array([2]), NODES)
    bought = symmetric(np.array(ssl_made.USER), np.array(ssl_made.ITEM) + USERS, NODES)
    edges = {"behaviour.view": viewed, "interaction": bought, "user-relation": friends}
    return Graph.build(Layout((("user", 3), ("item", 3))), edges, kernel=kernel)


def pairs(graph: Graph) -> set[tuple[int, int]]:
    """Both ends of each edge, the smaller one first; each edge is there in both directions."""
    ends = list(zip(graph.rows.tolist(), graph.indices.tolist()))
    assert {(b, a) for a, b in ends} == set(ends)
    return {(a, b) for a, b in ends if a < b}


def linked(them: set[tuple[int, int]]) -> set[tuple[int, int]]:
    return {(u, USERS + i) for u, i in them}


def test_only_interactions_are_hidden_and_what_links_the_same_pair(kernel: str) -> None:
    graph = two_types(kernel)
    bought, seen = graph["interaction"], 0
    for key in range(30):
        keep = bought.edge_dropout(0.5, torch.Generator().manual_seed(key)).keep
        gone = {(u, i) for u, i in BOUGHT if not keep[edge_of(bought, u, USERS + i)]}
        left = graph.view(without(graph, keep))
        assert pairs(left["interaction"]) == linked(set(BOUGHT) - gone)
        assert pairs(left["behaviour.view"]) == linked(set(VIEWED) - gone)
        assert pairs(left["user-relation"]) == {(0, 2)}
        assert pairs(left) == linked({*BOUGHT, *VIEWED} - gone) | {(0, 2)}
        seen += bool(gone & set(VIEWED))
    assert seen


def edge_of(graph: Graph, row: int, column: int) -> int:
    return int(((graph.rows == row) & (graph.indices == column)).nonzero())


def test_of_several_types_it_asks_for_hidden_interactions_alone(kernel: str) -> None:
    world = World(ssl_made.drawn(), kernel)
    world.graph = two_types(kernel)
    scored: list[set[tuple[int, int]]] = []
    for key in range(30):
        step = world.step(key)

        def score(users: torch.Tensor, items: torch.Tensor, step=step) -> torch.Tensor:
            rows = next(e.final for view, e in step.seen.items() if view is not None)
            scored.append({(row_of(rows, u), row_of(rows, i) - USERS) for u, i in zip(users, items)})
            return (users * items).sum(-1)

        step.score_vectors = score
        HiddenEdges(0.5, 10)(step)
    asked = scored[::2]
    assert set().union(*asked) == set(BOUGHT)


def row_of(rows: torch.Tensor, vector: torch.Tensor) -> int:
    return int((rows == vector).all(1).nonzero()[0])


def test_over_two_types_by_hand(kernel: str) -> None:
    """One layer, `combine: last`. Interactions of users 0 and 1 with items 0 and 1; user 0 has viewed item 1,
    which nothing but the view tells. User 0's interaction is hidden: user 0 has item 1's vector left, degrees
    are 1 of user 0, 1 of user 1 and 2 of item 1, and item 0 has no edge.
    """
    layout = Layout((("user", 3), ("item", 3)))
    bought = symmetric(np.array([0, 1]), np.array([3, 4]), NODES)
    viewed = symmetric(np.array([0]), np.array([4]), NODES)
    graph = Graph.build(layout, {"interaction": bought, "behaviour.view": viewed}, kernel=kernel)
    world = World(torch.eye(6), kernel, layers=1, combine="last")
    world.graph = graph
    keep = torch.ones(bought.edges, dtype=torch.bool)
    keep[[edge_of(graph["interaction"], 0, 3), edge_of(graph["interaction"], 3, 0)]] = False
    final = world.step().embed(without(graph, keep)).final
    expected = torch.zeros(6, 6)
    expected[0, 4] = expected[1, 4] = expected[4, 0] = expected[4, 1] = 1 / math.sqrt(2)
    torch.testing.assert_close(final, expected)
    asked = HiddenEdges(0.5, 10)._asked(world.step(), ~keep)
    assert [x.tolist() for x in asked] == [[0], [0]]
