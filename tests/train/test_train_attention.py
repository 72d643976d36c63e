"""`combine: attention` and gat over edge features, in training: what is learned, and resuming."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from recbox.recipe.edge import Edge
from recbox.recommender import build, build_graph
from recbox.train import CheckpointFile, GraphCourse, fit
from tests.train.conftest import prepare, validate, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.kernel
GAT = [{"use": "gat", "heads": 2, "edge_features": True}, {"use": "lightgcn"}]
STAGES = {
    "stage": [
        {"epochs": 2, "batch": 64, "propagation": "none", "objective": [{"use": "softmax"}]},
        {"epochs": 4, "batch": 64, "edge_dropout": 0.3, "objective": [{"use": "bpr"}]},
    ]
}


@pytest.fixture
def make(prepare, world):  # noqa: F811
    """(recipe, recommender, graph, train, context) whose edges carry something to learn of."""

    def made(**blocks):
        recipe, _, _, _, context = prepare(layer=GAT, combine="attention", **blocks)
        recipe = replace(recipe, edge=(Edge.parse({"feature": ["weight"]}),))
        x = world.interaction
        weight = 1.0 + 4.0 * (x.user % 3 == x.item % 3)  # what is of the user's group is rated higher
        train = replace(world, interaction=replace(x, weight=weight.astype("float32")))
        graph = build_graph(recipe.edge, train, context)
        return recipe, build(recipe, train, graph, context), graph, train, context

    return made


def state(recommender) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in recommender.state_dict().items()}


def test_all_of_it_is_learned(make, validate):  # noqa: F811
    train = {"epochs": 10, "batch": 64, "optimizer": {"lr": 0.05}, "negative": {"count": 4}}
    recipe, recommender, graph, *rest = make(train=train)
    before = state(recommender)
    result = fit(GraphCourse(recipe, recommender, graph, *rest), validate)
    assert max(row["valid"]["ndcg@5"] for row in result.history) > 0.7
    still = {name for name, value in state(recommender).items() if torch.equal(value, before[name])}
    assert still == {"layer.0.edge.mean", "layer.0.edge.std"}
    recommender.eval()
    with torch.no_grad():
        weights = recommender.hop_weights(recommender(graph).hops)
    assert (weights - 1 / 3).abs().max() > 0.02


class _Stop(Exception):
    pass


@pytest.mark.parametrize("stop", [1, 4])
def test_a_resumed_run_ends_bit_for_bit_the_same(stop, make, validate, tmp_path, monkeypatch):  # noqa: F811
    """Interrupted in the stage without layers, and in the one with them."""
    monkeypatch.setattr("recbox.train.loop.SAVE_SHARE", float("inf"))
    blocks = {"train": STAGES, "objective": None}
    recipe, straight, *rest = make(**blocks)
    fit(GraphCourse(recipe, straight, *rest), validate)

    def stops(scorer):
        if len(seen) == stop:
            raise _Stop
        seen.append(scorer)
        return validate(scorer)

    seen, file = [], CheckpointFile(tmp_path / "c", {"recipe": "a"})
    recipe, broken, *rest = make(**blocks)
    with pytest.raises(_Stop):
        fit(GraphCourse(recipe, broken, *rest), stops, file)
    recipe, resumed, *rest = make(**blocks)
    fit(GraphCourse(recipe, resumed, *rest), validate, file, file.load())
    expected, found = state(straight), state(resumed)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
