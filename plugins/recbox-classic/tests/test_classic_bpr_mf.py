"""bpr-mf: its loss by hand, and that it is the graph recipe without a layer."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from classic_made import HAND, course, drawn, fitted, made, scores
from recbox_classic import BPRMF
from recbox_classic._factors import Factors

from recbox.context import Context
from recbox.plugin import Batch, Moment
from recbox.recipe import load
from recbox.recommender import build, build_graph
from recbox.registry import Registry
from recbox.train import GraphCourse, fit


def factors(user: list[list[float]], item: list[list[float]], l2: float, bias: list[float] | None) -> Factors:
    """A module with these values."""
    made = Factors(len(user), len(item), len(user[0]), l2, bias is not None, 0.1, torch.Generator())
    values = {"user": user, "item": item} | ({} if bias is None else {"bias": bias})
    made.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    return made


def batch(user: list[int], item: list[int], negative: list[list[int]]) -> Batch:
    user, item = torch.tensor(user), torch.tensor(item)
    return Batch(user, item, torch.ones(len(user)), torch.tensor(negative))


MOMENT = Moment(0, 0, 1, torch.Generator())


def test_the_loss_by_hand() -> None:
    """User (1, 2): item 0 = (1, 0) scores 1, item 1 = (0, 1) scores 2, item 2 = (0, 0) scores 0. The loss is
    the mean of ln(1 + e) and ln(1 + 1/e), and l2 · ½ (5 + 1 + 1 + 0)."""
    module = factors([[1, 2]], [[1, 0], [0, 1], [0, 0]], 0.1, None)
    found = module(batch([0], [0], [[1, 2]]), MOMENT).item()
    e = math.e
    assert found == pytest.approx((math.log(1 + e) + math.log(1 + 1 / e)) / 2 + 0.1 * 7 / 2)


def test_a_bias_is_added_to_scores_and_held_small() -> None:
    """As above, with a bias of 3 for item 0 and of 1 for item 1: s = 4 and 3, and 3² + 1² more in l2."""
    module = factors([[1, 2]], [[1, 0], [0, 1], [0, 0]], 0.1, [3, 1, 0])
    found = module(batch([0], [0], [[1]]), MOMENT).item()
    assert found == pytest.approx(math.log(1 + 1 / math.e) + 0.1 * (5 + 1 + 1 + 9 + 1) / 2)
    user, item = module.vectors()
    assert (user @ item.T).tolist() == [[4, 3, 0]]


def test_its_scorer_gives_the_inner_products() -> None:
    user, item = fitted(BPRMF(dim=4, bias=True), HAND).vectors()
    assert user.shape == (3, 5)
    assert np.allclose(scores(BPRMF(dim=4, bias=True), HAND), (user @ item.T).numpy())


@pytest.mark.parametrize("negatives", [1, 3])
def test_it_is_the_graph_recipe_without_a_layer(negatives: int) -> None:
    """From the same first values, with the objectives `bpr` and `l2`, after four epochs."""
    settings = {"epochs": 4, "batch": 32, "optimizer": {"lr": 0.02}, "negative": {"count": negatives}}
    plain = {
        "recbox": 1,
        "dim": 6,
        "data": {"source": {"use": "synthetic"}, "split": {"by": "user-random"}},
        "layer": [],
        "objective": [{"use": "bpr"}, {"use": "l2", "weight": 0.05}],
        "train": settings,
    }
    context = Context(threads=1, kernel="torch")
    recipe, train = load(plain, registry=Registry(), context=context), made(drawn())
    graph = build_graph(recipe.edge, train, context)
    parts = build(recipe, train, graph, context)
    ours = course(BPRMF(dim=6, l2=0.05), train, settings, context)
    tables = [next(parts.encoder[node].parameters()) for node in ("user", "item")]
    with torch.no_grad():
        ours.module.user.copy_(tables[0])
        ours.module.item.copy_(tables[1])
    theirs = fit(GraphCourse(recipe, parts, graph, train, context), None)
    found = fit(ours, None)
    losses = [[row["loss"] for row in result.history] for result in (found, theirs)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for table, own in zip(tables, (ours.module.user, ours.module.item), strict=True):
        assert torch.allclose(table, own, atol=1e-4)


def test_l2_makes_vectors_smaller() -> None:
    sizes = [float(fitted(BPRMF(dim=8, l2=l2), drawn()).vectors()[0].norm()) for l2 in (0.0, 0.1)]
    assert sizes[1] < 0.7 * sizes[0]
