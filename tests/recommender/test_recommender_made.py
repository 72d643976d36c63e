"""Edges that are made of the training part: by hand, on both kernels, of nothing that is held out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes
from recbox.errors import DataError, PluginError
from recbox.plugin import Encoder, Spec
from recbox.progress import Progress
from recbox.recipe.edge import Edge
from recbox.recipe.recipe import Part
from recbox.recommender import build_graph, made

pytestmark = pytest.mark.kernel

USERS, ITEMS = 5, 6
USER = [0, 0, 0, 1, 1, 2, 2, 2, 3, 4]
ITEM = [0, 1, 2, 0, 1, 1, 2, 3, 4, 4]
"""Item 4 has users of its own, and nobody has item 5."""


def tiny() -> Dataset:
    items = pl.DataFrame(
        {
            "id": range(ITEMS),
            "genre": [["a"], ["b"], ["a"], ["b"], ["a", "b"], None],
            "title": ["one", "two", "three", "four", "five", "six"],
        }
    )
    users = pl.DataFrame({"id": range(USERS), "age": [20.0, 21.0, 60.0, 61.0, None]})
    nodes = (
        Nodes(users, (Column("age", "numeric"),)),
        Nodes(items, (Column("genre", "multi"), Column("title", "text"))),
    )
    x = Interactions(np.array(USER), np.array(ITEM), np.arange(1, 11).astype(np.float32))
    return Dataset("tiny", *nodes, x)


def edge(**said: Any) -> Edge:
    return Edge.parse({"type": "item-relation", "neighbours": 1, **said})


def pairs(graph: Any, key: str, start: int = USERS) -> dict[tuple[int, int], float]:
    """Both directions of each pair, and its weight."""
    own = graph[key]
    weight = torch.ones(own.edges) if own.weight is None else own.weight
    ends = zip((own.rows - start).tolist(), (own.indices - start).tolist())
    return dict(zip(ends, weight.tolist()))


def both(expected: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    return expected | {(b, a): w for (a, b), w in expected.items()}


def test_items_of_the_same_users_by_hand(kernel_name: str) -> None:
    graph = build_graph((edge(made="co-occurrence", weight="value"),), tiny(), Context(kernel=kernel_name))
    found = pairs(graph, "item-relation.co-occurrence")
    assert found == pytest.approx(both({(0, 1): 2 / 6**0.5, (1, 2): 2 / 6**0.5, (2, 3): 1 / 2**0.5}))
    counted = edge(made="co-occurrence", similarity="count", weight="value")
    graph = build_graph((counted,), tiny(), Context(kernel=kernel_name))
    assert pairs(graph, counted.key) == both({(0, 1): 2.0, (1, 2): 2.0, (1, 3): 1.0})
    plain = build_graph((edge(made="co-occurrence"),), tiny(), Context(kernel=kernel_name))
    assert set(pairs(plain, "item-relation.co-occurrence").values()) == {1.0}


def test_users_of_the_same_items_by_hand(kernel_name: str) -> None:
    said = edge(type="user-relation", made="co-occurrence", weight="value", neighbours=2)
    graph = build_graph((said,), tiny(), Context(kernel=kernel_name))
    shared = {(0, 1): 2 / 6**0.5, (0, 2): 2 / 3, (1, 2): 1 / 6**0.5, (3, 4): 1.0}
    assert pairs(graph, "user-relation.co-occurrence", 0) == pytest.approx(both(shared))


def test_a_hop_over_both_kinds_of_edges_by_hand(kernel_name: str) -> None:
    """`D^-1/2 A D^-1/2 x` of the interactions and half of the relation, added up."""
    edges = (Edge(), edge(made="co-occurrence", weight="value", scale=0.5))
    graph = build_graph(edges, tiny(), Context(kernel=kernel_name))
    a = np.zeros((USERS + ITEMS, USERS + ITEMS))
    a[USER, np.array(ITEM) + USERS] = 1
    for (i, j), value in {(0, 1): 2 / 6**0.5, (1, 2): 2 / 6**0.5, (2, 3): 1 / 2**0.5}.items():
        a[USERS + i, USERS + j] = value / 2
    a += a.T
    degree = a.sum(1)
    root = 1 / np.sqrt(np.where(degree > 0, degree, np.inf))
    x = torch.randn(USERS + ITEMS, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    slow = torch.from_numpy(root[:, None] * a * root) @ x.detach().double()
    out = graph.propagate(x)
    torch.testing.assert_close(out.double(), slow, atol=1e-5, rtol=1e-5)
    weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
    (out * weigh).sum().backward()
    back = torch.from_numpy(root[:, None] * a * root).T @ weigh.double()
    torch.testing.assert_close(x.grad.double(), back, atol=1e-5, rtol=1e-5)


def test_items_of_the_same_genres_by_hand() -> None:
    said = edge(made="nearest", columns=["genre"], weight="value")
    graph = build_graph((said,), tiny(), Context(kernel="torch"))
    # 0 and 2 are of genre a, 1 and 3 of b; to 4, of both, the next that is as near as any is 0; 5 has none.
    expected = {(0, 2): 1.0, (1, 3): 1.0, (0, 4): 0.5**0.5}
    assert pairs(graph, "item-relation.nearest") == pytest.approx(both(expected), abs=1e-6)


def test_users_of_the_same_age_by_hand() -> None:
    said = edge(type="user-relation", made="nearest", by="age", weight="value")
    graph = build_graph((said,), tiny(), Context(kernel="torch"))
    near = np.cos(np.pi / 6)
    # To 1 both 0 and 2 are one rank away, and 2 comes next; to 2 likewise 3.
    expected = {(0, 1): near, (1, 2): near, (2, 3): near}
    assert pairs(graph, "user-relation.age", 0) == pytest.approx(both(expected), abs=1e-6)


def test_interactions_beyond_the_training_part_change_nothing() -> None:
    """Whatever the held-out rows are."""
    data, train = tiny(), np.arange(10)
    edges = (edge(made="co-occurrence", weight="value"), edge(type="user-relation", made="co-occurrence"))
    found = []
    for user, item in ([3, 3, 4], [0, 1, 0]), ([0, 1, 2], [5, 5, 5]):
        x = data.interaction
        more = Interactions(
            np.concatenate([x.user, user]), np.concatenate([x.item, item]), np.ones(13, np.float32)
        )
        part = replace(data, interaction=more).take(train)
        graph = build_graph(edges, part, Context(kernel="torch"))
        found.append([pairs(graph, e.key) for e in edges])
        whole = build_graph(edges, replace(data, interaction=more), Context(kernel="torch"))
        assert [pairs(whole, e.key) for e in edges] != found[-1]  # they would, were they there
    assert found[0] == found[1]


class Marks(Encoder):
    """Two numbers for each node, from the length of its title."""

    rows: int = ITEMS
    value: float = 1.0
    infinite: bool = False
    asked: ClassVar[list[Spec]] = []

    @property
    def given(self) -> bool:
        return True

    def vectors(self, spec: Spec) -> np.ndarray:
        self.asked.append(spec)
        out = np.zeros((ITEMS, 2), np.float32)
        length = spec.train.nodes(spec.node).table["title"].str.len_chars().to_numpy()
        out[:, 0], out[:, 1] = length == 3, (length == 4) * self.value
        return np.log(out) if self.infinite else out[: self.rows]

    def build(self, spec: Spec) -> nn.Module:
        raise AssertionError("nothing is learned")


def by_marks(**said: Any) -> Any:
    own = edge(made="nearest", vectors={"use": "marks"}, weight="value")
    part = Part("encoder", "marks", Marks.parse(said))
    return build_graph((own,), tiny(), Context(kernel="torch"), {own.key: part})


def test_items_of_vectors_alike_by_hand() -> None:
    # Of three letters: one, two, six; of four: four, five. Three has five, and its vector is of zeros.
    expected = both({(0, 1): 1.0, (1, 5): 1.0, (0, 5): 1.0, (3, 4): 1.0})
    assert pairs(by_marks(value=7.0), "item-relation.nearest") == pytest.approx(expected)
    spec = Marks.asked[-1]
    assert (spec.node, spec.count, spec.graph) == ("item", ITEMS, None)


@pytest.mark.parametrize(
    ("said", "why"), [({"rows": 4}, r"shape \[4, 2\] for 6 items"), ({"infinite": True}, "not finite")]
)
def test_vectors_that_do_not_fit_are_the_fault_of_their_plugin(said, why) -> None:
    with pytest.raises(PluginError, match=why), np.errstate(divide="ignore"):
        by_marks(**said)


def test_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(DataError, match="'gener' can't be compared"):
        build_graph((edge(made="nearest", columns=["gener"]),), tiny(), Context(kernel="torch"))


class Told(Progress):
    def __init__(self) -> None:
        self.said: list[str] = []

    def open(self, title: str, total: float | None, unit: str) -> Any:
        raise AssertionError

    def close(self, task: Any) -> None:
        raise AssertionError

    def notice(self, message: str, level: str = "info") -> None:
        self.said.append(message)


def notices(**said: Any) -> list[str]:
    told = Told()
    context = Context(kernel="torch", progress=told)
    build_graph((edge(made="nearest", columns=["genre"], **said),), tiny(), context)
    return told.said


def test_what_was_done_is_told(monkeypatch) -> None:
    assert notices() == ["item-relation.nearest: 3 pairs of items, all compared with all"]
    monkeypatch.setattr(made, "EXACT", 5)
    monkeypatch.setattr(made, "find_spec", lambda name: None)
    assert notices(find="exact") == ["item-relation.nearest: 3 pairs of items, all compared with all"]
    assert notices()[0].endswith("faster with faiss: pip install 'recbox-graph[faiss]'")


def test_faiss_is_taken_above_a_size_or_where_it_is_asked_for(monkeypatch) -> None:
    pytest.importorskip("faiss", reason="needs faiss: pip install 'recbox-graph[faiss]'")
    by_faiss = "item-relation.nearest: 3 pairs of items, by faiss, 1 of 1 cells looked at; recall 1.000"
    assert notices(find="faiss")[0].startswith(by_faiss)
    assert "faiss" not in notices()[0]
    monkeypatch.setattr(made, "EXACT", 5)
    assert notices()[0].startswith(by_faiss)
    assert "faiss" not in notices(find="exact")[0]


def test_similarities_may_be_carried_for_layers_that_read_them() -> None:
    plain = edge(made="co-occurrence", similarity="count", feature=["weight"])
    own = build_graph((plain,), tiny(), Context(kernel="torch"))[plain.key]
    assert own.weight is None
    carried = dict(zip(zip((own.rows - USERS).tolist(), (own.indices - USERS).tolist()), own.edge["feature"]))
    assert {ends: float(x) for ends, x in carried.items()} == both({(0, 1): 2.0, (1, 2): 2.0, (1, 3): 1.0})
