"""The bounds on what rounding does to an inner product: never passed, whatever the vectors."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.kernel.rounding import HALF, SINGLE, Errors


def vectors(seed: int, n: int, width: int, exponent: float, sparse: float) -> torch.Tensor:
    """Lengths over many orders of magnitude, some entries and some whole vectors zero."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(n, width, generator=draw) * 10 ** (exponent * torch.randn(n, 1, generator=draw))
    x[torch.rand(n, width, generator=draw) < sparse] = 0
    return x


case = given(
    seed=st.integers(0, 2**31),
    width=st.sampled_from([1, 2, 7, 64, 100]),
    exponent=st.sampled_from([0.0, 0.5, 3.0, 8.0]),
    sparse=st.sampled_from([0.0, 0.3, 0.95]),
)


@case
@settings(max_examples=80)
def test_no_product_in_bfloat16_is_further_off_than_the_bound(seed, width, exponent, sparse) -> None:
    x, y = vectors(seed, 20, width, exponent, sparse), vectors(seed + 1, 90, width, exponent, sparse)
    errors = Errors.of(x, y)
    if errors is None:
        assert max(float(x.norm(dim=1).max()), float(y.norm(dim=1).max())) > 2.0**59
        return
    exact = x.double() @ y.double().T
    narrow = (x.bfloat16() @ y.bfloat16().T).double()
    after = narrow.abs() * HALF / (1 - HALF)
    assert bool(((narrow - exact).abs() <= errors.narrow[:, None] + after).all())


@case
@settings(max_examples=80)
def test_no_product_in_float32_is_further_off_than_the_bound(seed, width, exponent, sparse) -> None:
    x, y = vectors(seed, 20, width, exponent, sparse), vectors(seed + 1, 90, width, exponent, sparse)
    errors = Errors.of(x, y)
    if errors is None:
        return
    exact = x.double() @ y.double().T
    bound = errors.exact * errors.user[:, None] * errors.item + errors.tiny[:, None]
    for product in (
        x @ y.T,
        (y @ x.T).T,
        (x[:, None] * y).sum(-1),
        (x[:, None] * y).flip(2).cumsum(2)[..., -1],
    ):
        assert bool(((product.double() - exact).abs() <= bound).all())


def test_a_case_by_hand() -> None:
    """1 + 2^-8 lies halfway between two numbers of bfloat16 and becomes 1, the even one; 1 and 2 stay."""
    errors = Errors.of(torch.tensor([[1 + HALF]]), torch.tensor([[1.0], [2.0]]))
    assert errors is not None
    assert errors.item.tolist() == [1, 2] and errors.user.tolist() == [1 + HALF]
    assert errors.exact == pytest.approx(9 * SINGLE, rel=1e-5)
    assert 2 * HALF <= float(errors.narrow) <= 2 * HALF * 1.001


def test_order_is_known_only_past_the_bound() -> None:
    """A user and items of length 1 in one dimension: scores 1 and 1 - gap."""
    for gap, known in ((4 * 9 * SINGLE, True), (9 * SINGLE, False)):
        y = torch.tensor([[1.0], [1 - gap], [0.25]])
        errors = Errors.of(torch.ones(1, 1), y)
        assert errors is not None
        score = y.double().T
        for k in (1, 2):
            assert errors.apart(torch.tensor([0]), torch.tensor([[0, 1, 2]]), score, k).item() is known


@pytest.mark.parametrize("bad", [math.inf, math.nan, 1e30])
def test_nothing_is_said_of_vectors_that_are_huge_or_no_numbers(bad) -> None:
    good, wrong = torch.ones(3, 2), torch.ones(3, 2)
    wrong[1, 1] = bad
    assert Errors.of(good, wrong) is None
    assert Errors.of(wrong, good) is None
