"""Ids are left out by chance in training, and where they were never learned when the method is used."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes
from recbox.encoder.id import Id
from recbox.plugin import Spec

N, COLD = 2000, (3, 1999)
ALL, CONTEXT = torch.arange(N), Context()


def build(seen: np.ndarray | None = None, **options):
    """Ids of N items, of which all but COLD have an interaction."""
    item = np.setdiff1d(np.arange(N), COLD) if seen is None else seen
    x = Interactions(np.zeros(len(item), np.int64), item, np.ones(len(item), np.float32))
    nodes = (Nodes(pl.DataFrame({"id": range(n)})) for n in (1, N))
    train = Dataset("t", *nodes, x)
    return Id(**options).build(Spec("item", N, 0, 2, train, None, CONTEXT, "encoder.item.0"))


def masked(module, step: int = 0, nodes: torch.Tensor = ALL):
    with CONTEXT.draws("module", step):
        return module.missing(nodes)


def test_without_options_nothing_is_missing():
    module = build()
    assert masked(module.train()) is None and masked(module.eval()) is None


def test_the_share_that_is_missing_is_that_of_dropout():
    module = build(dropout=0.2).train()
    share = torch.stack([masked(module, step) for step in range(20)]).float().mean(0)
    # Of 40,000 draws the mean is within four standard deviations, 0.008; and everyone's turn comes.
    assert share.mean().item() == pytest.approx(0.2, abs=0.008)
    assert share.max() < 0.8 and (share > 0).float().mean() > 0.95


def test_a_step_draws_its_own_and_repeats_them():
    module = build(dropout=0.5).train()
    assert torch.equal(masked(module, 1), masked(module, 1))
    assert not torch.equal(masked(module, 1), masked(module, 2))


def test_a_node_that_is_asked_for_twice_has_one_answer():
    module = build(dropout=0.5).train()
    twice = masked(module, nodes=ALL.repeat(2))
    assert torch.equal(twice[:N], twice[N:])
    assert torch.equal(masked(module, nodes=ALL.flip(0)).flip(0), twice[:N])


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"dropout": 0.2}, COLD),
        ({"cold": "zero"}, COLD),
        ({"dropout": 0.2, "cold": "keep"}, ()),
        ({"cold": "keep"}, ()),
        ({}, ()),
    ],
    ids=str,
)
def test_afterwards_nodes_without_an_interaction_are_missing(options, gone):
    module = build(**options).eval()
    answers = [module.missing(ALL), module.missing(ALL)]
    for answer in answers:
        found = () if answer is None else tuple(answer.nonzero().flatten().tolist())
        assert found == gone


def test_where_all_were_seen_none_is_missing():
    assert build(seen=np.arange(N), cold="zero").eval().missing(ALL) is None


def test_the_state_is_the_same_with_all_options():
    assert list(build(dropout=0.2, cold="zero").state_dict()) == list(build().state_dict()) == ["weight"]
    assert torch.equal(build(dropout=0.2).weight, build().weight)
