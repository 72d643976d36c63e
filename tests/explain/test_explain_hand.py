"""By hand: what a neighbour sends, what a column of weights says, and which way a path goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from recbox.api.load import Fitted
from recbox.explain.attributing import alone, attribute
from recbox.explain.ego import Ego, Egos
from recbox.explain.place import Place
from recbox.explain.reach import WHOLE
from recbox.explain.side import LENGTH, side_of
from recbox.head._inner import Inner
from recbox.head._mlp import Perceptron
from recbox.plugin import NewUsers
from tests.recommender.test_recommender_growth import EDGES, LAYERS, USERS, growth

Artifact = Callable[[str], Fitted]


@pytest.mark.kernel
def test_two_hops_by_hand(kernel_name: str) -> None:
    """User 0 has items 0 and 1, of degree 1 and 3: h² = Σ_j h¹_j / √(2 d_j), and of h² alone the score is
    made; item 1's own h¹ is Σ_v e_v / √(3 d_v) over users 0, 1 and 2, of degree 2, 2 and 1."""
    grown, _ = growth(kernel_name, layer=[{"use": "lightgcn", "repeat": 2}], combine="last")
    aim = torch.tensor([[1.0, -2.0, 0.5, 3.0]])
    e, after = (grown.known.hops[i].detach().numpy() for i in (0, 1))

    def function(hops):
        return (hops[-1] * aim).sum()

    ego = Egos(grown).of(0)
    found = attribute(ego, function, 2, linear=True)
    expected = [after[USERS + j] @ aim[0].numpy() / (2 * d) ** 0.5 for j, d in ((0, 1), (1, 3))]
    place = np.argsort(ego.near.numpy())
    assert found.value[place] == pytest.approx(expected, abs=1e-6)
    assert alone(ego, function, 2) == pytest.approx(0, abs=1e-7)

    slope = found.slope[1][ego.near.tolist().index(USERS + 1)]
    item = Egos(grown).of(USERS + 1)
    onward = attribute(item, lambda hops: (hops[1] * slope).sum(), 1, linear=True)
    way = [e[v] @ aim[0].numpy() / (3 * d) ** 0.5 / 6**0.5 for v, d in ((0, 2), (1, 2), (2, 1))]
    assert onward.value[np.argsort(item.near.numpy())] == pytest.approx(way, abs=1e-6)


@pytest.mark.kernel
@pytest.mark.parametrize("graph", EDGES, ids=["plain", "weighted, related"])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(p["use"] for p in x))
def test_one_row_is_that_of_the_pass_over_all(layer, graph, kernel_name: str) -> None:
    """Of a known user, and of one with more than in training."""
    grown, _ = growth(kernel_name, layer=layer, graph=graph)
    for user in range(USERS):
        assert row(Egos(grown).of(user)) == pytest.approx(grown.known.final[user].detach().numpy(), abs=1e-5)
    new = NewUsers.of([[0, 1, 2]], [[1.0, 4.0, 2.0]], known=[0])
    assert row(Egos(grown).new(new)) == pytest.approx(grown.users(new)[0].numpy(), abs=1e-5)


@torch.no_grad()
def row(ego: Ego) -> np.ndarray:
    hops = [ego.first]
    for number in range(len(ego.growth.recommender.layer)):
        hops.append(ego.receive(number, hops[-1], ego.hop(number)))
    return ego.growth.recommender.combine(hops)[0].numpy()


def whole(ego: Ego, user: NewUsers | None = None) -> Ego:
    """The same node, whose layers are passed over all of the graph. user: one who is none of training's."""
    grown = ego.growth
    if user is None:
        return Ego(grown, ego.first, ego.node, lambda _: Place.whole(grown, ego.node), lambda _: WHOLE)
    received = grown.arriving(user)[1]
    return Ego(grown, ego.first, -1, lambda _: Place.new(grown, received, 9), lambda _: WHOLE)


RELATED = {"edge": [{"type": "interaction"}, {"type": "user-relation", "by": "friend"}]}
PACKAGES = [
    ([{"use": "relational", "activation": "tanh", "repeat": 2}], [1, 1]),
    ([{"use": "dgl", "module": "GATv2Conv", "num_heads": 2, "repeat": 2}], [0, 0]),
    ([{"use": "dgl", "module": "GraphConv"}, {"use": "dgl", "module": "SGConv", "k": 2}], [1, 2]),
    ([{"use": "pyg", "module": "SAGEConv"}, {"use": "pyg", "module": "GCNConv"}], [0, 1]),
]
"""Layers that work on whole graphs alone, and how far each may look."""


@pytest.mark.parametrize(("layer", "most"), PACKAGES, ids=range(len(PACKAGES)))
def test_what_is_left_of_the_graph_gives_the_row_of_the_whole(layer, most) -> None:
    """Known users, and one with more than in training, whatever the neighbours send."""
    grown, _ = growth(layer=layer, graph=RELATED)
    egos = Egos(grown)
    new = NewUsers.of([[0, 1, 2]], known=[0])
    pairs = [(egos.of(node), whole(egos.of(node))) for node in range(USERS + 3)]
    for ego, every in (*pairs, (egos.new(new), whole(egos.new(new), new))):
        assert row(ego) == pytest.approx(row(every), abs=1e-5)
        for number in range(len(most)):
            sent = 0.3 * ego.hop(number)
            one, other = (each.receive(number, ego.first, sent) for each in (ego, every))
            torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    assert [egos.sees(number) for number in range(len(most))] <= most


