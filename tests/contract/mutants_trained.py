"""Trained models that are copies of bpr-mf and of an autoencoder, with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from mutant_kit import Mutant
from torch import nn
from torch.nn.functional import dropout, softplus

from recbox.plugin import Scorer, Spec, Trained, init

Loss = Callable[[Any, Any, Any], torch.Tensor]
"""Of the module, a batch and its moment."""


class Vectors(nn.Module):
    """user `[users, 8]`, item `[items, 8]`; `calls` is in no state."""

    def __init__(self, spec: Spec, loss: Loss) -> None:
        super().__init__()
        stream = spec.generator
        self.user = init.normal(len(spec.train.user), 8, 0.1, stream)
        self.item = init.normal(len(spec.train.item), 8, 0.1, stream)
        self.loss, self.calls = loss, 0

    def forward(self, batch: Any, moment: Any) -> torch.Tensor:
        return self.loss(self, batch, moment)


class Inner(Scorer):
    """The inner products; `change`: what is done to a block of them."""

    def __init__(
        self, user: torch.Tensor, item: torch.Tensor, change: Callable[[Any], Any] = lambda scores: scores
    ) -> None:
        self.user, self.item, self.change = user, item, change

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    @torch.no_grad()
    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.change(self.user[users] @ self.item.T)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user.detach().numpy(), "item": self.item.detach().numpy()}, {}


def clones(module: Any) -> Scorer:
    return Inner(module.user.detach().clone(), module.item.detach().clone())


def trained(
    loss: Loss = lambda module, batch, moment: pairs(module, batch),
    scorer: Callable[[Any], Scorer] = clones,
    module: Callable[[Spec, Loss], nn.Module] = Vectors,
    **members: Any,
) -> type[Trained]:
    """A model with this loss, whose module becomes `scorer`; members: of the class, besides."""

    class Broken(Trained):
        negatives: ClassVar[str] = "one"  # type: ignore[assignment]

        def build(self, spec: Spec) -> nn.Module:
            return module(spec, loss)

        def scorer(self, module: nn.Module, spec: Spec) -> Scorer:
            return scorer(module)

        def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
            return Inner(torch.from_numpy(arrays["user"]), torch.from_numpy(arrays["item"]))

    for name, value in members.items():
        setattr(Broken, name, value)
    return Broken


def scores(module: Any, batch: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the positives and of the negatives: `[B]` each."""
    user = module.user[batch.user]
    return (user * module.item[batch.item]).sum(1), (user * module.item[batch.negative[:, 0]]).sum(1)


def pairs(module: Any, batch: Any) -> torch.Tensor:
    """BPR."""
    positive, negative = scores(module, batch)
    return softplus(negative - positive).mean()


def scaled(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    """Differences divided by their spread in the batch."""
    positive, negative = scores(module, batch)
    gap = negative - positive
    return softplus(gap / (gap - gap.mean()).square().mean().sqrt()).mean()


def by_size(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    """An unbiased mean, as of a variance."""
    positive, negative = scores(module, batch)
    return softplus(negative - positive).sum() / (len(batch.user) - 1)


def detached(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    """Items stay what they were drawn as."""
    user, item = module.user[batch.user], module.item.detach()
    gap = (user * (item[batch.negative[:, 0]] - item[batch.item])).sum(1)
    return softplus(gap).mean()


def counting(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    """A penalty that rises with the calls of this very object."""
    module.calls += 1
    return pairs(module, batch) + 1e-3 * module.calls * module.user[batch.user].square().mean()


def averaging(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    """A running mean of losses, kept as a plain attribute, weighs the next one."""
    loss = pairs(module, batch)
    module.calls = 0.9 * module.calls + 0.1 * float(loss.detach())
    return loss * (1 + module.calls)


class Spare(Vectors):
    """A bias that the loss forgets."""

    def __init__(self, spec: Spec, loss: Loss) -> None:
        super().__init__(spec, loss)
        self.bias = nn.Parameter(torch.zeros(len(spec.train.item)))


def noisy(block: torch.Tensor) -> torch.Tensor:
    return block + 1e-3 * torch.randn(block.shape)


def shared(module: Any) -> Scorer:
    """The parameters themselves."""
    return Inner(module.user, module.item)


def viewed(module: Any) -> Scorer:
    return Inner(module.user.detach(), module.item.detach())


def turned(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    loss = pairs(module, batch)
    return 2 * loss.detach() - loss


def worse(module: Any, batch: Any, moment: Any) -> torch.Tensor:
    return -pairs(module, batch)


NO_NAME = {"epoch": 3}

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "the-course-is-a-train-block",
        "bpr-mf",
        "a name that train doesn't have",
        trained(course=NO_NAME),
    ),
    Mutant("the-course-is-a-train-block", "bpr-mf", "a number as a text", trained(course={"batch": "large"})),
    Mutant("the-course-is-a-train-block", "bpr-mf", "another word for negatives", trained(negatives="two")),
    Mutant("the-course-is-a-train-block", "multvae", "negatives for users", trained(rows="user")),
    Mutant(
        "it-beats-a-constant-scorer", "bpr-mf", "the loss is turned", trained(lambda m, b, t: -pairs(m, b))
    ),
    Mutant("the-loss-falls", "bpr-mf", "gradients are turned, and not the value", trained(turned)),
    Mutant(
        "the-loss-falls",
        "bpr-mf",
        "a penalty that grows with the epoch",
        trained(lambda m, b, t: pairs(m, b) * (1 + t.epoch)),
    ),
    Mutant("a-batch-of-one-is-finite", "bpr-mf", "divided by the spread of the batch", trained(scaled)),
    Mutant("a-batch-of-one-is-finite", "bpr-mf", "divided by one less than the batch", trained(by_size)),
    Mutant(
        "a-batch-of-one-is-finite",
        "bpr-mf",
        "a loss for each row",
        trained(lambda m, b, t: pairs(m, b).expand(len(b.user))),
    ),
    Mutant("the-loss-reaches-every-parameter", "bpr-mf", "items detached", trained(detached)),
    Mutant("the-loss-reaches-every-parameter", "bpr-mf", "a bias that is not used", trained(module=Spare)),
    Mutant("a-scorer-stays-as-it-is", "bpr-mf", "the parameters themselves", trained(scorer=shared)),
    Mutant("a-scorer-stays-as-it-is", "bpr-mf", "detached, but not copied", trained(scorer=viewed)),
    Mutant(
        "scoring-draws-nothing",
        "bpr-mf",
        "noise on each block",
        trained(scorer=lambda m: Inner(m.user.detach().clone(), m.item.detach().clone(), noisy)),
    ),
    Mutant(
        "scoring-draws-nothing",
        "multvae",
        "dropout goes on while scoring",
        trained(scorer=lambda m: Inner(m.user.detach().clone(), m.item.detach().clone(), dropout)),
    ),
    Mutant(
        "stopped-and-resumed-it-ends-the-same", "bpr-mf", "calls are counted by the object", trained(counting)
    ),
    Mutant(
        "stopped-and-resumed-it-ends-the-same", "bpr-mf", "a running mean in no state", trained(averaging)
    ),
)
