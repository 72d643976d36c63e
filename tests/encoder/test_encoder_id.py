"""Ids are left out by chance in training, and where they were never learned when the method is used."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes
from recbox.encoder.id import Id
from recbox.graph import Layout, interaction_csr
from recbox.kernel import Graph
from recbox.kernel.dgl_door import missing
from recbox.plugin import Spec

N, COLD = 2000, (3, 1999)
ALL, CONTEXT = torch.arange(N), Context()


def build(seen: np.ndarray | None = None, **options):
    """Ids of N items, of which all but COLD have an interaction."""
    item = np.setdiff1d(np.arange(N), COLD) if seen is None else seen
    x = Interactions(np.zeros(len(item), np.int64), item, np.ones(len(item), np.float32))
    nodes = (Nodes(pl.DataFrame({"id": range(n)})) for n in (1, N))
    train = Dataset("t", *nodes, x)
    return Id(**options).build(Spec("item", N, 0, 2, train, None, CONTEXT, "encoder.item.0"))


def masked(module, step: int = 0, nodes: torch.Tensor = ALL):
    with CONTEXT.draws("module", step):
        return module.missing(nodes)


def test_without_options_nothing_is_missing():
    module = build()
    assert masked(module.train()) is None and masked(module.eval()) is None


def test_the_share_that_is_missing_is_that_of_dropout():
    module = build(dropout=0.2).train()
    share = torch.stack([masked(module, step) for step in range(20)]).float().mean(0)
    # Of 40,000 draws the mean is within four standard deviations, 0.008; and everyone's turn comes.
    assert share.mean().item() == pytest.approx(0.2, abs=0.008)
    assert share.max() < 0.8 and (share > 0).float().mean() > 0.95


def test_a_step_draws_its_own_and_repeats_them():
    module = build(dropout=0.5).train()
    assert torch.equal(masked(module, 1), masked(module, 1))
    assert not torch.equal(masked(module, 1), masked(module, 2))


def test_a_node_that_is_asked_for_twice_has_one_answer():
    module = build(dropout=0.5).train()
    twice = masked(module, nodes=ALL.repeat(2))
    assert torch.equal(twice[:N], twice[N:])
    assert torch.equal(masked(module, nodes=ALL.flip(0)).flip(0), twice[:N])


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"dropout": 0.2}, COLD),
        ({"cold": "zero"}, COLD),
        ({"dropout": 0.2, "cold": "keep"}, ()),
        ({"cold": "keep"}, ()),
        ({}, ()),
    ],
    ids=str,
)
def test_afterwards_nodes_without_an_interaction_are_missing(options, gone):
    module = build(**options).eval()
    answers = [module.missing(ALL), module.missing(ALL)]
    for answer in answers:
        found = () if answer is None else tuple(answer.nonzero().flatten().tolist())
        assert found == gone


def test_where_all_were_seen_none_is_missing():
    assert build(seen=np.arange(N), cold="zero").eval().missing(ALL) is None


def test_the_state_is_the_same_with_all_options():
    assert list(build(dropout=0.2, cold="zero").state_dict()) == list(build().state_dict()) == ["weight"]
    assert torch.equal(build(dropout=0.2).weight, build().weight)


def tables(kernel: str = "torch", dim: int = 4, std: float = 0.1, rows: tuple[int, int] = (40, 30)):
    """First vectors of users and items by their factors, R, and which of each have an interaction."""
    draw = np.random.default_rng(0)
    r = (draw.random(rows) < 0.2) * 1.0
    r[3], r[:, 5] = 0, 0
    user, item = r.nonzero()
    nodes = [Nodes(pl.DataFrame({"id": range(n)})) for n in rows]
    train = Dataset("t", *nodes, Interactions(user, item, np.ones(len(user), np.float32)))
    context = Context(kernel=kernel)
    layout = Layout((("user", rows[0]), ("item", rows[1])))
    graph = Graph.build(layout, {"interaction": interaction_csr(user, item, *rows)}, kernel=kernel)
    made = [
        Id(init="spectral", std=std).build(Spec(n, c, 0, dim, train, graph, context, f"encoder.{n}.0")).weight
        for n, c in zip(("user", "item"), rows)
    ]
    return *(m.detach() for m in made), r


def test_the_first_vectors_are_the_leading_factors_of_the_normalised_matrix():
    """`U √S (V √S)ᵀ` is the best matrix of rank 4, times one number."""
    user, item, r = tables()
    users, items = r.sum(1) > 0, r.sum(0) > 0
    normal = r / np.sqrt(np.maximum(r.sum(1), 1))[:, None] / np.sqrt(np.maximum(r.sum(0), 1))
    u, s, v = np.linalg.svd(normal)
    best = (u[:, :4] * s[:4]) @ v[:4]
    own = (user @ item.T).numpy()
    factor = own[0, 0] / best[0, 0]
    np.testing.assert_allclose(own[users][:, items], factor * best[users][:, items], atol=2e-3 * factor)
    both = torch.cat([user[torch.from_numpy(users)], item[torch.from_numpy(items)]])
    assert both.square().mean().sqrt().item() == pytest.approx(0.1, rel=0.1)


def test_nodes_without_an_interaction_and_columns_beyond_the_rank_are_drawn():
    user, item, _ = tables(dim=50, std=0.3)
    assert user.shape == (40, 50) and item.shape == (30, 50)
    for drawn in (user[3], item[5], user[:, 30:], item[:, 30:]):
        assert 0.15 < drawn.std() < 0.45


def test_the_first_vectors_are_the_same_each_time_and_on_both_kernels():
    one, again = tables()[:2], tables()[:2]
    assert all(torch.equal(*pair) for pair in zip(one, again))
    if missing():
        pytest.skip(missing())
    for own, other in zip(one, tables("dgl")[:2]):
        torch.testing.assert_close(own, other, atol=1e-4, rtol=1e-3)


def test_columns_of_a_matrix_of_less_rank_are_drawn_too():
    """Everybody took the same: one factor is there."""
    user, item = (a.ravel() for a in np.indices((6, 5)))
    nodes = [Nodes(pl.DataFrame({"id": range(n)})) for n in (6, 5)]
    train = Dataset("t", *nodes, Interactions(user, item, np.ones(len(user), np.float32)))
    graph = Graph.build(
        Layout((("user", 6), ("item", 5))), {"interaction": interaction_csr(user, item, 6, 5)}, kernel="torch"
    )
    weight = Id(init="spectral").build(Spec("user", 6, 0, 4, train, graph, CONTEXT, "encoder.user.0")).weight
    assert weight[:, 0].std() < 1e-4 < 0.01 < weight[:, 1:].std()
