"""A cosine lies between -1 and 1, a block is cut as memory allows, a perceptron learns what it should, and a
rating has its biases."""

from __future__ import annotations

import pytest
import torch

from recbox.context import Context
from recbox.head import _mlp
from recbox.head.cosine import Cosine
from recbox.head.dot import Dot
from recbox.head.mlp import MLP
from recbox.head.rating import Rating
from recbox.plugin import Spec


def build(head):
    return head.build(Spec("", 0, 6, 1, None, None, Context(), "head")).eval()


@pytest.fixture
def vectors():
    draw = torch.Generator().manual_seed(1)
    return torch.randn(7, 6, generator=draw), torch.randn(11, 6, generator=draw)


def test_cosine_is_bounded_and_zero_for_a_vector_of_zeros(vectors):
    user, item = vectors
    block = build(Cosine()).block(torch.cat([user * 1e3, torch.zeros(1, 6)]), item)
    assert block.abs().max() <= 1 + 1e-6
    assert torch.equal(block[-1], torch.zeros(len(item)))


def test_dot_by_hand():
    assert build(Dot())(torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0])).item() == 1.0


def test_mlp_by_hand():
    """relu(-1·1 + 2·1 + 3) = 4, relu(-1·4 + 1) = 0, 5·0 + 6 = 6; and with a user of 9, relu(-9 + 2 + 3) = 0,
    relu(0 + 1) = 1, 5·1 + 6 = 11. Of the first layer's two halves one alone has a bias."""
    module = MLP(hidden=(1, 1)).build(Spec("", 0, 1, 1, None, None, Context(), "head")).eval()
    values = [-1.0, 3.0, 2.0, -1.0, 1.0, 5.0, 6.0]
    parameters = dict(module.named_parameters())
    assert list(parameters)[:3] == ["user.weight", "user.bias", "item.weight"]
    assert len(parameters) == len(values)
    with torch.no_grad():
        for parameter, value in zip(parameters.values(), values):
            parameter.fill_(value)
    assert module.block(torch.tensor([[1.0], [9.0]]), torch.ones(1, 1)).tolist() == [[6.0], [11.0]]


def test_mlp_block_does_not_depend_on_how_it_is_cut(vectors, monkeypatch):
    user, item = vectors
    module = build(MLP())
    whole = module.block(user, item)
    monkeypatch.setattr(_mlp, "CELLS", 1)
    torch.testing.assert_close(module.block(user, item), whole)
    assert module.block(user[:0], item).shape == (0, len(item))


def test_mlp_learns_what_an_inner_product_cannot_say():
    head = MLP(hidden=(16,)).build(Spec("", 0, 2, 1, None, None, Context(seed=3), "head"))
    user, item = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5, 0.0], [1.0, 0.0], [2.0, 0.0]])
    wanted = torch.tensor([[0.0, 1.0, 0.0]])
    adam = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(300):
        adam.zero_grad()
        (head.block(user, item) - wanted).square().mean().backward()
        adam.step()
    assert head.block(user, item).argmax().item() == 1


def test_rating_by_hand():
    """3.5 + 0.5 - 1 + (1 · 2 + 2 · 0.25) = 5.5, the last column of each vector its bias."""
    user, item = torch.tensor([1.0, 2.0, 0.5]), torch.tensor([2.0, 0.25, -1.0])
    assert build(Rating(mean=3.5))(user, item).item() == 5.5


def test_rating_finds_mean_and_biases_that_an_inner_product_cannot():
    """Ratings 3 + b_u + b_i of vectors with no other column; an inner product of one column has rank one."""
    draw = torch.Generator().manual_seed(0)
    bias, other = torch.randn(6, 1, generator=draw), torch.randn(9, 1, generator=draw)
    wanted, left = 3 + bias + other.T, {}
    for options in (Rating(), Dot()):
        head = options.build(Spec("", 0, 1, 1, None, None, Context(), "head"))
        user, item = (torch.full((n, 1), 0.1, requires_grad=True) for n in (6, 9))
        adam = torch.optim.Adam([user, item, *head.parameters()], lr=0.05)
        for _ in range(800):
            adam.zero_grad()
            loss = (head.block(user, item) - wanted).square().mean()
            loss.backward()
            adam.step()
        left[options.__class__.__name__] = loss.item()
    assert left["Rating"] < 1e-6
    assert left["Dot"] > 0.1
