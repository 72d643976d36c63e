"""Weighed parts and ids that are left out, in training: what is learned, resuming, kernels, precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Column, Nodes
from recbox.kernel.dgl_door import missing
from recbox.recipe import load
from recbox.recommender import GraphScorer, build, build_graph
from recbox.registry import Registry
from recbox.train import CheckpointFile, GraphCourse, fit
from tests.train.conftest import GROUPS, ITEMS, RECIPE, USERS, validate, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.kernel

COLD = np.arange(ITEMS - 6, ITEMS)
"""Items without interactions, two of each group."""


@pytest.fixture
def planted(world):  # noqa: F811
    """The world with its items' group as a column, and without the interactions of some items."""
    group = pl.DataFrame({"id": range(ITEMS), "group": [f"g{i % GROUPS}" for i in range(ITEMS)]})
    x = world.interaction
    warm = x.take(np.flatnonzero(~np.isin(x.item, COLD)))
    return replace(world, item=Nodes(group, (Column("group", "categorical"),)), interaction=warm)


@pytest.fixture
def make(planted):
    """(recipe, recommender, graph, train, context), with the items' id and group fused."""

    def made(fuse: str = "gate", kernel: str = "torch", id: dict | None = None, **blocks):
        part = [{"use": "id", **(id or {})}, {"use": "feature"}]
        encoder = {"user": {"use": "id"}, "item": {"fuse": fuse, "part": part}}
        context = Context(threads=1, kernel=kernel)
        recipe = load({**RECIPE, "encoder": encoder, **blocks}, registry=Registry(), context=context)
        graph = build_graph(recipe.edge, planted, context)
        return recipe, build(recipe, planted, graph, context), graph, planted, context

    return made


def state(recommender) -> dict[str, torch.Tensor]:
    return {k: v.clone() for k, v in recommender.state_dict().items()}


@pytest.mark.parametrize("fuse", ["gate", "attention"])
def test_training_moves_the_weights_and_finds_the_groups(fuse, make, validate):  # noqa: F811
    train = {"epochs": 10, "batch": 64, "optimizer": {"lr": 0.05}, "negative": {"count": 4}}
    recipe, recommender, *rest = make(fuse, train=train)
    before, first = state(recommender), recommender.weights()["item"]
    result = fit(GraphCourse(recipe, recommender, *rest), validate)
    assert max(r["valid"]["ndcg@5"] for r in result.history) > 0.7
    after = state(recommender)
    assert not [name for name in before if torch.equal(before[name], after[name])]
    last = recommender.weights()["item"]
    assert set(recommender.weights()) == {"item"}
    torch.testing.assert_close(last.sum(1), torch.ones(ITEMS))
    assert (last - first).abs().max() > 0.05


def cold_share(scorer) -> float:
    """Over users, the share of their own group among the two best of the items that nobody knew."""
    best = scorer.block(np.arange(USERS))[:, COLD].topk(2).indices.numpy()
    return float((COLD[best] % GROUPS == np.arange(USERS)[:, None] % GROUPS).mean())


@pytest.mark.parametrize("fuse", ["sum", "gate", "attention"])
def test_with_ids_left_out_the_features_carry_items_that_nobody_knew(fuse, make):
    train = {"epochs": 12, "batch": 128, "optimizer": {"lr": 0.05}, "negative": {"count": 4}}
    recipe, recommender, graph, *rest = make(fuse, id={"dropout": 0.5}, train=train)
    fit(GraphCourse(recipe, recommender, graph, *rest), None)
    recommender.eval()
    assert cold_share(GraphScorer.of(recommender, graph, True)) > 0.9
    if fuse != "sum":
        weights = recommender.weights()["item"]
        assert torch.equal(weights[COLD], torch.tensor([[0.0, 1.0]]).expand(len(COLD), 2))
        assert weights[: COLD[0], 0].min() > 0


def test_ids_that_are_left_out_have_no_gradient(make):
    _, recommender, graph, *_, context = make(id={"dropout": 0.5})
    item = recommender.encoder["item"]
    with context.draws("module", 0):
        recommender(graph).final.square().sum().backward()
    with context.draws("module", 0):
        gone = item.part[0].missing(torch.arange(ITEMS))
    gradient = item.part[0].weight.grad
    assert 0 < gone.sum() < ITEMS
    assert not gradient[gone].any() and gradient[~gone].abs().sum(1).min() > 0


class _Stop(Exception):
    pass


@pytest.mark.parametrize("fuse", ["sum", "concat", "gate", "attention"])
def test_a_resumed_run_ends_bit_for_bit_the_same(fuse, make, validate, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("recbox.train.loop.SAVE_SHARE", float("inf"))
    blocks = {"id": {"dropout": 0.3}}
    if fuse == "concat":
        both = [{"use": "id", "dropout": 0.3}] * 2
        blocks |= {"encoder": {node: {"fuse": fuse, "part": both} for node in ("user", "item")}}
    recipe, straight, *rest = make(fuse, **blocks)
    fit(GraphCourse(recipe, straight, *rest), validate)

    def stops(scorer):
        if len(seen) == 3:
            raise _Stop
        seen.append(scorer)
        return validate(scorer)

    seen, file = [], CheckpointFile(tmp_path / "c", {"recipe": "a"})
    recipe, broken, *rest = make(fuse, **blocks)
    with pytest.raises(_Stop):
        fit(GraphCourse(recipe, broken, *rest), stops, file)
    recipe, resumed, *rest = make(fuse, **blocks)
    kept = file.load()
    assert kept.epoch == 3
    fit(GraphCourse(recipe, resumed, *rest), validate, file, kept)
    expected, found = state(straight), state(resumed)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize("fuse", ["gate", "attention"])
def test_both_kernels_give_the_same_vectors(fuse, make):
    if missing():
        pytest.skip("needs both kernels")
    finals = []
    for kernel in ("torch", "dgl"):
        _, recommender, graph, *_ = make(fuse, kernel, id={"dropout": 0.3})
        recommender.eval()
        with torch.no_grad():
            finals.append(recommender(graph).final)
    torch.testing.assert_close(*finals, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("fuse", ["gate", "attention"])
def test_bf16_weighs_as_fp32_does(fuse, make):
    _, recommender, graph, *_ = make(fuse, id={"dropout": 0.3}, layer=[{"use": "gcn", "repeat": 2}])
    recommender.eval()
    with torch.no_grad():
        exact, weights = recommender(graph).final, recommender.weights()["item"]
        recommender.bf16 = True
        near = recommender(graph).final
    assert torch.equal(recommender.weights()["item"], weights)
    assert near.dtype == torch.float32 and not torch.equal(near, exact)
    torch.testing.assert_close(near, exact, atol=0.02, rtol=0.02)