def test_a_layer_that_looks_at_everything_gets_everything(artifact: Artifact) -> None:
    """A mean over all nodes is none over what is left; neither is a list of them."""
    grown, _ = growth(layer=[{"use": "relational", "repeat": 2}])
    one, other = grown.recommender.layer
    grown.recommender.layer[0] = Everything(one)
    grown.recommender.layer[1] = Listed(other, grown.graph.nodes)
    egos = Egos(grown)
    assert [egos.sees(0), egos.sees(1)] == [WHOLE, WHOLE]
    assert row(egos.of(0)) == pytest.approx(grown.known.final[0].detach().numpy(), abs=1e-5)


class Everything(torch.nn.Module):
    def __init__(self, inner: torch.nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, graph, x):
        return self.inner(graph, x) + x.mean(0)


class Listed(torch.nn.Module):
    """It has a number for each node."""

    def __init__(self, inner: torch.nn.Module, nodes: int) -> None:
        super().__init__()
        self.inner, self.number = inner, torch.arange(float(nodes))

    def forward(self, graph, x):
        return self.inner(graph, x) + self.number[:, None]


def test_ease_says_what_its_weights_say(artifact: Artifact) -> None:
    model = artifact("ease")
    weight = model.artifact.tensors("scorer")["weight"]
    found = model.explain("u03", "i05").evidence
    expected = [weight[int(i[1:]), 5] for i in found["item"]]
    assert found["contribution"].to_list() == pytest.approx(expected, abs=1e-6)


def test_what_divides_by_the_history_is_linear_all_the_same(artifact: Artifact) -> None:
    """Of n weights the damped mean is a sum over 10 + n, so that each counts 11 / (10 + n) of what it would
    alone."""
    model = artifact("bias")
    history = model.explainer.records.history(3)
    pairs = list(zip(history.item, history.weight, strict=True))
    users = NewUsers.of([[], *([item] for item, _ in pairs)], [[], *([weight] for _, weight in pairs)])
    scores = model.scorer.new_users(users).block(np.arange(len(pairs) + 1))[:, 5].numpy()
    share = 11 / (10 + len(pairs))
    expected = {f"i{item:02}": share * (one - scores[0]) for (item, _), one in zip(pairs, scores[1:])}
    found = model.explain("u03", "i05", deletion=False)
    assert found.method == "exact" and found.rest == {"without any item": pytest.approx(float(scores[0]))}
    value = dict(found.evidence.select("item", "contribution").iter_rows())
    assert len(pairs) > 1 and value == pytest.approx(expected, abs=1e-5)


def test_a_length_is_held_and_a_constant_is_no_evidence() -> None:
    user, item = torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 2.0]])
    cosine = side_of(Inner(normalise=True), True, user, item)
    assert cosine.linear and cosine.held == LENGTH and float(cosine.score(user)) == pytest.approx(0.8)
    assert float(cosine.score(2 * user)) == pytest.approx(1.6)
    dot = side_of(Inner(normalise=False), True, user, item)
    assert dot.linear and not dot.held and dot.constant == 0 and float(dot.score(user)) == pytest.approx(8)


def test_a_bend_is_found_wherever_it_is() -> None:
    """Near these vectors the network is a plane: all hidden values are above 0."""
    head = Perceptron(2, [4], 0.0, torch.Generator().manual_seed(0))
    with torch.no_grad():
        head.user.bias.fill_(50.0)
    assert not side_of(head, False, torch.tensor([[0.3, 0.4]]), torch.tensor([[0.0, 0.2]])).linear


def test_what_is_lost_without_an_item(artifact: Artifact) -> None:
    """Of neighbours of the user a score isn't linear, so that each item is left out."""
    model = artifact("user-knn")
    found = model.explain("u03", "i05")
    history = model.explainer.records.history(3).item
    less = [[i for i in history if i != out] for out in history]
    scores = model.scorer.new_users(NewUsers.of([list(history), *less])).block(np.arange(len(less) + 1))[:, 5]
    expected = {f"i{out:02}": float(scores[0] - one) for out, one in zip(history, scores[1:])}
    assert found.method == "leave-one-out"
    assert dict(found.evidence.select("item", "contribution").iter_rows()) == pytest.approx(
        expected, abs=1e-6
    )


def test_popularity_owes_nothing_to_the_user(artifact: Artifact) -> None:
    found = artifact("popularity").explain("u03", "i05")
    assert set(found.evidence["contribution"]) == {0.0} and found.rest == {"without any item": found.score}
    assert found.deletion is None and "doesn't depend on what they have" in found.sentence


def test_places_are_made_some_at_a_time(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    from recbox.explain import histories

    records = artifact("user-knn").explainer.records
    had, made = records.history(3), list[int]()
    monkeypatch.setattr(histories, "BYTES", 1)  # two users at a time
    parts = histories._many(records, had, 5, lambda n: made.append(n) or np.arange(1))
    assert next(parts)[1].shape == (2, len(records.ids)) and made == [0, 1]
    assert [some for some, _ in parts] == [slice(2, 4), slice(4, 5)] and made == [*range(5)]
