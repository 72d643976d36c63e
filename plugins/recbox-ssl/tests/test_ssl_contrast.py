"""InfoNCE by itself: what is set aside, and temperatures near 0."""

from __future__ import annotations

import math

import pytest
import torch
from recbox_ssl._contrast import info_nce
from torch.nn.functional import normalize


def slow(anchor, other, temperature, place, away) -> torch.Tensor:
    """One anchor after another, over what counts for it."""
    total = torch.zeros((), dtype=anchor.dtype)
    for j, own in enumerate(place.tolist()):
        products = normalize(other, dim=1) @ normalize(anchor[j], dim=0) / temperature
        counts = [k for k in range(len(other)) if k == own or not away[k]]
        total = total + torch.logsumexp(products[counts], 0) - products[own]
    return total / len(place)


@pytest.mark.parametrize("temperature", [1.0, 0.2, 0.025, 0.02, 1e-3])
def test_what_is_away_is_left_out_at_any_temperature(temperature: float) -> None:
    draw = torch.Generator().manual_seed(0)
    anchor, other = (torch.randn(n, 3, generator=draw, dtype=torch.float64) for n in (6, 9))
    place = torch.tensor([0, 3, 3, 8, 5, 1])
    away = torch.tensor([False, True, False, True, False, False, True, True, False])
    found = []
    for term in (info_nce, slow):
        given = [x.clone().requires_grad_() for x in (anchor, other)]
        loss = term(*given, temperature, place, away)
        found.append([loss.detach(), *torch.autograd.grad(loss, given)])
    torch.testing.assert_close(*found, rtol=1e-8, atol=1e-8)


def test_what_is_away_may_be_much_nearer_than_all_that_counts() -> None:
    """Products are 1000 with what is away, -1000 with the own one and 0 with one other: -log is 1000, and
    e^{-1000} to e^{-2000} is nothing beside it. Towards the other one the gradient is 1/τ, and none is of
    what is away."""
    anchor = torch.tensor([[1.0, 0.0]], requires_grad=True)
    other = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], requires_grad=True)
    away = torch.tensor([False, True, False])
    loss = info_nce(anchor, other, 1e-3, torch.tensor([0]), away)
    assert float(loss.detach()) == pytest.approx(1000)
    of_anchor, of_other = torch.autograd.grad(loss, [anchor, other])
    assert not of_other[1].any()
    torch.testing.assert_close(of_other[2], torch.tensor([1000.0, 0.0]))
    assert torch.isfinite(of_anchor).all()
    assert math.isclose(float(of_anchor[0, 1]), 1000, rel_tol=1e-5)
