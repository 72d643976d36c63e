"""Encoders are fused as the formulas say, and a part that misses a node has no say in it."""

from __future__ import annotations

from math import atanh, log

import polars as pl
import pytest
import torch
from torch import nn

from recbox.context import Context
from recbox.encoder._table import Table
from recbox.plugin import Spec
from recbox.recommender.fused import Attention, Fused, Gate, Weighted, fusing

N, DIM = 6, 4
FUSES = ("sum", "concat", "gate", "attention")
WEIGHED = ("gate", "attention")
ALL = torch.arange(N)


def rows(seed: int, n: int = N) -> torch.Tensor:
    return torch.randn(n, DIM, generator=torch.Generator().manual_seed(seed))


class Knows(nn.Module):
    """Vectors of all nodes but some."""

    def __init__(self, seed: int, missing: list[int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(rows(seed))
        self.gone = torch.zeros(N, dtype=torch.bool)
        self.gone[missing] = True

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.weight[nodes]

    def missing(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.gone[nodes]


class Reads(Knows):
    """New nodes by a column `place`, where it is there; the others are missing."""

    def fresh(self, table: pl.DataFrame) -> torch.Tensor:
        return self.weight[torch.tensor(table["place"].fill_null(0).to_list())]

    def fresh_missing(self, table: pl.DataFrame) -> torch.Tensor:
        place = table["place"].to_list()
        return torch.tensor([p is None or bool(self.gone[p]) for p in place])


def fused(fuse: str, *parts: nn.Module, moved: bool = True) -> Fused:
    """Parts fused; moved: with parameters of the fuse as they may be after some training."""
    spec = Spec("item", N, DIM, DIM, None, None, Context(), "encoder.item.fuse")
    module = Fused(parts, fusing(fuse, len(parts), spec), N, DIM * (len(parts) if fuse == "concat" else 1))
    if moved:
        generator = torch.Generator().manual_seed(9)
        for parameter in module.fuse.parameters():
            parameter.data.normal_(0.0, 1.0, generator=generator)
    return module


def tables(count: int = 2) -> list[Table]:
    return [Table(nn.Parameter(rows(seed))) for seed in range(count)]


def test_a_gate_by_hand():
    """Two parts of two numbers: 1, 0 and 3, 4. The bias gives the first number odds of 3 to 1, and the weight
    gives the second one odds that grow with the other part's second number: 4 · ln 2 is 16 to 1."""
    gate = Gate(2, 2)
    gate.bias.data[0] = log(3)
    gate.weight.data[3, 3] = log(2)
    module = Weighted(gate)
    one, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    out = module([one, other], None)
    torch.testing.assert_close(out, torch.tensor([[3 / 4 * 1 + 1 / 4 * 3, 1 / 17 * 0 + 16 / 17 * 4]]))
    torch.testing.assert_close(
        module.shares(torch.stack([one, other], 1), None)[0],
        torch.tensor([[3 / 4, 1 / 17], [1 / 4, 16 / 17]]),
    )


def test_a_gate_of_two_parts_is_the_sigmoid_of_a_gated_multimodal_unit():
    module = fused("gate", *tables())
    weight, bias = module.fuse.scores.weight, module.fuse.scores.bias
    one, other = (part(ALL) for part in module.part)
    z = torch.sigmoid(torch.cat([one, other], 1) @ (weight[:DIM] - weight[DIM:]).T + bias[:DIM] - bias[DIM:])
    torch.testing.assert_close(module(ALL), z * one + (1 - z) * other)


def test_attention_by_hand():
    """tanh of the transformed parts is 1/2 and -1/2, so that a query of ln 3 says odds of 3 to 1."""
    attention = Attention(2, 1, torch.Generator())
    for part, slope in zip(attention.part, (1.0, -2.0)):
        part.weight.data.fill_(slope)
        part.bias.data.zero_()
    attention.query.data.fill_(log(3))
    one, other = torch.tensor([[atanh(0.5)]]), torch.tensor([[atanh(0.5) / 2]])
    out = Weighted(attention)([one, other], None)
    assert out.item() == pytest.approx(3 / 4 * atanh(0.5) + 1 / 4 * atanh(0.5) / 2)


def test_sum_and_concat_are_what_they_were():
    parts = tables(3)
    a, b, c = (part(ALL) for part in parts)
    assert torch.equal(fused("sum", *parts)(ALL), a + b + c)
    assert torch.equal(fused("concat", *parts)(ALL), torch.cat([a, b, c], 1))
    for fuse in ("sum", "concat"):
        assert not list(fused(fuse, *parts).fuse.parameters())
        assert fused(fuse, *parts).weights(ALL) is None


@pytest.mark.parametrize("fuse", FUSES)
def test_one_part_stays_as_it_is(fuse):
    (part,) = tables(1)
    module = fused(fuse, part)
    assert torch.equal(module(ALL), part.weight)
    assert [name for name, _ in module.named_parameters()] == ["part.0.weight"]


def test_training_begins_at_the_mean():
    parts = tables(3)
    mean = sum(part(ALL) for part in parts) / 3
    torch.testing.assert_close(fused("gate", *parts, moved=False)(ALL), mean)
    small = [Table(nn.Parameter(0.1 * part.weight)) for part in parts]
    weights = fused("attention", *small, moved=False).weights(ALL)
    assert (weights - 1 / 3).abs().max() < 0.1
    assert weights.std(0).min() > 0


@pytest.mark.parametrize("fuse", FUSES)
def test_permuted_nodes_have_permuted_vectors_and_weights(fuse):
    module = fused(fuse, Knows(0, [2]), *tables(2))
    nodes = torch.tensor([5, 2, 2, 0, 3, 1, 4])
    torch.testing.assert_close(module(nodes), module(ALL)[nodes])
    assert module(ALL[:0]).shape == (0, module.width)
    if fuse in WEIGHED:
        torch.testing.assert_close(module.weights(nodes), module.weights(ALL)[nodes])


@pytest.mark.parametrize("fuse", WEIGHED)
def test_the_weights_of_a_node_sum_to_one(fuse):
    weights = fused(fuse, *tables(3)).weights(ALL)
    assert weights.shape == (N, 3) and weights.min() > 0
    torch.testing.assert_close(weights.sum(1), torch.ones(N))
    assert weights.std(0).min() > 0.01  # they are those of the node


@pytest.mark.parametrize("fuse", WEIGHED)
def test_a_part_that_misses_a_node_weighs_nothing_and_the_others_share_its_weight(fuse):
    module = fused(fuse, Knows(0, [2, 3]), Knows(1, [3]), *tables(1))
    weights = module.weights(ALL)
    assert torch.equal(weights[2:4] == 0, torch.tensor([[True, False, False], [True, True, False]]))
    torch.testing.assert_close(weights.sum(1), torch.ones(N))
    assert torch.equal(module(ALL)[3], module.part[2](ALL)[3])


@pytest.mark.parametrize("fuse", FUSES)
def test_a_node_that_all_parts_miss_is_zeros_with_finite_gradients(fuse):
    module = fused(fuse, Knows(0, [2]), Knows(1, [2, 4]))
    out = module(ALL)
    out.square().sum().backward()
    assert not out[2].any()
    assert all(torch.isfinite(p.grad).all() for p in module.parameters())
    if fuse in WEIGHED:
        assert torch.equal(module.weights(ALL)[2], torch.zeros(2))


@pytest.mark.parametrize("fuse", FUSES)
def test_a_missing_row_counts_as_zeros_and_gets_no_gradient(fuse):
    module = fused(fuse, Knows(0, [1, 4]), *tables(1))
    before = module(ALL)
    before.square().sum().backward()
    gradient = module.part[0].weight.grad
    assert not gradient[[1, 4]].any() and gradient[[0, 2, 3, 5]].abs().sum(1).min() > 0
    assert module.part[1].weight.grad.abs().sum(1).min() > 0
    with torch.no_grad():
        module.part[0].weight[[1, 4]] = 1e6
    assert torch.equal(module(ALL), before)


@pytest.mark.parametrize("fuse", WEIGHED)
def test_gradients_reach_the_fuse_from_its_first_values(fuse):
    module = fused(fuse, *tables(), moved=False)
    (module(ALL) * rows(5)).sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad.any(), name


@pytest.mark.parametrize("fuse", WEIGHED)
def test_gradients_of_the_fuse_are_those_of_finite_differences(fuse):
    module = fused(fuse, Knows(0, [1]), *tables(1)).double()
    names = [name for name, _ in module.fuse.named_parameters()]

    def out(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, {f"fuse.{n}": v for n, v in zip(names, values)}, (ALL,))

    given = [p.detach().clone().requires_grad_() for p in module.fuse.parameters()]
    torch.autograd.gradcheck(out, given, fast_mode=True)


@pytest.mark.parametrize("fuse", FUSES)
def test_a_new_node_that_a_part_misses_is_as_a_known_one_that_it_misses(fuse):
    """Of no use is a row that isn't known: it counts as zeros, and weighs nothing."""
    module = fused(fuse, Reads(0, [2]), Reads(1, [2, 4]), Reads(2, []))
    out = module.fresh(pl.DataFrame({"place": [4, 2, 0]}))
    torch.testing.assert_close(out, module(ALL)[[4, 2, 0]], rtol=0, atol=1e-6)
    unknown = pl.DataFrame({"place": [None]}, schema={"place": pl.Int64})
    assert not module.fresh(unknown).any()
    if fuse in WEIGHED:
        torch.testing.assert_close(
            module.fresh_weights(pl.DataFrame({"place": [4]})), module.weights(ALL)[4:5]
        )
        assert not module.fresh_weights(unknown).any()
