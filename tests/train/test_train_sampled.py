"""Sampled propagation: it is full propagation where nothing is left out, it learns, repeats and resumes, and
a step moves the rows that it read alone."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from recbox.errors import UnsupportedError
from recbox.kernel.dgl_door import missing
from recbox.plugin import Batch
from recbox.recipe.blocks import Optimizer
from recbox.train import CheckpointFile, GraphCourse, fit
from recbox.train.optimizing import make_optimizer
from recbox.train.rows import clip, update
from recbox.train.stage import OpenStage
from recbox.train.state import State

pytestmark = pytest.mark.kernel

LAYERS = {
    "none": [],
    "lightgcn": [{"use": "lightgcn", "repeat": 2}],
    "lightgcn-row": [{"use": "lightgcn", "norm": "row", "repeat": 2}],
    "gcn": [{"use": "gcn", "activation": "tanh", "repeat": 2}],
    "gat": [{"use": "gat", "heads": 2, "repeat": 2}],
    "mixed": [{"use": "gat", "heads": 2}, {"use": "lightgcn"}, {"use": "gcn", "norm": "row"}],
}
KERNELS = [
    "torch",
    pytest.param("dgl", marks=pytest.mark.skipif(bool(missing()), reason=missing() or "dgl is there")),
]


def train(propagation: str = "sampled", **more):
    settings = {"epochs": 4, "batch": 64, "optimizer": {"lr": 0.05}, "patience": None}
    return settings | {"propagation": propagation} | more


def opened(prepare, kernel: str = "torch", **blocks):
    """A stage, its first batch, and the recommender."""
    recipe, recommender, *rest = prepare(kernel, **blocks)
    stage = OpenStage(GraphCourse(recipe, recommender, *rest), State())
    stage.begin(0, recipe.stage[0].training.optimizer.lr)
    return stage, next(iter(stage.loss.batches.epoch(0, rest[-1]))), recommender


def terms_and_gradients(prepare, kernel: str, **blocks):
    stage, batch, recommender = opened(prepare, kernel, **blocks)
    terms = stage.loss.terms(batch, 0, 0)
    terms.sum().backward()
    dense = {k: p.grad.to_dense() if p.grad.is_sparse else p.grad for k, p in recommender.named_parameters()}
    return terms.detach(), dense


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("combine", ["mean", "last", "attention"])
@pytest.mark.parametrize("layer", LAYERS)
def test_with_all_neighbours_it_is_full_propagation(layer, combine, kernel, prepare):
    both = [
        terms_and_gradients(prepare, kernel, layer=LAYERS[layer], combine=combine, train=train(way, **more))
        for way, more in (("full", {}), ("sampled", {"fanout": 1000}))
    ]
    (full, expected), (found, gradients) = both
    assert torch.allclose(found, full, atol=1e-5)
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, expected[name], atol=1e-5), name


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("edge", ["none", "value"])
def test_layers_that_are_linear_are_right_on_average(edge, kernel, prepare):
    """Within six standard errors of what full propagation gives."""
    graph = {"edge": [{"type": "interaction", "weight": edge}]}
    layer = [{"use": "lightgcn"}, {"use": "gcn", "residual": True}]
    _, recommender, built, *_ = prepare(kernel, graph=graph, layer=layer)
    nodes = torch.tensor([0, 3, 17, 41, 60, 69])
    with torch.no_grad():
        expected = recommender(built).final[nodes]
        streams = (torch.Generator().manual_seed(i) for i in range(300))
        drawn = torch.stack([recommender.sampled(built, nodes, (2, 3), s).final for s in streams])
    error, spread = (drawn.mean(0) - expected).abs(), drawn.std(0) / 300**0.5
    assert bool((spread > 0).any())
    assert bool((error <= 6 * spread + 1e-6).all())


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("layer", [name for name in LAYERS if name != "mixed"])
def test_every_layer_learns(layer, kernel, prepare, validate):
    recipe, *rest = prepare(kernel, layer=LAYERS[layer], train=train(epochs=10, fanout=4))
    history = fit(GraphCourse(recipe, *rest), validate).history
    assert max(row["valid"]["ndcg@5"] for row in history) > 0.75
    assert history[-1]["loss"] < history[0]["loss"]


OBJECTIVES = {
    "bce": [{"use": "bce"}],
    "mse": [{"use": "mse"}],
    "sampled": [{"use": "softmax", "over": "sampled"}],
    "in-batch": [{"use": "softmax", "over": "in-batch"}],
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_of_the_batch_sees_what_it_sees_in_full(name, prepare):
    both = [
        terms_and_gradients(prepare, "torch", objective=OBJECTIVES[name], train=train(way, **more))
        for way, more in (("full", {}), ("sampled", {"fanout": 1000}))
    ]
    assert torch.allclose(both[0][0], both[1][0], atol=1e-5)
    for gradient, expected in zip(both[1][1].values(), both[0][1].values()):
        assert torch.allclose(gradient, expected, atol=1e-5)


def test_hard_negatives_are_chosen_by_what_a_block_gives(prepare, validate):
    hard = train(negative={"by": "hard", "pool": 4}, fanout=[3, 2], epochs=8)
    recipe, *rest = prepare(train=hard)
    assert max(r["valid"]["ndcg@5"] for r in fit(GraphCourse(recipe, *rest), validate).history) > 0.75


class _Stop(Exception):
    pass


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("by", "dim"), [("adam", 16), ("adam", 4), ("adamw", 16), ("sgd", 16)])
def test_a_resumed_run_ends_bit_for_bit_the_same(by, dim, kernel, prepare, validate, tmp_path, monkeypatch):
    monkeypatch.setattr("recbox.train.loop.SAVE_SHARE", float("inf"))
    optimizer = {"by": by, "lr": 0.05} | ({"momentum": 0.9} if by == "sgd" else {})
    blocks = {"dim": dim, "train": train(fanout=3, optimizer=optimizer, clip=0.5)}

    left = iter(range(2))

    def stopping(scorer):
        if next(left, None) is None:
            raise _Stop
        return validate(scorer)

    ends = []
    recipe, straight, *rest = prepare(kernel, **blocks)
    ends.append((fit(GraphCourse(recipe, straight, *rest), validate), straight))
    recipe, again, *rest = prepare(kernel, **blocks)
    file = CheckpointFile(tmp_path / "c", {"recipe": "a"})
    with pytest.raises(_Stop):
        fit(GraphCourse(recipe, again, *rest), stopping, file)
    recipe, resumed, *rest = prepare(kernel, **blocks)
    ends.append((fit(GraphCourse(recipe, resumed, *rest), validate, file, file.load()), resumed))
    (one, a), (other, b) = ends
    assert all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))
    assert [r["loss"] for r in one.history] == [r["loss"] for r in other.history]


def test_a_step_moves_the_rows_that_it_read_alone(prepare):
    stage, batch, recommender = opened(prepare, layer=LAYERS["none"], train=train(optimizer={"lr": 0.1}))
    few = Batch(batch.user[:3], batch.item[:3], batch.weight[:3], batch.negative[:3])
    before = [p.detach().clone() for p in recommender.parameters()]
    stage.step(few, 0, 0)
    read = [few.user, torch.cat([few.item, few.negative.flatten()])]
    for old, new, rows in zip(before, recommender.parameters(), read, strict=True):
        moved = (old != new).any(1).nonzero()[:, 0]
        assert torch.equal(moved, rows.unique())


@pytest.mark.parametrize(
    "block",
    [
        {"by": "adam", "weight_decay": 0.1},
        {"by": "adamw", "weight_decay": 0.1},
        {"by": "sgd", "momentum": 0.9, "weight_decay": 0.1},
        {"by": "sgd"},
    ],
)
def test_rows_that_every_step_reads_go_the_way_of_the_dense_optimizer(block):
    ends = []
    for sparse in (False, True):
        table = torch.nn.Embedding(5, 3, sparse=sparse)
        table.weight = torch.nn.Parameter(torch.arange(15.0).view(5, 3))
        optimizer = make_optimizer(Optimizer(lr=0.1, **block), table)
        for step in range(4):
            rows = torch.tensor([4, 0, 2, 1, 3, 2])  # one twice
            optimizer.zero_grad(set_to_none=True)
            (table(rows) * (1.0 + step + torch.arange(6.0)[:, None])).square().sum().div(1e3).backward()
            clip(table.parameters(), 1.0)
            update(optimizer)
        ends.append(table.weight.detach())
    assert torch.allclose(*ends, atol=1e-6)


def test_moments_of_rows_that_are_not_read_wait():
    """Adam by hand, for one row: read in steps 1 and 3, gradients 1 and 2."""
    table = torch.nn.Embedding(2, 1, sparse=True)
    table.weight = torch.nn.Parameter(torch.zeros(2, 1))
    optimizer = make_optimizer(Optimizer(lr=0.1), table)
    for row, factor in ((0, 1.0), (1, 1.0), (0, 2.0)):
        optimizer.zero_grad(set_to_none=True)
        (factor * table(torch.tensor([row]))).sum().backward()
        update(optimizer)
    m = 0.9 * 0.1 * 1 + 0.1 * 2
    v = 0.999 * 0.001 * 1 + 0.001 * 4
    last = 0.1 * (m / (1 - 0.9**3)) / (np.sqrt(v / (1 - 0.999**3)) + 1e-8)
    assert table.weight[0].item() == pytest.approx(-0.1 - last, rel=1e-5)


def test_what_a_step_has_no_vectors_of_is_refused(prepare):
    stage, batch, _ = opened(prepare, train=train())
    step = stage.loss._step(batch, (0, 0, 0))
    outside = torch.tensor([int(set(range(40)).difference(batch.user.tolist()).pop())])
    for ask in (lambda: step.users(outside), lambda: step.block(batch.user), lambda: step.embed(object())):
        with pytest.raises(UnsupportedError, match="a term of the loss asks for"):
            ask()


def test_a_steps_memory_is_free_when_the_step_is_over(prepare):
    """Without looking for circles, which would be found at some later time."""
    hard = train(negative={"by": "hard", "pool": 4})
    stage, batch, _ = opened(prepare, train=hard)
    gc.collect()
    gc.disable()
    try:
        step = stage.loss._step(batch, (0, 0, 0))
        step.score(step.batch.user, step.batch.item).sum().backward()
        left = [weakref.ref(x) for x in (step.embed().final, *step.embed().hops)]
        del step
        assert [x() for x in left] == [None] * len(left)
        block, _ = stage.loss.graph.block(torch.arange(5), 2, torch.Generator())
        inner = weakref.ref(block._whole.structure)
        del block
        assert inner() is None
    finally:
        gc.enable()
