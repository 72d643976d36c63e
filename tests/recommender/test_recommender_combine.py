"""`combine: attention`: by hand, against a slow float64 reference, in stages without layers, for new ones."""

from __future__ import annotations

from math import atanh, exp, log, tanh

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.graph import Layout, symmetric
from recbox.kernel import Graph
from recbox.layer.gat import GAT
from recbox.layer.gcn import GCN
from recbox.plugin import NewUsers, Spec
from recbox.recommender import GraphScorer, attends
from recbox.recommender.combine import Attended, combining
from tests.recommender.test_recommender_growth import BOTH, USERS, growth
from tests.train.conftest import prepare, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.kernel
A, B = np.array([0, 0, 1, 2]), np.array([3, 4, 4, 5])
N, DIM, HOPS = 6, 4, 3


def spec(width: int = DIM) -> Spec:
    return Spec("", N, width, width, None, None, Context(seed=3), "combine")


def moved(module: torch.nn.Module) -> torch.nn.Module:
    """With parameters as they may be after some training."""
    generator = torch.Generator().manual_seed(9)
    for parameter in module.parameters():
        parameter.data.normal_(0.0, 1.0, generator=generator)
    return module


def hops(seed: int = 0) -> list[torch.Tensor]:
    """Vectors of six nodes at three hops."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(N, DIM, generator=generator) for _ in range(HOPS)]


def test_by_hand():
    """tanh of the transformed hops is 1/2, -1/2 and 0; a query of ln 9 says odds of 9, 1 and 3."""
    module = Attended(3, 1, torch.Generator())
    part = module.weigh.scores.part
    for transform, slope in zip(part, (1.0, -2.0, 0.0)):
        transform.weight.data.fill_(slope)
        transform.bias.data.zero_()
    module.weigh.scores.query.data.fill_(log(9))
    x = [torch.tensor([[v]]) for v in (atanh(0.5), atanh(0.5) / 2, 5.0)]
    odds = [9**0.5, 9**-0.5, 1.0]
    shares = [o / sum(odds) for o in odds]
    assert module.shares(x)[0].tolist() == pytest.approx(shares)
    assert module(x).item() == pytest.approx(sum(s * v.item() for s, v in zip(shares, x)))


def slow(module: Attended, given: list[torch.Tensor]) -> list[list[float]]:
    """The final vectors, number by number, in plain Python."""
    scores = module.weigh.scores
    query = scores.query[0].tolist()
    out = []
    for i in range(len(given[0])):
        rows = [hop[i].tolist() for hop in given]
        score = []
        for transform, row in zip(scores.part, rows):
            weight, bias = transform.weight.tolist(), transform.bias.tolist()
            hidden = [tanh(sum(w * v for w, v in zip(line, row)) + b) for line, b in zip(weight, bias)]
            score.append(sum(q * h for q, h in zip(query, hidden)) / len(row))
        shares = [exp(s) / sum(map(exp, score)) for s in score]
        out.append([sum(a * row[j] for a, row in zip(shares, rows)) for j in range(len(rows[0]))])
    return out


def test_it_equals_a_slow_reference():
    module = moved(combining("attention", HOPS, spec()))
    expected = torch.tensor(slow(module.double(), [h.double() for h in hops()]), dtype=torch.float64)
    torch.testing.assert_close(module.float()(hops()).double(), expected, atol=1e-5, rtol=1e-5)


def test_gradients_are_those_of_finite_differences():
    module = moved(combining("attention", HOPS, spec())).double()
    names = [name for name, _ in module.named_parameters()]

    def out(*values: torch.Tensor) -> torch.Tensor:
        given, rest = values[:HOPS], dict(zip(names, values[HOPS:]))
        return torch.func.functional_call(module, rest, (list(given),))

    given = [*(h.double() for h in hops()), *(p.detach() for p in module.parameters())]
    torch.autograd.gradcheck(out, [v.clone().requires_grad_() for v in given])


def test_it_begins_at_the_mean_and_learns_from_there():
    module = combining("attention", HOPS, spec())
    torch.testing.assert_close(module(hops()), sum(hops()) / HOPS)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    for _ in range(2):  # the query is zeros at first, and keeps gradients from the transforms
        optimizer.zero_grad()
        (module(hops()) * hops(1)[0]).sum().backward()
        optimizer.step()
    assert [name for name, p in module.named_parameters() if torch.equal(p, before[name])] == []


def test_weights_are_those_of_the_node_and_sum_to_one():
    module = moved(combining("attention", HOPS, spec()))
    shares = module.shares(hops())
    assert shares.shape == (N, HOPS) and shares.min() > 0 and shares.std(0).min() > 0.01
    torch.testing.assert_close(shares.sum(1), torch.ones(N))
    order = torch.tensor([5, 2, 2, 0])
    torch.testing.assert_close(module.shares([h[order] for h in hops()]), shares[order])
    torch.testing.assert_close(module([h[order] for h in hops()]), module(hops())[order])


def test_over_two_layers_on_six_nodes(kernel_name):
    """Dense, in float64, on both kernels, with gradients of the first vectors."""
    layout = Layout((("user", 3), ("item", 3)))
    graph = Graph.build(layout, {"interaction": symmetric(A, B, N)}, kernel=kernel_name)
    module = moved(combining("attention", HOPS, spec()))
    layers = [
        GCN(residual=False).build(Spec("", N, DIM, DIM, None, None, Context(), f"layer.{i}"))
        for i in range(2)
    ]
    x = hops()[0].requires_grad_()
    given = [x]
    for layer in layers:
        given.append(layer(graph, given[-1]))
    out = module(given)
    (out * hops(1)[0]).sum().backward()

    dense = torch.zeros(N, N, dtype=torch.float64)
    dense[A, B] = dense[B, A] = 1.0
    degree = dense.sum(1)
    dense /= (degree[:, None] * degree[None]).sqrt()
    y = x.detach().double().requires_grad_()
    slow_hops = [y]
    for layer in layers:
        slow_hops.append(dense @ (slow_hops[-1] @ layer.weight.weight.double().T))
    scores = module.weigh.scores
    score = torch.stack(
        [
            (torch.tanh(h @ t.weight.double().T + t.bias.double()) * scores.query.double()).sum(1) / DIM
            for h, t in zip(slow_hops, scores.part)
        ]
    )
    share = score.exp() / score.exp().sum(0)
    expected = sum(s[:, None] * h for s, h in zip(share, slow_hops))
    (expected * hops(1)[0].double()).sum().backward()
    torch.testing.assert_close(out.double(), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(x.grad.double(), y.grad, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("combine", ["last", "mean", "layers", "sum", "concat"])
def test_hops_stay_as_they_are(combine):
    h = hops()
    before = [x.clone() for x in h]
    combining(combine, HOPS, spec())(h)
    assert all(torch.equal(x, y) for x, y in zip(h, before))


def test_layers_is_the_mean_without_the_encoders_vectors():
    h = hops()
    out = combining("layers", HOPS, spec())
    torch.testing.assert_close(out(h), (h[1] + h[2]) / 2)
    assert torch.equal(out(h[:1]), h[0])  # a stage without layers


@pytest.mark.parametrize("combine", ["last", "mean", "layers", "sum", "concat"])
def test_what_has_no_parameters_adds_nothing_to_the_state(combine, prepare):  # noqa: F811
    _, recommender, *_ = prepare(combine=combine)
    assert not any(name.startswith("combine") for name in recommender.state_dict())
    _, attentive, *_ = prepare(combine="attention")
    own = {name for name in attentive.state_dict() if name.startswith("combine.")}
    assert own and set(attentive.state_dict()) - own == set(recommender.state_dict())
    recommender.load_state_dict({k: v for k, v in attentive.state_dict().items() if k not in own})


def test_without_layers_there_is_nothing_to_weigh(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare(combine="attention", layer=[])
    out = recommender(graph)
    assert torch.equal(out.final, recommender.first())
    assert recommender.hop_weights(out.hops) is None


def test_a_stage_without_layers_has_the_encoders_vectors(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare(combine="attention")
    moved(recommender.combine)
    out = recommender(graph, propagate=False)
    assert torch.equal(out.final, recommender.first())
    assert not torch.equal(recommender(graph).final, out.final)
    assert torch.isfinite(GraphScorer.of(recommender, graph, True, propagate=False).block(np.arange(3))).all()


def test_bf16_stays_near_fp32(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare(layer=[{"use": "gcn", "repeat": 2}], combine="attention")
    moved(recommender.combine)
    with torch.no_grad():
        exact = recommender(graph)
        recommender.bf16 = True
        near = recommender(graph)
    assert near.final.dtype == torch.float32 and not torch.equal(near.final, exact.final)
    torch.testing.assert_close(near.final, exact.final, atol=0.02, rtol=0.02)
    weights = [recommender.hop_weights(one.hops) for one in (exact, near)]
    torch.testing.assert_close(*weights, atol=0.02, rtol=0.02)


LAYERS = [[{"use": "lightgcn", "repeat": 2}], [{"use": "gcn"}, {"use": "gat", "heads": 2}]]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(p["use"] for p in x))
def test_a_twin_of_a_user_known_by_features_has_its_vector(layer, kernel_name):
    grown, _ = growth(kernel_name, layer=layer, encoder=BOTH, combine="attention")
    moved(grown.recommender.combine)
    new = NewUsers.of([[0, 1], [1]], features=pl.DataFrame({"age": [20.0, None]}))
    torch.testing.assert_close(grown.users(new), grown.known.final[[0, 2]], atol=1e-5, rtol=1e-5)


def test_a_new_item_weighs_its_hops_as_one_that_nobody_has(kernel_name):
    genres = {"user": {"use": "id"}, "item": {"use": "feature", "columns": ["genre"]}}
    grown, _ = growth(kernel_name, encoder=genres, combine="attention")
    moved(grown.recommender.combine)
    rows = pl.DataFrame({"genre": [None, ["a"]]}, schema={"genre": pl.List(pl.String)})
    known = grown.recommender.hop_weights(grown.known.hops)
    torch.testing.assert_close(grown.hop_weights(rows)[0], known[USERS + 3], atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(grown.items(rows)[0], grown.known.final[USERS + 3], atol=1e-6, rtol=1e-5)


def test_a_module_of_a_layer_that_is_called_attention_tells_nothing():
    class Inner(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = torch.nn.Identity()

    assert not attends(Inner()) and not attends(torch.nn.Identity())
    assert attends(GAT().build(Spec("", N, DIM, DIM, None, None, Context(), "layer.0")))
