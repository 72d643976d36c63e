"""`transe` by hand, beside a slow sum over triples, and in what it draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import knowledge_made as made
import numpy as np
import pytest
import torch
from recbox_graphs.transe import TransE
from torch import nn
from torch.nn.functional import softplus

from recbox.graph import triple_csr
from recbox.plugin import Batch, Context, Embedding, Graph, Step

WAYS = [
    {"normalise": False},
    {"form": "bpr"},
    {"by": "transr", "margin": 0.4},
    {"by": "transr", "form": "bpr", "normalise": False},
]
TRUE = {(head, relation, tail) for head, relation, tail in made.TRIPLES}
TRUE |= {(tail, 2 + relation, head) for head, relation, tail in made.TRIPLES}


def built(options: dict[str, Any], around: Graph) -> nn.Module:
    spec = made.spec(around, slot="objective.0.0")
    module = TransE.parse({"triples": 64, **options}).build(spec).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.linspace(-0.4, 0.5, parameter.numel()).view_as(parameter))
    return module


def step(x: torch.Tensor, around: Graph, key: int = 0) -> Step:
    one = torch.zeros(1, dtype=torch.int64)
    even = torch.full((made.ITEMS,), 1 / made.ITEMS)
    nobody: Callable[..., Any] = lambda *given: None  # noqa: E731
    return Step(
        batch=Batch(one, one, torch.ones(1)),
        graph=around,
        offset=made.USERS,
        popularity=even,
        proposal=even,
        generator=Context().generator("made.step", key),
        propagate=lambda view: Embedding(2 * x, (x, 2 * x)),
        score_vectors=nobody,
        block_vectors=nobody,
        find_known=nobody,
    )


def by_hand(
    module: nn.Module, options: dict[str, Any], x: torch.Tensor, drawn: list[list[int]]
) -> torch.Tensor:
    x = x / x.norm(dim=1, keepdim=True) if options.get("normalise", True) else x

    def far(head: int, relation: int, tail: int) -> torch.Tensor:
        h, t = x[head], x[tail]
        if options.get("by") == "transr":
            h, t = h @ module.matrix[relation], t @ module.matrix[relation]
        return (h + module.relation[relation] - t).square().sum()

    losses = []
    for head, relation, tail, other in drawn:
        if (head, relation, other) in TRUE or head == other:
            continue
        gap = far(head, relation, tail) - far(head, relation, other)
        way = softplus(gap) if options.get("form") == "bpr" else (options.get("margin", 1.0) + gap).relu()
        losses.append(way)
    return torch.stack(losses).mean()


@pytest.mark.parametrize("options", WAYS)
def test_it_is_the_mean_over_triples(options: dict[str, Any], kernel: str) -> None:
    around, x = made.graph(kernel), made.vectors().requires_grad_()
    module = built(options, around)
    parts = module._drawn(step(x, around), around["knowledge"])
    drawn = torch.stack(parts, 1).tolist()
    assert {tuple(row[:3]) for row in drawn} == TRUE
    assert {row[3] for row in drawn} == {2, 3, 4, 5}
    wanted = [x, *module.parameters()]
    loss, slow = module(step(x, around)), by_hand(module, options, x, drawn)
    torch.testing.assert_close(loss, slow, atol=1e-5, rtol=1e-5)
    for one, other in zip(*(torch.autograd.grad(y, wanted) for y in (loss, slow)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_a_distance_worked_by_hand() -> None:
    """`‖(1, 2) + (0.5, -1) - (2, 0)‖² = 0.25 + 1`; through `W = 2` it is `‖(2, 4) + (0.5, -1) - (4, 0)‖²`."""
    around = made.graph()
    x = torch.zeros(6, 3, dtype=torch.float64)
    x[2, :2], x[4, :2] = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 0.0])
    ends = (torch.tensor([2]), torch.tensor([1]), torch.tensor([4]))
    for by, expected in (("transe", 1.25), ("transr", 11.25)):
        module = built({"by": by, "normalise": False}, around)
        module.relation.data[1] = torch.tensor([0.5, -1.0, 0.0])
        if module.matrix is not None:
            module.matrix.data[1] = 2 * torch.eye(3)
        assert module.distance(x, *ends).item() == pytest.approx(expected)


def test_other_tails_are_nodes_that_have_triples() -> None:
    """What no triple speaks of says nothing: a recipe may take few of a file's relations."""
    head, relation, tail = np.array([(2, 0, 4), (3, 0, 4)]).T
    edges = {"knowledge": triple_csr(head, relation, tail, made.NODES, 1)}
    around, x = Graph.build(made.LAYOUT, edges, kernel="torch"), made.vectors()
    module = TransE.parse({"triples": 200}).build(made.spec(around, slot="objective.0.0"))
    assert set(module._drawn(step(x, around), around["knowledge"])[3].tolist()) == {2, 3, 4}


def test_the_same_step_draws_the_same_and_another_step_others() -> None:
    around, x = made.graph(), made.vectors()
    module = built({}, around)
    first, again, other = (float(module(step(x, around, key)).detach()) for key in (0, 0, 1))
    assert first == again != other


def test_vectors_of_another_width_are_refused() -> None:
    """Before any data is read."""
    TransE().check((4, 8), 8, 4)
    with pytest.raises(ValueError, match="first vectors have 8 columns"):
        TransE().check((8, 8), 8, 4)


@pytest.mark.parametrize("option", [{"triples": 10**13}, {"margin": 1e300}])
def test_options_that_no_machine_holds(option) -> None:
    with pytest.raises(ValueError, match="less than or equal"):
        TransE(**option)
