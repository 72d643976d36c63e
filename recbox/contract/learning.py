"""Training on the kit's world, whose answer is known: does a term of the loss find it?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from recbox.context import Context
from recbox.contract.toy_step import Toy, items, known, toy, users
from recbox.contract.world import ITEMS, USERS, world
from recbox.recipe.blocks import Training
from recbox.train.batches import Batches

EPOCHS, RATE, DECAY, FIRST = 16, 0.05, 0.01, 0.1
"""Passes over the world's 400 interactions in four steps each, learning rate and weight decay of Adam, and
the standard deviation of the first vectors."""


def train(module: nn.Module, negatives: int | None, decay: float = DECAY) -> tuple[torch.Tensor, list[float]]:
    """Vectors `[N, DIM]` after training on this term alone, and its value at each step."""
    training = Training.parse({"batch": 104, "negative": {"count": negatives or 1}})
    batches = Batches(world().train, known(), training, 0, negatives is not None)
    context, values = Context(threads=1), list[float]()
    vectors = first()
    around, proposal = toy().graph, batches.sampler.proposal(batches.positive)
    adam = torch.optim.Adam([vectors, *module.parameters()], lr=RATE, weight_decay=decay)
    for epoch in range(EPOCHS):
        begin(module, epoch)
        for number, batch in enumerate(batches.epoch(epoch, context)):
            given = Toy(vectors, batch, batches.positive, proposal, around, 100 * epoch + number)
            adam.zero_grad(set_to_none=True)
            with context.draws("contract.module", epoch, number):
                loss = module(given.step(module))
                torch.autograd.backward(loss)
            adam.step()
            values.append(float(loss.detach()))
    return vectors.detach(), values


def first() -> torch.Tensor:
    """The vectors before training, a new leaf at each call."""
    return (FIRST * toy().vectors).requires_grad_()


def begin(module: nn.Module, epoch: int) -> None:
    """What training does before an epoch."""
    told: Callable[[int], object] | None = getattr(module, "epoch", None)
    if told is not None:
        told(epoch)


def auc(vectors: torch.Tensor) -> float:
    """How often a held-out item scores above an item that its user has nothing to do with, ties being half.

    The last user and the last item, without training interactions, are left out.
    """
    scores = vectors[: users()] @ vectors[users() : users() + items()].T
    user, item = torch.from_numpy(world().held).T
    seen = known().mask(torch.arange(USERS))
    seen[user, item] = True
    seen[:, ITEMS - 1] = True
    usual = (user < USERS - 1) & (item < ITEMS - 1)
    user, item = user[usual], item[usual]
    gap = scores[user, item][:, None] - scores[user]
    won = (gap > 0).double() + 0.5 * (gap == 0).double()
    other = ~seen[user]
    return float(((won * other).sum(1) / other.sum(1)).mean())
