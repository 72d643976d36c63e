"""Blocks equal pairs; retrieval by inner product equals ranking by score; a cosine lies between -1 and 1."""

from __future__ import annotations

import pytest
import torch

from recbox.context import Context
from recbox.head import _mlp
from recbox.head.cosine import Cosine
from recbox.head.dot import Dot
from recbox.head.mlp import MLP
from recbox.plugin import Spec

HEADS = [Dot(), Cosine(), MLP(), MLP(hidden=(8, 8, 4), dropout=0.5)]


def build(head):
    return head.build(Spec("", 0, 6, 1, None, None, Context(), "head")).eval()


@pytest.fixture
def vectors():
    draw = torch.Generator().manual_seed(1)
    return torch.randn(7, 6, generator=draw), torch.randn(11, 6, generator=draw)


@pytest.mark.parametrize("head", HEADS, ids=lambda h: type(h).__name__)
def test_blocks_equal_pairs(head, vectors):
    user, item = vectors
    module = build(head)
    block = module.block(user, item)
    torch.testing.assert_close(block, module(user[:, None], item[None]), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(block[2], module(user[2], item), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("head", [h for h in HEADS if h.retrievable], ids=lambda h: type(h).__name__)
def test_retrieval_equals_ranking(head, vectors):
    user, item = vectors
    module = build(head)
    u, i = module.vectors(user, item)
    torch.testing.assert_close((u @ i.T), module.block(user, item))
    assert torch.equal((u @ i.T).topk(5).indices, module.block(user, item).topk(5).indices)


def test_cosine_is_bounded_and_zero_for_a_vector_of_zeros(vectors):
    user, item = vectors
    block = build(Cosine()).block(torch.cat([user * 1e3, torch.zeros(1, 6)]), item)
    assert block.abs().max() <= 1 + 1e-6
    assert torch.equal(block[-1], torch.zeros(len(item)))


def test_dot_by_hand():
    assert build(Dot())(torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0])).item() == 1.0


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


@pytest.mark.parametrize("head", HEADS, ids=lambda h: type(h).__name__)
def test_first_values_repeat_and_differ_by_slot(head):
    a, b = build(head).state_dict(), build(head).state_dict()
    assert all(torch.equal(a[k], b[k]) for k in a)
