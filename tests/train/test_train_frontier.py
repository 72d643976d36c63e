"""Where the loss reads the batch's nodes alone, a step gives what it gives with the vectors of all nodes."""

from __future__ import annotations

import pytest
import torch

from recbox.kernel import View
from recbox.kernel.dgl_door import missing
from recbox.recommender import recommender as room
from recbox.train import GraphCourse, fit

pytestmark = pytest.mark.kernel

KERNELS = [
    "torch",
    pytest.param("dgl", marks=pytest.mark.skipif(bool(missing()), reason=missing() or "dgl is there")),
]
COMBINES = ["mean", "last", "sum", "layers", "concat", "attention"]
LAYERS = {"sym": [{"use": "lightgcn", "repeat": 3}], "row": [{"use": "lightgcn", "norm": "row"}]}
LOSS = [{"use": "bpr"}, {"use": "l2", "weight": 0.01}]


def nodes_of(graph) -> torch.Tensor:
    return torch.tensor([0, 3, graph.layout.offset("item"), graph.layout.offset("item") + 4])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("combine", COMBINES)
@pytest.mark.parametrize("layer", LAYERS)
def test_vectors_and_gradients_are_those_of_all_nodes(layer, combine, kernel, prepare):
    _, recommender, graph, *_ = prepare(kernel, layer=LAYERS[layer], combine=combine)
    nodes = nodes_of(graph)
    some, every = recommender(graph, nodes=nodes), recommender(graph)
    assert some.nodes is nodes and every.nodes is None
    for own, whole in zip((some.final, *some.hops), (every.final, *every.hops), strict=True):
        torch.testing.assert_close(own, whole[nodes])
    parameters = {n: p for n, p in recommender.named_parameters() if not n.startswith("head")}
    up = torch.randn_like(some.final)
    own, whole = (
        torch.autograd.grad([x], list(parameters.values()), [up], allow_unused=True)
        for x in (some.final, every.final[nodes])
    )
    for name, one, other in zip(parameters, own, whole, strict=True):
        torch.testing.assert_close(one, other, msg=lambda text, name=name: f"{name}: {text}")


def test_all_nodes_come_where_layers_are_none_others_or_disturbed(prepare):
    for layer in ([], [{"use": "gcn"}], [{"use": "lightgcn"}, {"use": "lightgcn", "norm": "row"}]):
        _, recommender, graph, *_ = prepare(layer=layer)
        assert recommender(graph, nodes=nodes_of(graph)).nodes is None
    _, recommender, graph, *_ = prepare(layer=[{"use": "lightgcn"}])
    noisy = recommender(graph, View(noise=lambda hop, x: x + hop), nodes=nodes_of(graph))
    assert noisy.nodes is None
    torch.testing.assert_close(noisy.hops[1], recommender(graph).hops[1] + 1)
    assert recommender(graph, nodes=nodes_of(graph), propagate=False).nodes is None
    assert recommender(graph, nodes=torch.arange(graph.nodes)).nodes is None, "most edges end there"


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "more", [{}, {"edge_dropout": 0.3}, {"negative": {"by": "hard", "pool": 3}}], ids=str
)
def test_training_ends_with_the_same_weights(more, kernel, prepare, validate, monkeypatch):
    ends, seen = [], []
    few = room._few
    for spared in (True, False):
        monkeypatch.setattr(
            room, "_few", lambda *given, s=spared: seen.append(few(*given)) or (s and seen[-1])
        )
        train = {"epochs": 2, "batch": 4, "optimizer": {"lr": 0.05}} | more
        recipe, recommender, *rest = prepare(kernel, layer=LAYERS["sym"], objective=LOSS, train=train)
        fit(GraphCourse(recipe, recommender, *rest), validate)
        ends.append(recommender.state_dict())
    assert any(seen), "no step went this way"
    for name, value in ends[0].items():
        torch.testing.assert_close(value, ends[1][name], atol=2e-4, rtol=1e-3)


def test_a_term_that_reads_all_nodes_is_given_them(prepare, monkeypatch):
    monkeypatch.setattr(room, "_few", lambda *given: pytest.fail("all nodes are asked for"))
    recipe, recommender, *rest = prepare(
        layer=LAYERS["sym"], objective=[{"use": "softmax", "over": "all"}, {"use": "l2"}], train={"batch": 4}
    )
    loss = GraphCourse(recipe, recommender, *rest).open(0)
    batch = next(iter(loss.batches.epoch(0, rest[-1])))
    assert torch.isfinite(loss.terms(batch, 0, 0)).all()
